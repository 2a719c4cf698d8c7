"""`@baked`: a builder of markup, run once and turned into a function of literals and slots.

`plan` runs the builder with placeholders, `source` writes what the function does, `function` makes
and remakes it, and `slots` is what it calls for the values that are not plain text.
"""

from __future__ import annotations

from stario.markup.baked.function import compiled
from stario.markup.baked.plan import plan_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, overload

    from stario.markup.trusted import SafeString
    from stario.markup.types import HtmlElement
else:

    def overload(function):  # the real one would cost half of our import
        return function


__all__ = ["baked"]


@overload
def baked[**P](fn: Callable[P, HtmlElement]) -> Callable[P, SafeString]: ...
@overload
def baked[**P](  # noqa: F811
    fn: None = None,
) -> Callable[[Callable[P, HtmlElement]], Callable[P, SafeString]]: ...
def baked(fn: Any = None) -> Any:  # noqa: F811
    """Run the builder `fn` now, once, and return a function that only fills in its parameters.

    A parameter may be a child or one whole attribute value; whatever else the builder does with it
    would have to wait for a call, and raises StarioError here, as do `*args`, `**kwargs`,
    positional-only and unused parameters. `is`, `isinstance` and `match` can't be seen: they look
    at the placeholder.
    """
    if fn is None:
        return baked
    return compiled(fn, plan_of(fn))
