"""What `@baked` refuses at decoration, and what to do instead."""

from __future__ import annotations

from stario.markup.errors import StarioError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from stario.markup.holes import Placeholder


def not_a_builder(fn: Any, rule: str) -> StarioError:
    """Say what can be baked."""
    return StarioError(
        f"@baked {rule}.",
        context={"decorated": getattr(fn, "__qualname__", type(fn).__qualname__)},
        help_text="Put @baked next to the def, below other decorators.",
        example="    @baked\n    def card(title):\n        return h.Div(h.H1(title))",
    )


def no_signature(fn: Any, what: str) -> StarioError:
    """Say that a placeholder needs a parameter with a name."""
    return StarioError(
        f"@baked cannot fill in {what}.",
        context={"builder": fn.__qualname__},
        help_text="Name each parameter; pass several children as one list.",
    )


def returned_nothing(fn: Any) -> StarioError:
    """Say that there is no markup to keep."""
    return StarioError(
        "A @baked builder returned None.",
        context={"builder": fn.__qualname__},
        help_text="Return the element, or a list of elements.",
    )


def builder_failed(fn: Any, error: Exception) -> StarioError:
    """Say that the builder raised."""
    return StarioError(
        f"A @baked builder raised {type(error).__name__} when it was run, at decoration.",
        context={"builder": fn.__qualname__},
        help_text="What it uses must be defined above it. Its parameters are placeholders, which "
        "can only be passed on as children or attribute values.",
    )


def foreign_placeholder(builder: str, placeholder: Placeholder) -> StarioError:
    """Say that one builder used the parameter of another."""
    return StarioError(
        "A @baked builder used the parameter of another builder.",
        context={"builder": builder, "parameter": placeholder._name},
        help_text="Make it a parameter of this builder too, and pass it on.",
    )


def unused_parameter(builder: str, name: str) -> StarioError:
    """Say that a parameter would have no effect."""
    return StarioError(
        f"The parameter {name!r} of a @baked builder is never written.",
        context={"builder": builder, "parameter": name},
        help_text="Use it as a child or an attribute value, or remove it. A parameter that only "
        "decides something (`is None`) needs a plain function.",
    )


def deferred_in_builder(fn: Any) -> StarioError:
    """Say that a builder cannot leave anything for later."""
    return StarioError(
        "A @baked builder deferred children, but it runs only once, at decoration.",
        context={"builder": fn.__qualname__},
        help_text="Make the children a parameter, and pass deferred(...) in the call.",
    )
