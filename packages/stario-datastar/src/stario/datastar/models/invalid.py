"""`InvalidSignals`: what is wrong with a form, and the way back to it.

The client ignores every answer but a 200, so to it an invalid form is a 200 that patches the
signal `_errors`; to everybody else it is a 400 with the same sentences.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from stario.datastar.errors import bad_errors, errors_of_a_class
from stario.datastar.names import checked_signal
from stario.datastar.payload import signals_json
from stario.datastar.signal import ERRORS, OF_ITSELF, BySignal
from stario.exceptions import HttpException

if TYPE_CHECKING:
    from stario.http.context import Context
    from stario.http.writer import Writer

_JSON = b"application/json; charset=utf-8"


class ErrorPatches(Protocol):
    """A model, as this exception needs it."""

    def __contains__(self, field: object) -> bool: ...

    def errors(self, errors: Mapping[Any, str], /) -> dict[str, Any]: ...


# The model that the handler of this request read, so that a rule of the application's own can
# clear the sentences of the fields that are right now. Each handler runs in a context of its own.
last_read: ContextVar[ErrorPatches | None] = ContextVar("last_read", default=None)


class InvalidSignals(HttpException):
    """Signals that a model refuses, or that break a rule of the application.

    `errors` has a sentence for each wrong field, by its dotted name; `""` is the whole form.
    `values` is what was sent, as it was sent. Uncaught it answers itself.
    """

    def __init__(
        self,
        errors: BySignal[str],
        *,
        values: Mapping[str, Any] | None = None,
        model: ErrorPatches | None = None,
    ) -> None:
        """`model` is the `Signals` whose fields these are, if it is not the one that the handler
        read last. Raises `StarioError` for no errors, for a sentence that is not text, and for a
        bad name.
        """
        if isinstance(model, type):
            raise errors_of_a_class(model)
        self.errors: dict[str, str] = _checked(errors)
        self.values: Mapping[str, Any] = values or {}
        self.model = last_read.get() if model is None else model
        super().__init__(400, "\n".join(_line(*error) for error in self.errors.items()))

    def patch(self) -> dict[str, Any]:
        """Give the signals that show each sentence at its field, and none at fields that are right.

        Without a model nothing is known of the other fields, and they keep theirs.
        """
        if self.model is not None and all(field in self.model for field in self.errors):
            return self.model.errors(self.errors)
        return {ERRORS: {_place(field, self.errors): said for field, said in self.errors.items()}}

    def answer(self, c: "Context", w: "Writer") -> None:
        """Answer a request of Datastar with the patch as a 200, and every other one with a 400."""
        if c.req.headers.get("datastar-request") != "true":
            super().answer(c, w)
            return
        w.headers.set("cache-control", "no-store")
        w.respond(signals_json(self.patch()).encode(), _JSON)


def sentences_by_field(errors: BySignal[str]) -> BySignal[str]:
    """Give the errors of a form back; raises `StarioError` for what is not a mapping to text."""
    if not isinstance(errors, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise bad_errors(errors)
    if not all(isinstance(sentence, str) for sentence in errors.values()):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise bad_errors(errors)
    return errors


def _checked(errors: BySignal[str]) -> dict[str, str]:
    if not errors:
        raise bad_errors(errors)
    given = sentences_by_field(errors).items()
    return {"" if field == "" else checked_signal(field): said for field, said in given}


def _line(field: str, sentence: str) -> str:
    return f"{field}: {sentence}" if field else sentence


def _place(field: str, all_fields: Mapping[str, str]) -> str:
    """Name where a sentence goes, where only the fields beside it tell what is a group."""
    if field == "":
        return OF_ITSELF
    is_group = any(other.startswith(f"{field}.") for other in all_fields)
    return f"{field}.{OF_ITSELF}" if is_group else field
