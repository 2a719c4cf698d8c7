"""Trusted hosts: who is answered, and how everybody else is told so (RFC 9110, 7.4 and 15.5.20)."""

import re
from typing import TYPE_CHECKING

import pytest
import stario.responses as responses
from hypothesis import given
from hypothesis import strategies as st
from stario.http.trust.hosts import TrustedHosts
from stario.http.wire import host_name, target_host

if TYPE_CHECKING:
    from conftest import SeenTracer, WireFactory
    from stario import Context, Writer

HOSTS = TrustedHosts(("a.example", "*.B.example", "127.0.0.1", "[::1]"))


@pytest.mark.parametrize(
    "host",
    [
        "a.example",
        "x.b.example",
        "x.y.z.b.example",
        "127.0.0.1",
        "[::1]",
        "*.b.example",  # a star is a letter of a host like others
    ],
)
def test_a_host_that_is_named_is_trusted(host: str) -> None:
    assert host in HOSTS


@pytest.mark.parametrize(
    "host",
    [
        *("", "b.example", ".b.example", "xb.example", "x.a.example", "a.example.", "a.exampl"),
        *("a.example.evil", "evil.example", "127.0.0.2", "::1", "[::2]", "[::1].b.example.x"),
        *(5, None, b"a.example"),
    ],
)
def test_any_other_is_not(host: object) -> None:
    assert host not in HOSTS


def test_without_a_pattern_all_are_trusted() -> None:
    hosts = TrustedHosts()
    assert "evil.example" in hosts
    assert "" in hosts
    assert repr(hosts) == "TrustedHosts([])"


LABELS = st.from_regex("[a-z0-9_-]{1,5}", fullmatch=True)
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(".".join)


@given(NAMES, NAMES, st.integers(0, 65535))
def test_a_pattern_takes_what_its_definition_says(name: str, host: str, port: int) -> None:
    """And neither the case nor the port of what is sent matters."""
    sent = host_name(f"{host.upper()}:{port}".encode())
    assert (sent in TrustedHosts((name.title(),))) == (host == name)
    labels, wanted = host.split("."), name.split(".")
    below = len(labels) > len(wanted) and labels[-len(wanted) :] == wanted
    assert (sent in TrustedHosts((f"*.{name}",))) == below
    assert f"{host}.{name}" in TrustedHosts((f"*.{name}",))


@pytest.mark.parametrize(
    ("target", "host"),
    [
        (b"http://A.example/x", "a.example"),
        (b"https://a.example:8080?x", "a.example"),
        (b"http://[::1]:80/", "[::1]"),
        (b"http://user@a.example/", "a.example"),
        (b"http://a.example@evil.example/", "evil.example"),
        (b"http://a.example:80@evil.example/", "evil.example"),
    ],
)
def test_an_absolute_target_names_a_host(target: bytes, host: str) -> None:
    assert target_host(target) == host


# On the wire


def serve_some(site: "WireFactory") -> list[str]:
    """Let the site answer for some hosts; return where it keeps the hosts that its handler saw."""
    seen: list[str] = []

    async def handler(c: "Context", w: "Writer") -> None:
        seen.append(c.req.host)
        responses.text(w, "Hello")

    site.hosts = TrustedHosts(("a.example", "*.b.example"))
    site.app.get("/", handler)
    site.app.post("/", handler)
    return seen


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: a.example",
        b"GET / HTTP/1.1\r\nHost: A.Example:8000",
        b"GET / HTTP/1.1\r\nHost: x.b.example",
        b"GET http://x.b.example:80/ HTTP/1.1\r\nHost: a.example",
        b"GET / HTTP/1.0\r\nHost: a.example",
    ],
)
async def test_a_request_for_a_trusted_host_is_answered(site: "WireFactory", head: bytes) -> None:
    seen = serve_some(site)
    for _ in range(2):  # the second time it is remembered
        assert (await site.connect().answer_to(head + b"\r\n\r\n")).endswith(b"\r\n\r\nHello")
    assert len(seen) == 2


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: evil.example",
        b"GET / HTTP/1.1\r\nHost: b.example",
        b"GET / HTTP/1.1\r\nHost: a.example.",
        b"GET / HTTP/1.1\r\nHost: a.example.evil.example",
        b"GET / HTTP/1.1\r\nHost:",
        b"GET / HTTP/1.1\r\nHost: :80",
        b"GET / HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: a.example",
        b"GET / HTTP/1.0",
        b"GET / HTTP/1.0\r\nHost: evil.example",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: a.example",
        b"GET http://a.example/ HTTP/1.1\r\nHost: evil.example",
        b"GET http://a.example@evil.example/ HTTP/1.1\r\nHost: a.example",
        b"GET /missing HTTP/1.1\r\nHost: evil.example",
        b"OPTIONS * HTTP/1.1\r\nHost: evil.example",
        b"POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 5",
        b"POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 5\r\nExpect: 100-continue",
    ],
)
async def test_a_request_for_another_host_is_answered_421_and_reaches_no_handler(
    site: "WireFactory", head: bytes
) -> None:
    """The connection closes: what else it brings, a body first of all, is not looked at."""
    seen = serve_some(site)
    wire = site.connect()
    answer = await wire.answer_to(head + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 421 Misdirected Request\r\n")
    assert b"\r\ncontent-type: text/plain; charset=utf-8\r\n" in answer
    assert b"\r\nconnection: close\r\n" in answer
    assert re.search(
        rb"\r\n\r\nMisdirected Request: this server does not answer for .+\.\n$", answer
    )
    assert wire.closed
    assert seen == []


@pytest.mark.parametrize(
    ("status", "head"),
    [
        (400, b"GET / HTTP/1.1"),
        (400, b"GET / HTTP/1.1\r\nHost: a.example\r\nHost: evil.example"),
        (400, b"GET / HTTP/1.1\r\nHost: evil.example/a.example"),
        (400, b"GET / HTTP/1.1\r\nHost: a.example@evil.example"),
        (400, b"GET / HTTP/1.1\r\nHost: " + b"a" * 513),
        (400, b"GET http://[::1::2]/ HTTP/1.1\r\nHost: a.example"),
        (400, b"GET http://%zz/ HTTP/1.1\r\nHost: a.example"),
        (400, b"GET http:/// HTTP/1.1\r\nHost: a.example"),
        (421, b"GET / HTTP/1.1\r\nHost: " + b"a" * 512),
    ],
)
async def test_a_malformed_host_is_still_that(
    site: "WireFactory", status: int, head: bytes
) -> None:
    seen = serve_some(site)
    answer = await site.connect().answer_to(head + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert seen == []


async def test_a_refusal_of_head_has_no_body(site: "WireFactory") -> None:
    """RFC 9110, 9.3.2: the head is that of GET, its length included."""
    serve_some(site)
    request = b"%b / HTTP/1.1\r\nHost: evil.example\r\n\r\n"
    get = await site.connect().answer_to(request % b"GET")
    head = await site.connect().answer_to(request % b"HEAD")
    undated = re.compile(rb"date: [^\r]+")
    assert undated.sub(b"", head) == undated.sub(b"", get.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")


async def test_a_good_request_before_it_is_answered_and_none_behind_it(
    site: "WireFactory",
) -> None:
    serve_some(site)
    good = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
    answer = await site.connect().answer_to(good + good.replace(b"a.ex", b"c.ex") + good)
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"421"]


async def test_a_refusal_has_a_span_that_names_the_host(
    site: "WireFactory", tracer: "SeenTracer"
) -> None:
    serve_some(site)
    await site.connect().answer_to(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    [span] = tracer.spans
    assert span.attributes["response.status_code"] == 421
    assert span.failure == "this server does not answer for the host 'evil.example'"


async def test_sites_do_not_share_what_they_remember(site: "WireFactory") -> None:
    """A host, or a target with one, that another server of this process took is nothing here."""
    other = type(site)()
    serve_some(other)
    other.hosts = TrustedHosts()
    head = b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n"
    try:
        assert (await other.connect().answer_to(head)).endswith(b"Hello")
    finally:
        other.close()
    serve_some(site)
    for host in (b"evil.example", b"a.example"):
        request = head.replace(b"Host: evil.example", b"Host: " + host)
        assert (await site.connect().answer_to(request)).startswith(b"HTTP/1.1 421 ")


async def test_hosts_that_are_made_up_do_not_pile_up(site: "WireFactory") -> None:
    serve_some(site)
    request = b"GET / HTTP/1.1\r\nHost: %b.b.example\r\n\r\n"
    wire = site.connect()
    for number in range(1100):
        await wire.answer_to(request % b"%d" % number)
    await wire.answer_to(request % (b"x" * 200))
    assert len(site.hosts.good) == 1024
