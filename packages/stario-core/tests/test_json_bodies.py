"""JSON that a client sent: its value, or a 4xx that says what is wrong with it and where."""

import json
import time
from typing import TYPE_CHECKING, Any, cast

import pytest
import stario.responses as responses
from hypothesis import example, given
from hypothesis import strategies as st
from stario.exceptions import HttpException, StarioRuntime
from stario.http.bodies.body import Body
from stario.http.bodies.json_text import UnreadableJson, depth_of, read_json
from stario.http.headers import Headers
from stario.http.request import PARSED_MAX, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conftest import Answer, WireFactory
    from stario import Context, Writer
    from stario.http.bodies.body import BodySource


def a_request(body: bytes, *content_types: str, limit: int = 10_000_000, **fields: str) -> Request:
    headers = Headers()
    for content_type in content_types or ("application/json",):
        headers.add("content-type", content_type)
    for name, value in fields.items():
        headers.add(name.replace("_", "-"), value)
    nobody = cast("BodySource", None)  # who need not be asked: all has arrived
    return Request(method="POST", headers=headers, body=Body.arrived(nobody, limit, body))


async def refusal(request: Request, **options: int) -> HttpException:
    with pytest.raises(HttpException) as refused:
        await request.json(**options)
    return refused.value


@pytest.mark.parametrize(
    "text",
    [
        '{"a":[1,2.5,-1e3,true,false,null,"é\\ud83d\\ude00\\u0000"]}',
        '"text"',
        "0",
        "-0.0",
        "null",
        " \t\r\n[ ]\n",
        '{"":{"":0}}',
        "9" * 4000,
        "1e-999",
        "[" * 100 + "]" * 100,
        '{"a":' * 100 + "1" + "}" * 100,
        '"' + "[{" * 500 + '"',
        "[" + ",".join(["[]"] * 500) + "]",
        '["NaN","Infinity","\\\\ud800"]',
        '[{"a":1},{"a":1}]',
    ],
)
async def test_a_json_text_is_its_value(text: str) -> None:
    assert await a_request(text.encode()).json() == json.loads(text)


BAD = {
    "nothing at all": (b"", "The body is empty; it has to be one JSON value."),
    "white space": (b" \n ", "expecting value at line 2, column 2"),
    "cut": (b'{"a":', "expecting value at line 1, column 6"),
    "two values": (b"{} {}", "extra data at line 1, column 4"),
    "single quotes": (
        b"{'a':1}",
        "expecting property name enclosed in double quotes at line 1, column 2",
    ),
    "a form": (b"a=1&b=2", "expecting value at line 1, column 1"),
    "a comment": (b"[1, // one\n2]", "expecting value at line 1, column 5"),
    "a control character": (b'["a\x01"]', "invalid control character at line 1, column 4"),
    "an open text": (b'[\n"a', "unterminated string starting at line 2, column 1"),
    "an escape": (b'["\\x"]', "invalid \\escape at line 1, column 3"),
    "a mark": (b"\xef\xbb\xbf{}", "it begins with a byte order mark at line 1, column 1"),
    "UTF-16": ('{"a":1}'.encode("utf-16"), "it is not UTF-8 at line 1, column 1"),
    "a bad byte": (b'{\n"\xc3\xa9":"\xff"}', "it is not UTF-8 at line 2, column 6"),
    "a cut byte": (b'"\xc3', "it is not UTF-8 at line 1, column 2"),
    "an encoded surrogate": (b'"\xed\xa0\x80"', "it is not UTF-8 at line 1, column 2"),
    "half a pair": (
        b'["a\\n",\n "\\ud800"]',
        "half a surrogate pair stands in a text at line 2, column 2",
    ),
    "half a pair as name": (
        b'{"\\uDFFF":1}',
        "half a surrogate pair stands in a text at line 1, column 2",
    ),
    "NaN": (b'["NaN",NaN]', "NaN is no number of JSON at line 1, column 8"),
    "infinity": (b'{"a":Infinity}', "Infinity is no number of JSON at line 1, column 6"),
    "minus infinity": (b"-Infinity", "-Infinity is no number of JSON at line 1, column 1"),
    "too large": (b'["1e999",1,1e999]', "a number is too large at line 1, column 12"),
    "too small": (b"[-1e999]", "a number is too large at line 1, column 2"),
    "5,000 digits": (b"[1,\n-%b]" % (b"9" * 5000), "a number is too long at line 2, column 1"),
    "a name twice": (
        b'{"a":1,"b":"a",\n "\\u0061":2}',
        "the name 'a' stands twice in one object at line 2, column 2",
    ),
    "a name twice below": (
        b'{"a":1,"a":[{"b":1,"b":2}]}',
        "the name 'b' stands twice in one object at line 1, column 20",
    ),
    "a long name twice": (
        b'{"%b":1,"%b":2}' % (b"n" * 1000, b"n" * 1000),
        f"the name '{'n' * 40}…' stands twice in one object at line 1, column 1007",
    ),
    "101 arrays": (
        b"[" * 101 + b"]" * 101,
        "it is nested deeper than 100 levels at line 1, column 101",
    ),
    "101 objects": (
        b'{"[":' * 100 + b"{}" + b"}" * 100,
        "it is nested deeper than 100 levels at line 1, column 501",
    ),
    "100,000 arrays": (b"[" * 100_000 + b"]" * 100_000, "it is nested deeper than 100 levels"),
    "100,000 objects": (b'{"a":' * 100_000, "it is nested deeper than 100 levels"),
    "bad behind much": (b"[" + b"1," * 40_000 + b"NaN]", "NaN is no number of JSON"),
}


@pytest.mark.parametrize(("body", "reason"), BAD.values(), ids=BAD.keys())
async def test_what_is_no_json_is_a_400_that_says_why_and_where(body: bytes, reason: str) -> None:
    refused = await refusal(a_request(body))
    assert refused.status_code == 400
    expected = f"The body cannot be read as JSON: {reason}."
    assert refused.detail == (reason if reason.startswith("The body") else expected)


async def test_the_depth_is_the_caller_s_to_choose() -> None:
    deep = b"[" * 50 + b"]" * 50
    assert (await refusal(a_request(deep), max_depth=49)).status_code == 400
    assert await a_request(deep).json(max_depth=50) == json.loads(deep)
    assert await a_request(b"1").json(max_depth=0) == 1
    assert "deeper than 0 levels" in (await refusal(a_request(b"[]"), max_depth=0)).detail


@pytest.mark.parametrize("text", [b"[" * 300_000, b"[" * 300_000 + b'"\\ud800"' + b"]" * 300_000])
async def test_no_depth_that_is_asked_for_overflows_the_stack(text: bytes) -> None:
    assert (await refusal(a_request(text), max_depth=10**9)).status_code == 400


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json ;charset=latin-1",
        "application/problem+json",
        "application/vnd.api+JSON;version=1",
        " application/json ",
    ],
)
async def test_a_body_that_is_called_json_is_read(content_type: str) -> None:
    """In UTF-8, whatever a charset says: JSON has no such parameter (RFC 8259, 11)."""
    assert await a_request('"é"'.encode(), content_type.strip()).json() == "é"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/plain; charset=utf-8; x=application/json",
        "text/plain, application/json",
        "text/json",
        "application/jsonp",
        "application/json-seq",
        "application/x-json",
        "json",
        "/json",
        "application/",
        "application/js on",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=application/json",
        "a" * 10_000,
    ],
)
async def test_a_body_that_is_called_otherwise_is_a_415(content_type: str) -> None:
    refused = await refusal(a_request(b"{}", content_type))
    assert refused.status_code == 415
    assert refused.detail.startswith("The body has to be application/json; ")
    assert len(refused.detail) < 200


async def test_a_body_without_a_type_or_with_two_is_a_415() -> None:
    """A page of another site can send one without a type, and without asking first."""
    refused = await refusal(a_request(b"{}", "application/json", "text/plain"))
    assert refused.status_code == 415
    refused = await refusal(Request(method="POST", headers=Headers()))
    assert refused.status_code == 415
    assert refused.detail == "The body has to be application/json; there is no content-type."


async def test_a_body_in_a_content_coding_is_a_415() -> None:
    refused = await refusal(a_request(b"\x1f\x8b", content_encoding="gzip"))
    assert refused.status_code == 415
    assert refused.detail == "The body has to come without content-encoding; it has 'gzip'."
    assert await a_request(b"1", content_encoding="Identity").json() == 1


async def test_each_call_makes_a_value_of_its_own_and_keeps_its_limit() -> None:
    request = a_request(b'{"a":[]}')
    first = await request.json()
    first["a"].append(1)
    assert await request.json() == {"a": []}
    assert (await refusal(request, max_size=7)).status_code == 413
    assert await request.body() == b'{"a":[]}'
    with pytest.raises(ValueError, match="max_size"):
        await request.json(-1)


@pytest.mark.parametrize("read", [Request.json, Request.form])
async def test_what_is_parsed_is_at_most_a_mebibyte_unless_the_caller_says_otherwise(
    read: "Callable[..., Any]",
) -> None:
    of_type = "application/json" if read == Request.json else "application/x-www-form-urlencoded"
    fits = a_request(b"1" * 4000 + b" " * (PARSED_MAX - 4000), of_type)
    await read(fits)
    too_long = a_request(b"1" * 4000 + b" " * (PARSED_MAX - 3999), of_type)
    with pytest.raises(HttpException, match=f"413 .* {PARSED_MAX} bytes"):
        await read(too_long)
    await read(too_long, PARSED_MAX + 1)
    assert len(await too_long.body()) == PARSED_MAX + 1


@pytest.mark.parametrize("read", [Request.json, Request.form])
async def test_a_server_s_limit_that_is_lower_counts(read: "Callable[..., Any]") -> None:
    of_type = "application/json" if read == Request.json else "application/x-www-form-urlencoded"
    request = a_request(b"1" * 11, of_type, limit=10)
    with pytest.raises(HttpException, match=r"413 .* 10 bytes"):
        await read(request)
    await read(request, 11)


async def test_after_a_stream_there_is_nothing_to_read() -> None:
    request = a_request(b"{}")
    assert [piece async for piece in request.stream()] == [b"{}"]
    with pytest.raises(StarioRuntime):
        await request.json()


async def test_on_the_wire_a_bad_body_is_an_answer_and_the_connection_lives(
    site: "WireFactory", read_answers: "Callable[[bytes], list[Answer]]"
) -> None:
    async def echo(c: "Context", w: "Writer") -> None:
        responses.json(w, await c.req.json())

    site.app.post("/", echo)

    def post(body: bytes, content_type: bytes = b"application/json") -> bytes:
        return b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (
            content_type,
            len(body),
            body,
        )

    sent = await site.connect().answer_to(
        post(b'{"a":1,}') + post(b"{}", b"text/plain") + post(b'{"a":1}')
    )
    bad, plain, good = read_answers(sent)
    assert (bad.status, plain.status, good.status) == (400, 415, 200)
    assert (bad.body or b"").startswith(b"The body cannot be read as JSON: ")
    assert good.body == b'{"a":1}'


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_every_value_comes_back(value: Any, is_ascii: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=is_ascii, indent=indent)
    assert read_json(text) == value
    assert read_json(text.encode()) == value


def depth_by_walking(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    below: Iterable[Any] = cast("Any", value.values() if isinstance(value, dict) else value)
    return 1 + max(map(depth_by_walking, below), default=0)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
@example(['"', "[", '\\"[', "\\\\", ["\\"], {"[{": "]}", "": [{}]}], True, None)
@example(["é[", "\ud83d\ude00{", [[{}], "]"]], False, None)
def test_the_depth_is_that_of_the_value(value: Any, is_ascii: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=is_ascii, indent=indent)
    assert depth_of(text) == depth_by_walking(value)


PIECES = st.sampled_from(
    [*'[]{},:"\\ \n0-.eE', '"a":', '"\\ud800"', "NaN", "-Infinity", "1e999", "\ufeff", "9" * 5000]
)


@given(st.binary() | st.lists(PIECES).map("".join) | st.text())
@example("1E310E0")
@example(b'{"a":{"a":1,"a":2}}}}')
@example("1e999e0")
@example("[-1e999-1]")
@example("9" * 5000 + "-")
@example('[1e999,"\\x"')
@example('{"a":1,"a":2} "\\x"')
@example("[" * 2000 + '"')
def test_whatever_comes_is_a_value_that_can_be_written_or_unreadable(data: bytes | str) -> None:
    try:
        value = read_json(data)
    except UnreadableJson as error:
        reason = str(error)
    else:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        assert read_json(text.encode()) == value
        return
    assert 0 < len(reason) < 200


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 5_000_000,
        b"[" + b"1," * 2_500_000 + b"NaN]",
        b'"' + b'\\"' * 2_500_000,
        b"[" * 150 + b'"' + b'\\"' * 2_500_000,
        b"\xff" * 5_000_000,
        b"\n" * 5_000_000,
        b'{"a":1,' + b'"b":1,' * 800_000 + b'"a":1}',
    ],
)
def test_a_refusal_takes_time_in_line_with_the_size(text: bytes) -> None:
    before = time.process_time()
    with pytest.raises(UnreadableJson):
        read_json(text)
    assert time.process_time() - before < 3


@pytest.mark.parametrize(
    "text",
    [
        b"[" + b"{}," * 333_000 + b"{}]",
        b"[" + b"[]," * 333_000 + b"[]]",
        b"[" + b'"[",' * 250_000 + b"1]",
        b"[" + b",".join([b"[" * 90 + b"]" * 90] * 5_500) + b"]",
        b'["' + b'\\"[' * 330_000 + b'"]',
    ],
)
def test_the_depth_of_many_brackets_takes_less_time_than_their_parsing(text: bytes) -> None:
    before = time.process_time()
    value = json.loads(text)
    parsed = time.process_time()
    assert depth_of(text.decode()) <= 91
    assert time.process_time() - parsed < 0.1 + 2 * (parsed - before)
    assert isinstance(value, list)
