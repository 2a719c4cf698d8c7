"""Redirects: followed as a browser follows them, with what must not go along left behind."""

from typing import Any

import pytest
import stario.responses as responses
from stario import App, Context, RedirectException, Writer
from stario.exceptions import StarioError
from stario.testing import TestClient


def redirecting(app: App, status: int, location: str) -> None:
    async def handler(_c: Context, w: Writer) -> None:
        w.headers.set("location", location)
        w.respond(b"moved", b"text/plain", status)

    for register in (app.get, app.post, app.put):
        register("/from", handler)


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "POST", "GET"),
        (302, "PUT", "GET"),
        (303, "POST", "GET"),
        (303, "HEAD", "HEAD"),
        (302, "GET", "GET"),
    ],
)
async def test_see_other_becomes_a_get_without_a_body(
    app: App, client: TestClient, status: int, method: str, then: str
) -> None:
    redirecting(app, status, "/echo?a=1")
    body: dict[str, Any] = {} if method in ("GET", "HEAD") else {"json": [1]}
    response = await client.request(method, "/from", **body)
    assert (response.status_code, response.request.method) == (200, then)
    assert response.url == "http://testserver/echo?a=1"
    assert "content-type" not in response.request.headers
    assert "content-length" not in response.request.headers
    assert response.request.content == b""


@pytest.mark.parametrize("status", [307, 308])
async def test_a_strict_redirect_repeats_the_request(
    app: App, client: TestClient, status: int
) -> None:
    redirecting(app, status, "/echo")
    response = await client.post("/from", json=[1], headers={"x-mine": "1"}, cookies={"a": "1"})
    seen = response.json()
    assert (seen["method"], seen["body"], seen["cookies"]) == ("POST", "[1]", {"a": "1"})
    assert ["content-type", "application/json; charset=utf-8"] in seen["headers"]
    assert ["x-mine", "1"] in seen["headers"]


async def test_history_and_exchanges_hold_every_step(app: App, client: TestClient) -> None:
    redirecting(app, 302, "/echo/x/")
    response = await client.get("/from")
    assert [step.status_code for step in response.history] == [302, 308]
    assert [step.content for step in response.history] == [b"moved", b""]
    assert [exchange.response for exchange in client.exchanges] == [*response.history, response]
    assert [exchange.request.path for exchange in client.exchanges] == [
        "/from",
        "/echo/x/",
        "/echo/x",
    ]
    assert len({exchange.response.span_id for exchange in client.exchanges}) == 3


@pytest.mark.parametrize("on_client", [True, False])
async def test_a_redirect_is_returned_when_it_is_not_followed(app: App, on_client: bool) -> None:
    redirecting(app, 303, "/echo")
    async with TestClient(app, follow_redirects=on_client) as client:
        stopped = await client.get("/from", follow_redirects=False)
        followed = await client.get("/from", follow_redirects=True)
        default = await client.get("/from")
    assert (stopped.status_code, stopped.is_redirect, stopped.history) == (303, True, [])
    assert (followed.status_code, followed.is_redirect) == (200, False)
    assert default.status_code == (200 if on_client else 303)


@pytest.mark.parametrize("status", [300, 304, 305, 399])
async def test_other_3xx_are_no_redirects(app: App, client: TestClient, status: int) -> None:
    redirecting(app, status, "/echo")
    response = await client.get("/from")
    assert (response.status_code, response.is_redirect) == (status, False)


async def test_a_redirect_without_a_location_is_an_answer(app: App, client: TestClient) -> None:
    async def handler(_c: Context, w: Writer) -> None:
        w.respond(b"", b"text/plain", 302)

    app.get("/from", handler)
    response = await client.get("/from")
    assert (response.status_code, response.is_redirect) == (302, False)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/echo#part", "http://testserver/echo"),
        ("echo", "http://testserver/echo"),
        ("//b.example/echo", "http://b.example/echo"),
        ("https://b.example/echo", "https://b.example/echo"),
    ],
)
async def test_a_location_is_a_url_reference(
    app: App, client: TestClient, location: str, url: str
) -> None:
    redirecting(app, 302, location)
    response = await client.get("/from")
    assert (response.status_code, response.url) == (200, url)


async def test_credentials_stay_with_their_origin(app: App, client: TestClient) -> None:
    redirecting(app, 307, "http://b.example/echo")
    response = await client.get(
        "/from",
        headers={"authorization": "Basic x", "host": "a.example", "x-mine": "1"},
        cookies={"sid": "secret"},
    )
    assert response.json()["headers"][0] == ["host", "b.example"]
    assert response.json()["cookies"] == {}
    assert "authorization" not in response.request.headers
    assert response.request.headers.get("x-mine") == "1"


async def test_a_cookie_set_on_the_way_is_sent_on(app: App, client: TestClient) -> None:
    async def login(_c: Context, w: Writer) -> None:
        w.headers.add("set-cookie", "sid=1; Path=/")
        responses.redirect(w, "/echo", 303)

    app.post("/login", login)
    assert (await client.post("/login")).json()["cookies"] == {"sid": "1"}


@pytest.mark.parametrize("limit", [0, 1, 20])
async def test_a_loop_ends_at_the_limit(app: App, limit: int) -> None:
    redirecting(app, 302, "/from")
    async with TestClient(app, max_redirects=limit) as client:
        with pytest.raises(RuntimeError, match=f"More than {limit} redirects"):
            await client.get("/from")
        assert len(client.exchanges) == limit + 1


async def test_as_many_redirects_as_allowed_are_followed(app: App) -> None:
    redirecting(app, 302, "/echo")
    async with TestClient(app, max_redirects=1) as client:
        assert (await client.get("/from")).status_code == 200


@pytest.mark.parametrize("location", ["mailto:a@b", "javascript:alert(1)", "http://["])
async def test_a_location_that_is_no_http_url_cannot_be_followed(
    app: App, client: TestClient, location: str
) -> None:
    redirecting(app, 302, location)
    with pytest.raises(StarioError) as failure:
        await client.get("/from")
    told = str(failure.value)
    assert told.startswith(f"http://testserver/from redirects to {location!r}, which is no http")
    assert "Pass follow_redirects=False" in told


async def test_a_stream_never_follows(app: App, client: TestClient) -> None:
    async def handler(_c: Context, _w: Writer) -> None:
        raise RedirectException(307, "/echo")

    app.get("/from", handler)
    async with client.stream("GET", "/from") as stream:
        assert stream.status_code == 307
        assert stream.headers.get("location") == "/echo"
