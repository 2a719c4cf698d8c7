"""The exceptions of the framework.

`StarioError` is a wrong call and `StarioRuntime` a right call at the wrong time. `HttpException`
and `RedirectException` are answers that a handler means to give; they are not errors.
"""

from typing import TYPE_CHECKING

from stario.markup.errors import StarioError, shown

if TYPE_CHECKING:
    from stario.http.context import Context
    from stario.http.writer import Writer

__all__ = [
    "ClientDisconnected",
    "HttpException",
    "RedirectException",
    "StarioError",
    "StarioRuntime",
]


class StarioRuntime(StarioError):
    """A call that is right in itself, at a time when it cannot work."""


class HttpException(Exception):
    """Ends a handler with an error status, 400 to 599, and a short text for the client."""

    def __init__(self, status_code: int, detail: str = "") -> None:
        _require_status("HttpException", status_code, 400, 599)
        if not isinstance(detail, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise _no_detail(detail)
        super().__init__(status_code, detail)
        self.status_code = status_code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.status_code} {self.detail}".rstrip()

    def answer(self, c: "Context", w: "Writer") -> None:
        """Answer with the detail as plain text, as an app does that has no handler of its own for
        this error. A subclass may answer in another form.
        """
        w.respond((self.detail or "Error").encode(), b"text/plain; charset=utf-8", self.status_code)


class RedirectException(Exception):
    """Ends a handler with a redirect, 300 to 399, to `location` (checked when it is sent)."""

    def __init__(self, status_code: int, location: str) -> None:
        _require_status("RedirectException", status_code, 300, 399)
        super().__init__(status_code, location)
        self.status_code = status_code
        self.location = location

    def __str__(self) -> str:
        return f"{self.status_code} {self.location}"


class ClientDisconnected(Exception):
    """The client left before the exchange was over. Nothing more can reach it."""

    def __init__(self, message: str = "The client closed the connection.") -> None:
        super().__init__(message)


def _require_status(kind: str, status_code: object, lowest: int, highest: int) -> None:
    if not isinstance(status_code, int) or not lowest <= status_code <= highest:
        raise StarioError(
            f"{kind} takes a status from {lowest} to {highest}, not {shown(status_code)}.",
            context={"status_code": status_code},
            help_text="RedirectException is for 300 to 399, HttpException for 400 to 599.",
        )


def _no_detail(detail: object) -> StarioError:
    return StarioError(
        f"The detail of an HttpException is text, not {shown(detail)}.",
        context={"detail": detail},
        help_text="To answer with JSON, send it: responses.json(w, value, status).",
    )
