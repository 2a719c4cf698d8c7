"""Cookies: what a server sets comes back where it belongs; the dict is there to read and write."""

import pytest
from stario import App, Context, Handler, Writer
from stario.cookies import delete_cookie, set_cookie
from stario.exceptions import StarioError
from stario.testing import TestClient


def setting(*lines: str) -> Handler:
    """A handler that sends these `set-cookie` lines as they are."""

    async def handler(_c: Context, w: Writer) -> None:
        for line in lines:
            w.headers.add("set-cookie", line)
        w.end()

    return handler


async def sent(client: TestClient, url: str = "/echo") -> dict[str, str]:
    return (await client.get(url)).json()["cookies"]


async def test_what_a_server_sets_comes_back(app: App, client: TestClient) -> None:
    async def login(_c: Context, w: Writer) -> None:
        set_cookie(w, "sid", 'a b;"c"', httponly=True, secure=True)
        w.end()

    app.post("/login", login)
    response = await client.post("/login")
    assert response.cookies == client.cookies == {"sid": 'a b;"c"'}
    assert await sent(client) == {"sid": 'a b;"c"'}


async def test_a_deleted_cookie_is_gone(app: App, client: TestClient) -> None:
    async def logout(_c: Context, w: Writer) -> None:
        delete_cookie(w, "sid")
        w.end()

    app.post("/logout", logout)
    client.cookies["sid"] = "x"
    assert await sent(client) == {"sid": "x"}
    response = await client.post("/logout")
    assert response.cookies == {"sid": ""}
    assert client.cookies == {}
    assert await sent(client) == {}


async def test_cookies_of_the_client_and_of_the_request_are_merged(app: App) -> None:
    async with TestClient(app, cookies={"a": "1", "b": "1"}) as client:
        response = await client.get("/echo", cookies={"b": "2", "c": "2"})
        assert response.json()["cookies"] == {"a": "1", "b": "2", "c": "2"}
        assert client.cookies == {"a": "1", "b": "1"}


async def test_a_cookie_field_is_sent_as_it_is(app: App) -> None:
    async with TestClient(app, cookies={"a": "1"}) as client:
        request = (await client.get("/echo", headers={"cookie": "x; y=2"})).request
    assert request.headers.getlist("cookie") == ["x; y=2"]


async def test_the_dict_can_be_written(app: App, client: TestClient) -> None:
    app.get("/set", setting("a=server", "b=server"))
    await client.get("/set")
    client.cookies["a"] = "mine"
    del client.cookies["b"]
    assert await sent(client) == {"a": "mine"}
    client.cookies.clear()
    assert await sent(client) == {}


@pytest.mark.parametrize(
    ("line", "host", "path", "goes"),
    [
        ("a=1; Path=/", "testserver", "/echo/x", True),
        ("a=1; Path=/echo", "testserver", "/echo", True),
        ("a=1; Path=/echo", "testserver", "/echo/x", True),
        ("a=1; Path=/echo/", "testserver", "/echo/x", True),
        ("a=1; Path=/ech", "testserver", "/echo", False),
        ("a=1; Path=/echo/x", "testserver", "/echo", False),
        ("a=1", "testserver", "/echo", False),  # the default path is that of its own URL
        ("a=1", "testserver", "/deep/echo", True),
        ("a=1; Path=relative", "testserver", "/deep/echo", True),
        ("a=1; Path=/", "other.example", "/echo", False),
        ("a=1; Path=/", "sub.testserver", "/echo", False),
        ("a=1; Path=/; Domain=testserver", "sub.testserver", "/echo", True),
        ("a=1; Path=/; domain=.TestServer", "sub.testserver", "/echo", True),
        ("a=1; Path=/; Domain=testserver", "mytestserver", "/echo", False),
        ("a=1; Path=/; Domain=other.example", "other.example", "/echo", False),
        ("a=1; Path=/; Secure; HttpOnly; SameSite=lax", "testserver", "/echo", True),
    ],
)
async def test_domain_and_path_say_where_a_cookie_goes(
    app: App, client: TestClient, line: str, host: str, path: str, goes: bool
) -> None:
    app.get("/deep/set", setting(line))
    await client.get("/deep/set")
    response = await client.get(f"http://{host}{path}")
    assert response.request.headers.get("cookie") == ("a=1" if goes else None)


async def test_a_cookie_that_the_test_set_goes_everywhere(client: TestClient) -> None:
    client.cookies["a"] = "1"
    assert await sent(client, "http://other.example/echo/x") == {"a": "1"}


async def test_the_same_name_may_live_on_two_paths(app: App, client: TestClient) -> None:
    app.get("/set", setting("a=root; Path=/", "a=deep; Path=/echo/deep"))
    await client.get("/set")
    deep = await client.get("/echo/deep")
    assert deep.request.headers.get("cookie") == "a=deep; a=root"
    app.get("/unset", setting("a=; Path=/echo/deep"))
    await client.get("/unset")
    assert client.cookies == {"a": "root"}
    assert await sent(client, "/echo/deep") == {"a": "root"}


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("a=1; Max-Age=0", False),
        ("a=1; Max-Age=-5", False),
        ("a=1; max-age=60", True),
        ("a=1; Max-Age=soon", True),
        ("a=", False),
        ('a=""', False),
        ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", False),
        ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=9", True),
        ("a=1; Expires=Fri, 31 Dec 9998 00:00:00 GMT", True),
        ("a=1; Expires=yesterday", True),
        ("bad name=1", False),
        ("=1", False),
        ("a", False),
        ("", False),
    ],
)
async def test_a_line_sets_removes_or_is_no_cookie(
    app: App, client: TestClient, line: str, kept: bool
) -> None:
    app.get("/set", setting(line))
    await client.get("/set")
    assert client.cookies == ({"a": "1"} if kept else {})


BAD = [
    ("bad name", "x"),
    ("", "x"),
    ("a", "b;c"),
    ("a", "b\r\nx: y"),
    ("a", "\0"),
    ("a", " b"),
    ("a", "☃"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
async def test_a_cookie_that_cannot_be_sent_is_refused(
    app: App, client: TestClient, name: str, value: str
) -> None:
    with pytest.raises(StarioError, match="cannot be sent"):
        TestClient(app, cookies={name: value})
    with pytest.raises(StarioError, match="cannot be sent"):
        await client.get("/echo", cookies={name: value})
    client.cookies[name] = value
    with pytest.raises(StarioError, match="cannot be sent"):
        await client.get("/echo")
