"""Requests as Datastar's client makes them: signals or a form, and its header fields."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from stario.testing.errors import bad_argument
from stario.testing.inputs import SendOptions
from stario.testing.page.signals import LOCAL, filtered
from stario.testing.payload import multipart

_ACCEPT = "text/event-stream, text/html, application/json"
_IN_THE_QUERY = frozenset({"GET", "DELETE"})


def sent_fields(headers: Mapping[str, str] | None) -> dict[str, str]:
    return {"accept": _ACCEPT, "datastar-request": "true", **(headers or {})}


def sent_signals(signals: Mapping[str, Any], chosen: Any) -> dict[str, Any]:
    """Return what the client sends: no local signals, and of the rest what a filter lets pass."""
    given: Any = chosen or {}
    if not isinstance(given, Mapping):
        raise bad_argument("filter_signals", given, "a mapping with include and exclude")
    given = cast("Mapping[str, Any]", given)
    include, exclude = _pattern(given.get("include")), _pattern(given.get("exclude"))
    return filtered(signals, include, exclude or LOCAL)


def with_signals(method: str, signals: Mapping[str, Any], headers: dict[str, str]) -> SendOptions:
    """Return a request with signals in its query, or as its body."""
    text = json.dumps(signals, ensure_ascii=False, separators=(",", ":"))
    if method in _IN_THE_QUERY:
        return {"params": {"datastar": text}, "headers": headers}
    return {"content": text, "headers": {"content-type": "application/json", **headers}}


def with_form(
    method: str, fields: list[tuple[str, str]], enctype: str, headers: dict[str, str]
) -> SendOptions:
    """Return a request with the fields of a form."""
    if method in _IN_THE_QUERY:
        # The client names a type here too, though there is no body (measured).
        headers = {"content-type": "application/x-www-form-urlencoded", **headers}
        return {"params": fields, "headers": headers}
    if enctype != "multipart/form-data":
        return {"data": fields, "headers": headers}
    payload = multipart(fields, {})
    headers = {"content-type": payload.content_type or "", **headers}
    return {"content": payload.content, "headers": headers}


def _pattern(given: Any) -> re.Pattern[str] | None:
    return re.compile(given) if isinstance(given, str) else given
