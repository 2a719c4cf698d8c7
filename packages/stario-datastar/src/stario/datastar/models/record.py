"""A model: a dataclass or a msgspec Struct as its fields, and how all of them are read at once.

msgspec is never imported. A class can only be a Struct where somebody else has imported it.
"""

import dataclasses
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast, get_type_hints

from stario.datastar.errors import no_model, unresolved
from stario.datastar.models import sentences
from stario.datastar.models.invalid import InvalidSignals
from stario.datastar.models.kinds import Kind, Wrong, WrongFields

# What an annotation in quotes can raise: `Nowhere`, `module.Nowhere`, `list[`, `int[str]`.
_UNRESOLVED = (NameError, AttributeError, SyntaxError, TypeError)


@dataclass(frozen=True, slots=True)
class RawField:
    """A field as its class declares it."""

    name: str
    signal: str
    """Its name in the browser, which a Struct can choose."""
    annotation: Any
    default: Callable[[], Any] | None
    """Makes the default; None where the field has none."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field that can be read and written."""

    name: str
    signal: str
    kind: Kind
    default: Callable[[], Any] | None
    missing: str
    """The sentence where it is missing."""

    @property
    def local(self) -> bool:
        """It stays in the browser."""
        return self.signal.startswith("_")

    @property
    def group(self) -> "Record | None":
        """The nested model, if the field is one."""
        return self.kind.record

    @property
    def nested(self) -> "Record | None":
        """The nested model that is always there."""
        return None if type(None) in self.kind.natural else self.kind.record


@dataclass(frozen=True, slots=True)
class Record:
    """A model and its fields by their name."""

    model: type
    fields: Mapping[str, Field]

    def named(self, name: str) -> Field | None:
        """Find a field by its name in Python, or by its name in the browser."""
        if name in self.fields:
            return self.fields[name]
        return next((field for field in self.fields.values() if field.signal == name), None)

    def read(self, values: Any) -> Any:
        """Make an instance, or raise `WrongFields` with all that is wrong."""
        if not isinstance(values, Mapping):
            raise WrongFields({"": sentences.GROUP})
        sent = cast("Mapping[str, Any]", values)
        errors: dict[str, str] = {}
        given: dict[str, Any] = {}
        for name, field in self.fields.items():
            if field.local:
                continue
            try:
                if field.signal in sent:
                    given[name] = field.kind.read(sent[field.signal])
                elif field.default is None:
                    given[name] = _without(field)
            except Wrong as wrong:
                errors.update(_below(name, wrong))
        if errors:
            raise WrongFields(errors)
        return self._built(given)

    def _built(self, given: dict[str, Any]) -> Any:
        try:
            return self.model(**given)
        except InvalidSignals as invalid:
            raise WrongFields(dict(invalid.errors)) from None
        except ValueError as error:
            raise WrongFields({"": str(error) or sentences.WRONG}) from error

    def write(self, value: Any) -> Any:
        """Give the form that an instance has inside a list; what is local stays out."""
        if not isinstance(value, self.model):
            return value
        fields = self.fields.values()
        return {f.signal: f.kind.write(getattr(value, f.name)) for f in fields if not f.local}


def raw_fields(model: Any) -> list[RawField] | None:
    """List what a class declares, None where it is neither a dataclass nor a Struct.

    Raises `StarioError` for annotations that name what does not exist.
    """
    if not isinstance(model, type):
        return None
    if _is_struct(model):
        return _of_struct(model)
    return _of_dataclass(model) if dataclasses.is_dataclass(model) else None


def _of_dataclass(model: type) -> list[RawField]:
    hints = _hints(model)
    inputs = [f for f in dataclasses.fields(model) if f.init]
    # Given to __post_init__ and kept nowhere: no signal could hold it.
    if any(isinstance(hint, dataclasses.InitVar) for hint in hints.values()):
        raise no_model(model)
    return [
        RawField(f.name, f.name, hints[f.name], _default(f.default, f.default_factory))
        for f in inputs
    ]


def _of_struct(model: type) -> list[RawField]:
    structs: Any = sys.modules["msgspec"].structs
    try:
        infos = structs.fields(model)
    except _UNRESOLVED as error:
        raise unresolved(model, error) from error
    return [
        RawField(f.name, f.encode_name, f.type, _default(f.default, f.default_factory))
        for f in infos
    ]


def _default(default: Any, factory: Any) -> Callable[[], Any] | None:
    if default is not dataclasses.MISSING and not _is_unset(default):
        return lambda: default
    return None if factory is dataclasses.MISSING or _is_unset(factory) else factory


def _hints(model: type) -> dict[str, Any]:
    try:
        return get_type_hints(model, include_extras=True)
    except _UNRESOLVED as error:
        raise unresolved(model, error) from error


def _is_struct(model: type) -> bool:
    msgspec: Any = sys.modules.get("msgspec")
    return msgspec is not None and issubclass(model, msgspec.Struct)


def _is_unset(value: Any) -> bool:
    msgspec: Any = sys.modules.get("msgspec")
    return msgspec is not None and value is msgspec.NODEFAULT


def _without(field: Field) -> Any:
    """Read a field that is missing and has no default."""
    if field.nested is None:
        raise Wrong(field.missing)
    return field.kind.read({})


def _below(name: str, wrong: Wrong) -> dict[str, str]:
    if not isinstance(wrong, WrongFields):
        return {name: wrong.sentence}
    return {f"{name}.{inner}" if inner else name: said for inner, said in wrong.errors.items()}
