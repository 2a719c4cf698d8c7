"""What a request carries: method, URL, fields and body, as the server reads them."""

import re
from typing import Any

import pytest
import stario.responses as responses
from stario import App, Context, Writer
from stario.exceptions import StarioError
from stario.http.headers import Headers
from stario.testing import TestClient


@pytest.mark.parametrize(
    ("given", "path", "query"),
    [
        ("/echo", "/echo", ""),
        ("echo", "/echo", ""),
        ("/echo?a=1&b=%2F+c", "/echo", "a=1&b=%2F+c"),
        ("/echo#there", "/echo", ""),
        ("/echo/a%2Fb", "/echo/a%2Fb", ""),
        ("/echo/a b/é", "/echo/a b/é", ""),
        ("/echo/../x", "/echo/../x", ""),
        ("http://other.example:81/echo?q", "/echo", "q"),
        ("HTTPS://other.example/echo", "/echo", ""),
    ],
)
async def test_a_url_arrives_as_it_was_given(
    client: TestClient, given: str, path: str, query: str
) -> None:
    seen = (await client.get(given)).json()
    assert (seen["path"], seen["query"]) == (path, query)


@pytest.mark.parametrize(
    ("base_url", "url", "told"),
    [
        ("http://testserver", "/who", "http 127.0.0.1"),
        ("https://testserver", "/who", "https 127.0.0.1"),
        ("https://testserver", "http://testserver/who", "http 127.0.0.1"),
    ],
)
async def test_the_scheme_is_that_of_the_url_and_the_client_is_local(
    app: App, base_url: str, url: str, told: str
) -> None:
    """Forwarded fields are not believed: no proxy is trusted."""

    async def who(c: Context, w: Writer) -> None:
        responses.text(w, f"{c.req.scheme} {c.req.client}")

    app.get("/who", who)
    forged = {"x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "https", "forwarded": "for=::1"}
    async with TestClient(app, base_url=base_url) as client:
        assert (await client.get("/who")).text == base_url[:5].rstrip(":") + " 127.0.0.1"
        assert (await client.get(url, headers=forged)).text == told


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("//x", "//x"),
        ("/a%2Fb", "/a%2Fb"),
        ("/a/./../b", "/a/./../b"),
        ("/a b\r\nx: y", "/a%20b%0D%0Ax:%20y"),
        ("/ü?ü", "/%C3%BC?%C3%BC"),
        ("/x?", "/x?"),
        ("?a=1", "/?a=1"),
        ("", "/"),
    ],
)
async def test_only_what_cannot_be_sent_is_encoded(
    client: TestClient, given: str, sent: str
) -> None:
    response = await client.get(given, follow_redirects=False)
    assert response.url == f"http://testserver{sent}"
    assert f"{response.request.path}?{response.request.query_string}".rstrip("?") == sent.rstrip(
        "?"
    )


async def test_two_slashes_reach_the_server_as_two(client: TestClient) -> None:
    assert (await client.get("//echo")).status_code == 404


async def test_options_takes_the_asterisk(client: TestClient) -> None:
    response = await client.options("*")
    assert (response.status_code, response.request.path) == (204, "*")


@pytest.mark.parametrize(
    "url",
    ["ftp://x/", "mailto:a@b", "http://", "http:///path", "http://a b/", "http://u@h/", "/\ud800"],
)
async def test_a_url_that_cannot_be_requested_is_refused(client: TestClient, url: str) -> None:
    with pytest.raises(StarioError, match="is no URL to request"):
        await client.get(url)
    assert client.exchanges == []


@pytest.mark.parametrize("url", ["", "/", "testserver", "ws://x", "http://"])
async def test_a_base_url_is_an_http_origin(app: App, url: str) -> None:
    with pytest.raises(StarioError, match=r"is no (URL|base_url)"):
        TestClient(app, base_url=url)


@pytest.mark.parametrize(
    ("params", "query"),
    [
        ({"a": 1, "b": "x y", "c": True, "d": 1.5}, "a=1&b=x+y&c=true&d=1.5"),
        ({"a": [1, "2", False]}, "a=1&a=2&a=false"),
        ([("a", 1), ("b", 2), ("a", 3)], "a=1&b=2&a=3"),
        ({"é": "&="}, "%C3%A9=%26%3D"),
        ({}, ""),
        ({"a": []}, ""),
    ],
)
async def test_params_become_the_query(client: TestClient, params: Any, query: str) -> None:
    assert (await client.get("/echo", params=params)).json()["query"] == query


async def test_params_go_behind_the_query_that_is_there(client: TestClient) -> None:
    assert (await client.get("/echo?x=0", params={"a": 1})).json()["query"] == "x=0&a=1"


@pytest.mark.parametrize("value", [None, b"bytes", {"a": 1}, [None], object()])
async def test_a_query_value_is_a_scalar(client: TestClient, value: Any) -> None:
    with pytest.raises(StarioError, match="cannot carry"):
        await client.get("/echo", params={"a": value})


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "query"])
async def test_every_method_has_its_shorthand(client: TestClient, method: str) -> None:
    response = await getattr(client, method)("/echo")
    assert response.json()["method"] == response.request.method == method.upper()


@pytest.mark.parametrize("method", ["", "G ET", "GET\r\n", "GÉT"])
async def test_a_method_is_a_token(client: TestClient, method: str) -> None:
    with pytest.raises(StarioError, match="no HTTP method"):
        await client.request(method, "/echo")


# Fields


async def test_a_bare_request_carries_three_fields(client: TestClient) -> None:
    assert (await client.get("/echo")).json()["headers"] == [
        ["host", "testserver"],
        ["user-agent", "stario-testclient"],
        ["accept", "*/*"],
    ]


async def test_later_fields_replace_earlier_ones_whatever_their_case(app: App) -> None:
    mine = Headers()
    mine.add("X-Many", "1")
    mine.add("x-many", "2")
    async with TestClient(app, headers={"Accept": "a/b", "x-many": "0"}) as client:
        seen = (await client.get("/echo", headers=mine)).json()["headers"]
        upper = (await client.get("/echo", headers={"ACCEPT": "c/d"})).json()["headers"]
    assert [line for line in seen if line[0] in ("accept", "x-many")] == [
        ["accept", "a/b"],
        ["x-many", "1"],
        ["x-many", "2"],
    ]
    assert ["accept", "c/d"] in upper
    assert ["accept", "a/b"] not in upper


async def test_the_host_is_that_of_the_url_unless_a_field_says_otherwise(app: App) -> None:
    async with TestClient(app, base_url="http://a.example:8000/") as client:
        assert (await client.get("/echo")).json()["host"] == "a.example"
        assert (await client.get("http://b.example/echo")).json()["host"] == "b.example"
        named = await client.get("/echo", headers={"Host": "c.example"})
    assert named.json()["host"] == "c.example"


@pytest.mark.parametrize(
    "headers", [{"bad name": "x"}, {"": "x"}, {"x": "a\r\nb: c"}, {"x": "\0"}, {"x": "☃"}]
)
async def test_a_field_that_would_split_the_head_is_refused(
    client: TestClient, headers: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=r"[Hh]eader|codec"):
        await client.get("/echo", headers=headers)


# Bodies


@pytest.mark.parametrize(
    ("options", "content_type", "body"),
    [
        (
            {"json": {"a": "é", "b": [1, None]}},
            "application/json; charset=utf-8",
            '{"a":"é","b":[1,null]}',
        ),
        ({"json": 0}, "application/json; charset=utf-8", "0"),
        (
            {"data": {"a": "x y", "b": True, "c": [1, 2]}},
            "application/x-www-form-urlencoded",
            "a=x+y&b=true&c=1&c=2",
        ),
        ({"data": [("a", 1), ("a", 2)]}, "application/x-www-form-urlencoded", "a=1&a=2"),
        ({"data": {}}, "application/x-www-form-urlencoded", ""),
        ({"data": "é"}, "text/plain; charset=utf-8", "é"),
        ({"data": b"\xff"}, None, b"\xff"),
        ({"content": b"\0\1"}, None, b"\0\1"),
        ({"content": "é"}, None, "é"),
        ({"content": b""}, None, ""),
        ({"files": {}, "json": 1}, "application/json; charset=utf-8", "1"),
    ],
)
async def test_a_body_brings_its_type_and_length(
    client: TestClient, options: dict[str, Any], content_type: str | None, body: str | bytes
) -> None:
    wire = body.encode() if isinstance(body, str) else body
    response = await client.post("/echo", **options)
    headers = dict(response.json()["headers"])
    assert headers.get("content-type") == content_type
    assert headers["content-length"] == str(len(wire))
    assert response.json()["body"].encode("latin-1") == wire == response.request.content


async def test_a_type_of_ones_own_wins(client: TestClient) -> None:
    response = await client.post("/echo", json=1, headers={"Content-Type": "application/x"})
    assert response.request.headers.getlist("content-type") == ["application/x"]


@pytest.mark.parametrize(("method", "length"), [("GET", None), ("POST", "0"), ("DELETE", None)])
async def test_no_body_has_a_length_only_where_one_is_expected(
    client: TestClient, method: str, length: str | None
) -> None:
    response = await client.request(method, "/echo")
    assert dict(response.json()["headers"]).get("content-length") == length


async def test_a_body_goes_in_chunks_when_the_fields_say_so(client: TestClient) -> None:
    big = b"x" * 150_000
    response = await client.post("/echo", content=big, headers={"transfer-encoding": "chunked"})
    assert response.json()["body"].encode() == big
    assert "content-length" not in response.request.headers


async def test_a_request_reads_back_what_was_sent(client: TestClient) -> None:
    request = (await client.post("/echo?a=1", json={"x": "é"})).request
    assert (request.method, request.path, request.query_string) == ("POST", "/echo", "a=1")
    assert request.url == "http://testserver/echo?a=1"
    assert request.text == '{"x":"é"}'
    assert request.json() == {"x": "é"}
    assert repr(request) == "<ClientRequest POST http://testserver/echo?a=1>"


@pytest.mark.parametrize(
    "options",
    [
        {"json": 1, "data": {"a": 1}},
        {"json": 1, "content": b""},
        {"json": 1, "files": {"f": b""}},
        {"files": {"f": b""}, "content": b""},
        {"files": {"f": b""}, "data": "text"},
        {"data": b"", "content": b""},
    ],
)
async def test_a_request_has_one_body(client: TestClient, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cannot go together"):
        await client.post("/echo", **options)


@pytest.mark.parametrize("value", [None, b"x", {"a": 1}])
async def test_a_form_value_is_a_scalar(client: TestClient, value: Any) -> None:
    with pytest.raises(StarioError, match="cannot carry"):
        await client.post("/echo", data={"a": value})


async def test_a_value_that_is_no_json_is_refused_before_it_is_sent(client: TestClient) -> None:
    with pytest.raises(TypeError):
        await client.post("/echo", json={"a": object()})
    assert client.exchanges == []


# Files


async def test_files_are_multipart_behind_the_form_fields(client: TestClient) -> None:
    response = await client.post(
        "/echo",
        data={"title": "é", "tags": [1, True]},
        files=[
            ("f", b"\0\xff"),
            ("f", ("n.txt", "text")),
            ("g", ("p.png", b"PNG", "image/png")),
        ],
    )
    content_type = dict(response.json()["headers"])["content-type"]
    found = re.fullmatch(r"multipart/form-data; boundary=(stario-boundary-[0-9a-f]+)", content_type)
    assert found is not None
    assert response.request.content.replace(found[1].encode(), b"B") == (
        b'--B\r\nContent-Disposition: form-data; name="title"\r\n\r\n\xc3\xa9\r\n'
        b'--B\r\nContent-Disposition: form-data; name="tags"\r\n\r\n1\r\n'
        b'--B\r\nContent-Disposition: form-data; name="tags"\r\n\r\ntrue\r\n'
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\0\xff\r\n"
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="n.txt"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\ntext\r\n"
        b'--B\r\nContent-Disposition: form-data; name="g"; filename="p.png"\r\n'
        b"Content-Type: image/png\r\n\r\nPNG\r\n"
        b"--B--\r\n"
    )


async def test_a_name_cannot_break_out_of_its_part(client: TestClient) -> None:
    response = await client.post("/echo", files={'a"\r\nb': ('c"\n', b"")})
    assert b'name="a%22%0D%0Ab"; filename="c%22%0A"' in response.request.content


@pytest.mark.parametrize(
    "value", [None, 1, ("name",), ("name", 1), ("n", b"", "a/b\r\nx: y"), ("n", b"", 3), [b"x"]]
)
async def test_a_file_is_a_payload_with_a_name_and_a_type(client: TestClient, value: Any) -> None:
    with pytest.raises(StarioError, match="cannot be sent"):
        await client.post("/echo", files={"f": value})
