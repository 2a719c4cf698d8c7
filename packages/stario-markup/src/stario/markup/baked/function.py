"""The function: compiled from its source, and again when a call shows that it must take more.

At first a parameter is taken to be text or a number, which is quickest. One with another default,
or that once got another value, is called rare; from then on the function takes anything for it.
"""

from __future__ import annotations

from functools import update_wrapper

from stario.markup.baked.plan import parameters_of
from stario.markup.baked.slots import (
    attribute_text,
    child_text,
    if_given,
    raw_content,
    refilled,
    require_harmless,
)
from stario.markup.baked.source import Body
from stario.markup.errors import StarioError
from stario.markup.escape import require_sendable
from stario.markup.places import placed
from stario.markup.trusted import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FunctionType
    from typing import Any

    from stario.markup.holes import Part

_CALLED: dict[str, Any] = {
    "Node": Node,
    "StarioError": StarioError,
    "attribute_text": attribute_text,
    "child_text": child_text,
    "if_given": if_given,
    "int": int,
    "placed": placed,
    "raw_content": raw_content,
    "refilled": refilled,
    "refusals": (StarioError, RecursionError),
    "require_harmless": require_harmless,
    "require_sendable": require_sendable,
    "str": str,
    "type": type,
}


def compiled(fn: FunctionType, plan: list[Part]) -> Any:
    """The function with the signature of `fn` that fills in `plan`."""
    build = _Function(fn, plan).build
    build.__defaults__ = fn.__defaults__
    build.__kwdefaults__ = fn.__kwdefaults__
    return update_wrapper(build, fn)


def _rare(fn: FunctionType) -> frozenset[str]:
    """The parameters that are no text or number by default."""
    positional = parameters_of(fn.__code__)[: fn.__code__.co_argcount]
    defaults = fn.__defaults__ or ()
    given = dict(zip(positional[len(positional) - len(defaults) :], defaults, strict=True))
    given |= fn.__kwdefaults__ or {}
    return frozenset(name for name, value in given.items() if not _is_steady(value))


class _Function:
    """What is known of a builder, and the function that fills it in."""

    def __init__(self, fn: FunctionType, plan: list[Part]) -> None:
        self.plan = plan
        self.parameters = parameters_of(fn.__code__)
        self.positional = fn.__code__.co_argcount
        self.prefix = _free_prefix(self.parameters)
        self.name = fn.__qualname__
        self.names = {self.prefix + name: value for name, value in _CALLED.items()}
        self.names[f"{self.prefix}rewritten"] = self._rewritten
        self.rare = _rare(fn)
        self.build = self._written()

    def _written(self) -> Any:
        body = Body(self.name, self.plan, self.parameters, self.rare, self.prefix)
        text = f"def build({self._signature()}):\n{body.text()}"
        self.names |= body.values
        made: dict[str, Any] = {}  # of its own: other threads may be writing the function, too
        exec(compile(text, f"<baked {self.name}>", "exec"), self.names, made)
        return made["build"]

    def _rewritten(self, /, **values: object) -> Any:
        """Call the function again, after it learnt which parameters may be no text or number."""
        self.rare |= {name for name, value in values.items() if not _is_steady(value)}
        self.build.__code__ = self._written().__code__
        return self.build(**values)

    def _signature(self) -> str:
        names = list(self.parameters)
        if len(names) > self.positional:
            names.insert(self.positional, "*")
        return ", ".join(names)


def _is_steady(value: object) -> bool:
    return type(value) is str or type(value) is int


def _free_prefix(parameters: tuple[str, ...]) -> str:
    prefix = "_"
    while any(name.startswith(prefix) for name in parameters):
        prefix += "_"
    return prefix
