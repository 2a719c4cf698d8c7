"""How values that hold others are read and written: lists, sets, tuples, mappings, alternatives.

What is wrong in an entry is the field's complaint and says which entry: only fields have a place in
the page where it can stand.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from stario.datastar.models import sentences
from stario.datastar.models.kinds import Kind, Wrong, WrongFields, passed
from stario.datastar.models.limits import LENGTHS, MAX_ITEMS, MAX_TEXT, Limits, length_checks
from stario.datastar.names import signal_path

_NOTHING = type(None)


def list_of(item: Kind, build: Callable[[Iterable[Any]], Any], limits: Limits) -> Kind:
    """Make the kind of a list, a tuple of any length or a set.

    A group of checkboxes sends `""` for each that is not checked: such entries are left out where
    an entry cannot be empty.
    """
    checks = length_checks(limits, MAX_ITEMS, "entry")
    longest = max(limits.max_length or 0, MAX_ITEMS)
    too_long = sentences.at_most(longest, "entry")
    drops_empty = not item.empty and _NOTHING not in item.natural

    def read(value: Any) -> Any:
        entries = _entries(value)
        if len(entries) > longest:
            raise Wrong(too_long)
        if drops_empty:
            entries = [entry for entry in entries if entry != ""]
        built = build([_read(item, entry, place) for place, entry in enumerate(entries, 1)])
        passed(checks, built)
        return built

    hashable = build not in (list, set) and item.hashable
    return Kind(read, _each(item), frozenset((list,)), LENGTHS, hashable=hashable)


def tuple_of(items: list[Kind]) -> Kind:
    """Make the kind of a tuple whose entries each have their type."""
    wrong_length = sentences.exactly(len(items))

    def read(value: Any) -> tuple[Any, ...]:
        entries = _entries(value)
        if len(entries) != len(items):
            raise Wrong(wrong_length)
        each = zip(items, entries, strict=True)
        return tuple([_read(item, entry, place) for place, (item, entry) in enumerate(each, 1)])

    def write(value: Any) -> Any:
        if not isinstance(value, (tuple, list)):
            return value
        entries = cast("list[Any]", value)
        if len(entries) != len(items):
            return entries
        return [item.write(entry) for item, entry in zip(items, entries, strict=True)]

    return Kind(read, write, frozenset((list,)), hashable=all(item.hashable for item in items))


def mapping_of(item: Kind, limits: Limits) -> Kind:
    """Make the kind of a mapping from text."""
    checks = length_checks(limits, MAX_ITEMS, "entry")

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise Wrong(sentences.FILL_IN if value is None or value == "" else sentences.GROUP)
        members = cast("Mapping[str, Any]", value)
        passed(checks, members)
        if any(len(name) > MAX_TEXT for name in members):
            raise Wrong(sentences.at_most(MAX_TEXT, "character"))
        each = enumerate(members.items(), 1)
        return {name: _read(item, entry, place) for place, (name, entry) in each}

    def write(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        members = cast("Mapping[str, Any]", value)
        return {_one_segment(name): item.write(entry) for name, entry in members.items()}

    return Kind(read, write, frozenset((dict,)), LENGTHS, hashable=False)


def either(arms: list[Kind], optional: bool) -> Kind:
    """Make the kind of a union. A type that a value has without conversion comes first.

    None travels as `""` where no type of the union knows `""`: that is what an empty input holds,
    and `null` would remove the signal. Beside it a number travels as text, since the client makes 0
    of an input that is emptied while its signal is a number.
    """
    empty = any(arm.empty for arm in arms)
    none: Any = None if empty else ""
    as_text = optional and not empty

    def read(value: Any) -> Any:
        if optional and (value is None or (not empty and _blank(value))):
            return None
        natural = [arm for arm in arms if type(value) in arm.natural]
        wrong: list[Wrong] = []
        for arm in (*natural, *(arm for arm in arms if type(value) not in arm.natural)):
            try:
                return arm.read(value)
            except Wrong as error:
                wrong.append(error)
        raise wrong[0] if len(arms) == 1 or len(natural) == 1 else Wrong(sentences.NO_ALTERNATIVE)

    def write(value: Any) -> Any:
        if value is None:
            return none if optional else value
        for arm in arms:
            written = arm.write(value)
            if written is not value:
                break
        else:
            written = value
        return repr(written) if as_text and type(written) in (int, float) else written

    return Kind(
        read,
        write,
        frozenset[type]().union(*(arm.natural for arm in arms), {_NOTHING} if optional else ()),
        frozenset[str]().union(*(arm.takes for arm in arms)),
        empty,
        all(arm.hashable for arm in arms),
        next((arm.record for arm in arms if arm.record is not None), None),
    )


def _entries(value: Any) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise Wrong(sentences.FILL_IN if value is None or value == "" else sentences.LIST)
    return cast("list[Any]", value)


def _read(item: Kind, entry: Any, place: int) -> Any:
    try:
        return item.read(entry)
    except WrongFields as wrong:
        name, sentence = next(iter(wrong.errors.items()))
        said = f"{name}: {sentence}" if name else sentence
        raise Wrong(sentences.in_entry(place, said)) from None
    except Wrong as wrong:
        raise Wrong(sentences.in_entry(place, wrong.sentence)) from None


def _each(item: Kind) -> Callable[[Any], Any]:
    def write(value: Any) -> Any:
        if isinstance(value, (set, frozenset)):
            # An order of its own, so that one set is always one text.
            return sorted((item.write(entry) for entry in cast("set[Any]", value)), key=repr)
        if isinstance(value, (list, tuple)):
            return [item.write(entry) for entry in cast("list[Any]", value)]
        return value

    return write


def _one_segment(name: str) -> str:
    if len(signal_path(name)) > 1:
        raise Wrong(f"The name {name!r} has a dot, which would nest it.")
    return name


def _blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()
