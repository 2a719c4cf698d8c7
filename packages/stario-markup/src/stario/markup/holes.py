"""What stands for a value that is not known yet, while `@baked` runs a builder.

A `Placeholder` is what the builder gets for each parameter. Where it is written, a `Hole` remains
among the parts, and an element with holes is `Unfinished`: its parts instead of its text. None of
them is ever text, so none can slip into a page: each works only while its own bake is going on.
"""

from __future__ import annotations

from stario.markup.errors import StarioError
from stario.markup.trusted import SafeString, node
from stario.markup.unbuilt import Deferred, DeferredChildren

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, NoReturn


class Bake:
    """One run of a builder. It is `open` from the first placeholder to the finished plan."""

    __slots__ = ("builder", "open")

    def __init__(self, builder: str) -> None:
        self.builder = builder
        self.open = True


class Placeholder:
    """Stands for the parameter `name`. It can be passed on, and nothing else."""

    __slots__ = ("_bake", "_name")

    def __init__(self, name: str, bake: Bake) -> None:
        self._name = name
        self._bake = bake

    def __getattr__(self, attribute: str) -> NoReturn:
        raise misused(self, f"with .{attribute}")


class Hole:
    """Where the value of a placeholder goes, as a child."""

    __slots__ = ("placeholder",)

    def __init__(self, placeholder: Placeholder) -> None:
        require_open(placeholder)
        self.placeholder = placeholder


class AttributeHole(Hole):
    """Where the value of a placeholder goes, as the value of the attribute `name`.

    `element` is the name of the element where that matters to URLs.
    """

    __slots__ = ("element", "name")

    def __init__(self, name: str, placeholder: Placeholder, element: str = "") -> None:
        super().__init__(placeholder)
        self.name = name
        self.element = element


class RawHole:
    """The whole content of `<script>` or `<style>`: it is made harmless as one text."""

    __slots__ = ("element", "leaves")

    def __init__(self, element: str, leaves: list[object]) -> None:
        for leaf in leaves:
            if isinstance(leaf, Placeholder):
                require_open(leaf)
        self.element = element
        self.leaves = leaves


class IfGiven:
    """`text` if any of the placeholders gets a value other than None, else `otherwise`."""

    __slots__ = ("otherwise", "placeholders", "text")

    def __init__(self, placeholders: list[Placeholder], text: str, otherwise: str) -> None:
        self.placeholders = placeholders
        self.text = text
        self.otherwise = otherwise


class NotKnownYet(Exception):
    """A text was asked for that depends on a placeholder. Caught where parts are gathered."""


type Part = str | Hole | RawHole | IfGiven | DeferredChildren


class Unfinished:
    """An element with holes."""

    __slots__ = ("_parts",)

    def __init__(self, parts: list[Part]) -> None:
        self._parts = parts

    def __getattr__(self, attribute: str) -> NoReturn:
        raise unfinished(f".{attribute}")

    def __str__(self) -> NoReturn:
        raise unfinished("str()")

    def __format__(self, spec: str) -> NoReturn:
        raise unfinished("an f-string")


def placeholders_in(parts: Iterable[object]) -> Iterator[Placeholder]:
    """Every placeholder that some part waits for."""
    for part in parts:
        if isinstance(part, Placeholder):
            yield part
        elif isinstance(part, Hole):
            yield part.placeholder
        elif isinstance(part, RawHole):
            yield from placeholders_in(part.leaves)
        elif isinstance(part, IfGiven):
            yield from part.placeholders


def only_placeholders(children: Iterable[object]) -> list[Placeholder]:
    """The placeholders among `children`, or none if anything else than None is with them."""
    found: list[Placeholder] = []
    for child in children:
        if isinstance(child, Placeholder):
            found.append(child)
        elif child is not None:
            return []
    return found


def joined(parts: list[Any]) -> Any:
    """The text of these parts, or what is unfinished about them while there are holes."""
    try:
        return "".join(parts)
    except TypeError:
        return Unfinished(merged(parts))


def node_of(parts: list[Any]) -> SafeString:
    """The element of these parts: its text, or deferred, or unfinished while there are holes."""
    try:
        return node("".join(parts))
    except TypeError:
        return _deferred_or_unfinished(merged(parts))


def _deferred_or_unfinished(parts: list[Part]) -> Any:
    if all(isinstance(part, str | DeferredChildren) for part in parts):
        return Deferred(parts)  # type: ignore[arg-type]
    return Unfinished(parts)  # only @baked sees this one


def merged(parts: Iterable[Any]) -> list[Part]:
    """The parts with neighbouring literals as one, so that deep nesting costs no more than wide.

    Those of unfinished elements among them are put in place.
    """
    found: list[Part] = []
    literals: list[str] = []
    for part in _flat(parts):
        if isinstance(part, str):
            literals.append(part)
        else:
            found += ["".join(literals), part]
            literals.clear()
    found.append("".join(literals))
    return [part for part in found if part != ""]


def _flat(parts: Iterable[Any]) -> Iterator[Part]:
    for part in parts:
        if isinstance(part, Unfinished | Deferred):
            yield from part._parts
        else:
            yield part


def require_known(node: Unfinished) -> Unfinished:
    """Refuse an element whose bake is over."""
    for placeholder in placeholders_in(node._parts):
        require_open(placeholder)
    return node


def require_open(placeholder: Placeholder) -> None:
    """Refuse a placeholder whose bake is over."""
    if not placeholder._bake.open:
        raise StarioError(
            "A placeholder of a @baked builder was rendered after the builder had finished.",
            context={"builder": placeholder._bake.builder, "parameter": placeholder._name},
            help_text="Keep parameters inside the builder; the baked function fills them in.",
        )


def misused(placeholder: Placeholder, how: str) -> StarioError:
    """Say that a parameter was looked into, which must wait for a call."""
    return StarioError(
        f"The parameter {placeholder._name!r} of a @baked builder was used {how}.",
        context={"builder": placeholder._bake.builder, "parameter": placeholder._name},
        help_text="A builder runs once, before there are values: a parameter can be a child or one "
        "whole attribute value. Compute what depends on it in the caller, or drop @baked.",
    )


def unfinished(how: str) -> StarioError:
    """Say that an element was asked for its text before there is one."""
    return StarioError(
        f"An element that holds a parameter of a @baked builder has no text yet, for {how}.",
        help_text="Return it from the builder, or use it as a child there.",
    )


def _refuse_everything() -> None:
    """Give Placeholder the special methods, which Python looks up on the class."""

    def refusing(method: str, how: str) -> None:
        def refuse(self: Placeholder, *_: object) -> NoReturn:
            raise misused(self, how)

        refuse.__name__ = method
        setattr(Placeholder, method, refuse)

    for how, methods in _REFUSED.items():
        for method in methods.split():
            refusing(f"__{method}__", how)


_REFUSED = {
    "as text (str(), an f-string or %)": "str repr format bytes",
    "in a truth test": "bool",
    "in a comparison": "eq ne lt le gt ge",
    "as an attribute name or a key": "hash",
    "in a loop or an unpacking": "iter next reversed aiter anext",
    "with [] or `in`": "getitem setitem delitem contains",
    "with len()": "len length_hint",
    "as a function": "call",
    "with `await` or `with`": "await enter exit aenter aexit",
    "as a number": "int float complex index round trunc floor ceil neg pos abs invert",
    "in arithmetic or with +": (
        "add radd iadd sub rsub isub mul rmul imul mod rmod imod truediv rtruediv floordiv "
        "rfloordiv divmod rdivmod pow rpow matmul rmatmul and rand or ror xor rxor "
        "lshift rlshift rshift rrshift"
    ),
}
_refuse_everything()
