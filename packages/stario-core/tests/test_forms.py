"""Forms that a client sent, urlencoded: their fields, or a 4xx that names what is accepted."""

import time
from typing import TYPE_CHECKING, cast

import pytest
import stario.responses as responses
from hypothesis import given
from hypothesis import strategies as st
from stario.exceptions import HttpException, StarioRuntime
from stario.http.bodies.body import Body
from stario.http.bodies.form import parse_form
from stario.http.headers import Headers
from stario.http.query import ParsedQuery
from stario.http.request import Request

if TYPE_CHECKING:
    from conftest import WireFactory
    from stario import Context, Writer
    from stario.http.bodies.body import BodySource

FORM = "application/x-www-form-urlencoded"


def a_request(body: bytes, content_type: str | None = FORM) -> Request:
    headers = Headers()
    if content_type is not None:
        headers.set("content-type", content_type)
    nobody = cast("BodySource", None)  # who need not be asked: all has arrived
    return Request(method="POST", headers=headers, body=Body.arrived(nobody, 10_000_000, body))


async def refusal(request: Request, **options: int) -> HttpException:
    with pytest.raises(HttpException) as refused:
        await request.form(**options)
    return refused.value


async def test_a_form_is_its_fields() -> None:
    form = await a_request(b"name=Ada+L.&tag=a&tag=b%26c&empty=&alone&%C3%A9=%E2%82%AC").form()
    assert form.get("name") == "Ada L."
    assert form.get("tag") == "a"
    assert form.getlist("tag") == ["a", "b&c"]
    assert form.get("no") is None
    assert form.as_dict() == {"name": "Ada L.", "tag": "a", "empty": "", "alone": "", "é": "€"}
    assert form.as_lists()["tag"] == ["a", "b&c"]
    assert len(form.items()) == 6


async def test_an_empty_form_has_no_fields() -> None:
    assert not await a_request(b"").form()
    assert not await a_request(b"&&&").form()


@pytest.mark.parametrize(
    "content_type",
    [
        FORM,
        FORM.upper(),
        f"{FORM}; charset=UTF-8",
        f'{FORM} ; Charset="utf-8"',
        f"{FORM};charset=utf8",
        f"{FORM}; x=charset",
    ],
)
async def test_a_form_in_utf_8_is_read(content_type: str) -> None:
    assert (await a_request("a=é".encode(), content_type).form()).get("a") == "é"


@pytest.mark.parametrize(
    ("content_type", "told"),
    [
        (None, f"The body has to be {FORM}; there is no content-type."),
        ("", f"The body has to be {FORM}; there is no content-type."),
        ("text/plain", f"The body has to be {FORM}; content-type 'text/plain' is not accepted."),
        (f"x{FORM}", f"The body has to be {FORM}; content-type 'x{FORM}' is not accepted."),
        (
            "multipart/form-data; boundary=x",
            f"The body has to be {FORM}; multipart/form-data is not supported yet.",
        ),
        (
            f"{FORM}; charset=iso-8859-1",
            f"A form has to be in UTF-8; content-type '{FORM}; charset=iso-8859-1' "
            "is not accepted.",
        ),
        (
            f'{FORM}; x=1; charset=""',
            f"A form has to be in UTF-8; content-type '{FORM}; x=1; charset=\"\"' is not accepted.",
        ),
    ],
)
async def test_another_body_is_a_415_that_names_what_is_accepted(
    content_type: str | None, told: str
) -> None:
    refused = await refusal(a_request(b"a=1", content_type))
    assert (refused.status_code, refused.detail) == (415, told)


async def test_the_number_of_fields_is_limited() -> None:
    assert len((await a_request(b"&".join([b"a"] * 1000)).form()).items()) == 1000
    assert len((await a_request(b"&" * 5000 + b"a").form()).items()) == 1
    refused = await refusal(a_request(b"&".join([b"a"] * 1001)))
    assert refused.status_code == 400
    assert refused.detail == "The form has more than 1000 fields."
    assert (await refusal(a_request(b"a&b"), max_fields=1)).status_code == 400
    assert len(await a_request(b"a&b").form(max_fields=2)) == 2


@given(st.binary())
def test_the_fields_are_those_of_a_query(data: bytes) -> None:
    """Nothing in them is malformed, then; see the tests of the query."""
    assert parse_form(data, 10**6) == ParsedQuery(data)


async def test_a_form_is_read_as_often_as_asked_within_the_limit() -> None:
    request = a_request(b"a=1")
    assert await request.form() == await request.form() == ParsedQuery(b"a=1")
    assert (await refusal(request, max_size=2)).status_code == 413
    assert await request.body() == b"a=1"


async def test_after_a_stream_there_is_nothing_to_read() -> None:
    request = a_request(b"a=1")
    request.stream()
    with pytest.raises(StarioRuntime):
        await request.form()


async def test_on_the_wire_a_form_that_comes_in_pieces_is_read(site: "WireFactory") -> None:
    async def names(c: "Context", w: "Writer") -> None:
        responses.json(w, [[name, value] for name, value in (await c.req.form()).items()])

    site.app.post("/", names)
    wire = site.connect()
    wire.feed(
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\n",
        b"3\r\na=%\r\n",
    )
    sent = await wire.answer_to(b"4\r\nC3%A\r\n", b"1\r\n9\r\n0\r\n\r\n")
    assert sent.endswith('\r\n\r\n[["a","é"]]'.encode())


@pytest.mark.parametrize("data", [b"%41" * 1_000_000, b"&" * 5_000_000, b"a&" * 2_500_000])
def test_a_large_form_takes_time_in_line_with_its_size(data: bytes) -> None:
    before = time.process_time()
    try:
        parse_form(data)
    except HttpException as refused:
        assert refused.status_code == 400  # noqa: PT017 - some of them are fields enough
    assert time.process_time() - before < 3
