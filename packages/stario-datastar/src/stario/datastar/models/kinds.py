"""How the values of one type are read, and written again: scalars.

A browser sends what its inputs hold: numbers as text, `12.0` for 12, `""` for nothing. A reader
takes every form of a value, and raises `Wrong` with a sentence for everything else. A writer gives
the JSON form of a value. It leaves what is not of its type as it is: whoever writes reads it back,
and the reader refuses it.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from stario.datastar.models import sentences
from stario.datastar.models.limits import (
    BOUNDS,
    LENGTHS,
    MAX_SAFE,
    Check,
    Limits,
    bound_checks,
    text_checks,
)

if TYPE_CHECKING:
    from stario.datastar.models.record import Record

_WHOLE = re.compile(r"[+-]?[0-9]{1,100}(?:\.0{1,100})?")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,100}(?:\.[0-9]{0,100})?|\.[0-9]{1,100})")
_FLOAT = re.compile(rf"{_DECIMAL.pattern}(?:[eE][+-]?[0-9]{{1,4}})?")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_LONGEST_TIME = 40  # characters; the longest ISO form has 32

# A checkbox is true or false, `on` or nothing; a select and radios have texts.
_YES_OR_NO = {"true": True, "on": True, "false": False, "": False}


class Wrong(Exception):
    """A value that cannot be read: `sentence` for people."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class WrongFields(Wrong):
    """A group with wrong fields: sentences by dotted name, `""` for the group itself."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(next(iter(errors.values())))
        self.errors = errors


def same(value: Any) -> Any:
    """Read or write a value as it is."""
    return value


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of a field."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any] = same
    natural: frozenset[type] = frozenset((str,))
    """The types of JSON that are this type without any conversion."""
    takes: frozenset[str] = frozenset()
    """The limits that mean something here."""
    empty: bool = False
    """`""` is a value of this type, and no empty input."""
    hashable: bool = True
    record: "Record | None" = None
    """The model, where the type is one, or one that may be missing."""

    @property
    def blank(self) -> Any:
        """What an empty input holds."""
        return [] if list in self.natural and not self.empty else ""


def text(limits: Limits) -> Kind:
    checks = text_checks(limits)

    def read(value: Any) -> str:
        if type(value) is not str:
            raise Wrong(sentences.FILL_IN if value is None else sentences.TEXT)
        passed(checks, value)
        if not value.isprintable() and _NO_TEXT.search(value):
            raise Wrong(sentences.NO_TEXT)
        return value

    return Kind(read, takes=LENGTHS | {"pattern"}, empty=not limits.min_length)


def whole_number(limits: Limits) -> Kind:
    checks = bound_checks(_within_safe(limits))

    def read(value: Any) -> int:
        number = _whole(value)
        passed(checks, number)
        return number

    return Kind(read, _write_whole, frozenset((int,)), BOUNDS)


def number(limits: Limits) -> Kind:
    checks = bound_checks(limits)

    def read(value: Any) -> float:
        given = _stripped(value, _FLOAT, sentences.NUMBER)
        try:
            found = float(given)
        except OverflowError:
            raise Wrong(sentences.NUMBER) from None
        if not isfinite(found):
            raise Wrong(sentences.NUMBER)
        passed(checks, found)
        return found

    return Kind(read, natural=frozenset((float,)), takes=BOUNDS)


def decimal(limits: Limits) -> Kind:
    checks = bound_checks(limits)

    def read(value: Any) -> Decimal:
        given = _stripped(value, _DECIMAL, sentences.NUMBER)
        if isinstance(given, int) and abs(given) > MAX_SAFE:
            raise Wrong(sentences.NUMBER)
        found = Decimal(repr(given) if isinstance(given, float) else given)
        if not found.is_finite():
            raise Wrong(sentences.NUMBER)
        passed(checks, found)
        return found

    def write(value: Any) -> Any:
        return f"{value:f}" if isinstance(value, Decimal) else value

    return Kind(read, write, takes=BOUNDS)


def truth(_limits: Limits) -> Kind:
    def read(value: Any) -> bool:
        if type(value) is bool:
            return value
        if type(value) is str and value in _YES_OR_NO:
            return _YES_OR_NO[value]
        raise Wrong(sentences.YES_OR_NO)

    return Kind(read, natural=frozenset((bool,)))


def nothing(_limits: Limits) -> Kind:
    def read(value: Any) -> None:
        if value is not None and value != "":
            raise Wrong(sentences.NOTHING)

    return Kind(read, natural=frozenset((type(None),)))


def anything(_limits: Limits) -> Kind:
    natural = frozenset((str, int, float, bool, list, dict, type(None)))
    return Kind(same, natural=natural, empty=True, hashable=False)


def identifier(_limits: Limits) -> Kind:
    def read(value: Any) -> UUID:
        if type(value) is str and _UUID.fullmatch(value := value.strip()):
            return UUID(value)
        raise Wrong(sentences.IDENTIFIER if value else sentences.FILL_IN)

    return Kind(read, _as_text(UUID))


def moment[M: (date, datetime, time)](kind: type[M], sentence: str) -> Callable[[Limits], Kind]:
    """Make the kind of a date or a time, which travels in its ISO form."""

    def build(limits: Limits) -> Kind:
        checks = bound_checks(limits)

        def read(value: Any) -> M:
            if value is None or value == "":
                raise Wrong(sentences.FILL_IN)
            if type(value) is not str or len(value) > _LONGEST_TIME:
                raise Wrong(sentence)
            try:
                found = kind.fromisoformat(value.strip())
            except ValueError:
                raise Wrong(sentence) from None
            try:
                passed(checks, found)
            except TypeError:  # with a zone against without one
                has_zone = getattr(found, "tzinfo", None) is not None
                raise Wrong(sentences.NO_ZONE if has_zone else sentences.ZONE) from None
            return found

        def write(value: Any) -> Any:
            # A datetime is a date, and would be read back as another day than it says.
            return value.isoformat() if type(value) is kind else value

        return Kind(read, write, takes=BOUNDS)

    return build


def choice(choices: list[tuple[Any, Any]], write: Callable[[Any], Any] = same) -> Kind:
    """Make the kind of a fixed set: pairs of what travels and the value that it stands for."""
    by_type = {_typed(sent): value for sent, value in choices}
    # A select holds texts, whatever they stand for.
    for sent, value in choices:
        by_type.setdefault((str, _as_option(sent)), value)
    travels = [sent for sent, _ in choices]
    sentence = sentences.one_of(travels)

    def read(value: Any) -> Any:
        try:
            return by_type[_typed(value)]
        except (KeyError, TypeError):  # TypeError: a list cannot be looked up
            raise Wrong(sentence) from None

    return Kind(read, write, frozenset(map(type, travels)), empty="" in travels)


def member_of(enum: type[Enum]) -> Kind:
    """Make the kind of an enumeration, whose members travel as their values."""

    def write(value: Any) -> Any:
        return value.value if isinstance(value, enum) else value

    return choice([(member.value, member) for member in enum], write)


def passed(checks: Iterable[Check], value: Any) -> None:
    """Raise the first complaint."""
    for check in checks:
        if sentence := check(value):
            raise Wrong(sentence)


SCALARS: dict[Any, Callable[[Limits], Kind]] = {
    str: text,
    int: whole_number,
    float: number,
    bool: truth,
    None: nothing,
    type(None): nothing,
    Any: anything,
    object: anything,
    Decimal: decimal,
    UUID: identifier,
    date: moment(date, sentences.DATE),
    datetime: moment(datetime, sentences.DATE_AND_TIME),
    time: moment(time, sentences.TIME),
}


def _whole(value: Any) -> int:
    given = _stripped(value, _WHOLE, sentences.WHOLE_NUMBER)
    if isinstance(given, str):
        return int(given.partition(".")[0])
    if isinstance(given, float):
        if not given.is_integer():  # neither is one that is not finite
            raise Wrong(sentences.WHOLE_NUMBER)
        return int(given)
    return given


def _stripped(value: Any, form: re.Pattern[str], sentence: str) -> int | float | str:
    """Give a number, or the text of one; True and False are not numbers."""
    if type(value) is int or type(value) is float:
        return value
    if type(value) is str and form.fullmatch(stripped := value.strip()):
        return stripped
    raise Wrong(sentences.FILL_IN if value is None or value == "" else sentence)


def _within_safe(limits: Limits) -> Limits:
    """Bound a number on each side where it has no bound; beyond, a browser would change it."""
    low = -MAX_SAFE if limits.ge is None and limits.gt is None else None
    high = MAX_SAFE if limits.le is None and limits.lt is None else None
    return Limits(ge=low, le=high).over(limits)


def _write_whole(value: Any) -> Any:
    # A number that a browser cannot hold survives as text.
    return str(value) if type(value) is int and abs(value) > MAX_SAFE else value


def _as_text(kind: type) -> Callable[[Any], Any]:
    return lambda value: str(value) if isinstance(value, kind) else value


def _typed(value: Any) -> tuple[type, Any]:
    """Tell True from 1, and not 1.0 from 1."""
    if isinstance(value, float) and value.is_integer():
        return int, int(value)
    return cast("type[object]", type(value)), value


def _as_option(sent: object) -> str:
    return str(sent).lower() if isinstance(sent, bool) else str(sent)
