"""`at`: Datastar's actions as the JavaScript that goes into an expression."""

from collections.abc import Mapping
from typing import Any, Unpack

from stario.datastar.fetch import FetchOptions, fetch_js
from stario.datastar.page.js import (
    FilterValue,
    filter_js,
    js_bool,
    js_data,
    js_expression,
    js_number,
    string_literal,
)
from stario.datastar.signal import Expression


class DatastarActions:
    """Writes actions. Every method returns an expression, for `data.on("click", at.post(URL))`."""

    __slots__ = ()

    def get(
        self,
        url: str,
        queries: Mapping[str, Any] | None = None,
        **options: Unpack[FetchOptions],
    ) -> str:
        """Ask with GET; the signals travel in the query.

        `queries` are appended to `url`; a list repeats its key, None is left out. A value that is
        one signal and nothing else, `"$query"` or `"$user.name"`, is read when the request is made;
        all other values are text. Text of that shape, or text that somebody else wrote, belongs
        into the URL: `at.get(SEARCH.href(query={"q": text}))`.

        Options that are not given are not written. Raises `StarioError` for a `selector` without
        `content_type="form"` and for values that JavaScript cannot hold, `TypeError` for an option
        that does not exist.
        """
        return fetch_js("get", url, queries, options)

    def post(
        self,
        url: str,
        queries: Mapping[str, Any] | None = None,
        **options: Unpack[FetchOptions],
    ) -> str:
        """Ask with POST; otherwise as `get`, the signals travel in the body."""
        return fetch_js("post", url, queries, options)

    def put(
        self,
        url: str,
        queries: Mapping[str, Any] | None = None,
        **options: Unpack[FetchOptions],
    ) -> str:
        """Ask with PUT; otherwise as `post`."""
        return fetch_js("put", url, queries, options)

    def patch(
        self,
        url: str,
        queries: Mapping[str, Any] | None = None,
        **options: Unpack[FetchOptions],
    ) -> str:
        """Ask with PATCH; otherwise as `post`."""
        return fetch_js("patch", url, queries, options)

    def delete(
        self,
        url: str,
        queries: Mapping[str, Any] | None = None,
        **options: Unpack[FetchOptions],
    ) -> str:
        """Ask with DELETE; otherwise as `get`, the signals travel in the query."""
        return fetch_js("delete", url, queries, options)

    def query(
        self,
        url: str,
        queries: Mapping[str, Any] | None = None,
        **options: Unpack[FetchOptions],
    ) -> str:
        """Ask with QUERY (client 1.0.4 and newer); otherwise as `post`."""
        return fetch_js("query", url, queries, options)

    def peek(self, callable_expr: str) -> str:
        """Call a function without subscribing to the signals that it reads."""
        return _call("peek", js_expression(callable_expr))

    def set_all(
        self,
        value: Expression,
        include: FilterValue | None = None,
        exclude: FilterValue | None = None,
    ) -> str:
        """Set all signals that pass the filter to `value`, an expression."""
        return _call("setAll", js_expression(value), filter_js(include, exclude))

    def toggle_all(
        self, include: FilterValue | None = None, exclude: FilterValue | None = None
    ) -> str:
        """Negate all signals that pass the filter."""
        return _call("toggleAll", filter_js(include, exclude))

    def clipboard(self, text: str, is_base64: bool = False) -> str:
        """Copy text. Datastar Pro only: the free client knows no such action."""
        return _call("clipboard", string_literal(text), "true" if is_base64 else None)

    def intl(
        self,
        type: str,
        value: Expression,
        options: dict[str, Any] | None = None,
        locale: str | list[str] | None = None,
    ) -> str:
        """Format a value for a locale. Datastar Pro only: the free client knows no such action.

        `value` is an expression; `options` are those of JavaScript's `Intl`, their `str` are text.
        """
        written = None if options is None else js_data(options)
        where = None if locale is None else _locale(locale)
        if where is not None and written is None:
            written = "undefined"
        return _call("intl", string_literal(type), js_expression(value), written, where)

    def fit(
        self,
        v: Expression,
        old_min: float,
        old_max: float,
        new_min: float,
        new_max: float,
        should_clamp: bool = False,
        should_round: bool = False,
    ) -> str:
        """Map an expression from one range to another. Datastar Pro only."""
        bounds = (js_number(bound) for bound in (old_min, old_max, new_min, new_max))
        return _call("fit", js_expression(v), *bounds, js_bool(should_clamp), js_bool(should_round))


at = DatastarActions()


def _call(action: str, *arguments: str | None) -> str:
    return f"@{action}({', '.join([given for given in arguments if given is not None])})"


def _locale(locale: str | list[str]) -> str:
    if isinstance(locale, str):
        return string_literal(locale)
    return f"[{', '.join(string_literal(one) for one in locale)}]"
