"""Whatever a browser, or somebody who is none, sends: a dict, or a 400 with a sentence."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_type
from urllib.parse import quote, quote_from_bytes

import pytest
from stario.datastar import FileSignal, InvalidSignals, Signal, Signals, read_signals
from stario.exceptions import HttpException, StarioError
from stario.http.headers import Headers
from stario.http.request import Request

QUERY_METHODS = ["GET", "DELETE", "HEAD"]
BODY_METHODS = ["POST", "PUT", "PATCH", "QUERY"]

type MakeRequest = Callable[..., Request]


@pytest.mark.parametrize("method", QUERY_METHODS)
async def test_these_methods_carry_signals_in_the_query(
    request_of: MakeRequest, method: str
) -> None:
    query = b"a=1&datastar=" + quote('{"n":1,"t":"ż & ü"}').encode()
    assert await read_signals(request_of(method, query, b"ignored")) == {"n": 1, "t": "ż & ü"}


@pytest.mark.parametrize("method", BODY_METHODS)
async def test_other_methods_carry_signals_in_the_body(
    request_of: MakeRequest, method: str
) -> None:
    req = request_of(method, b"datastar={}", '{"n":1,"t":"ż"}'.encode())
    assert await read_signals(req) == {"n": 1, "t": "ż"}


async def test_a_real_request_is_read() -> None:
    req = Request(query_bytes=b"datastar=%7B%22a%22%3A1%7D", headers=Headers())
    assert await read_signals(req) == {"a": 1}
    assert await read_signals(Request(method="POST", headers=Headers())) == {}


@pytest.mark.parametrize("query", [b"", b"datastar=", b"datastar", b"other={}"])
async def test_missing_or_empty_is_no_signals(request_of: MakeRequest, query: bytes) -> None:
    assert await read_signals(request_of("GET", query)) == {}
    assert await read_signals(request_of("POST")) == {}


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a_":{"b":[1,2.5,-1e3,true,null,"\\ud83d\\ude00"]}}',
        '{"a":"\ufffd"}',
        '{"a":"' + "[{" * 500 + '"}',
        '{"a":"\\"[' + "[" * 500 + '"}',
        '{"a":[' + ",".join(["[]"] * 500) + "]}",
        '{"a":' + "[" * 199 + "]" * 199 + "}",
        " {}\n",
        '{"a":' + "9" * 4000 + "}",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_odd_but_good_signals_are_read(
    request_of: MakeRequest, method: str, text: str
) -> None:
    req = request_of(method, b"datastar=" + quote(text).encode(), text.encode())
    assert await read_signals(req) == json.loads(text)


async def test_a_bound_file_input_is_a_list_of_file_signals(request_of: MakeRequest) -> None:
    body = b'{"files":[{"name":"a.txt","contents":"aGk=","mime":"text/plain"}]}'
    signals = await read_signals(request_of("POST", content=body))
    files: list[FileSignal] = signals["files"]
    assert files == [{"name": "a.txt", "contents": "aGk=", "mime": "text/plain"}]


@dataclass
class Draft:
    title: str = ""
    n: int = 1


S = Signals(Draft)


@pytest.mark.parametrize("method", [*QUERY_METHODS, *BODY_METHODS])
async def test_a_model_is_read_from_where_the_signals_are(
    request_of: MakeRequest, method: str
) -> None:
    sent = b'{"n":"2","other":1}'
    for content in (sent, b"", b"{}"):
        query, body = (content, b"[") if method in QUERY_METHODS else (b"[", content)
        req = request_of(method, b"datastar=" + quote_from_bytes(query).encode(), body)
        assert await read_signals(req, Draft) == Draft(n=2 if content == sent else 1)
        assert await read_signals(req, S) == await read_signals(req, Draft)


async def test_what_a_model_refuses_is_invalid_signals(request_of: MakeRequest) -> None:
    with pytest.raises(InvalidSignals) as refused:
        await read_signals(request_of("POST", content=b'{"n":"x"}'), Draft)
    assert refused.value.errors == {"n": "Please enter a whole number."}
    assert refused.value.values == {"n": "x"}
    assert list(refused.value.patch()["_errors"]) == ["_", "title", "n"]


@pytest.mark.parametrize("model", [int, {}, "Draft"])
async def test_a_class_that_is_no_model_is_refused_before_anything_is_read(
    request_of: MakeRequest, model: Any
) -> None:
    with pytest.raises(StarioError, match="A model of signals is a dataclass"):
        await read_signals(request_of("POST", content=b"["), model)


@pytest.mark.parametrize("given", [None, {}, b"{}"])
async def test_what_is_no_request_is_refused(given: Any) -> None:
    with pytest.raises(StarioError, match=r"takes a request, not .*\n(.*\n)*.*c\.req"):
        await read_signals(given)


async def test_type_checkers_know_what_is_read(request_of: MakeRequest) -> None:
    req = request_of("POST")
    assert_type(await read_signals(req), dict[str, Any])
    assert_type(await read_signals(req, Draft), Draft)
    assert_type(await read_signals(req, S), Draft)
    assert_type(S, Signals[Draft])
    assert_type(S.parse({}), Draft)
    assert_type(S.title, Signal)
    assert_type(S["title"].error, Signal)
    assert_type(S.title.name, str)


ODD = {
    "broken": b'{"a":',
    "two values": b"{} {}",
    "spaces only": b"  ",
    "single quotes": b"{'a':1}",
    "form": b"a=1&b=2",
    "byte order mark": b"\xef\xbb\xbf{}",
    "utf-16": '{"a":1}'.encode("utf-16"),
    "bad utf-8": b'{"a":"\xff"}',
    "cut utf-8": b'{"a":"\xc5',
    "encoded surrogate": b'{"a":"\xed\xa0\x80"}',
    "escaped surrogate": b'{"a":"\\ud800"}',
    "escaped surrogate in a name": b'{"\\uDFFF":1}',
    "nan": b'{"a":NaN}',
    "infinity": b'{"a":[Infinity]}',
    "minus infinity": b'{"a":-Infinity}',
    "too large": b'{"a":1e999}',
    "too small": b'{"a":-1e999}',
    "5000 digits": b'{"a":' + b"9" * 5000 + b"}",
    "array": b"[]",
    "null": b"null",
    "string": b'"a"',
    "number": b"1",
    "true": b"true",
    "same name twice": b'{"a":1,"a":2}',
    "same name twice below": b'{"a":[{"b":1,"b":2}]}',
    "deep arrays": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep and unclosed": b"[" * 100_000,
    "201 levels": b'{"a":' + b"[" * 200 + b"]" * 200 + b"}",
    "control character": b'{"a":"\x00"}',
    "nul": b"\0",
    "a string that never ends": b"[" * 300 + b'"' + b'\\"' * 100_000,
    "quotes without end": b"]" * 300 + b"[" * 150 + b'\\"' * 100_000,
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_odd_signals_are_a_400_with_a_sentence(
    request_of: MakeRequest, method: str, body: bytes
) -> None:
    req = request_of(method, b"datastar=" + quote_from_bytes(body).encode(), body)
    for read in (read_signals(req), read_signals(req, Draft)):
        with pytest.raises(HttpException) as refused:
            await read
        assert type(refused.value) is HttpException
        assert refused.value.status_code == 400
        assert refused.value.detail.startswith("The signals ")
        assert refused.value.detail.endswith("Datastar sends the signals as one JSON object.")
        assert len(refused.value.detail) < 200


async def test_a_body_may_have_a_limit_of_its_own(request_of: MakeRequest) -> None:
    """Ten megabytes of small objects keep a process busy for a second."""
    limits: list[int | None] = []

    async def body(max_size: int | None = None) -> bytes:
        limits.append(max_size)
        return b"{}"

    req: Any = request_of("POST")
    req.body = body
    assert await read_signals(req, max_size=100) == {}
    assert await read_signals(req, Draft, max_size=200) == Draft()
    assert await read_signals(req) == {}
    assert limits == [100, 200, None]


async def test_errors_of_the_body_pass_through(request_of: MakeRequest) -> None:
    async def too_large(max_size: int | None = None) -> bytes:
        raise HttpException(413, "too large")

    req: Any = request_of("POST")
    req.body = too_large
    with pytest.raises(HttpException) as refused:
        await read_signals(req)
    assert refused.value.status_code == 413
