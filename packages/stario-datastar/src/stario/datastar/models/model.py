"""`Signals`: one model for the page, for what comes back from it, and for patches.

The page gets its defaults and its names, the server a parser with limits, and every patch is
checked before it leaves.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from stario.datastar.errors import (
    bad_signal_name,
    does_not_fit,
    no_model,
    no_signals,
    unknown_signal,
)
from stario.datastar.models.invalid import InvalidSignals, sentences_by_field
from stario.datastar.models.kinds import Wrong, WrongFields
from stario.datastar.models.plan import record_of
from stario.datastar.models.record import Field, Record
from stario.datastar.models.sentences import CHANGED, GROUP
from stario.datastar.payload import PageSignals
from stario.datastar.signal import (
    ERRORS,
    OF_ITSELF,
    BySignal,
    Signal,
    SignalGroup,
    SignalName,
    signal_below,
    signal_name,
)
from stario.exceptions import StarioError


class Signals[T](PageSignals):
    """The signals of a dataclass or a msgspec Struct: `S = Signals(Draft)`.

    `S.title` is the signal of the field `title`, `S.address.city` one of a nested model; a name
    that does not exist raises `StarioError`. `S["title"]` is the same, and the way to fields that
    are called like a method. Raises `StarioError` for what is not a model, for a field whose type
    cannot be read, and for a default that does not fit its type.
    """

    __slots__ = ("_model", "_record", "_root", "_signals", "_written")

    def __init__(self, model: type[T]) -> None:
        if not isinstance(model, type):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise no_model(model)
        self._model = model
        self._record = record_of(model)
        # What goes out is checked against types alone: a form may begin empty.
        self._written = record_of(model, limited=False)
        self._signals = _signals(self._record, model.__name__)
        self._root = SignalGroup("", model.__name__, self._signals)
        self.defaults()  # so that a default that does not fit fails here

    @property
    def error(self) -> Signal:
        """The signal with what is wrong about the form as a whole, or `""`. A field that is called
        so wins, as in a nested model.
        """
        return self._signals.get("error") or Signal(f"{ERRORS}.{OF_ITSELF}")

    def __getattr__(self, name: str) -> Signal:
        if name in Signals.__slots__:  # while it is copied
            raise AttributeError(name)
        found = self._signals.get(name)
        return signal_below(self._root, name) if found is None else found

    def __getitem__(self, name: str) -> Signal:
        """Give a signal by its name, dotted for one of a nested model."""
        return self._signal(name)

    def __contains__(self, field: object) -> bool:
        if field == "":
            return True
        try:
            self._signal(cast("str", field))
        except (AttributeError, StarioError):
            return False
        return True

    def __repr__(self) -> str:
        return f"<Signals {self._model.__name__}: {', '.join(self._record.fields)}>"

    def __dir__(self) -> list[str]:
        return [*self._record.fields, *super().__dir__()]

    def defaults(self, values: T | None = None, /, **changes: Any) -> dict[str, Any]:
        """Give the signals that a page begins with: the defaults, or `values`, with changes.

        A field without a default begins empty. The sentences of all fields are among them, empty
        too. Raises `StarioError` for names and for values that do not fit.
        """
        if values is not None and not isinstance(values, self._model):
            raise does_not_fit(self._model.__name__, values, GROUP)
        record = self._written
        signals = _empty(record)
        for given in (_defaults(record) if values is None else _held(record, values), changes):
            for name, value in given.items():
                _put(signals, record, name, value, self._model.__name__)
        return signals | self.errors()

    def patch(self, changes: BySignal[Any] | None = None, /, **more: Any) -> dict[str, Any]:
        """Give some signals with new values, for `sse.patch_signals(S.patch(amount=2))`.

        Names may be dotted in `changes`. A nested model is given whole, or as a mapping of some of
        its fields. Types are checked, limits are not: a form may be emptied. Raises `StarioError`
        for names and for values that do not fit.
        """
        if changes is None:
            changes = {}
        elif not isinstance(changes, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise no_signals(changes)
        signals: dict[str, Any] = {}
        given: list[tuple[SignalName, Any]] = [*changes.items(), *more.items()]
        for name, value in given:
            dotted = signal_name(self._signal(name))
            _put(signals, self._written, dotted, value, self._model.__name__)
        return signals

    def errors(self, invalid: "InvalidSignals | BySignal[str] | None" = None, /) -> dict[str, Any]:
        """Give the signals that show each sentence at its field and clear all others.

        Without errors all are cleared: the form was right. Raises `StarioError` for a field that
        does not exist, and for a sentence that is not text.
        """
        given = invalid.errors if isinstance(invalid, InvalidSignals) else invalid
        tree = _no_errors(self._record)
        for name, sentence in sentences_by_field({} if given is None else given).items():
            *branches, place = self._place(name)
            branch = tree
            for segment in branches:
                branch = branch[segment]
            branch[place] = sentence
        return {ERRORS: tree}

    def parse(self, values: Any) -> T:
        """Make an instance of what a page sent: pure, the same each time.

        Signals that the model does not have are ignored, missing ones take their default. Raises
        `InvalidSignals` with a sentence for every field that is wrong, and nothing else.
        """
        try:
            return cast("T", self._record.read(values))
        except WrongFields as wrong:
            sent = cast("Mapping[str, Any]", values) if isinstance(values, Mapping) else None
            raise InvalidSignals(wrong.errors, values=sent, model=self) from None

    def _signal(self, name: SignalName) -> Signal:
        dotted = signal_name(name) if isinstance(name, Signal) else name
        if not isinstance(dotted, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise bad_signal_name(name)
        found: Signal = self._root
        for segment in dotted.split("."):
            found = signal_below(found, segment)
        return found

    def _place(self, name: SignalName) -> list[str]:
        """Find where in the errors a field has its sentence."""
        if name == "":
            return [OF_ITSELF]
        signal = self._signal(name)
        path = signal_name(signal).split(".")
        return [*path, OF_ITSELF] if isinstance(signal, SignalGroup) else path


def parse[T](model: "type[T] | Signals[T]", values: Any) -> T:
    """Make an instance of a model of what a page sent, or raise `InvalidSignals`."""
    return signals_of(model).parse(values)


def signals_of[T](model: "type[T] | Signals[T]") -> Signals[T]:
    """Give the `Signals` of a model, compiled once."""
    if isinstance(model, Signals):
        return model
    if not isinstance(model, type):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise no_model(model)
    return cast("Signals[T]", _compiled(model))


# Bounded: models are the developer's, but some are made in functions.
@lru_cache(maxsize=256)
def _compiled(model: type[Any]) -> Signals[Any]:
    return Signals(model)


def _signals(record: Record, model: str, prefix: str = "") -> dict[str, Signal]:
    """Make the signal of each field, known also by its name in the browser."""
    found: dict[str, Signal] = {}
    for name, field in record.fields.items():
        dotted = f"{prefix}{field.signal}"
        if field.group is None:
            found[name] = Signal(dotted, model)
        else:
            called = f"{model}.{name}"
            found[name] = SignalGroup(dotted, called, _signals(field.group, called, f"{dotted}."))
    for name, field in record.fields.items():
        found.setdefault(field.signal, found[name])
    return found


def _no_errors(record: Record) -> dict[str, Any]:
    fields = [field for field in record.fields.values() if not field.local]
    return {OF_ITSELF: ""} | {
        field.signal: "" if field.group is None else _no_errors(field.group) for field in fields
    }


def _empty(record: Record) -> dict[str, Any]:
    """Give what empty inputs hold for the fields that have no default."""
    return {
        field.signal: field.kind.blank if field.nested is None else _empty(field.nested)
        for field in record.fields.values()
        if field.default is None
    }


def _defaults(record: Record) -> dict[str, Any]:
    """Give the default of each field that has one; a nested model has those of its fields."""
    found: dict[str, Any] = {}
    for name, field in record.fields.items():
        if field.default is not None:
            found[name] = field.default()
        elif field.nested is not None:
            found[name] = _defaults(field.nested)
    return found


def _held(record: Record, instance: Any) -> dict[str, Any]:
    return {name: getattr(instance, name) for name in record.fields}


def _put(tree: dict[str, Any], record: Record, name: str, value: Any, path: str) -> None:
    """Write a value into the signals, at its place."""
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise bad_signal_name(name)
    head, _, below = name.partition(".")
    field = record.named(head)
    if field is None:
        raise unknown_signal(path, head, record.fields)
    path = f"{path}.{head}"
    group = field.group
    if below:
        if group is None:
            raise unknown_signal(path, below, ())
        value = {below: value}
    if group is not None and isinstance(value, group.model):
        value = _held(group, value)
    if group is None or not isinstance(value, Mapping):
        tree[field.signal] = _written(field, value, path)
        return
    branch = tree.get(field.signal)
    if not isinstance(branch, dict):
        branch = tree[field.signal] = {}
    for inner, one in cast("Mapping[str, Any]", value).items():
        _put(cast("dict[str, Any]", branch), group, inner, one, path)


def _written(field: Field, value: Any, path: str) -> Any:
    """Write a value that is read back as it was."""
    try:
        written = field.kind.write(value)
        same = field.kind.write(field.kind.read(written)) == written
    except Wrong as wrong:
        raise does_not_fit(path, value, wrong.sentence) from None
    if not same:
        raise does_not_fit(path, value, CHANGED)
    return written
