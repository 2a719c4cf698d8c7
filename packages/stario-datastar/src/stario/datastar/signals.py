"""Signals on their way in: untrusted JSON from the query or the body of a request.

Whatever cannot be one JSON object that this server could write again is a 400 with a sentence:
no input may end as an exception in the handler.
"""

import json
import re
from typing import TYPE_CHECKING, Any, NoReturn, TypedDict, cast
from urllib.parse import unquote_to_bytes

from stario.datastar.errors import bad_signals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stario.exceptions import HttpException
    from stario.http.request import Request

_PARAMETER = "datastar"
_IN_THE_QUERY = ("GET", "DELETE", "HEAD")

# Far beyond any page, far below where the parser of any supported Python gives up (about 1,000),
# so that what was read can also be walked and written again.
_MAX_DEPTH = 200
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class FileSignal(TypedDict):
    """A file from an input that is bound to a signal; the signal holds a list of these."""

    name: str
    contents: str
    """The content in base64."""
    mime: str | None


async def read_signals(req: "Request") -> dict[str, Any]:
    """Read the signals that Datastar sent, `{}` when there are none.

    GET, DELETE and HEAD carry them in the query parameter `datastar`, other methods in the body,
    whose reading can raise as `Request.body` does. Raises `HttpException(400)` for anything that is
    no JSON object. The values are the browser's word: check them.
    """
    text = _query_text(req) if req.method in _IN_THE_QUERY else _utf8(await req.body())
    return _parsed(text) if text else {}


def _query_text(req: "Request") -> str:
    text = req.query.get(_PARAMETER) or ""
    # The query replaces what is no UTF-8; only then a look at the raw bytes is worth it.
    if "\ufffd" in text:
        for pair in req.query_bytes.split(b"&"):
            if pair.startswith(b"datastar="):
                _utf8(unquote_to_bytes(pair))
    return text


def _utf8(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise bad_signals("The signals are not UTF-8.") from None


def _parsed(text: str) -> dict[str, Any]:
    try:
        signals: object = _decode(text)
    except json.JSONDecodeError as error:
        raise bad_signals(f"The signals are not JSON: {error}.") from None
    except ValueError:
        raise bad_signals("The signals hold a number that is too long.") from None
    except RecursionError:
        raise _too_deep() from None
    if not isinstance(signals, dict):
        raise bad_signals("The signals are not a JSON object.")
    checked = cast("dict[str, Any]", signals)
    if text.count("[") + text.count("{") > _MAX_DEPTH:
        _require_depth(checked)
    if _SURROGATE_ESCAPE.search(text):
        _require_text(checked)
    return checked


def _children(branch: dict[str, Any] | list[Any]) -> "Iterable[Any]":
    return branch.values() if isinstance(branch, dict) else branch


def _require_depth(signals: dict[str, Any]) -> None:
    level: list[Any] = [signals]
    for _ in range(_MAX_DEPTH):
        level = [
            child for node in level for child in _children(node) if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> "HttpException":
    return bad_signals(f"The signals are nested deeper than {_MAX_DEPTH} levels.")


def _require_text(signals: object) -> None:
    """Refuse half a surrogate pair: it would fail later, wherever the text is encoded."""
    try:
        json.dumps(signals, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise bad_signals("The signals hold half a surrogate pair.") from None


def _refuse_constant(name: str) -> NoReturn:
    raise bad_signals(f"The signals hold {name}, which is not JSON.")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise bad_signals("The signals hold a number that is too large.")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise bad_signals("The signals hold the same name twice.")
    return members


_decode = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite
).decode
