"""msgspec Structs are models, and constraints of other libraries are limits."""

from typing import Annotated, Any

import annotated_types as at
import msgspec
import pytest
from stario.datastar import InvalidSignals, Limits, Signals, data, parse
from stario.exceptions import StarioError


class Address(msgspec.Struct):
    city: str = ""


class Draft(msgspec.Struct, rename="camel", kw_only=True):
    first_name: Annotated[str, msgspec.Meta(min_length=1, max_length=5)] = ""
    amount: Annotated[int, msgspec.Meta(ge=0, lt=10)] = 1
    code: Annotated[str, msgspec.Meta(pattern="b")] = "b"
    tags: list[str] = msgspec.field(default_factory=list[str])
    home_address: Address = msgspec.field(default_factory=Address)
    needed: int

    def __post_init__(self) -> None:
        if self.amount == 7:
            raise ValueError("Not seven.")


S = Signals(Draft)


def test_a_struct_has_the_names_that_it_chose_for_the_browser() -> None:
    assert str(S.first_name) == "$firstName"
    assert str(S["firstName"]) == "$firstName"
    assert data.bind(S.home_address.city).rendered == ' data-bind="homeAddress.city"'
    assert S.defaults() | {"_errors": 0} == {
        "firstName": "",
        "amount": 1,
        "code": "b",
        "tags": [],
        "homeAddress": {"city": ""},
        "needed": "",
        "_errors": 0,
    }
    assert S.patch(first_name="x", home_address={"city": "y"}) == {
        "firstName": "x",
        "homeAddress": {"city": "y"},
    }


def test_a_struct_is_read() -> None:
    sent = {"firstName": "Ada", "amount": "2", "homeAddress": {"city": "Oslo"}, "needed": 1}
    draft = parse(Draft, sent)
    assert type(draft) is Draft
    assert (draft.first_name, draft.amount, draft.home_address.city) == ("Ada", 2, "Oslo")
    assert draft.tags == []
    assert S.defaults(draft)["homeAddress"] == {"city": "Oslo"}


def test_what_a_struct_refuses_is_said_at_its_fields() -> None:
    with pytest.raises(InvalidSignals) as refused:
        parse(Draft, {"firstName": "Augusta", "amount": 10, "code": "a", "homeAddress": 1})
    assert refused.value.errors == {
        "first_name": "Please use at most 5 characters.",
        "amount": "Please use less than 10.",
        "code": "This does not have the right format.",
        "home_address": "Please fill in the fields of this group.",
        "needed": "Please fill this in.",
    }
    shown = refused.value.patch()["_errors"]
    assert shown["firstName"] == "Please use at most 5 characters."
    assert shown["homeAddress"] == {"_": "Please fill in the fields of this group.", "city": ""}
    assert parse(Draft, {"firstName": "a", "code": "abc", "needed": 1}).code == "abc"


def test_a_rule_of_a_struct_is_an_error_of_the_whole() -> None:
    with pytest.raises(InvalidSignals) as refused:
        parse(Draft, {"firstName": "a", "amount": 7, "needed": 1})
    assert refused.value.errors == {"": "Not seven."}


def test_a_struct_with_a_type_that_cannot_be_read_is_refused() -> None:
    class Bad(msgspec.Struct):
        raw: bytes = b""

    with pytest.raises(StarioError, match=r"Bad\.raw cannot be read"):
        Signals(Bad)


@pytest.mark.parametrize(
    ("annotation", "good", "bad", "sentence"),
    [
        (Annotated[int, at.Ge(1)], 1, 0, "Please use at least 1."),
        (Annotated[int, at.Interval(gt=0, le=5)], 5, 6, "Please use at most 5."),
        (Annotated[int, at.Interval(gt=0, le=5)], 5, 0, "Please use more than 0."),
        (Annotated[str, at.MinLen(2)], "ab", "a", "Please use at least 2 characters."),
        (Annotated[str, at.Len(1, 2)], "ab", "abc", "Please use at most 2 characters."),
        (Annotated[list[int], at.MaxLen(1)], [1], [1, 2], "Please use at most 1 entry."),
        (Annotated[int, "a note", at.Ge(1), Limits(message="No.")], 1, 0, "No."),
    ],
)
def test_constraints_of_annotated_types_are_limits(
    annotation: Any, good: Any, bad: Any, sentence: str
) -> None:
    model: Any = msgspec.defstruct("Model", [("a", annotation)])
    assert parse(model, {"a": good}).a == good
    with pytest.raises(InvalidSignals) as refused:
        parse(model, {"a": bad})
    assert refused.value.errors == {"a": sentence}


@pytest.mark.parametrize("metadata", [at.MultipleOf(2), msgspec.Meta(multiple_of=2)])
def test_a_constraint_that_would_not_be_held_is_refused(metadata: Any) -> None:
    model: Any = msgspec.defstruct("Model", [("a", Annotated[int, metadata])])
    with pytest.raises(StarioError, match="multiple_of is not supported"):
        Signals(model)
