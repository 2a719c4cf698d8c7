"""The attributes of Datastar Pro. The free client ignores them in silence."""

from typing import TYPE_CHECKING, Literal

from stario.datastar.errors import not_one_of
from stario.datastar.names import signal_key
from stario.datastar.page.attribute import AttributeWriter, keyed, modifiers
from stario.datastar.page.js import FilterValue, filter_js
from stario.datastar.page.timing import Debounce, Throttle, timings

if TYPE_CHECKING:
    from stario.datastar.signal import Expression, SignalName
    from stario.markup import Attrs

_BEHAVIORS = ("smooth", "instant", "auto")
_ALIGNMENTS = ("start", "center", "end", "nearest")


class ProAttributes(AttributeWriter):
    """Writes the attributes that need a Datastar Pro bundle."""

    __slots__ = ()

    def animate(self, expression: "Expression") -> "Attrs":
        """Animate the element. Datastar Pro only."""
        return self.write("animate", expression)

    def custom_validity(self, expression: "Expression") -> "Attrs":
        """Set the validation message of an input. Datastar Pro only."""
        return self.write("custom-validity", expression)

    def match_media(self, signal_name: "SignalName", expression: "Expression") -> "Attrs":
        """Keep a signal true while a media query matches. Datastar Pro only."""
        key, case = signal_key(signal_name)
        return self.write_key("match-media", key, expression, modifiers(case))

    def on_raf(self, expression: "Expression", *, throttle: Throttle | None = None) -> "Attrs":
        """Run on every animation frame. Datastar Pro only."""
        return self.write("on-raf", expression, modifiers(*timings(throttle=throttle)))

    def on_resize(
        self,
        expression: "Expression",
        *,
        debounce: Debounce | None = None,
        throttle: Throttle | None = None,
    ) -> "Attrs":
        """Run when the element changes its size. Datastar Pro only."""
        limits = timings(debounce=debounce, throttle=throttle)
        return self.write("on-resize", expression, modifiers(*limits))

    def persist(
        self,
        *,
        include: FilterValue | None = None,
        exclude: FilterValue | None = None,
        storage_key: str | None = None,
        session: bool = False,
    ) -> "Attrs":
        """Keep signals in local or session storage. Datastar Pro only."""
        where = modifiers(session and "session")
        name = "persist" if storage_key is None else keyed("persist", storage_key, where)
        return self.write_filter(name, filter_js(include, exclude), where)

    def query_string(
        self,
        *,
        include: FilterValue | None = None,
        exclude: FilterValue | None = None,
        filter_empty: bool = False,
        history: bool = False,
    ) -> "Attrs":
        """Keep signals in the query of the page. Datastar Pro only."""
        options = modifiers(filter_empty and "filter", history and "history")
        return self.write_filter("query-string", filter_js(include, exclude), options)

    def replace_url(self, expression: "Expression") -> "Attrs":
        """Replace the address of the page without loading. Datastar Pro only."""
        return self.write("replace-url", expression)

    def scroll_into_view(
        self,
        *,
        behavior: Literal["smooth", "instant", "auto"] | None = None,
        horizontal: Literal["start", "center", "end", "nearest"] | None = None,
        vertical: Literal["start", "center", "end", "nearest"] | None = None,
        focus: bool = False,
    ) -> "Attrs":
        """Scroll the element into view. Datastar Pro only."""
        options = modifiers(
            _choice("The behavior", behavior, _BEHAVIORS),
            _choice("The horizontal alignment", horizontal, _ALIGNMENTS, "h"),
            _choice("The vertical alignment", vertical, _ALIGNMENTS, "v"),
            focus and "focus",
        )
        return self.write_bare("scroll-into-view", options)

    def view_transition(self, expression: "Expression") -> "Attrs":
        """Name the element in view transitions. Datastar Pro only."""
        return self.write("view-transition", expression)


def _choice(what: str, value: str | None, choices: tuple[str, ...], letter: str = "") -> str | None:
    if value is None:
        return None
    if value not in choices:
        raise not_one_of(what, value, choices)
    return f"{letter}{value}"
