"""What the author of a test gets wrong is answered with what to write instead."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import stario.responses as responses
from stario import App, Context, Writer
from stario.exceptions import StarioError
from stario.testing import TestClient


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"params": "a=1"}, "params= takes a mapping, or a list of pairs .*, not 'a=1'"),
        ({"data": ["a", "b"]}, r"data= takes a mapping, or a list of pairs .*, not \['a', 'b'\]"),
        ({"data": [("a", "b", "c")]}, "data= takes a mapping, or a list of pairs"),
        ({"data": 3}, "data= takes a mapping, or a list of pairs .*, not 3"),
        ({"data": {1: "x"}}, "A name in data= is a str, not 1"),
        ({"content": {"a": 1}}, "content= takes bytes or str .*, not {'a': 1}"),
        ({"files": ["a"]}, "files= takes a mapping, or a list of pairs"),
        ({"files": {None: b"x"}}, "A name in files= is a str, not None"),
        ({"files": {"a": Path()}}, "The file 'a' cannot be sent"),
        ({"cookies": {"a": 1}}, "its value is of type int"),
        ({"cookies": {1: "a"}}, "The cookie 1 cannot be sent: its name is no token"),
        ({"cookies": "a=b"}, "cookies= takes a mapping of names to values, not 'a=b'"),
        ({"headers": [("a", "b")]}, "headers= takes a mapping"),
        ({"timeout": 0}, "above 0, not 0"),
        ({"timeout": "1"}, "above 0, not '1'"),
    ],
)
async def test_an_argument_of_the_wrong_kind(
    client: TestClient, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(StarioError, match=sentence):
        await client.post("/echo", **options)
    assert client.exchanges == []


@pytest.mark.parametrize("url", [None, b"/", 3])
async def test_a_url_of_the_wrong_kind(client: TestClient, url: Any) -> None:
    with pytest.raises(StarioError, match="is no URL to request: it is of type"):
        await client.get(url)


@pytest.mark.parametrize("method", [None, b"GET", "", "G T"])
async def test_a_method_of_the_wrong_kind(client: TestClient, method: Any) -> None:
    with pytest.raises(StarioError, match="is no HTTP method"):
        await client.request(method, "/echo")


async def test_a_number_in_the_cookies(client: TestClient) -> None:
    client.cookies["visits"] = 1  # pyright: ignore[reportArgumentType]
    with pytest.raises(StarioError, match="'visits' cannot be sent: its value is of type int"):
        await client.get("/echo")


def test_with_instead_of_async_with(app: App) -> None:
    with pytest.raises(TypeError, match="async with TestClient"), TestClient(app):
        pass


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"base_url": "http://testserver/api"}, "is no base_url: it goes on after its host"),
        ({"base_url": "testserver"}, "is no base_url: it does not start with http"),
        ({"base_url": None}, "None is no base_url"),
        ({"cookies": ["a"]}, "cookies= takes a mapping"),
        ({"compression": True}, "compression= takes a CompressionConfig or None, not True"),
        ({"max_redirects": -1}, "max_redirects is a whole number from 0 on, not -1"),
        ({"max_redirects": None}, "max_redirects is a whole number from 0 on, not None"),
        ({"lifespan_timeout": 0}, "above 0"),
        ({"trusted_proxies": ["not an address"]}, "trusted_proxies"),
        ({"trusted_proxies": "127.0.0.1"}, "a tuple of addresses.*; got '127.0.0.1'"),
        ({"trusted_hosts": ["*"]}, "trusted_hosts"),
        ({"trusted_callers": ["not an address"]}, "trusted_callers"),
    ],
)
def test_an_option_of_the_client(app: App, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(StarioError, match=sentence):
        TestClient(app, **options)


async def test_json_of_an_answer_that_is_none(app: App, client: TestClient) -> None:
    async def handler(_c: Context, w: Writer) -> None:
        responses.text(w, "sorry", 400)

    app.get("/", handler)
    with pytest.raises(ValueError, match="Expecting value") as failure:
        (await client.get("/")).json()
    assert failure.value.__notes__ == [
        "http://testserver/ answered 400 with text/plain; charset=utf-8: 'sorry'"
    ]


async def test_a_status_that_is_no_success_brings_the_exception_of_the_handler(
    app: App, client: TestClient
) -> None:
    async def handler(_c: Context, _w: Writer) -> None:
        raise LookupError("no such user")

    app.get("/", handler)
    response = await client.get("/")
    assert response.failure is not None
    assert response.failure.rstrip().endswith("LookupError: no such user")
    with pytest.raises(RuntimeError, match="500 Internal Server Error") as failure:
        response.raise_for_status()
    assert "LookupError: no such user" in failure.value.__notes__[0]
    assert (await client.get("/echo")).failure is None


# Proxies and hosts


async def who(c: Context, w: Writer) -> None:
    responses.text(w, f"{c.req.client} {c.req.scheme}")


async def test_a_trusted_proxy_tells_who_called(app: App) -> None:
    app.get("/", who)
    told = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
    async with TestClient(app, owns_shutdown=False) as client:
        assert (await client.get("/", headers=told)).text == "127.0.0.1 http"
    async with TestClient(app, trusted_proxies=["127.0.0.1"]) as client:
        assert (await client.get("/", headers=told)).text == "203.0.113.9 https"


async def test_the_forwarded_field_is_read_where_it_is_chosen(app: App) -> None:
    app.get("/", who)
    async with TestClient(app, trusted_proxies=["*"], proxy_headers="forwarded") as client:
        told = {"forwarded": "for=203.0.113.9;proto=https"}
        assert (await client.get("/", headers=told)).text == "203.0.113.9 https"


async def test_a_host_that_is_not_served_is_misdirected(app: App) -> None:
    async with TestClient(app, trusted_hosts=["testserver"]) as client:
        assert (await client.get("/echo")).status_code == 200
        assert (await client.get("http://other/echo")).status_code == 421


async def test_only_a_trusted_caller_continues_its_trace(app: App) -> None:
    async def trace(c: Context, w: Writer) -> None:
        responses.text(w, c.span.trace_id.hex)

    app.get("/", trace)
    known = "0af7651916cd43dd8448eb211c80319c"
    told = {"traceparent": f"00-{known}-b7ad6b7169203331-01"}
    for callers, is_continued in (((), False), (["127.0.0.1"], True), (["10.0.0.0/8"], False)):
        async with TestClient(app, owns_shutdown=False, trusted_callers=callers) as client:
            assert ((await client.get("/", headers=told)).text == known) is is_continued


async def test_the_default_limit_holds_between_two_requests(app: App) -> None:
    app.get("/", lambda c, w: asyncio.sleep(5))
    async with TestClient(app, request_timeout=0.02) as client:
        with pytest.raises(TimeoutError):
            await client.get("/")
        assert (await client.get("/echo", timeout=5)).status_code == 200
