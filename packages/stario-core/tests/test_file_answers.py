"""`responses.file`: a file of the disk as it is now, and nothing that was not meant to be sent."""

import asyncio
import errno
import gzip
import os
import socket
import sys
from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import stario.responses as responses
from hypothesis import given
from hypothesis import strategies as st
from stario.exceptions import HttpException, StarioError
from stario.staticassets import file_answer
from stario.staticassets.inside import inside

if TYPE_CHECKING:
    from conftest import Answer, SeenTracer, Wire, WireFactory
    from stario import Context, Writer

    type ReadAnswers = Callable[..., list[Answer]]

TEXT = b"".join(b"line %d of the text\n" % n for n in range(100))
TIME = 784111777
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT"
TAG = f'W/"{TIME * 10**9:x}-{len(TEXT):x}"'


def put(path: Path, content: bytes = TEXT) -> Path:
    """Write a file of a known age."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (TIME, TIME))
    return path


@pytest.fixture
def ask(site: "WireFactory", read_answers: "ReadAnswers") -> Callable[..., Any]:
    """Send one request, of any method, to a handler that answers with a file."""
    arguments: dict[str, Any] = {}

    async def handler(c: "Context", w: "Writer") -> None:
        await responses.file(c, w, **arguments)

    site.app.not_found("/", handler)

    async def ask(
        path: object, method: str = "GET", fields: dict[str, str] | None = None, **options: Any
    ) -> "Answer":
        arguments.clear()
        arguments.update(options, path=path)
        lines = "".join(f"{name}: {value}\r\n" for name, value in (fields or {}).items())
        wire = site.connect()
        wire.feed(f"{method} / HTTP/1.1\r\nHost: a\r\n{lines}\r\n".encode("latin-1"))
        await answered(site, wire)
        [answer] = read_answers(wire.sent, [method == "HEAD"])
        return answer

    return ask


async def answered(site: "WireFactory", wire: "Wire") -> None:
    """Wait for the handlers, for whom threads open and read files."""
    async with asyncio.timeout(10):
        while wire.protocol.is_busy:
            await asyncio.wait(site.endpoint.tasks)
            await asyncio.sleep(0)


def without_date(answer: "Answer") -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.fields.items() if name != "date"]


SHARED = [
    ("cache-control", "private, no-cache"),
    ("etag", TAG),
    ("last-modified", DATE),
    ("accept-ranges", "bytes"),
    ("x-content-type-options", "nosniff"),
]


async def test_a_file_is_sent_whole(ask: Any, tmp_path: Path) -> None:
    answer = await ask(put(tmp_path / "a.TXT"), fields={"Accept-Encoding": "br, gzip"})
    assert (answer.status, answer.body) == (200, TEXT)
    assert without_date(answer) == [
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", str(len(TEXT))),
        *SHARED,
    ]


async def test_head_has_the_head_of_get(ask: Any, tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt")
    get = await ask(path, fields={})
    head = await ask(path, "HEAD", fields={"Range": "bytes=0-4"})
    assert (head.status, head.body) == (200, None)
    assert without_date(head) == without_date(get)


async def test_a_large_file_and_an_empty_one_are_sent(ask: Any, tmp_path: Path) -> None:
    large = os.urandom(300_000)
    assert (await ask(str(put(tmp_path / "large", large)))).body == large
    empty = await ask(put(tmp_path / "empty", b""))
    assert (empty.status, empty.fields["content-length"], empty.body) == (200, "0", b"")


@pytest.mark.parametrize(
    ("sent", "status", "body", "content_range"),
    [
        ("bytes=5-9", 206, TEXT[5:10], f"bytes 5-9/{len(TEXT)}"),
        ("bytes=-5", 206, TEXT[-5:], f"bytes {len(TEXT) - 5}-{len(TEXT) - 1}/{len(TEXT)}"),
        ("bytes=0-99999", 206, TEXT, f"bytes 0-{len(TEXT) - 1}/{len(TEXT)}"),
        ("bytes=99999-", 416, b"", f"bytes */{len(TEXT)}"),
        ("bytes=0-1,3-4", 416, b"", f"bytes */{len(TEXT)}"),
        ("bytes=٣-", 416, b"", f"bytes */{len(TEXT)}"),
        ("lines=0-4", 200, TEXT, None),
    ],
)
async def test_a_part_is_sent(
    ask: Any, tmp_path: Path, sent: str, status: int, body: bytes, content_range: str | None
) -> None:
    path = put(tmp_path / "a.txt")
    answer = await ask(path, fields={"Range": sent.encode().decode("latin-1")})
    assert (answer.status, answer.body) == (status, body)
    assert answer.fields.get("content-range") == content_range
    assert answer.fields["content-length"] == str(len(body))
    assert answer.fields["etag"] == TAG


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"If-None-Match": TAG}, 304),
        ({"If-None-Match": TAG.removeprefix("W/")}, 304),
        ({"If-None-Match": f'"a", {TAG}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"a"'}, 200),
        ({"If-None-Match": '"a"', "If-Modified-Since": DATE}, 200),
        ({"If-Modified-Since": DATE}, 304),
        ({"If-Modified-Since": EARLIER}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-None-Match": TAG, "Range": "bytes=0-4"}, 304),
        # A weak tag never matches strongly, so only what names no tag holds (RFC 9110, 13.1.1).
        ({"If-Match": TAG}, 412),
        ({"If-Match": TAG.removeprefix("W/")}, 412),
        ({"If-Match": "*"}, 200),
        ({"If-Match": '"a"', "If-None-Match": TAG}, 412),
        ({"If-Unmodified-Since": DATE}, 200),
        ({"If-Unmodified-Since": EARLIER}, 412),
        ({"If-Unmodified-Since": EARLIER, "Range": "bytes=0-4"}, 412),
        ({"If-Unmodified-Since": "yesterday"}, 200),
        ({"If-Range": DATE, "Range": "bytes=0-4"}, 206),
        ({"If-Range": EARLIER, "Range": "bytes=0-4"}, 200),
        # A weak tag never holds there (RFC 9110, 13.1.5), ours neither, however it is written.
        ({"If-Range": TAG, "Range": "bytes=0-4"}, 200),
        ({"If-Range": TAG.removeprefix("W/"), "Range": "bytes=0-4"}, 200),
    ],
)
async def test_a_condition_decides(
    ask: Any, tmp_path: Path, fields: dict[str, str], status: int
) -> None:
    answer = await ask(put(tmp_path / "a.txt"), fields=fields)
    assert answer.status == status
    if status == 304:
        assert answer.body is None
        assert without_date(answer) == SHARED


async def test_a_post_is_answered_without_conditions_and_ranges(ask: Any, tmp_path: Path) -> None:
    fields = {"If-None-Match": TAG, "If-Match": '"a"', "Range": "bytes=0-4"}
    answer = await ask(put(tmp_path / "a.txt"), "POST", fields)
    assert (answer.status, answer.body) == (200, TEXT)


async def test_a_file_that_is_written_anew_has_another_tag(ask: Any, tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt")
    os.utime(path, ns=(TIME * 10**9, TIME * 10**9 + 1))
    assert (await ask(path, fields={"If-None-Match": TAG})).status == 200
    assert (await ask(put(path, TEXT + b"x"), fields={"If-None-Match": TAG})).status == 200


@pytest.mark.parametrize("seconds", [4_000_000_000, 10**11, -5])
async def test_a_time_that_no_date_should_say_is_not_said(
    ask: Any, tmp_path: Path, seconds: int
) -> None:
    path = put(tmp_path / "a.txt")
    try:
        os.utime(path, (seconds, seconds))
    except OSError:
        pytest.skip("the file system has no such time")
    answer = await ask(path)
    assert answer.status == 200
    told, at = (parsedate_to_datetime(answer.fields[name]) for name in ("last-modified", "date"))
    assert seconds < 0 or timedelta(0) <= at - told <= timedelta(seconds=60)
    assert seconds > 0 or answer.fields["last-modified"] == "Thu, 01 Jan 1970 00:00:00 GMT"


async def test_what_the_handler_says_counts(ask: Any, tmp_path: Path) -> None:
    path = put(tmp_path / "blob")
    assert (await ask(path)).fields["content-type"] == "application/octet-stream"
    answer = await ask(path, content_type="text/csv", cache_control="no-store", download="a.csv")
    assert answer.fields["content-type"] == "text/csv"
    assert answer.fields["cache-control"] == "no-store"
    assert answer.fields["content-disposition"] == 'attachment; filename="a.csv"'


async def test_fields_that_were_set_before_come_once(
    site: "WireFactory", read_answers: "ReadAnswers", tmp_path: Path
) -> None:
    async def handler(c: "Context", w: "Writer") -> None:
        w.headers.set("cache-control", "public")
        w.headers.set("etag", '"mine"')
        w.headers.set("content-length", "7")
        w.headers.set("transfer-encoding", "chunked")
        w.headers.set("x-mine", "1")
        await responses.file(c, w, put(tmp_path / "a.txt"))
        assert w.completed

    site.app.get("/", handler)
    asked = ("", f"If-None-Match: {TAG}\r\n", "Range: bytes=99999-\r\n")
    wire = site.connect()
    wire.feed("".join(f"GET / HTTP/1.1\r\nHost: a\r\n{one}\r\n" for one in asked).encode())
    await answered(site, wire)
    answers = read_answers(wire.sent)  # which refuses a field that comes twice
    assert [answer.status for answer in answers] == [200, 304, 416]
    for answer in answers:
        assert answer.fields["cache-control"] == "private, no-cache"
        assert answer.fields["etag"] == TAG
        assert answer.fields["x-mine"] == "1"


async def test_a_file_that_is_compressed_already_says_so_but_its_refusals_do_not(
    site: "WireFactory", read_answers: "ReadAnswers", tmp_path: Path
) -> None:
    path = put(tmp_path / "a.js.gz", gzip.compress(TEXT))

    async def handler(c: "Context", w: "Writer") -> None:
        w.headers.set("content-encoding", "gzip")
        w.headers.set("content-range", "bytes 0-1/2")
        await responses.file(c, w, path, content_type="text/javascript")

    site.app.get("/", handler)
    asked = ("", "Range: bytes=0-4\r\n", "Range: bytes=99999-\r\n", "If-Match: x\r\n")
    wire = site.connect()
    wire.feed("".join(f"GET / HTTP/1.1\r\nHost: a\r\n{one}\r\n" for one in asked).encode())
    await answered(site, wire)
    answers = read_answers(wire.sent)
    assert [answer.status for answer in answers] == [200, 206, 416, 412]
    coded = [answer.fields.get("content-encoding") for answer in answers]
    assert coded == ["gzip", "gzip", None, None]
    ranges = [answer.fields.get("content-range", "")[:8] for answer in answers]
    assert ranges == ["", "bytes 0-", "bytes */", ""]
    assert gzip.decompress(answers[0].body or b"") == TEXT


# What is not there


@pytest.mark.parametrize(
    "name",
    ["missing", "folder", "a.txt/below", "a.txt/", "n" * 300, "x/" * 3000, "nul\0", "half\ud800"],
)
async def test_what_is_no_file_is_not_found(ask: Any, tmp_path: Path, name: str) -> None:
    put(tmp_path / "a.txt")
    (tmp_path / "folder").mkdir()
    answer = await ask(f"{tmp_path}/{name}")
    assert (answer.status, answer.body) == (404, b"Not Found")
    assert "etag" not in answer.fields


@pytest.mark.skipif(sys.platform == "win32", reason="has neither")
async def test_a_pipe_and_a_socket_are_not_found(ask: Any, tmp_path: Path) -> None:
    """And nobody waits for what may come out of them."""
    os.mkfifo(tmp_path / "pipe")
    assert (await ask(tmp_path / "pipe")).status == 404
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        assert (await ask(tmp_path / "s")).status == 404
    assert (await ask("/dev/null")).status == 404


@pytest.mark.parametrize(
    ("number", "status"),
    [(errno.EACCES, 404), (errno.ELOOP, 404), (errno.EMFILE, 500), (errno.EIO, 500)],
)
async def test_an_error_that_says_nothing_of_the_file_is_not_hidden_as_404(
    ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, status: int
) -> None:
    def fail(_path: object, **_options: object) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(file_answer, "open_regular", fail)
    assert (await ask(put(tmp_path / "a.txt"))).status == status


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
async def test_a_file_that_may_not_be_read_is_not_found(ask: Any, tmp_path: Path) -> None:
    path = put(tmp_path / "a.txt")
    path.chmod(0)
    assert (await ask(path)).status == 404


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"cache_control": "a\r\nx: 1"}, "cannot stand in a header"),
        ({"content_type": "text/\n"}, "cannot stand in a header"),
        ({"content_type": "€"}, "cannot stand in a header"),
        ({"content_type": 5}, "content_type is 5"),
        ({"download": 5}, "The name of a download is text, not 5"),
        ({"path": None}, "the file of a path, not None"),
        ({"path": b"a.txt"}, "the file of a path, not b'a.txt'"),
        ({"path": 0}, "the file of a path, not 0"),
        ({"root": ""}, "There is no directory ''"),
        ({"root": "missing"}, "There is no directory 'missing'"),
    ],
)
async def test_what_the_handler_says_wrong_is_a_500_that_tells_it(
    ask: Any, tracer: "SeenTracer", tmp_path: Path, wrong: dict[str, Any], complaint: str
) -> None:
    path = put(tmp_path / "a.txt")
    answer = await ask(**{"path": path.name if "root" in wrong else path} | wrong)
    assert (answer.status, answer.body) == (500, b"Internal Server Error")
    assert complaint in (tracer.spans[0].failure or "")


# Below a root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A directory to serve from, with a secret beside it and links that lead in and out."""
    root = tmp_path / "root"
    for name in ("a.txt", "b/ü c.txt", ".env", ".git/config", "b/%2F.txt"):
        put(root / name)
    put(tmp_path / "secret.txt", b"secret")
    put(tmp_path / "rootless" / "secret.txt", b"secret")
    for link, target in {
        "inside.txt": "b/ü c.txt",
        "b/up.txt": "../a.txt",
        "outside.txt": "../secret.txt",
        "absolute.txt": f"{tmp_path}/secret.txt",
        "folder": "..",
        "hidden.txt": ".env",
        "loop.txt": "loop.txt",
        "broken.txt": "nowhere",
        "twice.txt": "outside.txt",
    }.items():
        (root / link).symlink_to(target)
    return root


@pytest.mark.parametrize("name", ["a.txt", "b/ü c.txt", "inside.txt", "b/up.txt", "b/%2F.txt"])
async def test_a_file_below_the_root_is_sent(ask: Any, root: Path, name: str) -> None:
    assert (await ask(name, root=root)).body == TEXT
    assert (await ask(Path(name), root=str(root))).body == TEXT


NOWHERE = [
    "",
    "/",
    ".",
    "..",
    "../secret.txt",
    "../root/a.txt",
    "b/../a.txt",
    "b/../../secret.txt",
    "./a.txt",
    "b/./ü c.txt",
    "/a.txt",
    "//a.txt",
    "b//ü c.txt",
    "a.txt/",
    "b",
    "b/",
    "..\\secret.txt",
    "b\\..\\..\\secret.txt",
    "\\secret.txt",
    "a.txt\0",
    "a.txt\0.png",
    "%2e%2e/secret.txt",
    "..%2fsecret.txt",
    "../rootless/secret.txt",
    "outside.txt",
    "absolute.txt",
    "twice.txt",
    "folder/secret.txt",
    "loop.txt",
    "broken.txt",
    "hidden.txt",
    ".env",
    ".git/config",
    "b/.hidden",
    "n" * 300,
    "x/" * 3000 + "a.txt",
    "a.txt/../a.txt",
    "half\ud800",
    "a.txt\n",
]


@pytest.mark.parametrize("name", [*NOWHERE, "/etc/passwd", "C:\\a.txt", "~/a.txt"])
async def test_what_leaves_the_root_is_not_found(ask: Any, root: Path, name: str) -> None:
    answer = await ask(name, root=root)
    assert (answer.status, answer.body) == (404, b"Not Found")


async def test_an_absolute_path_below_the_root_is_not_found_either(ask: Any, root: Path) -> None:
    assert (await ask(str(root / "a.txt"), root=root)).status == 404


async def test_hidden_files_are_sent_where_they_are_allowed(ask: Any, root: Path) -> None:
    for name in (".env", ".git/config", "hidden.txt"):
        assert (await ask(name, root=root, hidden=True)).body == TEXT
    for name in ("..", "../secret.txt", ".", ".git/../../secret.txt", "outside.txt"):
        with pytest.raises(OSError, match=r".*"):
            inside(root, name, hidden=True)


async def test_a_link_that_is_put_there_after_the_look_is_not_followed(
    ask: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swapped(*arguments: Any, **options: Any) -> str:
        found = inside(*arguments, **options)
        (root / "a.txt").unlink()
        (root / "a.txt").symlink_to("../secret.txt")
        return found

    monkeypatch.setattr(file_answer, "inside", swapped)
    assert (await ask("a.txt", root=root)).status == 404


async def test_a_root_that_is_a_link_is_followed(ask: Any, root: Path) -> None:
    (root.parent / "link").symlink_to(root)
    assert (await ask("a.txt", root=root.parent / "link")).body == TEXT


@pytest.mark.parametrize("name", ["missing", "root/a.txt"])
async def test_a_root_that_is_no_directory_is_our_fault(ask: Any, root: Path, name: str) -> None:
    assert (await ask("a.txt", root=root.parent / name)).status == 500
    with pytest.raises(StarioError, match="There is no directory"):
        inside(root.parent / name, "a.txt", hidden=False)


@pytest.mark.parametrize(
    "target", [b"/..%2fsecret.txt", b"/%2e%2e/secret.txt", b"/../secret.txt", b"/b%5c..%5c..%5cx"]
)
async def test_no_target_of_a_request_leads_out(
    site: "WireFactory", root: Path, target: bytes
) -> None:
    async def handler(c: "Context", w: "Writer") -> None:
        await responses.file(c, w, c.route.params["path"], root=root)

    site.app.get("/{path...}", handler)
    wire = site.connect()
    wire.feed(b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % target)
    await answered(site, wire)
    assert wire.sent.startswith(b"HTTP/1.1 404 ")


@given(st.lists(st.sampled_from(["a.txt", "b", "..", ".", "", "folder", "root", "\\", ".env"])))
def test_no_path_leads_out_of_the_root(tmp_path_factory: Any, parts: list[str]) -> None:
    base = tmp_path_factory.getbasetemp() / "given"
    root = base / "root"
    if not root.exists():
        put(root / "a.txt")
        put(root / "b" / "a.txt")
        put(base / "a.txt", b"secret")
        (root / "folder").symlink_to("..")
    try:
        found = inside(root, "/".join(parts), hidden=False)
    except OSError:
        return
    assert Path(found).is_relative_to(root.resolve())


async def test_an_exception_of_a_missing_file_can_be_caught(site: "WireFactory") -> None:
    async def handler(c: "Context", w: "Writer") -> None:
        try:
            await responses.file(c, w, "/nonexistent")
        except HttpException:
            assert not w.started
            responses.text(w, "no such report")

    site.app.get("/", handler)
    wire = site.connect()
    wire.feed(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    await answered(site, wire)
    assert wire.sent.endswith(b"\r\n\r\nno such report")
