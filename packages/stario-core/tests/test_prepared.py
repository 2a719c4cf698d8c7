"""Answers that were made before: what goes out beside fields that others set, and what is kept."""

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import stario.responses as responses
from hypothesis import given
from hypothesis import strategies as st
from stario.http.connection import clock as clocks
from stario.http.headers import FieldNames, Headers, KnownLines
from stario.http.request import ReceivedRequest, Request
from stario.http.sending.prepared import Prepared
from stario.staticassets import AssetManifest, StaticAssets

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Answer, WireFactory
    from stario import Context, Writer
    from stario.http.context import Handler

    type ReadAnswers = Callable[..., list[Answer]]

TEXT = b"".join(b"line %d of the text\n" % n for n in range(100))
TIME = 784111777
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
LONG = "public, max-age=31536000, immutable"


def put(path: Path, content: bytes = TEXT) -> Path:
    path.write_bytes(content)
    os.utime(path, (TIME, TIME))
    return path


async def ask(
    site: "WireFactory", read: "ReadAnswers", target: str, fields: str = "", method: str = "GET"
) -> "Answer":
    """Send one request; `fields` are whole lines."""
    wire = site.connect()
    sent = await wire.answer_to(f"{method} {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode())
    [answer] = read(sent, [method == "HEAD"])  # which refuses a field that comes twice
    return answer


# Beside what a middleware set

SET_BEFORE = {
    "Cache-Control": "no-store",
    "Content-Encoding": "identity",
    "Content-Length": "7",
    "Content-Range": "bytes 0-1/2",
    "Content-Type": "text/html",
    "ETag": '"mine"',
    "Last-Modified": "yesterday",
    "Transfer-Encoding": "chunked",
    "Vary": "cookie, Origin",
    "X-Content-Type-Options": "maybe",
    "X-Frame-Options": "DENY",
}


def with_fields(handler: "Handler") -> "Handler":
    async def wrapped(c: "Context", w: "Writer") -> None:
        for name, value in SET_BEFORE.items():
            w.headers.set(name, value)
        await handler(c, w)

    return wrapped


@pytest.fixture(params=["memory", "disk"])
def static(request: pytest.FixtureRequest, site: "WireFactory", tmp_path: Path) -> StaticAssets:
    """One text behind a middleware that sets what it should not."""
    put(tmp_path / "a.txt")
    size = 1 if request.param == "disk" else 1_000_000
    static = StaticAssets(AssetManifest(tmp_path), cache_max_size=size)
    static.register(site.app)
    site.app.use("/", with_fields)
    return static


@pytest.mark.parametrize(
    ("fields", "status", "own"),
    [
        ("", 200, {"content-length": str(len(TEXT))}),
        ("Range: bytes=0-4\r\n", 206, {"content-range": f"bytes 0-4/{len(TEXT)}"}),
        ("Range: bytes=9999-\r\n", 416, {"content-range": f"bytes */{len(TEXT)}"}),
        ("If-None-Match: *\r\n", 304, {}),
        ("If-Match: x\r\n", 412, {"cache-control": "no-store"}),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_the_file_says_of_itself_wins_and_the_rest_is_kept(
    site: "WireFactory",
    read_answers: "ReadAnswers",
    static: StaticAssets,
    fields: str,
    status: int,
    own: dict[str, str],
    method: str,
) -> None:
    if method == "HEAD" and status in (206, 416):  # only GET has ranges
        status, own = 200, {"content-length": str(len(TEXT))}
    answer = await ask(site, read_answers, static.href("a.txt"), fields, method)
    assert answer.status == status
    got = answer.fields
    assert got["x-frame-options"] == "DENY"
    assert got["x-content-type-options"] == "nosniff"
    assert got["etag"] == f'"{static.manifest.assets["a.txt"].fingerprint}"'
    assert got["last-modified"] == DATE
    assert got.items() >= ({"cache-control": LONG} | own).items()
    if status not in (304, 412):
        assert got["content-type"] == "text/plain; charset=utf-8"
    assert ("content-type" in got) is (status not in (304, 412))
    assert ("content-range" in got) is (status in (206, 416))
    assert "content-encoding" not in got
    assert "transfer-encoding" not in got
    varies = bool(static.stats["compressed_files"]) and status != 412
    assert got["vary"] == "cookie, Origin" + (", accept-encoding" if varies else "")


async def test_the_coding_that_is_sent_is_the_one_that_is_named(
    site: "WireFactory", read_answers: "ReadAnswers", tmp_path: Path
) -> None:
    put(tmp_path / "a.txt")
    static = StaticAssets(AssetManifest(tmp_path))
    static.register(site.app)
    site.app.use("/", with_fields)
    answer = await ask(site, read_answers, static.href("a.txt"), "Accept-Encoding: gzip\r\n")
    assert answer.fields["content-encoding"] == "gzip"
    assert answer.fields["content-length"] == str(static.stats["gzip_bytes"])


@pytest.mark.parametrize(
    ("target", "status", "own"),
    [("/static/a.txt", 307, {"content-length": "0"}), ("/static/b", 404, {"content-length": "9"})],
)
async def test_a_redirect_and_a_404_describe_their_own_body(
    site: "WireFactory",
    read_answers: "ReadAnswers",
    static: StaticAssets,
    target: str,
    status: int,
    own: dict[str, str],
) -> None:
    answer = await ask(site, read_answers, target)
    assert answer.status == status
    assert answer.fields.get("location") == (static.href("a.txt") if status == 307 else None)
    assert answer.fields.items() >= own.items()
    assert answer.fields["content-type"] == "text/plain; charset=utf-8"
    assert answer.fields["cache-control"] == "no-store"  # of which these say nothing
    assert not answer.fields.keys() & {"etag", "last-modified", "content-encoding"}


async def test_a_middleware_that_changes_the_request_is_heard(
    site: "WireFactory", read_answers: "ReadAnswers", tmp_path: Path
) -> None:
    def plainly(handler: "Handler") -> "Handler":
        async def wrapped(c: "Context", w: "Writer") -> None:
            for name in ("accept-encoding", "range", "if-none-match"):
                c.req.headers.remove(name)
            await handler(c, w)

        return wrapped

    put(tmp_path / "a.txt")
    static = StaticAssets(AssetManifest(tmp_path))
    static.register(site.app)
    site.app.use("/", plainly)
    fields = "Accept-Encoding: br\r\nRange: bytes=0-4\r\nIf-None-Match: *\r\n"
    answer = await ask(site, read_answers, static.href("a.txt"), fields)
    assert (answer.status, answer.body) == (200, TEXT)


# What is kept ready


async def test_an_answer_is_made_once_for_a_date_and_then_anew(
    site: "WireFactory", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "a.txt")
    static = StaticAssets(AssetManifest(tmp_path))
    static.register(site.app)
    clock = site.endpoint.clock
    dates = iter(["Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:38 GMT"])

    def next_date(**_: Any) -> str:
        return next(dates)

    monkeypatch.setattr(clocks, "formatdate", next_date)
    request = f"GET {static.href('a.txt')} HTTP/1.1\r\nhost: a\r\n\r\n".encode()
    clock.close()
    seen: list[bytes] = []
    for _ in range(2):
        clock._renew_date()
        assert not clock.kept.whole
        answers = await site.connect().answer_to(request, request)
        assert answers[: len(answers) // 2] == answers[len(answers) // 2 :]
        [kept] = clock.kept.whole.values()
        assert answers == kept * 2
        seen.append(kept)
    before, after = seen
    assert before != after
    assert before.replace(b"08:49:37 GMT\r\ncon", b"08:49:38 GMT\r\ncon") == after


async def test_parts_and_refusals_and_large_bodies_are_not_kept(
    site: "WireFactory", read_answers: "ReadAnswers", tmp_path: Path
) -> None:
    put(tmp_path / "large.bin", b"x" * 300_000)
    put(tmp_path / "a.bin", b"x" * 50_000)
    static = StaticAssets(AssetManifest(tmp_path), precompress=())
    static.register(site.app)
    site.endpoint.clock.close()
    large, small = static.href("large.bin"), static.href("a.bin")
    asked = [
        (large, "", 200, 300_000),
        (small, "Range: bytes=0-0\r\n", 206, 1),
        (small, "Range: bytes=0-45000\r\n", 206, 45_001),
        (small, "Range: bytes=x\r\n", 416, 0),
        (small, "If-Match: x\r\n", 412, 0),
    ]
    for target, fields, status, length in asked:
        answer = await ask(site, read_answers, target, fields)
        assert (answer.status, answer.body) == (status, b"x" * length)
        assert not site.endpoint.clock.kept.whole


async def test_no_more_is_kept_than_4_mib_and_the_rest_is_sent_all_the_same(
    site: "WireFactory", read_answers: "ReadAnswers", tmp_path: Path
) -> None:
    for number in range(60):
        put(tmp_path / f"{number}.bin", b"%2d" % number * 50_000)
    static = StaticAssets(AssetManifest(tmp_path), precompress=())
    static.register(site.app)
    clock = site.endpoint.clock
    clock.close()
    for _ in range(2):
        for number in range(60):
            answer = await ask(site, read_answers, static.href(f"{number}.bin"))
            assert answer.body == b"%2d" % number * 50_000
    assert len(clock.kept.whole) == 41
    assert sum(map(len, clock.kept.whole.values())) <= 4 * 1024 * 1024
    clock.kept.clear()
    await ask(site, read_answers, static.href("59.bin"))
    assert len(clock.kept.whole) == 1


@pytest.mark.parametrize("size", [0, 1, 40_000])
@pytest.mark.parametrize("ending", ["HTTP/1.0\r\n", "HTTP/1.1\r\nConnection: close\r\n"])
async def test_the_last_answer_of_a_connection_says_so(
    site: "WireFactory", read_answers: "ReadAnswers", tmp_path: Path, size: int, ending: str
) -> None:
    put(tmp_path / "a.bin", b"x" * size)
    static = StaticAssets(AssetManifest(tmp_path), precompress=())
    static.register(site.app)
    wire = site.connect()
    sent = await wire.answer_to(f"GET {static.href('a.bin')} {ending}Host: a\r\n\r\n".encode())
    [answer] = read_answers(sent)
    assert answer.fields["connection"] == "close"
    assert answer.body == b"x" * size
    assert wire.closed


async def test_an_answer_is_sent_once(site: "WireFactory", tmp_path: Path) -> None:
    static = StaticAssets(AssetManifest(put(tmp_path / "a.txt").parent))
    complaints: list[str] = []

    async def twice(c: "Context", w: "Writer") -> None:
        await static(c, w)
        try:
            await static(c, w)
        except Exception as error:
            complaints.append(str(error))

    site.app.get("/{path...}", twice)
    wire = site.connect()
    sent = await wire.answer_to(b"GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n")
    assert sent.count(b"HTTP/1.1 ") == 1
    [complaint] = complaints
    assert "The response was sent already: <Writer 307 ended, 0 bytes>" in complaint


def test_it_tells_what_it_is() -> None:
    assert repr(Prepared(404, (), b"Not Found")) == "<Prepared 404, 9 bytes>"


async def test_a_server_without_descriptors_does_not_deny_that_a_file_is_there(
    site: "WireFactory", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_answers: Any
) -> None:
    put(tmp_path / "a.txt")
    static = StaticAssets(AssetManifest(tmp_path), cache_max_size=1)
    static.register(site.app)

    def fail(*_: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    wire = site.connect()
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", fail)
        sent = await wire.answer_to(
            f"GET {static.href('a.txt')} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
        )
    [answer] = read_answers(sent)
    assert answer.status == 500
    assert "cache-control" not in answer.fields


# Fields that are looked for

NAMES = FieldNames((b"range", b"if-match", b"if-none-match"))
spellings = st.sampled_from(
    [b"Range", b"range", b"RANGE", b"If-Match", b"if-range", b"If-None-Match", b"Anger", b"Host"]
)


@given(st.lists(st.tuples(spellings, st.sampled_from([b"", b"a", b"b ", b"c\t"])), max_size=6))
def test_the_wire_and_the_wrapped_headers_find_the_same(lines: list[tuple[bytes, bytes]]) -> None:
    caller: Any = None
    received = ReceivedRequest("GET", "/", b"", "1.1", True, lines, b"/", caller)
    found = received.first_lines(NAMES)
    assert found == Request(headers=Headers.from_wire(lines)).first_lines(NAMES)
    assert found.keys() == {name.lower() for name, _ in lines} & NAMES
    assert all(received.first_line(name) == line for name, line in found.items())
    known = KnownLines(lines)
    for _ in range(2):
        again = ReceivedRequest("GET", "/", b"", "1.1", True, known, b"/", caller)
        assert again.first_lines(NAMES) == found
    assert known.found == {NAMES: found}


async def test_what_was_found_in_a_known_head_is_not_that_of_a_request_which_was_changed(
    site: "WireFactory", tmp_path: Path
) -> None:
    static = StaticAssets(AssetManifest(put(tmp_path / "a.txt").parent))
    seen: list[bytes] = []

    async def handler(c: "Context", w: "Writer") -> None:
        if len(seen) == 2:
            c.req.headers.remove("range")
        seen.append(c.req.first_lines(NAMES).get(b"range", b"none"))
        await static(c, w)

    site.app.get("/{path...}", handler)
    target = static.manifest.assets["a.txt"].hashed_path
    request = f"GET /{target} HTTP/1.1\r\nHost: a\r\nRange: bytes=0-4\r\n\r\n".encode()
    wire = site.connect()
    sent = await wire.answer_to(request, request, request, request)
    assert seen == [b"bytes=0-4", b"bytes=0-4", b"none", b"bytes=0-4"]
    assert [int(one[:3]) for one in sent.split(b"HTTP/1.1 ")[1:]] == [206, 206, 200, 206]


async def test_a_page_beside_the_files_keeps_what_a_middleware_set(
    site: "WireFactory", read_answers: "ReadAnswers", static: StaticAssets
) -> None:
    async def page(_c: "Context", w: "Writer") -> None:
        responses.text(w, "hello")

    site.app.get("/page", page)
    answer = await ask(site, read_answers, "/page")
    assert answer.fields["etag"] == '"mine"'
    assert static.stats["files"] == 1
