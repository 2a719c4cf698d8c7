"""The options of the actions that make a request, written once.

`at.get`, `at.post` and the others all take `**options: Unpack[FetchOptions]`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypedDict

from stario.datastar.errors import no_url, not_a_mapping, selector_without_form, unknown_option
from stario.datastar.page.js import (
    FilterValue,
    filter_js,
    js_bool,
    js_number,
    js_object,
    string_literal,
)
from stario.datastar.page.url import url_js


class FetchOptions(TypedDict, total=False):
    """What a request of the client can be told; None is the client's own default."""

    content_type: Literal["json", "form"] | str | None
    """`form` sends the closest form, or that of `selector`, and no signals."""
    include: FilterValue | None
    """Only these signals are sent."""
    exclude: FilterValue | None
    """These are not; replaces the default, which keeps back what starts with `_`."""
    selector: str | None
    """Which form, with content type `form` only."""
    headers: dict[str, str] | None
    """Header values are text."""
    open_when_hidden: bool | None
    """Keep a stream open while the tab is hidden."""
    payload: dict[str, Any] | None
    """Sent instead of the signals; `str` values are expressions."""
    retry: Literal["auto", "error", "always", "never"] | str | None
    retry_interval_ms: int | None
    retry_scaler: float | None
    retry_max_wait_ms: int | None
    retry_max_count: int | None
    request_cancellation: Literal["auto", "cleanup", "disabled"] | str | None


def _headers(headers: Mapping[str, str]) -> str:
    if not isinstance(headers, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise not_a_mapping(headers)
    return js_object({name: string_literal(value) for name, value in headers.items()})


def _as_is(written: str) -> str:
    return written


# In the order in which they are written. `filter` is include and exclude together.
_OPTIONS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("content_type", "contentType", string_literal),
    ("filter", "filterSignals", _as_is),
    ("selector", "selector", string_literal),
    ("headers", "headers", _headers),
    ("open_when_hidden", "openWhenHidden", js_bool),
    ("payload", "payload", js_object),
    ("retry", "retry", string_literal),
    ("retry_interval_ms", "retryInterval", js_number),
    ("retry_scaler", "retryScaler", js_number),
    ("retry_max_wait_ms", "retryMaxWait", js_number),
    ("retry_max_count", "retryMaxCount", js_number),
    ("request_cancellation", "requestCancellation", string_literal),
)

_KNOWN = frozenset(FetchOptions.__annotations__)


def fetch_js(
    method: str, url: str, queries: Mapping[str, Any] | None, options: FetchOptions
) -> str:
    """Write the call of a request action."""
    if not isinstance(url, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise no_url(url)
    target = url_js(url, queries) if queries else string_literal(url)
    written = options_js(options) if options else ""
    return f"@{method}({target}, {{{written}}})" if written else f"@{method}({target})"


def options_js(options: FetchOptions) -> str:
    """Write the options that are given, in the order of the client's documentation."""
    if not options.keys() <= _KNOWN:
        raise unknown_option(sorted(options.keys() - _KNOWN))
    if options.get("selector") is not None and options.get("content_type") != "form":
        raise selector_without_form()
    given = {**options, "filter": filter_js(options.get("include"), options.get("exclude"))}
    return ", ".join(
        f"{option}: {write(given[name])}"
        for name, option, write in _OPTIONS
        if given.get(name) is not None
    )
