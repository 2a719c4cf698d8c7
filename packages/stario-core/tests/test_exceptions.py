"""The exceptions of the framework: what they hold, what they say, what they refuse."""

import pickle
from typing import Any

import pytest
from stario import exceptions
from stario.exceptions import (
    ClientDisconnected,
    HttpException,
    RedirectException,
    StarioError,
    StarioRuntime,
)
from stario.markup.errors import StarioError as StarioErrorOfMarkup


def test_the_face_is_complete() -> None:
    assert sorted(exceptions.__all__) == [
        "ClientDisconnected",
        "HttpException",
        "RedirectException",
        "StarioError",
        "StarioRuntime",
    ]
    assert StarioError is StarioErrorOfMarkup


def test_an_intended_answer_is_no_stario_error() -> None:
    """A handler that catches mistakes must not catch answers."""
    assert issubclass(StarioRuntime, StarioError)
    for kind in (HttpException, RedirectException, ClientDisconnected):
        assert not issubclass(kind, StarioError)
        assert issubclass(kind, Exception)


@pytest.mark.parametrize("kind", [StarioError, StarioRuntime])
def test_a_stario_error_says_everything_it_knows(kind: type[StarioError]) -> None:
    error = kind("It broke.", context={"a": 1, "b": "x"}, help_text="Mend it.", example="mend()")
    assert str(error) == ("It broke.\n  Context: a=1, b='x'\n  Help: Mend it.\n  Example:\nmend()")
    assert error.message == "It broke."
    assert error.context == {"a": 1, "b": "x"}
    assert error.help_text == "Mend it."
    assert error.example == "mend()"


def test_a_stario_error_says_no_more_than_it_knows() -> None:
    error = StarioError("It broke.")
    assert str(error) == "It broke."
    assert error.context == {}
    assert error.help_text is None
    assert error.example is None


class Shy:
    def __repr__(self) -> str:
        raise RuntimeError("no repr today")


class Wrong:
    def __repr__(self) -> str:
        return 5  # pyright: ignore[reportReturnType]


def endless() -> list[object]:
    inner: list[object] = []
    for _ in range(100_000):
        inner = [inner]
    return inner


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10**5000, "<int that cannot be shown>"),
        (-(10**5000), "<int that cannot be shown>"),
        ([10**5000], "<list that cannot be shown>"),
        (Shy(), "<Shy that cannot be shown>"),
        ({"a": Shy()}, "<dict that cannot be shown>"),
        (Wrong(), "<Wrong that cannot be shown>"),
        (endless(), "<list that cannot be shown>"),
        ("x" * 1_000_000, f"'{'x' * 1000}'… (1000000 long)"),
        (b"x" * 1_000_000, f"b'{'x' * 1000}'… (1000000 long)"),
        ([1] * 1000, f"{str([1] * 1000)[:1000]}… (3000 characters)"),
        ("\r\n\x1b[2J", r"'\r\n\x1b[2J'"),
        ("\ud800", r"'\ud800'"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_stario_error_can_always_be_printed(value: object, text: str) -> None:
    """An error about a bad value must not fail because the value is bad; nor flood a log."""
    error = StarioError("It broke.", context={"value": value, "next": 1})
    assert str(error) == f"It broke.\n  Context: value={text}, next=1"
    assert error.context["value"] is value


@pytest.mark.parametrize("kind", [HttpException, RedirectException])
def test_a_status_without_end_is_refused_with_a_sentence(kind: type[Exception]) -> None:
    with pytest.raises(StarioError, match="not <int that cannot be shown>"):
        kind(10**5000, "")


@pytest.mark.parametrize("status", [400, 404, 499, 500, 599])
def test_an_http_exception_has_an_error_status(status: int) -> None:
    error = HttpException(status, "why")
    assert (error.status_code, error.detail) == (status, "why")
    assert str(error) == f"{status} why"
    assert HttpException(status).detail == ""
    assert str(HttpException(status)) == str(status)


@pytest.mark.parametrize("status", [300, 301, 307, 399])
def test_a_redirect_exception_has_a_redirect_status(status: int) -> None:
    """Its target is checked when it is sent."""
    error = RedirectException(status, "javascript:alert(1)")
    assert (error.status_code, error.location) == (status, "javascript:alert(1)")
    assert str(error) == f"{status} javascript:alert(1)"


@pytest.mark.parametrize("status", [-1, 0, 100, 200, 204, 304, 399, 600, 1000])
def test_an_http_exception_refuses_another_status(status: int) -> None:
    with pytest.raises(StarioError, match=f"from 400 to 599, not {status}") as caught:
        HttpException(status)
    assert caught.value.context == {"status_code": status}


@pytest.mark.parametrize("status", [0, 200, 299, 400, 500])
def test_a_redirect_exception_refuses_another_status(status: int) -> None:
    with pytest.raises(StarioError, match=f"from 300 to 399, not {status}"):
        RedirectException(status, "/")


@pytest.mark.parametrize("kind", [HttpException, RedirectException])
@pytest.mark.parametrize("status", ["404", None, 404.5, b"307"])
def test_a_status_that_is_no_number_is_refused(kind: Any, status: Any) -> None:
    with pytest.raises(StarioError, match="takes a status from"):
        kind(status, "/")


@pytest.mark.parametrize("detail", [{"a": 1}, None, b"text", 5])
def test_a_detail_that_is_no_text_is_refused_where_it_is_raised(detail: Any) -> None:
    with pytest.raises(StarioError, match="The detail of an HttpException is text, not"):
        HttpException(400, detail)


def test_the_client_s_leaving_has_a_sentence_of_its_own() -> None:
    assert "closed" in str(ClientDisconnected())
    assert str(ClientDisconnected("It left.")) == "It left."


@pytest.mark.parametrize("error", [HttpException(404, "why"), RedirectException(303, "/a")])
def test_an_answer_survives_a_process_boundary(error: Exception) -> None:
    """A worker process may raise one."""
    copy = pickle.loads(pickle.dumps(error))
    assert vars(copy) == vars(error)
    assert str(copy) == str(error)
