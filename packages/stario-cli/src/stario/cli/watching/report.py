"""What is known of an app that could not start, as `watch` shows it in the browser."""

from traceback import format_exception

from stario.cli.errors import short_traceback
from stario.cli.explained import explained
from stario.exceptions import StarioError

_LONGEST = 50_000  # characters; what is beyond is in the terminal


def report_of(error: BaseException) -> dict[str, str]:
    """Return a title and a text: an error's sentence and its help, or else its traceback."""
    if isinstance(error, StarioError):
        return {"title": "The app cannot start", "text": _cut(explained(error))}
    trace = short_traceback(error) or "".join(format_exception(error))
    return {"title": f"The app ended with {type(error).__name__}", "text": _cut(trace)}


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "\n…"
