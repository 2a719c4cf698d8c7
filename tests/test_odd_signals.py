"""Odd signals over the real protocol: an answer with a sentence, never a 500, and soon.

The same inputs go to a handler that reads a dict and to one that reads a model, by query and by
body, from Datastar and from anybody.
"""

import asyncio
import gzip
import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Literal
from urllib.parse import quote_from_bytes

import pytest
import stario.responses as responses
from stario import App, Context, Span, Writer
from stario.datastar import InvalidSignals, Limits, Signals, read_signals
from stario.testing import TestClient, TestResponse

SECONDS = 20.0  # for one request, on a machine that does other things; most take milliseconds


@dataclass
class Address:
    city: str = ""


@dataclass
class Draft:
    title: Annotated[str, Limits(min_length=1, max_length=80)] = "?"
    amount: Annotated[int, Limits(ge=0, le=10)] = 1
    tags: list[str] = field(default_factory=list[str])
    kind: Literal["a", "b"] = "a"
    address: Address = field(default_factory=Address)


S = Signals(Draft)


async def plain(c: Context, w: Writer) -> None:
    responses.json(w, {"names": len(await read_signals(c.req))})


async def model(c: Context, w: Writer) -> None:
    responses.json(w, asdict(await read_signals(c.req, S)))


async def taken(c: Context, w: Writer) -> None:
    draft = await read_signals(c.req, S)
    raise InvalidSignals({"title": f"{draft.title} is taken."})


async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
    for path, handler in (("/plain", plain), ("/model", model), ("/taken", taken)):
        for register in (app.get, app.post, app.delete, app.put):
            register(path, handler)
    yield


@pytest.fixture
async def client() -> AsyncIterator[TestClient]:
    async with TestClient(bootstrap) as client:
        yield client


async def send(
    client: TestClient, method: str, path: str, sent: bytes, **headers: str
) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with asyncio.timeout(SECONDS):
        if method in ("GET", "DELETE"):
            url = f"{path}?datastar={quote_from_bytes(sent)}"
            return await client.request(method, url, headers=named)
        return await client.request(method, path, content=sent, headers=named)


REFUSED = {
    "bad utf-8": b'{"title":"\xff"}',
    "cut utf-8": b'{"title":"\xc5',
    "encoded surrogate": b'{"title":"\xed\xa0\x80"}',
    "escaped surrogate": b'{"title":"\\ud800"}',
    "deep arrays": b'{"title":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep and unclosed": b"[" * 100_000,
    "10,000 digits": b'{"amount":' + b"9" * 10_000 + b"}",
    "nan": b'{"amount":NaN}',
    "infinity": b'{"amount":-Infinity}',
    "1e400": b'{"amount":1e400}',
    "array": b'[{"title":"x"}]',
    "null": b"null",
    "number": b"1",
    "string": b'"title"',
    "true": b"true",
    "same name twice": b'{"title":"a","title":"b"}',
    "byte order mark": b'\xef\xbb\xbf{"title":"x"}',
    "trailing data": b'{"title":"x"} x',
    "two values": b"{}{}",
    "nul": b"\0",
    "nul inside": b'{"title":"\0"}',
    "spaces only": b" \t ",
    "cut": b'{"title":"x',
    "single quotes": b"{'title':'x'}",
    "a comma too many": b'{"title":"x",}',
    "form fields": b"title=x&amount=1",
    "multipart": b'--x\r\ncontent-disposition: form-data; name="title"\r\n\r\nx\r\n--x--\r\n',
    "utf-16": '{"title":"x"}'.encode("utf-16"),
    "gzip": gzip.compress(b'{"title":"x"}'),
}


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT"])
async def test_what_is_no_json_object_is_a_400_with_a_sentence(
    client: TestClient, method: str, sent: bytes
) -> None:
    for path in ("/plain", "/model", "/taken"):
        for from_datastar in ({}, {"datastar_request": "true"}):
            answer = await send(client, method, path, sent, **from_datastar)
            if len(sent) > 65_536 and method in ("GET", "DELETE"):
                assert answer.status_code == 431  # no such head is read
                continue
            assert answer.status_code == 400
            assert answer.text.startswith("The signals ")
            assert len(answer.text) < 200


TITLE, AMOUNT = "title", "amount"
FILL_IN = "Please fill this in."
WHOLE = "Please enter a whole number."
GROUP = "Please fill in the fields of this group."
CHOICE = "Please choose one of a, b."
WRONG: dict[str, tuple[bytes, dict[str, str]]] = {
    "an escaped nul": (
        b'{"title":"\\u0000"}',
        {TITLE: "Please remove the characters that are not text."},
    ),
    "null": (
        b'{"title":null,"amount":null}',
        dict.fromkeys((TITLE, AMOUNT), "Please fill this in."),
    ),
    "true for a number": (b'{"amount":true}', {AMOUNT: WHOLE}),
    "4,000 digits": (b'{"amount":' + b"9" * 4_000 + b"}", {AMOUNT: "Please use at most 10."}),
    "digits as text": (
        b'{"amount":"' + b"9" * 9_000 + b'"}',
        {AMOUNT: WHOLE},
    ),
    "1e300": (b'{"amount":1e300}', {AMOUNT: "Please use at most 10."}),
    "nan as text": (b'{"amount":"NaN"}', {AMOUNT: WHOLE}),
    "an object": (b'{"title":{"__proto__":1}}', {TITLE: "Please enter text."}),
    "an array for a choice": (b'{"kind":["a"]}', {"kind": CHOICE}),
    "an object for a choice": (b'{"kind":{}}', {"kind": CHOICE}),
    "a prototype for a group": (b'{"address":{"city":{}}}', {"address.city": "Please enter text."}),
    "a text for a group": (
        b'{"address":"x"}',
        {"address": GROUP},
    ),
    "a file for a text": (
        b'{"title":[{"name":"a","contents":"aGk=","mime":null}]}',
        {TITLE: "Please enter text."},
    ),
    "deep enough": (b'{"title":' + b"[" * 199 + b"]" * 199 + b"}", {TITLE: "Please enter text."}),
}


@pytest.mark.parametrize(("sent", "errors"), WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_wrong_value_is_said_at_its_field(
    client: TestClient, method: str, sent: bytes, errors: dict[str, str]
) -> None:
    assert (await send(client, method, "/plain", sent)).status_code == 200
    refused = await send(client, method, "/model", sent)
    assert refused.status_code == 400
    assert refused.text == "\n".join(f"{name}: {said}" for name, said in errors.items())
    shown = await send(client, method, "/model", sent, datastar_request="true")
    assert shown.status_code == 200
    assert shown.json() == S.errors(errors)


RIGHT: dict[str, bytes] = {
    "nothing": b"",
    "an empty object": b"{}",
    "keys with dots": b'{"address.city":1,"a.b":2}',
    "a prototype": b'{"__proto__":{"title":1},"constructor":1}',
    "local signals": b'{"_errors":{"title":1},"_menu":[]}',
    "an empty name": b'{"":1}',
    "names of methods": b'{"__class__":1,"__init__":2,"__dict__":{}}',
}


@pytest.mark.parametrize("sent", RIGHT.values(), ids=RIGHT.keys())
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT"])
async def test_what_no_field_is_called_is_ignored(
    client: TestClient, method: str, sent: bytes
) -> None:
    answer = await send(client, method, "/model", sent)
    assert answer.status_code == 200
    assert answer.json() == asdict(Draft())
    assert (await send(client, method, "/plain", sent)).status_code == 200


async def test_of_two_queries_the_first_counts(client: TestClient) -> None:
    answer = await client.get(
        "/model?datastar=%7B%22amount%22%3A2%7D&datastar=%7B%22amount%22%3A3%7D"
    )
    assert answer.json()["amount"] == 2
    answer = await client.get("/model?datastar=&datastar=%5B")
    assert answer.json() == asdict(Draft())


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "image/png", "nonsense"]
)
async def test_signals_are_read_whatever_the_content_type_says(
    client: TestClient, content_type: str
) -> None:
    answer = await send(client, "POST", "/model", b'{"amount":2}', content_type=content_type)
    assert answer.json()["amount"] == 2


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "nonsense"])
async def test_a_compressed_body_is_refused(client: TestClient, coding: str) -> None:
    """The client never compresses; nobody can send a bomb that way."""
    packed = gzip.compress(b'{"amount":2}')
    for sent in (packed, packed[:10]):
        answer = await send(client, "POST", "/model", sent, content_encoding=coding)
        assert 400 <= answer.status_code < 500


async def test_a_text_of_ten_megabytes_is_too_long(client: TestClient) -> None:
    sent = b'{"title":"' + b"x" * 10_000_000 + b'"}'
    answer = await send(client, "POST", "/model", sent)
    assert (answer.status_code, answer.text) == (400, "title: Please use at most 80 characters.")
    assert (await send(client, "POST", "/plain", sent)).json() == {"names": 1}
    assert (await send(client, "POST", "/model", sent + b" " * 500_000)).status_code == 413
    assert (await send(client, "GET", "/model", sent)).status_code in (414, 431)


async def test_a_million_names_are_ignored_in_time(client: TestClient) -> None:
    sent = json.dumps({f"{n:x}": 0 for n in range(1_000_000)}, separators=(",", ":")).encode()
    assert len(sent) < 10_485_760
    assert (await send(client, "POST", "/model", sent)).json() == asdict(Draft())


async def test_a_list_of_a_million_entries_is_too_long(client: TestClient) -> None:
    sent = json.dumps({"tags": [""] * 1_000_000}, separators=(",", ":")).encode()
    answer = await send(client, "POST", "/model", sent)
    assert (answer.status_code, answer.text) == (400, "tags: Please use at most 1000 entries.")


async def test_the_sentences_of_one_visitor_are_not_those_of_the_next(client: TestClient) -> None:
    """The model that a handler read last is known to this handler only."""

    async def one(title: str) -> Any:
        sent = json.dumps({"title": title, "amount": "2"}).encode()
        return (await send(client, "POST", "/taken", sent, datastar_request="true")).json()

    answers = await asyncio.gather(*(one(f"t{number}") for number in range(20)))
    assert answers == [S.errors({"title": f"t{number} is taken."}) for number in range(20)]
