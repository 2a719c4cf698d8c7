"""What a browser sends for its inputs becomes the value that is meant, and nothing else does."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal, NewType, cast
from uuid import UUID

import pytest
from stario.datastar import FileSignal, InvalidSignals, Limits, Signals, file_bytes, parse
from stario.datastar.models.limits import MAX_FILE, MAX_ITEMS, MAX_TEXT


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


@dataclass
class Address:
    city: str = ""
    zip_code: int = 0


UserId = NewType("UserId", int)
type Short = Annotated[str, Limits(max_length=3)]
HEX = "123e4567-e89b-12d3-a456-426614174000"


def of(annotation: Any) -> Any:
    """A model with the one field `a`, without a default."""
    return dataclass(type("Model", (), {"__annotations__": {"a": annotation}}))


def read(annotation: Any, value: Any) -> Any:
    return parse(of(annotation), {"a": value}).a


def wrong(annotation: Any, value: Any) -> str:
    """What is said about a value, and about nothing else."""
    with pytest.raises(InvalidSignals) as refused:
        parse(of(annotation), {"a": value})
    assert list(refused.value.errors) == ["a"]
    return refused.value.errors["a"]


READ: list[tuple[Any, Any, Any]] = [
    (str, "", ""),
    (str, "a\nż 😀", "a\nż 😀"),
    (int, 12, 12),
    (int, "12", 12),
    (int, " -3 ", -3),
    (int, "+4", 4),
    (int, 12.0, 12),
    (int, "12.0", 12),
    (int, -0.0, 0),
    (float, 1, 1.0),
    (float, "1.5", 1.5),
    (float, ".5", 0.5),
    (float, "2.", 2.0),
    (float, "1e3", 1000.0),
    (bool, True, True),
    (bool, "true", True),
    (bool, "on", True),
    (bool, "", False),
    (bool, "false", False),
    (None, None, None),
    (None, "", None),
    (int | None, "", None),
    (int | None, "  ", None),
    (int | None, None, None),
    (int | None, "7", 7),
    (str | None, "", ""),
    (str | None, None, None),
    (bool | None, "", None),
    (date | None, "", None),
    (Address | None, "", None),
    (Address | None, {"city": "x"}, Address("x")),
    (int | str, "12", "12"),
    (int | str, 12, 12),
    (int | bool, True, True),
    (float | int, 3, 3),
    (int | float, 3.5, 3.5),
    (date | str, "2026-01-31", date(2026, 1, 31)),
    (date | str, "soon", "soon"),
    (list[int] | int, "3", 3),
    (list[int] | int, ["3"], [3]),
    (Literal["a", "b"], "b", "b"),
    (Literal[1, 2], "2", 2),
    (Literal[1, 2], 2.0, 2),
    (Literal[True, "x"], "true", True),
    (Literal[1, True], True, True),
    (Literal[1, True], 1, 1),
    (Literal["1", 1], "1", "1"),
    (Literal["a", None], "", None),
    (Literal["", "a"] | None, "", ""),
    (Literal[Level.LOW, "x"], 1, Level.LOW),
    (Colour, "red", Colour.RED),
    (Level, "2", Level.HIGH),
    (Level | None, "", None),
    (list[int], ["1", 2, 3.0], [1, 2, 3]),
    (list[str], [], []),
    (list[str], ["", "b"], ["", "b"]),
    (list[Literal["a", "b"]], ["", "b"], ["b"]),
    (list[Annotated[str, Limits(min_length=1)]], ["", "b"], ["b"]),
    (set[Colour], ["", "red", "red"], {Colour.RED}),
    (frozenset[int], [1, "1"], frozenset((1,))),
    (tuple[int, ...], ["1"], (1,)),
    (tuple[int, str], [1, "x"], (1, "x")),
    (set[tuple[int, str]], [[1, "x"]], {(1, "x")}),
    (list, [1, [None]], [1, [None]]),
    (tuple, ["x"], ("x",)),
    (dict, {"x": [1]}, {"x": [1]}),
    (dict[str, int], {"a b": "1", "__proto__": 2}, {"a b": 1, "__proto__": 2}),
    (list[Address], [{"city": "x", "zip_code": "5", "more": 1}], [Address("x", 5)]),
    (Address, {"city": "x"}, Address("x")),
    (Any, {"a": [None]}, {"a": [None]}),
    (object, None, None),
    (Decimal, "12.50", Decimal("12.50")),
    (Decimal, 0.1, Decimal("0.1")),
    (Decimal, 3, Decimal(3)),
    (UUID, HEX, UUID(HEX)),
    (UUID, HEX.replace("-", "").upper(), UUID(HEX)),
    (date, "2026-01-31", date(2026, 1, 31)),
    (datetime, "2026-01-31T12:30", datetime(2026, 1, 31, 12, 30)),
    (datetime, "2026-01-31T12:30:00Z", datetime(2026, 1, 31, 12, 30, tzinfo=UTC)),
    (time, "12:30", time(12, 30)),
    (UserId, "5", 5),
    (Short, "abc", "abc"),
    (list[Short], ["abc"], ["abc"]),
    (Annotated[int | None, Limits(ge=1)], "", None),
    (Annotated[int, Limits(le=2**70)], str(2**70), 2**70),
    (Annotated[str, Limits(pattern="[a-z]+")], "abc", "abc"),
]


def numbered(cases: list[Any]) -> list[str]:
    """Names for cases whose values are too large for one."""
    return [str(number) for number in range(len(cases))]


@pytest.mark.parametrize(("annotation", "sent", "value"), READ)
def test_it_is_read(annotation: Any, sent: Any, value: Any) -> None:
    found = read(annotation, sent)
    assert found == value
    assert type(found) is type(value)


FILL_IN = "Please fill this in."
WHOLE = "Please enter a whole number."
NUMBER = "Please enter a number."
LARGE = "Please use at most 9007199254740991."

WRONG: list[tuple[Any, Any, str]] = [
    (str, None, FILL_IN),
    (str, 1, "Please enter text."),
    (str, True, "Please enter text."),
    (str, ["a"], "Please enter text."),
    (str, {}, "Please enter text."),
    (str, "\0", "Please remove the characters that are not text."),
    (str, "a\udc80", "Please remove the characters that are not text."),
    (str, "x" * (MAX_TEXT + 1), "Please use at most 10000 characters."),
    (int, "", FILL_IN),
    (int, None, FILL_IN),
    (int, True, WHOLE),
    (int, False, WHOLE),
    (int, 1.5, WHOLE),
    (int, "1.5", WHOLE),
    (int, "1_000", WHOLE),
    (int, "0x1f", WHOLE),
    (int, "１２", WHOLE),
    (int, "٣", WHOLE),
    (int, "9" * 5000, WHOLE),
    (int, float("nan"), WHOLE),
    (int, float("inf"), WHOLE),
    (int, [], WHOLE),
    (int, 2**53, LARGE),
    (int, 1e300, LARGE),
    (int, 10**10_000, LARGE),
    (int, -(2**53), "Please use at least -9007199254740991."),
    (float, "", FILL_IN),
    (float, True, NUMBER),
    (float, "1,5", NUMBER),
    (float, "nan", NUMBER),
    (float, "1e999", NUMBER),
    (float, float("-inf"), NUMBER),
    (float, 10**400, NUMBER),
    (float, "1" * 10_000_000, NUMBER),
    (Decimal, "NaN", NUMBER),
    (Decimal, "Infinity", NUMBER),
    (Decimal, "1e9", NUMBER),
    (Decimal, True, NUMBER),
    (Decimal, 10**10_000, NUMBER),
    (bool, "yes", "Please choose yes or no."),
    (bool, 1, "Please choose yes or no."),
    (bool, None, "Please choose yes or no."),
    (bool, [], "Please choose yes or no."),
    (None, 0, "Please leave this empty."),
    (int | None, "x", WHOLE),
    (int | date, "x", "Please enter a date, such as 2026-01-31."),
    (date | UUID, "x", "This is not a value that is allowed here."),
    (int | date, [], "This is not a value that is allowed here."),
    (Annotated[int, Limits(ge=1)] | str, 0, "Please use at least 1."),
    (Literal["a", "b"], "c", "Please choose one of a, b."),
    (Literal["a", "b"], [], "Please choose one of a, b."),
    (Literal["a", "b"], {}, "Please choose one of a, b."),
    (Literal[1], True, "Please choose one."),
    (Literal[1, 2], 10**10_000, "Please choose one of 1, 2."),
    (Colour, "RED", "Please choose one of red, blue."),
    (Level, 3, "Please choose one of 1, 2."),
    (list[int], "1", "Please give a list."),
    (list[int], "", FILL_IN),
    (list[int], {}, "Please give a list."),
    (list[int], [1, "x"], "Entry 2: Please enter a whole number."),
    (list[list[int]], [[1], ["x"]], "Entry 2: Entry 1: Please enter a whole number."),
    (list[Address], [{"zip_code": "x"}], "Entry 1: zip_code: Please enter a whole number."),
    (list[Address], [1], "Entry 1: Please fill in the fields of this group."),
    (list[Any], [0] * (MAX_ITEMS + 1), "Please use at most 1000 entries."),
    (list[int], [""] * 1_000_000, "Please use at most 1000 entries."),
    (tuple[int, str], [1], "Please give exactly 2 entries."),
    (tuple[int, str], [1, 2], "Entry 2: Please enter text."),
    (dict[str, int], {"a": "x"}, "Entry 1: Please enter a whole number."),
    (dict[str, int], [], "Please fill in the fields of this group."),
    (dict[str, int], {"x" * 10_001: 1}, "Please use at most 10000 characters."),
    (dict[str, int], {str(n): n for n in range(1001)}, "Please use at most 1000 entries."),
    (Address, 5, "Please fill in the fields of this group."),
    (Address, [], "Please fill in the fields of this group."),
    (UUID, "x", "Please enter an identifier, such as 123e4567-e89b-12d3-a456-426614174000."),
    (
        UUID,
        f"{{{HEX}}}",
        "Please enter an identifier, such as 123e4567-e89b-12d3-a456-426614174000.",
    ),
    (UUID, "", FILL_IN),
    (date, "", FILL_IN),
    (date, "2026-02-30", "Please enter a date, such as 2026-01-31."),
    (date, 20260131, "Please enter a date, such as 2026-01-31."),
    (date, "2" * 10_000_000, "Please enter a date, such as 2026-01-31."),
    (datetime, "now", "Please enter a date and a time, such as 2026-01-31T12:30."),
    (time, "25:00", "Please enter a time, such as 12:30."),
    (Short, "abcd", "Please use at most 3 characters."),
    (Annotated[str, Limits(min_length=1)], "", FILL_IN),
    (Annotated[str, Limits(min_length=2)], "", "Please use at least 2 characters."),
    (Annotated[str, Limits(max_length=1)], "ab", "Please use at most 1 character."),
    (Annotated[str, Limits(pattern="[a-z]+")], "abc\n", "This does not have the right format."),
    (
        Annotated[str, Limits(pattern="(a+)+b")],
        "a" * 20_000,
        "Please use at most 10000 characters.",
    ),
    (Annotated[int, Limits(gt=0)], 0, "Please use more than 0."),
    (Annotated[int, Limits(lt=9)], "9", "Please use less than 9."),
    (Annotated[float, Limits(ge=0.5)], 0.4, "Please use at least 0.5."),
    (Annotated[Decimal, Limits(le=5)], "5.01", "Please use at most 5."),
    (Annotated[date, Limits(ge=date(2026, 1, 1))], "2025-12-31", "Please use at least 2026-01-01."),
    (
        Annotated[datetime, Limits(ge=datetime(2026, 1, 1))],
        "2026-01-31T12:30Z",
        "Please enter a time without a time zone.",
    ),
    (
        Annotated[time, Limits(le=time(12, tzinfo=UTC))],
        "11:30",
        "Please enter a time with its time zone.",
    ),
    (Annotated[list[int], Limits(min_length=1)], [], FILL_IN),
    (Annotated[list[int], Limits(min_length=2)], [1], "Please use at least 2 entries."),
    (Annotated[set[int], Limits(min_length=2)], [1, 1], "Please use at least 2 entries."),
    (Annotated[list[int], Limits(max_length=1)], [1, 2], "Please use at most 1 entry."),
    (Annotated[int, Limits(ge=1, message="At least one.")], 0, "At least one."),
    (Annotated[int, Limits(message="A number.")], "x", "A number."),
    (Annotated[int | None, Limits(message="A number.")], "x", "A number."),
    (Annotated[Short, Limits(max_length=5)], "abcdef", "Please use at most 5 characters."),
]


@pytest.mark.parametrize(("annotation", "sent", "sentence"), WRONG, ids=numbered(WRONG))
def test_it_is_refused_with_a_sentence(annotation: Any, sent: Any, sentence: str) -> None:
    assert wrong(annotation, sent) == sentence


@dataclass
class Draft:
    title: Annotated[str, Limits(min_length=1)] = "?"
    amount: int = 1
    address: Address = field(default_factory=lambda: Address("Oslo"))
    _open: bool = False


def test_missing_signals_take_their_default_and_others_are_ignored() -> None:
    """Other forms have their signals on the same page."""
    assert parse(Draft, {}) == Draft()
    assert parse(Draft, {"amount": 2, "search": "x", "a.b": 1, "__proto__": {}}) == Draft(amount=2)
    assert parse(Draft, {"address": {}}).address == Address()


def test_a_missing_signal_without_a_default_is_an_error_of_its_field() -> None:
    assert wrong_fields(of(int), {}) == {"a": FILL_IN}
    assert wrong_fields(of(Annotated[int, Limits(message="How many?")]), {}) == {"a": "How many?"}
    assert wrong_fields(of(of(int)), {}) == {"a.a": FILL_IN}
    assert wrong_fields(of(of(int) | None), {}) == {"a": FILL_IN}
    assert parse(of(Address), {}).a == Address()


def test_a_local_signal_never_arrives() -> None:
    assert parse(Draft, {"_open": True})._open is False
    assert parse(Draft, {"_open": {"x": 1}}) == Draft()


def wrong_fields(model: Any, sent: Any) -> dict[str, str]:
    with pytest.raises(InvalidSignals) as refused:
        parse(model, sent)
    return refused.value.errors


def test_everything_that_is_wrong_is_said_at_once() -> None:
    address: dict[str, Any] = {"city": 1, "zip_code": []}
    sent = {"title": "", "amount": "x", "address": address, "other": 1}
    with pytest.raises(InvalidSignals) as refused:
        parse(Draft, sent)
    assert refused.value.errors == {
        "title": FILL_IN,
        "amount": WHOLE,
        "address.city": "Please enter text.",
        "address.zip_code": WHOLE,
    }
    assert refused.value.values == sent
    assert refused.value.status_code == 400
    assert refused.value.detail.splitlines()[0] == "title: Please fill this in."


@pytest.mark.parametrize("sent", [None, [], "x", 1, True])
def test_what_is_no_mapping_is_an_error_of_the_form(sent: Any) -> None:
    assert wrong_fields(Draft, sent) == {"": "Please fill in the fields of this group."}


@dataclass
class Stay:
    start: date = date(2026, 1, 1)
    end: date = date(2026, 1, 2)

    def __post_init__(self) -> None:
        if self.start == date(2026, 5, 1):
            raise InvalidSignals({"start": "Nobody works on this day."})
        if self.end < self.start:
            raise ValueError("The end comes before the start." if self.end.year > 2000 else "")


@dataclass
class Trip:
    stay: Stay = field(default_factory=Stay)


def test_a_rule_of_the_model_is_an_error_of_the_whole() -> None:
    assert wrong_fields(Stay, {"start": "2026-02-01"}) == {"": "The end comes before the start."}
    assert wrong_fields(Stay, {"end": "1999-01-01"}) == {"": "This cannot be right."}
    assert wrong_fields(Stay, {"start": "x", "end": "1999-01-01"}) == {
        "start": "Please enter a date, such as 2026-01-31."
    }
    assert wrong_fields(Trip, {"stay": {"start": "2026-02-01"}}) == {
        "stay": "The end comes before the start."
    }


def test_a_rule_of_the_model_may_name_the_field() -> None:
    assert wrong_fields(Stay, {"start": "2026-05-01"}) == {"start": "Nobody works on this day."}
    assert wrong_fields(Trip, {"stay": {"start": "2026-05-01"}}) == {
        "stay.start": "Nobody works on this day."
    }


def test_a_fault_in_the_model_is_no_error_of_the_form() -> None:
    @dataclass
    class Faulty:
        a: int = 1

        def __post_init__(self) -> None:
            raise KeyError("a")

    sent = {"a": 1}
    with pytest.raises(KeyError):
        parse(Faulty, sent)


def test_what_is_read_is_never_what_was_sent() -> None:
    """A default that is made, and entries, belong to one instance."""
    sent = {"a": [["x"]]}
    found = parse(of(list[list[str]]), sent).a
    found[0].append("y")
    assert sent == {"a": [["x"]]}
    assert parse(Draft, {}).address is not parse(Draft, {}).address


def file_of(contents: Any, **more: Any) -> dict[str, Any]:
    return {"name": "a.txt", "contents": contents, "mime": "text/plain"} | more


def test_a_file_is_checked_and_kept_as_it_came() -> None:
    [found] = read(list[FileSignal], [file_of("aGk=", more=1)])
    assert found == file_of("aGk=")
    assert file_bytes(found) == b"hi"
    assert read(FileSignal, file_of("", mime=None))["mime"] is None
    assert read(FileSignal | None, "") is None


def of_size(size: int) -> dict[str, Any]:
    return file_of(base64.b64encode(b"x" * size).decode())


ThreeBytes = Annotated[FileSignal, Limits(max_length=3)]


@pytest.mark.parametrize("size", [MAX_FILE - 2, MAX_FILE - 1, MAX_FILE])
def test_a_file_up_to_its_limit_is_read(size: int) -> None:
    assert len(file_bytes(read(FileSignal, of_size(size)))) == size


FILES: list[tuple[Any, Any, str]] = [
    (FileSignal, "x", "Please choose a file."),
    (FileSignal, {}, "Please choose a file."),
    (FileSignal, file_of(1), "Please choose a file."),
    (FileSignal, file_of("aGk=", name=None), "Please choose a file."),
    (FileSignal, file_of("aGk=", name="x" * 1001), "Please choose a file."),
    (FileSignal, file_of("aGk=", mime=1), "Please choose a file."),
    (FileSignal, file_of("aGk"), "This file did not arrive completely. Please choose it again."),
    (FileSignal, file_of("aG k="), "This file did not arrive completely. Please choose it again."),
    (FileSignal, file_of("é==="), "This file did not arrive completely. Please choose it again."),
    (FileSignal, of_size(MAX_FILE + 1), "Please use at most 1048576 bytes."),
    (FileSignal, file_of("x" * 10_000_000), "Please use at most 1048576 bytes."),
    (ThreeBytes, of_size(4), "Please use at most 3 bytes."),
    (ThreeBytes, of_size(9), "Please use at most 3 bytes."),
    (Annotated[FileSignal, Limits(min_length=1)], file_of(""), FILL_IN),
    (list[ThreeBytes], [of_size(3), of_size(4)], "Entry 2: Please use at most 3 bytes."),
]


@pytest.mark.parametrize(("annotation", "sent", "sentence"), FILES, ids=numbered(FILES))
def test_a_bad_file_is_refused(annotation: Any, sent: Any, sentence: str) -> None:
    assert wrong(annotation, sent) == sentence


@pytest.mark.parametrize(("size", "limit"), [(4, 3), (MAX_FILE + 1, MAX_FILE), (1, 0)])
def test_a_file_is_decoded_only_up_to_a_size(size: int, limit: int) -> None:
    with pytest.raises(ValueError, match=f"larger than {limit} bytes"):
        file_bytes(cast("FileSignal", of_size(size)), limit)
    assert len(file_bytes(cast("FileSignal", of_size(size)), size)) == size


@pytest.mark.parametrize("contents", ["a", "aGk", "====", "é", "a Gk=", "aGk=\n"])
def test_what_is_no_base64_is_a_value_error(contents: str) -> None:
    with pytest.raises(ValueError, match="not base64"):
        file_bytes(cast("FileSignal", file_of(contents)))


@pytest.mark.parametrize(
    "sent", [None, "aGk=", [], [file_of("aGk=")], {}, {"contents": 5}, {"contents": b"aGk="}]
)
def test_what_is_no_file_is_a_value_error(sent: Any) -> None:
    """It may be what a browser sent, which nobody has checked yet."""
    with pytest.raises(ValueError, match="not a FileSignal"):
        file_bytes(sent)


def test_a_bound_without_a_value_lets_everything_pass() -> None:
    signals = Signals(of(Annotated[str, Limits()]))
    assert signals.parse({"a": "x"}).a == "x"
