"""`{value!r:>10}`: what the conversion and the format specification of a slot make of its value."""

from typing import Any

from stario.markup.errors import StarioError
from stario.markup.templates.refusals import not_formatted

_CONVERSIONS = {"r": repr, "s": str, "a": ascii}


def formatted(interpolation: Any) -> str:
    """The text of a value as f-strings format it; markup becomes text, too."""
    value = interpolation.value
    try:
        if interpolation.conversion:
            value = _CONVERSIONS[interpolation.conversion](value)
        return format(value, interpolation.format_spec)
    except StarioError:
        raise
    except Exception as error:
        raise not_formatted(interpolation.value, error) from error
