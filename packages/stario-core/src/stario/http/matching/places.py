"""Where a handler is written, for the errors that name two of them."""

from functools import partial
from types import CodeType

from stario.markup.errors import shown

# So many decorators and partials are looked through; a chain may also be a circle.
_DEEPEST = 32


def place_of(handler: object) -> str:
    """Return the name of a handler with its file and line, as far as it tells them."""
    written = _written(handler)
    name = getattr(written, "__qualname__", None)
    if not isinstance(name, str):
        return shown(written)
    code = _code(written)
    return name if code is None else f"{name} ({code.co_filename}:{code.co_firstlineno})"


def _written(handler: object) -> object:
    """Return the function behind decorators, partials and objects that can be called."""
    for _ in range(_DEEPEST):
        inner = _inside(handler)
        if inner is None:
            break
        handler = inner
    return handler


def _inside(handler: object) -> object:
    if isinstance(handler, partial):
        return handler.func
    wrapped = getattr(handler, "__wrapped__", None)
    if wrapped is not None or _code(handler) is not None:
        return wrapped
    call = getattr(type(handler), "__call__", None)  # noqa: B004 - the method itself is wanted
    return None if _code(call) is None else call


def _code(function: object) -> CodeType | None:
    code = getattr(function, "__code__", None)
    return code if isinstance(code, CodeType) else None
