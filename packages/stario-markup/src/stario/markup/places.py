"""Where in a call the complaint arose: the element, the argument, and the item inside it.

It is worked out when an error passes through, so a call that goes well pays nothing for it.
"""

from __future__ import annotations

from stario.markup.complaints import Shown, nested_too_deep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from stario.markup.errors import StarioError

_DEEPEST = 20  # levels of lists that are searched


def placed(error: StarioError | RecursionError, call: str, arguments: Sequence[Any]) -> StarioError:
    """`error`, with the place in `call` where it arose, unless an inner call has named its own."""
    if isinstance(error, RecursionError):
        error = nested_too_deep()
    if "place" not in error.context:
        blamed = [
            value.value
            for key, value in error.context.items()
            if isinstance(value, Shown) and key != "name"  # None, say, can be an argument as well
        ]
        steps = _steps(arguments, blamed[0], _DEEPEST) if blamed else []
        names = ["argument", *["item"] * len(steps)]
        numbered = [f"{name} {step}" for name, step in zip(names, steps, strict=False)]
        error.context["place"] = Place(", ".join([call, *numbered]))
    return error


class Place(str):
    """A place, which needs no quotes in an error."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _steps(items: Iterable[Any], wanted: object, levels: int) -> list[int]:
    for number, item in enumerate(items, 1):
        if item is wanted:
            return [number]
        if levels and type(item) in (list, tuple) and (inner := _steps(item, wanted, levels - 1)):
            return [number, *inner]
    return []
