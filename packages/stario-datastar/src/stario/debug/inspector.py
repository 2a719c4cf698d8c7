"""A panel that shows what Datastar does in a page: signals, patches, requests, retries.

It is made of Datastar attributes alone, so it works wherever the page's own attributes work, under
the same policy; it asks the server for nothing, and it keeps its state in no signal, so none of it
is ever sent. What it does in the browser stands in `inspector.js`.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from stario.datastar import data
from stario.datastar.format import string_literal
from stario.exceptions import StarioError
from stario.markup import html as h

if TYPE_CHECKING:
    from stario.markup.types import HtmlElement

type Position = Literal["top-left", "top-right", "bottom-left", "bottom-right"]

_ID = "__stario_debug_inspector"
_POSITIONS = ("top-left", "top-right", "bottom-left", "bottom-right")
_SCRIPT = Path(__file__).with_name("inspector.js")


def debug_inspector(position: Position = "bottom-right") -> "HtmlElement":
    """Build a panel for development: the signals as JSON, the requests in flight, the last patches
    with their sizes, retries and errors.

    Put it first into the body, so that it sees the first request too, and only while you develop:

        h.Body(debug_inspector() if DEBUG else None, ...)

    It shows every signal to whoever sees the page, also those whose names begin with `_`. Outside
    of this machine it says so on the console; a test can hold that `__stario_debug_inspector` is
    not in your pages.

    It can be dragged by its title, collapsed, and filtered by a part of a name. A morph of the page
    leaves it alone. Raises `StarioError` for a position that is not a corner.
    """
    if position not in _POSITIONS:
        raise _no_corner(position)
    return h.Div(
        {"id": _ID},
        data.ignore_morph(),
        data.init(f"{_script()}(el, {string_literal(position)})"),
        data.on("datastar-fetch", "el.inspector?.fetched(evt.detail)", target="document"),
        data.on_signal_patch("el.inspector?.changed(patch)"),
        h.Pre(data.json_signals()),
    )


@cache
def _script() -> str:
    """The script without its comments and indentation."""
    lines = (line.strip() for line in _SCRIPT.read_text("utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _no_corner(position: object) -> StarioError:
    return StarioError(
        "The debug inspector sits in a corner of the page.",
        context={"position": position},
        help_text=f"Use one of {', '.join(_POSITIONS)}.",
    )
