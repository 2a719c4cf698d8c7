"""`data`: Datastar's attributes, each method one attribute for the head of a tag call.

Where an attribute is told about a signal in its key, the key is written so that the client reads
the very same name back.
"""

from collections.abc import Mapping
from re import compile as pattern
from typing import Any, Literal

from stario.datastar.errors import (
    bad_nonce,
    bad_threshold,
    not_a_mapping,
    not_one_of,
    passive_cannot_prevent,
)
from stario.datastar.names import Case, checked_signal, event_key, hyphenated, signal_key
from stario.datastar.page.attribute import checked_key, escape_json, keyed, modifiers
from stario.datastar.page.js import FilterValue, filter_js, js_object
from stario.datastar.page.pro import ProAttributes
from stario.datastar.page.timing import Debounce, Throttle, TimeValue, time_to_string, timings
from stario.datastar.payload import PageSignals, SignalValue, signals_json
from stario.datastar.signal import BySignal, Expression, SignalName
from stario.markup import Attrs

_TARGETS = ("window", "document", "outside")
_PERCENT = pattern("[0-9]{1,2}|100")
_NONCE = pattern("[A-Za-z0-9+/_-]+={0,2}")
_CLIENT_INTERVAL = "1s"


class DatastarAttributes(ProAttributes):
    """Writes attributes. Expressions are JavaScript and are written as they are, escaped.

    Every method raises `StarioError` for a key that could leave the attribute name, for a bad
    signal name, and for an expression that is not a `str`.
    """

    __slots__ = ()

    def attr(self, key: str, expression: Expression) -> Attrs:
        """Bind one attribute of the element to an expression."""
        return self.write_key("attr", key, expression)

    def attrs(self, mapping: Mapping[str, Expression]) -> Attrs:
        """Bind several attributes, names to expressions."""
        return self.write("attr", js_object(mapping))

    def bind(
        self, signal_name: SignalName, *, prop: str | None = None, event: str | None = None
    ) -> Attrs:
        """Bind an input to a signal, both ways.

        `prop` is the property that holds the value, `event` what says that it changed; several
        events are joined with dots.
        """
        if prop is None and event is None:
            return self.write("bind", checked_signal(signal_name))
        key, case = signal_key(signal_name)
        options = modifiers(
            case,
            prop is not None and f"prop.{hyphenated(checked_key(prop))}",
            event is not None and f"event.{checked_key(event)}",
        )
        return self.write_bare(keyed("bind", key, options), options)

    def class_(self, name: str, expression: Expression) -> Attrs:
        """Give the element a class while an expression is true."""
        return self.write_key("class", name, expression)

    def classes(self, mapping: Mapping[str, Expression]) -> Attrs:
        """Give the element classes, names to expressions."""
        return self.write("class", js_object(mapping))

    def computed(self, key: SignalName, expression: Expression) -> Attrs:
        """Define a read-only signal that follows an expression."""
        name, case = signal_key(key)
        return self.write_key("computed", name, expression, modifiers(case))

    def computeds(self, mapping: Mapping[str, Expression]) -> Attrs:
        """Define several read-only signals, names to expressions."""
        if not isinstance(mapping, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise not_a_mapping(mapping)
        each = (self.computed(name, expression) for name, expression in mapping.items())
        return Attrs("".join([attribute.rendered for attribute in each]))

    def effect(self, expression: Expression) -> Attrs:
        """Run an expression now and whenever a signal in it changes."""
        return self.write("effect", expression)

    def ignore(self, self_only: bool = False) -> Attrs:
        """Keep Datastar away from the element and, unless `self_only`, from what is inside."""
        return self.write_bare("ignore", modifiers(self_only and "self"))

    def ignore_morph(self) -> Attrs:
        """Keep the element as it is when a patch comes; needed on the old and the new one."""
        return self.write_bare("ignore-morph")

    def indicator(self, signal_name: SignalName) -> Attrs:
        """Keep a signal true while a request of this element is under way."""
        return self.write("indicator", checked_signal(signal_name))

    def init(
        self,
        expression: Expression,
        *,
        delay: TimeValue | None = None,
        view_transition: bool = False,
    ) -> Attrs:
        """Run an expression when the element appears."""
        options = modifiers(*timings(delay=delay), view_transition and "viewtransition")
        return self.write("init", expression, options)

    def json_signals(
        self,
        *,
        include: FilterValue | None = None,
        exclude: FilterValue | None = None,
        terse: bool = False,
    ) -> Attrs:
        """Show the signals as JSON inside the element."""
        options = modifiers(terse and "terse")
        return self.write_filter("json-signals", filter_js(include, exclude), options)

    def nonce(self, value: str) -> Attrs:
        """Give the client the nonce of the page's content security policy (client 1.0.3 and newer).

        On the `<html>` element. The policy then needs no `unsafe-eval`, only the `'nonce-VALUE'`
        that the page was sent with. Raises `StarioError` for what cannot be a nonce (CSP Level 3,
        2.3.1): letters, digits and `+/-_`, with `=` at the end.
        """
        if not isinstance(value, str) or _NONCE.fullmatch(value) is None:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise bad_nonce(value)
        return self.write("nonce", value)

    def on(
        self,
        event: str,
        expression: Expression,
        *,
        once: bool = False,
        passive: bool = False,
        capture: bool = False,
        delay: TimeValue | None = None,
        debounce: Debounce | None = None,
        throttle: Throttle | None = None,
        view_transition: bool = False,
        target: Literal["window", "document", "outside"] | None = None,
        prevent: bool = False,
        stop: bool = False,
        case: Case = "kebab",
    ) -> Attrs:
        """Run an expression on an event; it sees `evt` and `el`.

        HTML lower-cases attribute names, so an event with capitals needs its `case`.
        """
        if passive and prevent:
            raise passive_cannot_prevent()
        if target is not None and target not in _TARGETS:
            raise not_one_of("The target", target, _TARGETS)
        key, case_modifier = event_key(checked_key(event), case)
        options = modifiers(
            once and "once",
            passive and "passive",
            capture and "capture",
            target,
            prevent and "prevent",
            stop and "stop",
            *timings(delay, debounce, throttle),
            view_transition and "viewtransition",
            case_modifier,
        )
        return self.write_key("on", key, expression, options)

    def on_intersect(
        self,
        expression: Expression,
        *,
        threshold: float | Literal["half", "full"] | str | None = None,
        once: bool = False,
        exit: bool = False,
        delay: TimeValue | None = None,
        debounce: Debounce | None = None,
        throttle: Throttle | None = None,
        view_transition: bool = False,
    ) -> Attrs:
        """Run an expression when the element comes into view, or leaves it with `exit`.

        `threshold` is the visible share: 0.0 to 1.0, `"half"`, `"full"` or percents as a `str`.
        """
        options = modifiers(
            None if threshold is None else _threshold(threshold),
            once and "once",
            exit and "exit",
            *timings(delay, debounce, throttle),
            view_transition and "viewtransition",
        )
        return self.write("on-intersect", expression, options)

    def on_interval(
        self,
        expression: Expression,
        *,
        duration: TimeValue = "1s",
        leading: bool = False,
        view_transition: bool = False,
    ) -> Attrs:
        """Run an expression again and again; with `leading` also at once."""
        options = modifiers(
            _interval(time_to_string(duration), leading), view_transition and "viewtransition"
        )
        return self.write("on-interval", expression, options)

    def on_signal_patch(
        self,
        expression: Expression,
        *,
        delay: TimeValue | None = None,
        debounce: Debounce | None = None,
        throttle: Throttle | None = None,
        include: FilterValue | None = None,
        exclude: FilterValue | None = None,
    ) -> Attrs:
        """Run an expression when signals change; it sees `patch`."""
        listener = self.write(
            "on-signal-patch", expression, modifiers(*timings(delay, debounce, throttle))
        )
        watched = filter_js(include, exclude)
        if watched is None:
            return listener
        return Attrs(listener.rendered + self.write("on-signal-patch-filter", watched).rendered)

    def preserve_attr(self, attrs: str | list[str]) -> Attrs:
        """Keep the browser's values of these attributes when a patch comes."""
        return self.write("preserve-attr", attrs if isinstance(attrs, str) else " ".join(attrs))

    def ref(self, signal_name: SignalName) -> Attrs:
        """Make a signal that holds the element."""
        return self.write("ref", checked_signal(signal_name))

    def show(self, expression: Expression) -> Attrs:
        """Show the element while an expression is true."""
        return self.write("show", expression)

    def signal(
        self, name: SignalName, expression: Expression, *, if_missing: bool = False
    ) -> Attrs:
        """Set one signal to an expression; with `if_missing` only where it does not exist."""
        key, case = signal_key(name)
        options = modifiers(case, if_missing and "ifmissing")
        return self.write_key("signals", key, expression, options)

    def signals(
        self, payload: BySignal[SignalValue] | PageSignals, *, if_missing: bool = False
    ) -> Attrs:
        """Set signals to values; a dotted key is a nested path, None removes. `Signals` give the
        defaults of their model.

        Raises `TypeError` when it is not a mapping, `StarioError` for bad or contradicting names
        and for values that JSON cannot hold.
        """
        name = f"{self.prefix}signals{modifiers(if_missing and 'ifmissing')}"
        return Attrs(f" {name}='{escape_json(signals_json(payload))}'")

    def style(self, prop: str, expression: Expression) -> Attrs:
        """Bind one style property to an expression."""
        return self.write_key("style", prop, expression)

    def styles(self, mapping: Mapping[str, Expression]) -> Attrs:
        """Bind several style properties, names to expressions."""
        return self.write("style", js_object(mapping))

    def text(self, expression: Expression) -> Attrs:
        """Show the value of an expression as the text of the element."""
        return self.write("text", expression)


data = DatastarAttributes()


def _interval(duration: str, leading: bool) -> str | None:
    if leading:
        return f"duration.{duration}.leading"
    return None if duration == _CLIENT_INTERVAL else f"duration.{duration}"


def _threshold(threshold: Any) -> str:
    match threshold:
        case "half" | "full":
            return threshold
        case str() if _PERCENT.fullmatch(threshold):
            return f"threshold.{threshold}"
        case int() | float() if not isinstance(threshold, bool) and 0 <= threshold <= 1:
            return f"threshold.{round(threshold * 100)}"
        case _:
            raise bad_threshold(threshold)
