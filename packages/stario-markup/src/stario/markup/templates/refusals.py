"""What a place of a template does not take, and what to write instead."""

from stario.markup.complaints import Shown
from stario.markup.errors import StarioError


def not_text(value: object, place: str) -> StarioError:
    """Say that only text can stand there."""
    return StarioError(
        f"{type(value).__name__!r} cannot be {place}.",
        context={"value": Shown(value)},
        help_text="Use str or a number; str(...) makes text of others.",
    )


def not_part(value: object, place: str) -> StarioError:
    """Say that only text can be part of an attribute's value."""
    return StarioError(
        f"{type(value).__name__!r} cannot be {place}.",
        context={"value": Shown(value)},
        help_text="Use str, a number or None; str(...) makes text of others. The value as a whole, "
        "such as class={names}, can be more.",
    )


def not_a_css_value(value: object) -> StarioError:
    """Say what CSS takes from a value."""
    return StarioError(
        "The value is not a plain CSS value.",
        context={"value": Shown(value)},
        help_text="Use a number or a str of ASCII letters, digits, spaces and # % . , + - _ ! "
        "(such as 2rem, #c00 or bold); wrap other CSS in SafeString if it is your own.",
    )


def not_formatted(value: object, error: Exception) -> StarioError:
    """Say that a conversion or a format specification failed."""
    return StarioError(
        f"A value could not be formatted: {type(error).__name__}: {error}.",
        context={"value": Shown(value)},
        help_text="Look at the ! and : parts of the slot.",
    )
