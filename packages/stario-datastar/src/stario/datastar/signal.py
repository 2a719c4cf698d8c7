"""A signal by its name: bare where a name is asked for, `$name` where an expression is.

It is not a `str`, so that neither can be taken for the other. The signals of a model are made by
`Signals`; a group holds those of a nested model.
"""

from collections.abc import Mapping
from typing import Any

from stario.datastar.errors import unknown_signal

ERRORS = "_errors"
"""The signal that holds the sentence of each field; local, so it never comes back."""
OF_ITSELF = "_"
"""Where a group has a sentence of its own, beside those of its fields."""


class Signal:
    """One signal of a model: `str(S.title)` is the expression `$title`, `S.title.name` its name.

    Everything that takes an expression or the name of a signal takes one of these.
    """

    __slots__ = ("_expression", "_model", "_name")

    def __init__(self, name: str, model: str = "") -> None:
        self._expression = f"${name}"
        self._name = name
        self._model = model

    @property
    def name(self) -> str:
        """The bare name, dotted where it is nested. A field of a group that is called so wins."""
        return signal_name(self)

    @property
    def error(self) -> "Signal":
        """The signal with what is wrong about this one: a sentence, or `""`."""
        return Signal(error_name(self))

    def __getattr__(self, name: str) -> "Signal":
        return signal_below(self, name)

    def __str__(self) -> str:
        expression: str = object.__getattribute__(self, "_expression")
        return expression

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __repr__(self) -> str:
        return f"<Signal {signal_name(self)}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Signal) and signal_name(self) == signal_name(other)

    def __hash__(self) -> int:
        return hash(signal_name(self))


class SignalGroup(Signal):
    """The signals of a nested model; a field comes before what every signal has."""

    __slots__ = ("_fields",)

    def __init__(self, name: str, model: str, fields: Mapping[str, Signal]) -> None:
        super().__init__(name, model)
        self._fields = fields

    def __getattribute__(self, name: str) -> Any:
        field = fields_of(self).get(name)
        return object.__getattribute__(self, name) if field is None else field

    def __dir__(self) -> list[str]:
        return [*fields_of(self), *super().__dir__()]


type Expression = str | Signal
"""JavaScript, or a signal whose value is meant."""

type SignalName = str | Signal

type BySignal[V] = Mapping[str, V] | Mapping[Signal, V] | Mapping[SignalName, V]


def signal_name(signal: Signal) -> str:
    """Give the bare name, whatever the fields of a group are called."""
    name: str = object.__getattribute__(signal, "_name")
    return name


def signal_below(signal: Signal, name: str) -> Signal:
    """Find a field of a nested model; raises `StarioError` that says what there is."""
    fields: Mapping[str, Signal] = fields_of(signal) if isinstance(signal, SignalGroup) else {}
    if name in fields:
        return fields[name]
    model: str = object.__getattribute__(signal, "_model")
    full = name if isinstance(signal, SignalGroup) else f"{signal_name(signal)}.{name}"
    raise unknown_signal(model, full, fields)


def error_name(signal: Signal) -> str:
    """Name the signal of a signal's sentence."""
    own = f".{OF_ITSELF}" if isinstance(signal, SignalGroup) else ""
    return f"{ERRORS}.{signal_name(signal)}{own}"


def fields_of(group: SignalGroup) -> Mapping[str, Signal]:
    """Give the signals of a group by their field."""
    try:
        fields: Mapping[str, Signal] = object.__getattribute__(group, "_fields")
    except AttributeError:  # while it is built, or copied
        return {}
    return fields
