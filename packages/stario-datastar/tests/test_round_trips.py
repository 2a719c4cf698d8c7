"""What a model writes into a page comes back equal, and nothing that comes back breaks it."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from stario.datastar import FileSignal, InvalidSignals, Limits, Signals
from stario.datastar.payload import signals_json

KEY = UUID(int=1)


class Colour(Enum):
    RED = "red"
    BLUE = 2


@dataclass
class Address:
    city: str = "Oslo"
    number: int | None = 7
    _open: bool = False


@dataclass
class Everything:
    text: str = "x"
    note: str | None = "n"
    short: Annotated[str, Limits(max_length=5, pattern="[a-z]*")] = ""
    whole: int = 1
    large: Annotated[int, Limits(ge=-(2**80), le=2**80)] = 0
    small: Annotated[int, Limits(ge=0, lt=10)] = 1
    number: float = 0.5
    maybe: int | None = 3
    perhaps: float | None = 1.5
    truth: bool = True
    choice: Literal["a", "b", 3] = "a"
    colour: Colour | None = Colour.RED
    price: Decimal = Decimal("1.50")
    day: date | None = date(2026, 1, 31)
    moment: datetime = datetime(2026, 1, 31, 12)
    clock: time = time(12)
    key: UUID = KEY
    either: int | str = 1
    tags: list[str] = field(default_factory=lambda: ["a"])
    numbers: list[int | None] = field(default_factory=lambda: [1, None])
    colours: set[Colour] = field(default_factory=set[Colour])
    pair: tuple[int, str] = (1, "a")
    counts: dict[str, int] = field(default_factory=dict[str, int])
    address: Address = field(default_factory=Address)
    other: Address | None = None
    places: list[Address] = field(default_factory=list[Address])
    file: FileSignal | None = None
    anything: Any = ""


S = Signals(Everything)

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["", "1", "on", "2026-01-31", "12:30", "1e9", "a", 10**4000]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from([*Everything.__annotations__, "city", "number", "name", "contents"])
nearly_right = st.dictionaries(
    names, json_values | st.dictionaries(names, json_values, max_size=4), max_size=12
)


@given(nearly_right | json_values)
def test_whatever_is_sent_is_a_model_or_invalid_signals(sent: Any) -> None:
    found = model_or_errors(sent)
    if not isinstance(found, Everything):
        assert set(found.patch()) == {"_errors"}
        assert found.detail
        assert signals_json(found.patch()).startswith('{"_errors":{')


def model_or_errors(sent: Any) -> Everything | InvalidSignals:
    try:
        return S.parse(sent)
    except InvalidSignals as invalid:
        return invalid


def from_a_browser(signals: dict[str, Any]) -> dict[str, Any]:
    """What a page makes of its signals until it sends them.

    Local ones stay, a null is no signal, an empty entry of a list is a text, and a number has no
    more than its value.
    """
    sent = json.loads(signals_json(signals), parse_float=as_javascript)
    return cast("dict[str, Any]", without_local(sent))


def as_javascript(digits: str) -> float:
    number = float(digits)
    return int(number) if number.is_integer() and abs(number) < 1e21 else number


def without_local(value: Any) -> Any:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return {n: without_local(v) for n, v in members if n[0] != "_" and v is not None}
    if isinstance(value, list):
        return ["" if v is None else without_local(v) for v in cast("list[Any]", value)]
    return value


def test_the_defaults_come_back() -> None:
    assert S.parse(from_a_browser(S.defaults())) == Everything()


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
safe = st.integers(-(2**53) + 1, 2**53 - 1)
addresses = st.builds(Address, city=texts, number=st.none() | safe)
floats = st.floats(allow_nan=False, allow_infinity=False)
segments = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)
models = st.builds(
    Everything,
    text=texts,
    # None is not told from a default, where "" is another value.
    note=texts,
    short=st.from_regex("[a-z]{0,5}", fullmatch=True),
    whole=safe,
    large=st.integers(-(2**80), 2**80),
    small=st.integers(0, 9),
    number=floats,
    maybe=st.none() | safe,
    perhaps=st.none() | floats,
    truth=st.booleans(),
    choice=st.sampled_from(["a", "b", 3]),
    colour=st.none() | st.sampled_from(Colour),
    price=st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-9999, max_value=9999
    ),
    day=st.none() | st.dates(),
    moment=st.datetimes(),
    clock=st.times(),
    key=st.uuids(),
    either=safe | texts,
    tags=st.lists(texts, max_size=4),
    numbers=st.lists(st.none() | safe, max_size=4),
    colours=st.sets(st.sampled_from(Colour)),
    pair=st.tuples(safe, texts),
    counts=st.dictionaries(segments, safe, max_size=4),
    address=addresses,
    other=st.none() | addresses,
    places=st.lists(addresses, max_size=3),
    file=st.none() | st.just(FileSignal(name="a", contents="aGk=", mime="text/plain")),
    anything=texts,
)


@given(models)
def test_a_model_that_went_into_a_page_comes_back_equal(model: Everything) -> None:
    assert S.parse(from_a_browser(S.defaults(model))) == model


@given(models)
def test_a_patch_with_all_fields_brings_the_same(model: Everything) -> None:
    fields = {name: getattr(model, name) for name in Everything.__annotations__}
    assert S.parse(from_a_browser(S.patch(fields))) == model
