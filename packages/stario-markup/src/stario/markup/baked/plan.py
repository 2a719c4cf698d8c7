"""The plan: what a builder returned, as literal text and holes.

The builder runs once, with a placeholder for each parameter. All that can be wrong with it is said
here, at decoration.
"""

from __future__ import annotations

from types import FunctionType

from stario.markup.baked.refusals import (
    builder_failed,
    deferred_in_builder,
    foreign_placeholder,
    no_signature,
    not_a_builder,
    returned_nothing,
    unused_parameter,
)
from stario.markup.children import parts_of
from stario.markup.errors import StarioError
from stario.markup.holes import Bake, Part, Placeholder, merged, placeholders_in
from stario.markup.unbuilt import DeferredChildren

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

# The flags of a code object, named as in `inspect`, which would double our import time.
_CO_VARARGS, _CO_VARKEYWORDS, _CO_COROUTINE, _CO_ASYNC_GENERATOR = 0x04, 0x08, 0x80, 0x200


def parameters_of(code: CodeType) -> tuple[str, ...]:
    """The names of the parameters, the keyword-only ones at the end."""
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def plan_of(fn: Any) -> list[Part]:
    """Run the builder `fn`; neighbouring literals come out as one."""
    _require_signature(fn)
    bake = Bake(fn.__qualname__)
    placeholders = {name: Placeholder(name, bake) for name in parameters_of(fn.__code__)}
    try:
        parts = _run(fn, placeholders)
    finally:
        bake.open = False
    _require_use(parts, placeholders, bake)
    return parts


def _require_signature(fn: Any) -> None:
    if not isinstance(fn, FunctionType):
        raise not_a_builder(fn, "takes a function written with def or lambda")
    if fn.__code__.co_flags & (_CO_COROUTINE | _CO_ASYNC_GENERATOR):
        raise not_a_builder(fn, "takes no async function: views wait for nothing")
    if fn.__code__.co_flags & (_CO_VARARGS | _CO_VARKEYWORDS):
        raise no_signature(fn, "*args or **kwargs")
    if fn.__code__.co_posonlyargcount:
        raise no_signature(fn, "positional-only parameters")


def _run(fn: FunctionType, placeholders: dict[str, Placeholder]) -> list[Part]:
    try:
        result = fn(**placeholders)
        if result is None:
            raise returned_nothing(fn)
        parts = merged(parts_of((result,)))
        if any(isinstance(part, DeferredChildren) for part in parts):
            raise deferred_in_builder(fn)
    except StarioError as error:
        error.add_note(f"This happened while @baked ran the builder {fn.__qualname__}.")
        raise
    except Exception as error:
        raise builder_failed(fn, error) from error
    return parts


def _require_use(parts: list[Part], placeholders: dict[str, Placeholder], bake: Bake) -> None:
    used: set[str] = set()
    for placeholder in placeholders_in(parts):
        if placeholder._bake is not bake:
            raise foreign_placeholder(bake.builder, placeholder)
        used.add(placeholder._name)
    for name in placeholders:
        if name not in used:
            raise unused_parameter(bake.builder, name)
