"""How much may wait in an inbox."""

from typing import NamedTuple

from stario.exceptions import StarioError
from stario.markup.errors import shown

DEFAULT_MAXSIZE = 1024
# A reader that is so far behind will hardly catch up, and a thousand of them must fit in memory.
DEFAULT_MAX_BYTES = 1024 * 1024


class Bounds(NamedTuple):
    """Messages, and their bytes together; with `latest` only the newest message of each subject."""

    maxsize: int | None
    max_bytes: int | None
    latest: bool


def checked_bounds(maxsize: int | None, max_bytes: int | None, latest: bool) -> Bounds:
    """Return the bounds; without a bound of messages there is none of bytes either."""
    for name, bound in (("maxsize", maxsize), ("max_bytes", max_bytes)):
        if bound is not None and not _is_bound(bound):
            raise bad_bound(name, bound)
    return Bounds(maxsize, None if maxsize is None else max_bytes, latest)


def _is_bound(bound: object) -> bool:
    return isinstance(bound, int) and not isinstance(bound, bool) and bound >= 1


def bad_bound(name: str, bound: object) -> StarioError:
    return StarioError(
        f"{name} must be a whole number, 1 or more, not {shown(bound)}.",
        context={name: bound},
        help_text="Say how much may wait, in messages or in bytes, or None for no bound.",
    )
