"""From a model to its `Record`: every annotation becomes a `Kind`, once per model.

What cannot be read is refused here, when the model is built, and not at the first request.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Literal, NewType, TypeAliasType, Union, get_args, get_origin

from stario.datastar.errors import no_model, unsupported
from stario.datastar.models import sentences
from stario.datastar.models.containers import either, list_of, mapping_of, tuple_of
from stario.datastar.models.files import FileSignal, file
from stario.datastar.models.kinds import SCALARS, Kind, Wrong, WrongFields, choice, member_of
from stario.datastar.models.limits import NO_LIMITS, Limits, limits_in
from stario.datastar.models.record import Field, RawField, Record, raw_fields
from stario.datastar.names import signal_path
from stario.datastar.signal import ERRORS
from stario.exceptions import StarioError

_LISTS: dict[Any, Callable[[Iterable[Any]], Any]] = {list: list, set: set, frozenset: frozenset}
_VALUES = (str, int, float, bool)
_MOST = 2**62


# Bounded: models are the developer's, but some are made in functions.
@lru_cache(maxsize=256)
def record_of(model: type, limited: bool = True) -> Record:
    """Compile a model; without limits it reads what the server itself may put into a page.

    Raises `StarioError` for what is not a model and for a field that cannot be read.
    """
    fields = raw_fields(model)
    if fields is None:
        raise no_model(model)
    return _record(model, fields, _Place(model.__name__, (model,), limited))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a model an annotation stands: for complaints, and so that none contains itself."""

    path: str
    inside: tuple[Any, ...]
    limited: bool

    def at(self, name: str) -> "_Place":
        return replace(self, path=f"{self.path}.{name}")

    def into(self, annotation: Any) -> "_Place":
        if annotation in self.inside:
            raise unsupported(self.path, annotation, "It contains itself.")
        return replace(self, inside=(*self.inside, annotation))


def _record(model: type, fields: list[RawField], place: _Place) -> Record:
    return Record(model, {raw.name: _field(raw, place.at(raw.name)) for raw in fields})


def _field(raw: RawField, place: _Place) -> Field:
    if raw.signal == ERRORS:
        raise unsupported(
            place.path, raw.annotation, "This name is taken by the errors of the fields."
        )
    if not (_is_one_segment(raw.signal) and _is_one_segment(raw.name)):
        raise unsupported(place.path, raw.annotation, "A signal cannot have this name.")
    if raw.signal.startswith("_") and raw.default is None:
        raise unsupported(place.path, raw.annotation, "It stays in the browser; give it a default.")
    annotation, limits, place = _unwrapped(raw.annotation, NO_LIMITS, place)
    kind = _kind(annotation, limits, place)
    return Field(raw.name, raw.signal, kind, raw.default, limits.message or sentences.FILL_IN)


def _unwrapped(annotation: Any, limits: Limits, place: _Place) -> tuple[Any, Limits, _Place]:
    """Take off `Annotated`, aliases and new types; limits further out win."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *metadata = get_args(annotation)
            limits = limits.over(limits_in(metadata))
        elif isinstance(annotation, TypeAliasType):
            place = place.into(annotation)
            annotation = annotation.__value__
        elif isinstance(annotation, NewType):
            annotation = annotation.__supertype__
        else:
            return annotation, limits, place


def _kind(annotation: Any, limits: Limits, place: _Place) -> Kind:
    annotation, limits, place = _unwrapped(annotation, limits, place)
    if not place.limited:
        return _of(annotation, _without_limits(annotation), place)
    kind = _of(annotation, limits, place) if _comparable(annotation, limits) else None
    if kind is None or not limits.given() <= kind.takes:
        names = ", ".join(sorted(limits.given()))
        raise unsupported(place.path, annotation, f"It cannot be limited by {names}.")
    return kind if limits.message is None else replace(kind, read=_saying(limits.message, kind))


def _of(annotation: Any, limits: Limits, place: _Place) -> Kind:
    origin, arguments = get_origin(annotation) or annotation, get_args(annotation)
    if not isinstance(origin, Hashable):  # nothing that we know, and no key
        raise unsupported(place.path, annotation)
    if origin in SCALARS:
        return SCALARS[origin](limits)
    if annotation is FileSignal:
        return file(limits)
    if origin is Union or origin is UnionType:
        return _union(annotation, arguments, limits, place)
    if origin is Literal:
        return _literal(annotation, arguments, place)
    if origin in _LISTS:
        return _list(annotation, _LISTS[origin], arguments, limits, place)
    if origin is tuple:
        return _tuple(arguments, limits, place)
    if origin is dict:
        return _mapping(annotation, arguments, limits, place)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _enum(annotation, place)
    return _nested(annotation, place)


def _union(annotation: Any, arguments: tuple[Any, ...], limits: Limits, place: _Place) -> Kind:
    arms = [one for one in arguments if one is not type(None)]
    if len(arms) > 1 and limits.given():
        reason = "Put the limits on the type that they are for: Annotated[int, ...] | str."
        raise unsupported(place.path, annotation, reason)
    limits = replace(limits, message=None)
    kinds = [_kind(one, limits, place) for one in arms]
    if sum(dict in kind.natural for kind in kinds) > 1:
        raise unsupported(place.path, annotation, "Signals do not say which of these they are.")
    return either(kinds, len(arms) < len(arguments))


def _literal(annotation: Any, arguments: tuple[Any, ...], place: _Place) -> Kind:
    choices = [(_value_of(one), one) for one in arguments if one is not None]
    if not choices or not all(type(value) in _VALUES for value, _ in choices):
        raise unsupported(place.path, annotation)
    kind = choice(choices, _value_of)
    return either([kind], optional=True) if None in arguments else kind


def _enum(annotation: type[Enum], place: _Place) -> Kind:
    members = list(annotation)
    if not members or not all(type(member.value) in _VALUES for member in members):
        reason = "The values of its members are not all str, int, float or bool."
        raise unsupported(place.path, annotation, reason)
    return member_of(annotation)


def _list(
    annotation: Any,
    build: Callable[[Iterable[Any]], Any],
    arguments: tuple[Any, ...],
    limits: Limits,
    place: _Place,
) -> Kind:
    item = _kind(arguments[0] if arguments else Any, NO_LIMITS, place)
    if build is not list and not item.hashable:
        raise unsupported(place.path, annotation, "A set cannot hold these; use a list.")
    return list_of(item, build, limits)


def _tuple(arguments: tuple[Any, ...], limits: Limits, place: _Place) -> Kind:
    if not arguments:
        return list_of(_kind(Any, NO_LIMITS, place), tuple, limits)
    if len(arguments) == 2 and arguments[1] is ...:
        return list_of(_kind(arguments[0], NO_LIMITS, place), tuple, limits)
    return tuple_of([_kind(one, NO_LIMITS, place) for one in arguments])


def _mapping(annotation: Any, arguments: tuple[Any, ...], limits: Limits, place: _Place) -> Kind:
    key, item = arguments or (str, Any)
    if key is not str:
        raise unsupported(place.path, annotation, "The keys of a JSON object are str.")
    return mapping_of(_kind(item, NO_LIMITS, place), limits)


def _nested(annotation: Any, place: _Place) -> Kind:
    fields = raw_fields(annotation)
    if fields is None:
        raise unsupported(place.path, annotation)
    record = _record(annotation, fields, place.into(annotation))
    return Kind(record.read, record.write, frozenset((dict,)), hashable=False, record=record)


def _saying(message: str, kind: Kind) -> Callable[[Any], Any]:
    """Replace whatever is said about a value; the fields of a group keep their own."""

    def read(value: Any) -> Any:
        try:
            return kind.read(value)
        except WrongFields:
            raise
        except Wrong:
            raise Wrong(message) from None

    return read


def _without_limits(annotation: Any) -> Limits:
    takes_a_length = annotation is str or annotation is FileSignal or _is_sized(annotation)
    if takes_a_length:
        return Limits(max_length=_MOST)
    return Limits(ge=-_MOST * _MOST, le=_MOST * _MOST) if annotation is int else NO_LIMITS


def _comparable(annotation: Any, limits: Limits) -> bool:
    """Tell whether bounds can be compared with what they bound."""
    bounds = [b for b in (limits.ge, limits.gt, limits.le, limits.lt) if b is not None]
    if annotation in (date, datetime, time):
        return all(type(bound) is annotation for bound in bounds)
    numbers = (int, float, Decimal)
    return annotation not in numbers or all(type(bound) in numbers for bound in bounds)


def _is_one_segment(name: str) -> bool:
    try:
        return len(signal_path(name)) == 1
    except StarioError:
        return False


def _is_sized(annotation: Any) -> bool:
    return (get_origin(annotation) or annotation) in (list, set, frozenset, tuple, dict)


def _value_of(one: Any) -> Any:
    return one.value if isinstance(one, Enum) else one
