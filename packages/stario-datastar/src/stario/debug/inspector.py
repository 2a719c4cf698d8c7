"""A panel that shows the signals of the page, made of Datastar attributes alone.

No script of its own: it works wherever the page's own attributes work, under the same policy.
"""

from typing import TYPE_CHECKING, Literal

from stario.datastar import data
from stario.exceptions import StarioError
from stario.markup import html as h

if TYPE_CHECKING:
    from stario.markup.types import HtmlElement

type Position = Literal["top-left", "top-right", "bottom-left", "bottom-right"]

_ID = "__stario_debug_inspector"

_CORNERS: dict[str, dict[str, str]] = {
    "top-left": {"top": "1rem", "left": "1rem"},
    "top-right": {"top": "1rem", "right": "1rem"},
    "bottom-left": {"bottom": "1rem", "left": "1rem"},
    "bottom-right": {"bottom": "1rem", "right": "1rem"},
}
_PANEL = {
    "position": "fixed",
    "z-index": 2147483647,
    "min-width": "14rem",
    "max-width": "min(32rem, 90vw)",
    "border": "1px solid #52525b",
    "border-radius": "6px",
    "background": "#18181b",
    "color": "#f4f4f5",
    "font": "12px/1.5 ui-monospace, monospace",
    "box-shadow": "0 4px 16px rgb(0 0 0 / 40%)",
}
_HANDLE = {"cursor": "move", "padding": "4px 8px", "touch-action": "none", "user-select": "none"}
_SIGNALS = {"margin": 0, "padding": "0 8px 8px", "max-height": "60vh", "overflow": "auto"}

# The pointer is captured, so that a fast drag does not lose the handle.
_TAKE = (
    "const box = el.parentElement.getBoundingClientRect(); "
    "el.takenAt = [evt.clientX - box.left, evt.clientY - box.top]; "
    "el.setPointerCapture(evt.pointerId)"
)
_DRAG = (
    "if (el.hasPointerCapture(evt.pointerId)) Object.assign(el.parentElement.style, {"
    "left: evt.clientX - el.takenAt[0] + 'px', top: evt.clientY - el.takenAt[1] + 'px', "
    "right: 'auto', bottom: 'auto'})"
)


def debug_inspector(position: Position = "bottom-right") -> "HtmlElement":
    """Build a fixed panel with the signals as JSON, which can be dragged by its title.

    Put it into the body of a page while you develop. A morph of the page leaves it where it was
    dragged. Raises `StarioError` for a position that is no corner.
    """
    if position not in _CORNERS:
        raise _no_corner(position)
    return h.Div(
        {"id": _ID, "style": {**_PANEL, **_CORNERS[position]}},
        data.preserve_attr("style"),
        h.Div(
            {"style": _HANDLE},
            data.on("pointerdown", _TAKE),
            data.on("pointermove", _DRAG),
            "Signals",
        ),
        h.Pre({"style": _SIGNALS}, data.json_signals()),
    )


def _no_corner(position: object) -> StarioError:
    return StarioError(
        "The debug inspector sits in a corner of the page.",
        context={"position": position},
        help_text=f"Use one of {', '.join(_CORNERS)}.",
    )
