"""An attacker's text in an answer: it stays inside its field, and a redirect stays on the site.

A handler here does what careless handlers do, with what a client sent. Whatever comes of it, a
client reads as many answers as it sent requests, and no field that nobody meant.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin, urlsplit

import pytest
import stario.responses as responses
from hypothesis import given
from hypothesis import strategies as st
from stario.cookies import delete_cookie, set_cookie
from stario.exceptions import HttpException, RedirectException, StarioError
from stario.http.redirect import normalized_location

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from conftest import Answer, WireFactory
    from stario import Context, Writer

    type ReadAnswers = Callable[[bytes], list[Answer]]

GET = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: a.example\r\n\r\n"


INJECTED = [
    "\r\nx-injected: 1",
    "\nx-injected: 1",
    "\rx-injected: 1",
    "a\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\nx-injected: 1\r\n\r\n",
    "a\r\n x-injected: 1",
    "a\0",
    "\u010d\u010ax-injected: 1",  # their low bytes are CR and LF
    "\u560d\u560ax-injected: 1",
    "\x85x-injected: 1",
    "\u2028x-injected: 1",
    "; x-injected=1",
    '"; x-injected="1',
    "\x0b\x0c\x1c\x1d\x1e",
    "\ud800",
]


def ways(text: str) -> "dict[str, Callable[[Writer], object]]":
    """Every way on which a text can come into a head."""
    octets = text.encode("utf-8", "surrogatepass")

    def fail(error: Exception) -> None:
        raise error

    return {
        "value set": lambda w: w.headers.set("x-a", text),
        "value added": lambda w: w.headers.add("x-a", text),
        "value by default": lambda w: w.headers.setdefault("x-a", text),
        "name": lambda w: w.headers.add(f"x-a{text}", "1"),
        "content type field": lambda w: w.headers.set("content-type", text),
        "content type": lambda w: w.respond(b"x", octets),
        "content type of 404": lambda w: w.respond(b"x", octets, 404),
        "content type of 304": lambda w: w.respond(b"", octets, 304),
        "status": lambda w: w.respond(b"x", b"text/plain", cast("int", f"200 {text}")),
        "head status": lambda w: w.write_headers(cast("int", f"200 {text}")),
        "cookie name": lambda w: set_cookie(w, f"a{text}", "1"),
        "cookie": lambda w: set_cookie(w, "a", text),
        "cookie path": lambda w: set_cookie(w, "a", "1", path=f"/{text}"),
        "cookie domain": lambda w: set_cookie(w, "a", "1", domain=text),
        "cookie expires": lambda w: set_cookie(w, "a", "1", expires=text),
        "cookie age": lambda w: set_cookie(w, "a", "1", max_age=cast("int", text)),
        "cookie samesite": lambda w: set_cookie(w, "a", "1", samesite=cast("Any", text)),
        "cookie deleted": lambda w: delete_cookie(w, f"a{text}", path=f"/{text}"),
        "redirect": lambda w: responses.redirect(w, f"/{text}"),
        "redirect away": lambda w: responses.redirect(w, f"https://x.example/{text}", 302),
        "redirect raised": lambda w: fail(RedirectException(303, f"/{text}")),
        "error raised": lambda w: fail(HttpException(400, text)),
        "length": lambda w: w.headers.set("content-length", f"1{text}"),
    }


@pytest.mark.parametrize("way", ways(""))
@pytest.mark.parametrize("text", INJECTED)
async def test_a_text_stays_in_its_field_or_is_refused(
    site: "WireFactory", read_answers: "ReadAnswers", text: str, way: str
) -> None:
    async def careless(_c: "Context", w: "Writer") -> None:
        ways(text)[way](w)
        if not w.started:
            w.write(b"x")

    async def last(_c: "Context", w: "Writer") -> None:
        responses.text(w, "last")

    site.app.get("/", careless)
    site.app.get("/last", last)
    first, second = read_answers(await site.connect().answer_to(GET + LAST))
    assert second.body == b"last"
    assert "x-injected" not in first.fields
    assert len(first.fields) <= 4
    _, *attributes = first.fields.get("set-cookie", "").split("; ")
    names = {one.partition("=")[0] for one in attributes}
    assert names <= {"Domain", "expires", "Max-Age", "Path", "SameSite"}


def long_ways(text: str, path: "Path") -> "dict[str, Callable[[Context, Writer], Awaitable[None]]]":
    """As `ways`, where the answer takes its time."""
    return {
        "stream type": lambda c, w: responses.stream(c, w, ["x"], text),
        "file type": lambda c, w: responses.file(c, w, path, content_type=text),
        "file cache": lambda c, w: responses.file(c, w, path, cache_control=text),
        "file name": lambda c, w: responses.file(c, w, path, download=text),
        "file path": lambda c, w: responses.file(c, w, f"{path}{text}"),
        "file below": lambda c, w: responses.file(c, w, f"a.txt{text}", root=path.parent),
    }


@pytest.mark.parametrize("way", long_ways("", Path()))
@pytest.mark.parametrize("text", INJECTED)
async def test_a_text_stays_in_its_field_where_the_answer_takes_its_time(
    site: "WireFactory", read_answers: "ReadAnswers", tmp_path: Path, text: str, way: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")

    async def careless(c: "Context", w: "Writer") -> None:
        await long_ways(text, path)[way](c, w)

    async def last(_c: "Context", w: "Writer") -> None:
        responses.text(w, "last")

    site.app.get("/", careless)
    site.app.get("/last", last)
    wire = site.connect()
    wire.feed(GET + LAST)
    async with asyncio.timeout(10):
        while wire.protocol.is_busy:  # noqa: ASYNC110 - a thread has no event for it
            await asyncio.sleep(0.001)
    first, second = read_answers(wire.sent)
    assert second.body == b"last"
    assert "x-injected" not in first.fields
    assert first.status in (200, 404, 500)
    assert (way == "file name") == ("content-disposition" in first.fields)


COPIED = [
    ("transfer-encoding", "chunked"),
    ("transfer-encoding", "gzip, chunked"),
    ("transfer-encoding", "identity"),
    ("content-length", "0"),
    ("content-length", "99"),
    ("content-length", "-1"),
    ("content-length", "1, 1"),
    ("content-length", "٣"),
    ("content-length", ""),
]


@pytest.mark.parametrize("lines", [*([line] for line in COPIED), COPIED[:4], COPIED[3:5] * 2])
@pytest.mark.parametrize(
    "end", ["respond", "respond 404", "write", "end", "end without", "204", "HEAD"]
)
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
async def test_framing_that_was_copied_from_elsewhere_puts_no_answer_out_of_step(
    site: "WireFactory",
    read_answers: "ReadAnswers",
    lines: list[tuple[str, str]],
    end: str,
    version: bytes,
) -> None:
    """As by a handler that hands on what another server answered (RFC 9112, 6.1 to 6.3)."""

    async def gateway(_c: "Context", w: "Writer") -> None:
        for name, value in lines:
            w.headers.add(name, value)
        if end.startswith("respond"):
            w.respond(b"x", b"text/plain", 404 if "404" in end else 200)
        elif end == "end":
            w.end(b"x")
        elif end == "end without":
            w.end()
        elif end == "204":
            w.write_headers(204)
        else:
            w.write(b"x")

    site.app.get("/", gateway)
    method = b"HEAD" if end == "HEAD" else b"GET"
    request = GET.replace(b"GET", method).replace(b"1.1", version)
    wire = site.connect()
    answer = await wire.answer_to(request)
    if end == "HEAD":
        head, _, rest = answer.partition(b"\r\n\r\n")
        assert rest == b""
        assert head.count(b"content-length") + head.count(b"transfer-encoding") <= 1
    elif version == b"1.0":
        assert wire.closed
        head = answer.partition(b"\r\n\r\n")[0]
        assert b"transfer-encoding" not in head
        assert head.count(b"content-length") <= 1
    elif not wire.closed:
        # What was declared was kept to, or somebody else's declaration was dropped.
        [read] = read_answers(answer)
        assert (read.status, read.body) in [
            (200, b"x"),
            (404, b"x"),
            (204, None),
            (500, b"Internal Server Error"),
        ]


@pytest.mark.parametrize("streams", [False, True])
async def test_there_is_one_date_and_it_is_ours(site: "WireFactory", streams: bool) -> None:
    """A gateway that copies every field would send two (RFC 9110, 6.6.1)."""

    async def gateway(_c: "Context", w: "Writer") -> None:
        w.headers.add("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
        if streams:
            w.write(b"x")
        else:
            w.respond(b"x", b"text/plain")

    site.app.get("/", gateway)
    answer = await site.connect().answer_to(GET)
    assert answer.lower().count(b"\r\ndate: ") == 1
    assert b"1970" not in answer


# Redirects

HERE = "https://a.example/start"
AWAY = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "/\x00/evil.example",
    "/\x0b/evil.example",
    "/ /evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example",
    "https:\\\\evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "https://a.example@evil.example",
    "https://a.example%40evil.example",
    "https://evil.example\\@a.example",
    "https://evil.example#@a.example",
    "//a.example@evil.example/",
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,x",
    "/.//evil.example",
    "/..//evil.example",
    "/%2F/evil.example",
    "/%5Cevil.example",
    "/%09/evil.example",
    "/\u2028/evil.example",
    "/\uff0fevil.example",
    "/\u3002evil.example",
    ".evil.example",
    "@evil.example",
    ":80@evil.example",
    "?//evil.example",
    "evil.example",
]


def as_browsers_read(location: str) -> str:
    """The origin that a location leads to, by the rules of the WHATWG's URL standard.

    C0 controls and spaces at the ends go, tabs and line ends everywhere, a backslash is a slash,
    and a scheme of the web needs no slashes before its host, or takes any number of them.
    """
    text = location.strip("".join(map(chr, range(33))))
    for character in "\t\r\n":
        text = text.replace(character, "")
    path, mark, rest = text.partition("?")
    text = path.replace("\\", "/") + mark + rest
    scheme, colon, behind = text.partition(":")
    if colon and scheme.lower() in ("http", "https"):
        text = f"{scheme}://{behind.lstrip('/')}"
    elif text.startswith("//"):
        text = "//" + text.lstrip("/")
    parts = urlsplit(urljoin(HERE, text))
    return f"{parts.scheme}://{parts.hostname}"


@pytest.mark.parametrize("target", AWAY)
def test_a_local_target_stays_on_the_site_or_is_refused(target: str) -> None:
    try:
        location = normalized_location(target, local_only=True)
    except StarioError:
        return
    assert as_browsers_read(location) == "https://a.example"


@given(st.one_of(st.text(), st.text("/\\.:@?#%\t\r\n \x00ahtps"), st.sampled_from(AWAY)), st.text())
def test_no_text_at_all_leads_away_from_the_site(target: str, more: str) -> None:
    for text in (target, f"/{target}", target + more, more + target):
        try:
            location = normalized_location(text, local_only=True)
        except StarioError:
            continue
        assert as_browsers_read(location) == "https://a.example"
        assert location.isascii()
        assert location.isprintable()


@given(st.one_of(st.text(), st.text("/\\.:@?#%\t\r\n \x00ahtps")))
def test_a_target_names_its_host_plainly_or_stays(text: str) -> None:
    """Without `local_only` another site may be meant, but only in words that all read alike."""
    for target in (text, f"https://{text}", f"//{text}"):
        try:
            location = normalized_location(target)
        except StarioError:
            continue
        assert location.startswith("/") or location.lower().startswith(("http://", "https://"))
        assert not location.startswith("///")
        assert "\\" not in location


@pytest.mark.parametrize(
    "target",
    [
        *("//evil.example/", "///evil.example/", "//evil.example//", "/\\evil.example/"),
        *("/\\/evil.example/", "\\/evil.example/", "/\t/evil.example/", "/%09/evil.example/"),
        *("/%5C/evil.example/", "/%2F/evil.example/", "/.//evil.example/", "/..//evil.example/"),
        *("//evil.example/?//x", "//@evil.example/", "/:80@evil.example/", "/;//evil.example/"),
        *("http://a.example//evil.example/", "http://a.example/\\evil.example/"),
        *("https://evil.example/", "http://evil.example", "/%0d%0ax-injected:1/"),
        *("/\x0c/evil.example/", "/x/?\\\\evil.example", "/x/?%0d%0ax-injected:1"),
        *("/%2e%2e//evil.example/", "/\\\\\\evil/"),
    ],
)
async def test_a_path_that_ends_in_a_slash_is_redirected_on_the_site(
    site: "WireFactory", read_answers: "ReadAnswers", target: str
) -> None:
    """Whoever made the link: nobody is led away by it."""
    raw = b"GET %b HTTP/1.1\r\nHost: a.example\r\n\r\n" % target.encode()
    [answer] = read_answers(await site.connect().answer_to(raw))
    assert answer.status in (308, 400, 404)
    assert "x-injected" not in answer.fields
    location = answer.fields.get("location")
    assert (location is not None) == (answer.status == 308)
    if location is not None:
        assert as_browsers_read(location) == "https://a.example"
