"""Arguments that are a number of seconds or of things."""

from stario.testing.errors import bad_count, bad_timeout


def require_seconds(name: str, seconds: object) -> None:
    """Raise StarioError for what is neither a number above 0 nor None, which is no limit."""
    if seconds is not None and (not isinstance(seconds, int | float) or not seconds > 0):
        raise bad_timeout(name, seconds)


def require_count(name: str, number: object) -> None:
    """Raise StarioError for what is no whole number from 0 on."""
    if not isinstance(number, int) or number < 0:
        raise bad_count(name, number)
