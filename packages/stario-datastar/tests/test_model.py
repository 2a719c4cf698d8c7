"""One model gives a page its defaults and names, and every patch is checked before it leaves."""

import copy
from dataclasses import InitVar, dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, ClassVar, Literal, TypedDict, cast

import pytest
from stario.datastar import FileSignal, InvalidSignals, Limits, Signals, data
from stario.datastar.events import patch_signals
from stario.datastar.models.model import signals_of
from stario.exceptions import StarioError
from stario.markup import html as h


@dataclass
class Address:
    city: str = ""
    name: str = "home"


@dataclass
class Draft:
    title: Annotated[str, Limits(min_length=1, max_length=80)] = ""
    amount: Annotated[int, Limits(ge=0, le=10)] = 1
    tags: list[str] = field(default_factory=list[str])
    address: Address = field(default_factory=Address)
    _menu_open: bool = False


S = Signals(Draft)

NO_ERRORS = {
    "_": "",
    "title": "",
    "amount": "",
    "tags": "",
    "address": {"_": "", "city": "", "name": ""},
}
DEFAULTS: dict[str, Any] = {
    "title": "",
    "amount": 1,
    "tags": [],
    "address": {"city": "", "name": "home"},
    "_menu_open": False,
    "_errors": NO_ERRORS,
}


def test_a_page_begins_with_the_defaults_and_without_errors() -> None:
    assert S.defaults() == DEFAULTS
    assert data.signals(S).rendered == (
        ' data-signals=\'{"title":"","amount":1,"tags":[],"address":{"city":"","name":"home"},'
        '"_menu_open":false,"_errors":{"_":"","title":"","amount":"","tags":"",'
        '"address":{"_":"","city":"","name":""}}}\''
    )
    assert data.signals(S, if_missing=True).rendered.startswith(" data-signals__ifmissing='{")


def test_defaults_can_be_changed_for_one_page() -> None:
    assert S.defaults(title="x", address={"city": "Oslo"}) == DEFAULTS | {
        "title": "x",
        "address": {"city": "Oslo", "name": "home"},
    }
    saved = Draft("saved", 3, ["a"], Address("Rome"), True)
    assert S.defaults(saved, amount=4) == DEFAULTS | {
        "title": "saved",
        "amount": 4,
        "tags": ["a"],
        "address": {"city": "Rome", "name": "home"},
        "_menu_open": True,
    }
    assert S.defaults() == DEFAULTS
    with pytest.raises(StarioError, match="does not fit Draft"):
        S.defaults(cast("Any", Address()))


def test_a_patch_is_what_changes() -> None:
    assert S.patch(title="", amount=2) == {"title": "", "amount": 2}
    assert S.patch({S.address.city: "x", "address.name": "y"}, amount=0) == {
        "address": {"city": "x", "name": "y"},
        "amount": 0,
    }
    assert S.patch(address=Address("a")) == {"address": {"city": "a", "name": "home"}}
    assert S.patch(address={"city": "a"}) == {"address": {"city": "a"}}
    assert S.patch(_menu_open=True) == {"_menu_open": True}
    assert S.patch() == {}


def test_patches_are_sent_as_they_are() -> None:
    event = bytes(patch_signals(S.patch(amount=2) | S.errors({"title": "Taken."})))
    assert event.startswith(b'event: datastar-patch-signals\ndata: signals {"amount":2,"_errors":{')
    assert bytes(patch_signals(S)) == bytes(patch_signals(S.defaults()))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"titel": "x"}, r"Draft has no signal 'titel'.\n  Help: Did you mean 'title'\?"),
        ({"address": {"cty": ""}}, r"Draft.address has no signal 'cty'"),
        ({"address.city.x": ""}, "no signal"),
        ({"title.x": ""}, r"no signal 'title.x'"),
        ({"": 1}, "no signal ''"),
        ({"amount": "2"}, "does not fit Draft.amount"),
        ({"amount": True}, "does not fit Draft.amount"),
        ({"amount": None}, "does not fit Draft.amount"),
        ({"amount": 2.5}, "does not fit Draft.amount"),
        ({"amount": float("nan")}, "does not fit Draft.amount"),
        ({"title": 1}, "does not fit Draft.title"),
        ({"title": "\ud800"}, "does not fit Draft.title"),
        ({"tags": "ab"}, "does not fit Draft.tags"),
        ({"tags": [1]}, "does not fit Draft.tags"),
        ({"address": 3}, "does not fit Draft.address"),
        ({"address.city": 3}, "does not fit Draft.address.city"),
        ({"_menu_open": "yes"}, "does not fit Draft._menu_open"),
    ],
)
def test_a_wrong_patch_fails_in_python(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(StarioError, match=complaint):
        S.patch(changes)


@pytest.mark.parametrize("changes", [[1], "x", 5, Draft()])
def test_a_patch_is_made_of_a_mapping(changes: Any) -> None:
    with pytest.raises(TypeError, match="Signals are a mapping of names to values, not"):
        S.patch(changes)


@pytest.mark.parametrize("name", [5, None, b"title", 1.5])
def test_a_name_that_is_no_text_is_refused_wherever_one_is_given(name: Any) -> None:
    uses: list[Any] = [
        lambda: S[name],
        lambda: S.patch({name: 1}),
        lambda: S.patch(address={name: 1}),
        lambda: S.errors({name: "No."}),
    ]
    for use in uses:
        with pytest.raises(StarioError, match="not the name of a signal"):
            use()
    assert name not in S


def test_limits_bind_the_browser_and_not_the_server() -> None:
    """A form is emptied after it was saved, though it cannot be sent so."""
    assert S.patch(title="", amount=99, tags=["x"] * 2000)["amount"] == 99


def test_a_wrong_name_says_what_there_is() -> None:
    with pytest.raises(StarioError) as wrong:
        _ = S.titel
    assert str(wrong.value) == (
        "Draft has no signal 'titel'.\n"
        "  Help: Did you mean 'title'? It has _menu_open, address, amount, tags, title."
    )
    assert not hasattr(S, "titel")
    with pytest.raises(StarioError, match="Draft has no signal 'x'"):
        S["x.y"]


def test_names_are_those_of_the_fields() -> None:
    assert S.title.name == "title"
    assert str(S.address.city) == "$address.city"
    assert str(S["address.city"].error) == "$_errors.address.city"
    assert str(S.error) == "$_errors._"
    assert "title" in dir(S)
    assert "address.city" in S
    assert "city" not in S
    assert repr(S) == "<Signals Draft: title, amount, tags, address, _menu_open>"
    assert str(copy.deepcopy(S).title) == "$title"


def test_a_field_may_be_called_like_a_method() -> None:
    @dataclass
    class Odd:
        patch: str = "p"
        errors: int = 1
        name: str = ""
        error: str = ""

    odd = Signals(Odd)
    assert str(odd["patch"]) == "$patch"
    assert str(odd.name) == "$name"
    assert str(odd.error) == "$error"
    assert str(odd.error.error) == "$_errors.error"
    assert odd.patch(errors=2) == {"errors": 2}
    assert odd.defaults()["patch"] == "p"


def test_errors_show_what_is_wrong_and_clear_what_is_right() -> None:
    assert S.errors() == {"_errors": NO_ERRORS}
    shown = S.errors(
        {"title": "Taken.", "": "Not now.", "address": "Where?", S.address.city: "No."}
    )
    assert shown == {
        "_errors": NO_ERRORS
        | {
            "title": "Taken.",
            "_": "Not now.",
            "address": {"_": "Where?", "city": "No.", "name": ""},
        }
    }
    assert S.errors(InvalidSignals({"amount": "Too much."})) == {
        "_errors": NO_ERRORS | {"amount": "Too much."}
    }
    with pytest.raises(StarioError, match="Did you mean 'title'"):
        S.errors({"titel": "Taken."})


@pytest.mark.parametrize("errors", ["title", ["title"], {"title": None}, {"title": 5}])
def test_what_is_shown_as_an_error_is_a_sentence_by_field(errors: Any) -> None:
    with pytest.raises(StarioError, match="fields to sentences"):
        S.errors(errors)


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


def test_what_json_has_no_form_for_travels_as_text() -> None:
    @dataclass
    class Order:
        day: date = date(2026, 1, 31)
        price: Decimal = Decimal("1.50")
        size: Size = Size.SMALL
        colours: set[str] = field(default_factory=lambda: {"b", "a"})
        count: int | None = None
        note: str | None = None
        most: int = 2**60
        pair: tuple[int, str] = (1, "a")

    signals = Signals(Order)
    assert {name: value for name, value in signals.defaults().items() if name != "_errors"} == {
        "day": "2026-01-31",
        "price": "1.50",
        "size": "s",
        "colours": ["a", "b"],
        "count": "",
        "note": None,
        "most": "1152921504606846976",
        "pair": [1, "a"],
    }
    assert signals.patch(count=5, size=Size.LARGE) == {"count": "5", "size": "l"}
    with pytest.raises(StarioError, match="come back as another value"):
        signals.patch(most="12")


def test_a_field_without_a_default_begins_empty() -> None:
    @dataclass
    class Need:
        title: str
        amount: int
        tags: list[str]
        address: Address
        other: Address | None

    assert Signals(Need).defaults() | {"_errors": 0} == {
        "title": "",
        "amount": "",
        "tags": [],
        "address": {"city": "", "name": "home"},
        "other": "",
        "_errors": 0,
    }


@dataclass
class Node:
    children: "list[Node]" = field(default_factory=lambda: list[Node]())


type Endless = list[Endless]
type Winding = list[Annotated[Winding, Limits(max_length=1)]] | None


class Other(TypedDict):
    a: int


def model(annotation: Any, default: Any = None, name: str = "a") -> Any:
    """A dataclass with one field."""
    return dataclass(type("Model", (), {"__annotations__": {name: annotation}, name: default}))


UNSUPPORTED: list[tuple[Any, str]] = [
    (bytes, ""),
    (complex, ""),
    (Other, ""),
    (list[bytes], ""),
    (dict[int, str], "keys of a JSON object are str"),
    (set[list[int]], "set cannot hold"),
    (set[Address], "set cannot hold"),
    (Address | dict[str, str], "which of these"),
    (Address | Draft, "which of these"),
    (FileSignal | Address, "which of these"),
    (Literal[b"x"], ""),
    (Literal[None], ""),
    (Enum("Pairs", {"A": (1, 2)}), "not all str, int, float or bool"),
    (Endless, "contains itself"),
    (Winding, "contains itself"),
    (Annotated[str, Limits(ge=1)], "cannot be limited by ge"),
    (Annotated[int, Limits(min_length=1)], "min_length"),
    (Annotated[bool, Limits(pattern="x")], "pattern"),
    (Annotated[int, Limits(ge="1")], "ge"),
    (Annotated[date, Limits(ge=1)], "ge"),
    (Annotated[int | str, Limits(ge=1)], "Put the limits on the type"),
    ([], ""),
]


@pytest.mark.parametrize(("annotation", "reason"), UNSUPPORTED)
def test_a_type_that_cannot_be_read_fails_when_the_model_is_built(
    annotation: Any, reason: str
) -> None:
    with pytest.raises(
        StarioError, match=rf"Model\.a cannot be read from signals.*{reason}"
    ) as wrong:
        Signals(model(annotation))
    assert "Supported are str, int" in str(wrong.value)


@pytest.mark.parametrize("name", ["_errors", "a__b", "é", "_x"])
def test_a_field_whose_name_no_signal_can_have_is_refused(name: str) -> None:
    cls = type("Model", (), {"__annotations__": {name: str}})
    with pytest.raises(StarioError, match=rf"Model\.{name} cannot be read"):
        Signals(dataclass(cls))


def test_dataclasses_of_all_shapes_are_models() -> None:
    @dataclass(frozen=True, slots=True)
    class Parent:
        a: "int" = 1

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Child(Parent):
        b: str
        made: int = field(init=False, default=7)
        shared: ClassVar[int] = 3

    signals = Signals(Child)
    assert signals.defaults() == {"a": 1, "b": "", "_errors": {"_": "", "a": "", "b": ""}}
    assert signals.parse({"a": "2", "b": "x", "made": 9, "shared": 9}) == Child(a=2, b="x")
    assert "made" not in signals


def test_a_signal_is_no_content_of_a_page() -> None:
    """Its value is in the browser; in the page it would be `$title` for everybody."""
    misplaced: Any = S.title
    for write in (lambda: h.P(misplaced), lambda: h.P({"id": misplaced})):
        with pytest.raises(StarioError):
            write()


def test_a_model_that_holds_itself_is_refused() -> None:
    for outer, name in ((Node, "Node"), (model(Node), "Model.a")):
        with pytest.raises(StarioError, match=rf"{name}\.children cannot be .*It contains itself"):
            Signals(outer)


@pytest.mark.parametrize("default", [None, "1", 1.5, True])
def test_a_default_that_is_not_of_its_type_is_refused(default: Any) -> None:
    with pytest.raises(StarioError, match=r"does not fit Model\.a"):
        Signals(model(int, default))


@pytest.mark.parametrize("thing", [int, dict, {"a": 1}, Draft(), None, "Draft"])
def test_only_a_dataclass_or_a_struct_is_a_model(thing: Any) -> None:
    for use in (Signals, signals_of):
        with pytest.raises(StarioError, match="A model of signals is a dataclass or a msgspec S"):
            use(thing)


def test_what_a_dataclass_takes_and_does_not_keep_is_refused() -> None:
    @dataclass
    class Model:
        a: InitVar[int] = 1

    with pytest.raises(StarioError, match="has no InitVar"):
        Signals(Model)


@pytest.mark.parametrize("annotation", ["Nowhere", "date.Nowhere", "Nowhere [", "date['Nowhere']"])
def test_an_annotation_that_names_nothing_is_refused(annotation: str) -> None:
    cls = type(
        "Model", (), {"__annotations__": {"a": annotation}, "a": None, "__module__": __name__}
    )
    with pytest.raises(StarioError, match=r"annotations of Model cannot be resolved"):
        Signals(dataclass(cls))


@pytest.mark.parametrize(
    "limits",
    [
        {"min_length": -1},
        {"min_length": 2, "max_length": 1},
        {"max_length": "x"},
        {"max_length": 1.5},
        {"max_length": True},
        {"ge": 2, "le": 1},
        {"gt": "a", "lt": 1},
        {"pattern": "("},
        {"pattern": 1},
        {"pattern": b"x"},
        {"message": 5},
    ],
)
def test_limits_that_cannot_be_held_are_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(StarioError, match="These limits are not valid"):
        Limits(**limits)


def test_a_model_is_compiled_once() -> None:
    assert signals_of(Draft) is signals_of(Draft)
    assert signals_of(S) is S
