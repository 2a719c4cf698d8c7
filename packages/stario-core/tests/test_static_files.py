"""Static files: each answer of the handler, from memory and from the disk."""

import asyncio
import os
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stario.exceptions import StarioError, StarioRuntime
from stario.http.compression import CompressionConfig
from stario.http.headers import Headers
from stario.http.request import Request
from stario.http.sending.prepared import Prepared
from stario.routing import UrlPath
from stario.staticassets import AssetManifest, StaticAssets

if TYPE_CHECKING:
    from conftest import SeenTracer, WireFactory

TEXT = b"".join(b"line %d of the text\n" % n for n in range(100))
TIME = 784111777
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT"


@dataclass
class Reply:
    """A writer that keeps what it is told; HEAD bodies are dropped as the real one does."""

    status: int = 0
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    drains: int = 0
    ended: bool = False

    def respond_prepared(self, answer: Prepared) -> None:
        lines = answer.lines
        assert lines.endswith(b"\r\n")
        for line in lines.decode("latin-1").removesuffix("\r\n").split("\r\n"):
            name, _, value = line.partition(": ")
            self.headers.add(name, value)
        self.status, self.body, self.ended = answer.status, answer.body, True

    def write_headers(self, status: int) -> None:
        self.status = status

    def write(self, data: bytes) -> None:
        self.body += data

    async def drain(self) -> None:
        self.drains += 1

    async def pass_on(self, _file: object, offset: int, _end: int) -> int:
        return offset

    def end(self) -> None:
        self.ended = True

    def __getitem__(self, name: str) -> str | None:
        return self.headers.get(name)


def served(directory: Path, **options: Any) -> StaticAssets:
    """Return the handler for what lies in the directory, all files of one age."""
    for path in directory.rglob("*"):
        os.utime(path, (TIME, TIME))
    return StaticAssets(AssetManifest(directory), **options)


def manifest_at(path: Path, seconds: int) -> AssetManifest:
    """Return the manifest of the one file of a directory, which has this age."""
    try:
        os.utime(path, (seconds, seconds))
    except OSError:
        pytest.skip("the file system has no such time")
    return AssetManifest(path.parent)


async def ask(
    static: StaticAssets,
    path: str,
    method: str = "GET",
    reply: Reply | None = None,
    **fields: str | list[str],
) -> Reply:
    """Send one request to the handler."""
    headers = Headers()
    for name, values in fields.items():
        for value in [values] if isinstance(values, str) else values:
            headers.add(name.replace("_", "-"), value)
    request = Request(method=method, headers=headers)
    context = SimpleNamespace(req=request, route=SimpleNamespace(params={"path": path}))
    reply = reply or Reply()
    await static(cast("Any", context), cast("Any", reply))
    return reply


def hashed(static: StaticAssets, name: str = "a.txt") -> str:
    """Return the path that is served."""
    return static.manifest.assets[name].hashed_path


def etag_of(static: StaticAssets) -> str:
    return f'"{static.manifest.assets["a.txt"].fingerprint}"'


@pytest.fixture(params=["memory", "disk"])
def static(request: pytest.FixtureRequest, tmp_path: Path) -> StaticAssets:
    """One text without variants, from memory and from the disk."""
    (tmp_path / "a.txt").write_bytes(TEXT)
    size = len(TEXT) if request.param == "memory" else len(TEXT) - 1
    return served(tmp_path, cache_max_size=size, filesystem_chunk_size=300, precompress=())


def lines(static: StaticAssets) -> list[tuple[str, str]]:
    """Return what every answer about the file carries."""
    return [
        ("cache-control", "public, max-age=31536000, immutable"),
        ("etag", etag_of(static)),
        ("last-modified", DATE),
        ("accept-ranges", "bytes"),
        ("x-content-type-options", "nosniff"),
    ]


async def test_the_hashed_path_is_the_file(static: StaticAssets) -> None:
    reply = await ask(static, hashed(static))
    assert (reply.status, reply.body, reply.ended) == (200, TEXT, True)
    assert reply.headers.items() == [
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", str(len(TEXT))),
        *lines(static),
    ]


@pytest.mark.parametrize("seconds", [4_000_000_000, 10**12, -5])
async def test_a_time_that_no_date_should_say_is_not_said(tmp_path: Path, seconds: int) -> None:
    """One that is later than that of the answer, or before the epoch (RFC 9110, 8.8.2.1)."""
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT)
    static = StaticAssets(manifest_at(path, seconds), precompress=())
    told = (await ask(static, hashed(static)))["last-modified"]
    assert told is not None
    assert 0 <= parsedate_to_datetime(told).timestamp() < time()
    again = await ask(static, hashed(static), if_modified_since=told)
    assert again.status == 304


async def test_the_logical_path_redirects(static: StaticAssets) -> None:
    reply = await ask(static, "a.txt")
    assert (reply.status, reply.body) == (307, b"")
    assert reply.headers.items() == [
        ("location", static.href("a.txt")),
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", "0"),
        ("x-content-type-options", "nosniff"),
    ]


@pytest.mark.parametrize(
    "path", ["", "/", "b.txt", "../a.txt", "a.txt/", "a.0123456789abcdef.txt", "A.txt", "a\0.txt"]
)
async def test_anything_else_is_not_found(static: StaticAssets, path: str) -> None:
    reply = await ask(static, path)
    assert (reply.status, reply.body) == (404, b"Not Found")
    assert reply.headers.items() == [
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", "9"),
        ("x-content-type-options", "nosniff"),
    ]


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("0-0", 0, 0), ("5-1000", 5, 1000), ("1000-", 1000, None), ("-700", -700, None)],
)
async def test_a_range_is_that_part(
    static: StaticAssets, wanted: str, first: int, last: int | None
) -> None:
    part = range(len(TEXT))[first:] if last is None else range(first, last + 1)
    reply = await ask(static, hashed(static), range=f"bytes={wanted}", accept_encoding="br")
    assert (reply.status, reply.body) == (206, TEXT[part[0] : part[-1] + 1])
    assert reply.headers.items() == [
        ("content-range", f"bytes {part[0]}-{part[-1]}/{len(TEXT)}"),
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", str(len(part))),
        *lines(static),
    ]


@pytest.mark.parametrize(
    "wanted",
    ["bytes=9999-", "bytes=0-1,3-4", ["bytes=0-1", "bytes=3-4"], "bytes=junk", "bytes=³-"],
)
async def test_a_range_that_makes_no_sense_is_refused(
    static: StaticAssets, wanted: str | list[str]
) -> None:
    reply = await ask(static, hashed(static), range=wanted)
    assert (reply.status, reply.body) == (416, b"")
    assert reply.headers.items() == [
        ("content-range", f"bytes */{len(TEXT)}"),
        ("content-type", "text/plain; charset=utf-8"),
        ("content-length", "0"),
        *lines(static),
    ]


@pytest.mark.parametrize("wanted", ["items=0-5", "junk"])
async def test_a_range_of_another_unit_is_ignored(static: StaticAssets, wanted: str) -> None:
    assert (await ask(static, hashed(static), range=wanted)).status == 200


@pytest.mark.parametrize(
    ("if_range", "status"),
    [
        ("ETAG", 206),
        ("W/ETAG", 200),
        ('"other"', 200),
        (DATE, 206),
        (EARLIER, 200),
        ("junk", 200),
    ],
)
async def test_if_range_guards_the_range(static: StaticAssets, if_range: str, status: int) -> None:
    if_range = if_range.replace("ETAG", etag_of(static))
    reply = await ask(static, hashed(static), range="bytes=0-4", if_range=if_range)
    assert reply.status == status


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"if_none_match": "ETAG"}, 304),
        ({"if_none_match": '"a", W/ETAG'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": ['"a"', "ETAG"]}, 304),
        ({"if_none_match": '"a", W/"b" , ETAG'}, 304),
        ({"if_none_match": '"a"'}, 200),
        ({"if_none_match": "w/ETAG"}, 200),
        ({"if_none_match": "junk"}, 200),
        ({"if_none_match": ""}, 200),
        ({"if_modified_since": DATE}, 304),
        ({"if_modified_since": EARLIER}, 200),
        ({"if_modified_since": "yesterday"}, 200),
        ({"if_none_match": '"a"', "if_modified_since": DATE}, 200),
        ({"if_none_match": "ETAG", "range": "bytes=0-4"}, 304),
        ({"if_none_match": "ETAG", "range": "bytes=junk"}, 304),
        ({"if_none_match": '"a"', "range": "bytes=0-4"}, 206),
        ({"if_modified_since": [DATE, DATE]}, 200),
        ({"if_match": "ETAG"}, 200),
        ({"if_match": '"a", ETAG'}, 200),
        ({"if_match": ['"a"', "ETAG"]}, 200),
        ({"if_match": "*"}, 200),
        ({"if_match": "W/ETAG"}, 412),
        ({"if_match": '"a"'}, 412),
        ({"if_match": "junk"}, 412),
        ({"if_match": ""}, 412),
        ({"if_unmodified_since": DATE}, 200),
        ({"if_unmodified_since": EARLIER}, 412),
        ({"if_unmodified_since": "yesterday"}, 200),
        ({"if_unmodified_since": [EARLIER, EARLIER]}, 200),
        # The order of RFC 9110, 13.2.2.
        ({"if_match": "ETAG", "if_unmodified_since": EARLIER}, 200),
        ({"if_match": '"a"', "if_unmodified_since": DATE}, 412),
        ({"if_match": '"a"', "if_none_match": "ETAG"}, 412),
        ({"if_match": "ETAG", "if_none_match": "ETAG"}, 304),
        ({"if_unmodified_since": EARLIER, "if_modified_since": DATE}, 412),
        ({"if_match": "ETAG", "range": "bytes=0-4"}, 206),
        ({"if_match": '"a"', "range": "bytes=0-4"}, 412),
        ({"if_match": '"a"', "range": "bytes=junk"}, 412),
        ({"if_unmodified_since": EARLIER, "range": "bytes=0-4", "if_range": "ETAG"}, 412),
    ],
)
async def test_a_condition_decides(
    static: StaticAssets, fields: dict[str, str | list[str]], status: int
) -> None:
    etag = etag_of(static)
    asked: dict[str, Any] = {
        name: [one.replace("ETAG", etag) for one in ([value] if isinstance(value, str) else value)]
        for name, value in fields.items()
    }
    for method in ("GET", "HEAD"):
        reply = await ask(static, hashed(static), method=method, **asked)
        assert reply.status == (200 if method == "HEAD" and status == 206 else status)
    if status == 304:
        assert reply.headers.items() == lines(static)
        assert reply.body == b""
    if status == 412:
        assert reply.body == b""
        assert reply.headers.items() == [
            ("content-length", "0"),
            ("cache-control", "no-store"),
            ("etag", etag),
            ("last-modified", DATE),
            ("x-content-type-options", "nosniff"),
        ]


def expected(fields: dict[str, str], method: str) -> int:
    """Return the status that RFC 9110, 13.2.2, asks for, read from top to bottom."""
    match fields.get("if_match"), fields.get("if_unmodified_since"):
        case None, "EARLIER":
            return 412
        case None | "ETAG" | "*", _:
            pass
        case _:
            return 412
    match fields.get("if_none_match"), fields.get("if_modified_since"):
        case ("*" | "ETAG" | "W/ETAG", _) | (None, "DATE"):
            return 304
        case _:
            pass
    wanted = fields.get("range")
    if method == "HEAD" or wanted is None or wanted.startswith("lines"):
        return 200
    if fields.get("if_range", "ETAG") not in ("ETAG", "DATE"):
        return 200
    return 206 if wanted == "bytes=3-9" else 416


_TAGS = ["*", "ETAG", "W/ETAG", '"a"', "", "junk"]
_DATES = ["DATE", "EARLIER", "yesterday"]
_VALUES = {
    "if_match": _TAGS,
    "if_none_match": _TAGS,
    "if_modified_since": _DATES,
    "if_unmodified_since": _DATES,
    "range": ["bytes=3-9", "bytes=9999-", "bytes=1-2,5-6", "bytes=junk", "lines=1-2"],
    "if_range": ["ETAG", "W/ETAG", '"a"', *_DATES],
}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[StaticAssets, StaticAssets]:
    """The same text, served from memory and from the disk."""
    directory = tmp_path_factory.mktemp("both")
    (directory / "a.txt").write_bytes(TEXT)
    return served(directory, precompress=()), served(directory, cache_max_size=1)


@given(
    st.fixed_dictionaries({}, optional={name: st.sampled_from(v) for name, v in _VALUES.items()}),
    st.sampled_from(["GET", "HEAD"]),
)
def test_memory_and_disk_answer_every_mixture_as_the_rfc_says(
    both: tuple[StaticAssets, StaticAssets], fields: dict[str, str], method: str
) -> None:
    etag = etag_of(both[0])
    words = {"ETAG": etag, "W/ETAG": f"W/{etag}", "DATE": DATE, "EARLIER": EARLIER}
    asked: dict[str, Any] = {name: words.get(value, value) for name, value in fields.items()}
    from_memory, from_disk = (
        asyncio.run(ask(static, hashed(static), method=method, **asked)) for static in both
    )
    assert from_memory.status == expected(fields, method)
    assert from_memory.status == from_disk.status
    assert from_memory.headers.items() == from_disk.headers.items()
    if method == "GET":
        assert from_memory.body == from_disk.body


async def test_head_has_the_head_of_get_and_ignores_ranges(static: StaticAssets) -> None:
    get = await ask(static, hashed(static))
    head = await ask(static, hashed(static), method="HEAD", range="bytes=0-4")
    assert (head.status, head.headers.items()) == (200, get.headers.items())
    assert head.ended
    assert head.drains == 0


async def test_a_large_file_is_sent_in_pieces_that_wait_for_the_client(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    static = served(tmp_path, cache_max_size=1, filesystem_chunk_size=500)
    reply = await ask(static, hashed(static), accept_encoding="gzip")
    assert reply.body == TEXT
    assert reply.drains == -(-len(TEXT) // 500)
    assert reply["content-encoding"] is None
    assert reply["vary"] is None


@pytest.mark.parametrize("harm", ["removed", "longer", "touched", "directory", "fifo"])
async def test_a_large_file_that_changed_is_not_found(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT)
    static = served(tmp_path, cache_max_size=1)
    if harm == "longer":
        path.write_bytes(TEXT + b"x")
        os.utime(path, (TIME, TIME))
    elif harm == "touched":
        os.utime(path, (TIME + 1, TIME + 1))
    else:
        path.unlink()
    if harm == "directory":
        path.mkdir()
    elif harm == "fifo":
        os.mkfifo(path)
    for method in ("GET", "HEAD"):
        reply = await asyncio.wait_for(ask(static, hashed(static), method), 5)
        assert (reply.status, reply.body) == (404, b"Not Found")


async def test_a_file_that_shrinks_while_it_is_sent_cuts_the_connection(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT)
    static = served(tmp_path, cache_max_size=1, filesystem_chunk_size=500)

    class Shrinking(Reply):
        async def drain(self) -> None:
            path.write_bytes(TEXT[:700])

    reply = Shrinking()
    with pytest.raises(StarioRuntime, match="became shorter while it was sent") as caught:
        await ask(static, hashed(static), reply=reply)
    assert str(path) in str(caught.value)
    assert (reply.body, reply.ended) == (TEXT[:700], False)


def is_open(path: Path) -> bool:
    """Tell whether we have the file open, where the system says so."""
    links = Path("/proc/self/fd").glob("*")
    return any(link.is_symlink() and link.readlink() == path for link in links)


async def test_a_client_that_leaves_closes_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    static = served(tmp_path, cache_max_size=1, filesystem_chunk_size=500)

    class Leaving(Reply):
        async def drain(self) -> None:
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await ask(static, hashed(static), reply=Leaving())
    # The thread that read the last piece lets go of the file a moment after it handed that over.
    async with asyncio.timeout(10):
        await asyncio.get_running_loop().shutdown_default_executor()
    assert not is_open(tmp_path / "a.txt")


@pytest.mark.parametrize(
    ("accept_encoding", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("zstd", "zstd"),
        ("gzip", "gzip"),
        ("identity", None),
        ("br;q=0", None),
    ],
)
async def test_a_variant_is_chosen_and_has_a_tag_of_its_own(
    tmp_path: Path, accept_encoding: str, encoding: str | None
) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    static = served(tmp_path)
    digits = static.manifest.assets["a.txt"].fingerprint
    reply = await ask(static, hashed(static), accept_encoding=accept_encoding)
    etag = f'"{digits}-{encoding}"' if encoding else f'"{digits}"'
    assert (reply["content-encoding"], reply["etag"]) == (encoding, etag)
    assert reply["content-length"] == str(len(reply.body))
    assert reply["vary"] == "accept-encoding"
    assert (len(reply.body) < len(TEXT)) is (encoding is not None)
    again = await ask(static, hashed(static), accept_encoding=accept_encoding, if_none_match=etag)
    assert (again.status, again["etag"], again["vary"]) == (304, etag, "accept-encoding")


async def test_a_range_is_of_the_plain_file_whatever_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    static = served(tmp_path)
    reply = await ask(static, hashed(static), accept_encoding="br", range="bytes=0-9")
    assert (reply.status, reply.body) == (206, TEXT[:10])
    assert reply["content-encoding"] is None
    assert reply["etag"] == etag_of(static)
    assert reply["vary"] == "accept-encoding"


async def test_an_empty_file_is_served(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    static = served(tmp_path)
    reply = await ask(static, hashed(static))
    assert (reply.status, reply["content-length"], reply.body) == (200, "0", b"")
    assert (await ask(static, hashed(static), range="bytes=0-")).status == 416


@pytest.mark.parametrize(
    ("name", "content", "options", "variants"),
    [
        ("a.txt", TEXT, {}, {"br", "zstd", "gzip"}),
        ("a.txt", TEXT, {"precompress": ["gzip"]}, {"gzip"}),
        ("a.txt", TEXT, {"precompress": []}, set[str]()),
        ("a.txt", TEXT[:255], {}, set[str]()),
        ("a.txt", TEXT, {"compression": CompressionConfig(brotli_level=-1)}, {"zstd", "gzip"}),
        ("a.png", TEXT, {}, set[str]()),
        ("a.txt", os.urandom(2000), {}, set[str]()),
    ],
)
def test_variants_exist_where_they_are_smaller(
    tmp_path: Path, name: str, content: bytes, options: dict[str, Any], variants: set[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    stats = served(tmp_path, **options).stats
    names = {"br": "brotli", "zstd": "zstd", "gzip": "gzip"}
    assert {one for one, stat in names.items() if stats[f"{stat}_files"]} == variants
    assert {one for one, stat in names.items() if stats[f"{stat}_bytes"]} == variants
    assert stats["compressed_files"] == bool(variants)


def test_the_stats_count_files_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "small.png").write_bytes(b"x" * 10)
    (tmp_path / "large.bin").write_bytes(b"x" * 11)
    static = served(tmp_path, cache_max_size=10)
    assert dict(static.stats) == {
        "files": 2,
        "cached_files": 1,
        "streamed_files": 1,
        "compressed_files": 0,
        "zstd_files": 0,
        "brotli_files": 0,
        "gzip_files": 0,
        "raw_bytes": 21,
        "cached_bytes": 10,
        "zstd_bytes": 0,
        "brotli_bytes": 0,
        "gzip_bytes": 0,
    }
    with pytest.raises(TypeError):
        static.stats["files"] = 3  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a.HTML", "text/html; charset=utf-8"),
        ("a.mjs", "application/javascript; charset=utf-8"),
        ("a.svg", "image/svg+xml; charset=utf-8"),
        ("a.tar.gz", "application/gzip"),
        ("a.woff2", "font/woff2"),
        ("a.wasm", "application/wasm"),
        ("noext", "application/octet-stream"),
        ("a.unknown", "application/octet-stream"),
        ("a.new", "application/x-new"),
        ("a.css", "text/x-css"),
    ],
)
async def test_the_suffix_decides_the_type(tmp_path: Path, name: str, content_type: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    static = served(tmp_path, content_types={".NEW": b"application/x-new", ".css": "text/x-css"})
    assert (await ask(static, hashed(static, name)))["content-type"] == content_type


async def test_cache_control_is_the_callers(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"x")
    static = served(tmp_path, cache_control="no-store")
    assert (await ask(static, hashed(static)))["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"cache_max_size": 0}, "cache_max_size must be a whole number"),
        ({"cache_max_size": None}, "cache_max_size must be a whole number"),
        ({"filesystem_chunk_size": -1}, "filesystem_chunk_size must be a whole number"),
        ({"filesystem_chunk_size": "64"}, "filesystem_chunk_size must be a whole number"),
        ({"filesystem_chunk_size": 1.5}, "filesystem_chunk_size must be a whole number"),
        ({"precompress": "br"}, "a list of codings, not 'br'"),
        ({"precompress": b"br"}, "a list of codings, not b'br'"),
        ({"precompress": None}, "a list of codings, not None"),
        ({"precompress": ["deflate"]}, "'deflate'"),
        ({"precompress": [["br"]]}, "which is unknown"),
        ({"compression": None}, "compression is a CompressionConfig, not None"),
        ({"content_types": ["text/css"]}, "a mapping of suffixes"),
        ({"content_types": {1: "text/css"}}, "does not start with a dot"),
        ({"content_types": {".css": None}}, "cannot stand in a header"),
        ({"cache_control": None}, "cache_control is None"),
        ({"content_types": {"css": "text/css"}}, "does not start with a dot"),
        ({"content_types": {".css": "text/css\r\nx: y"}}, "cannot stand in a header"),
        ({"content_types": {".css": b"text/css\n"}}, "cannot stand in a header"),
        ({"cache_control": "public\0"}, "cache_control"),
        ({"cache_control": "žádná"}, "cache_control"),
    ],
)
def test_a_bad_setting_is_refused(tmp_path: Path, options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(StarioError, match=complaint):
        served(tmp_path, **options)


@pytest.mark.parametrize("size", [1, 1000])
@pytest.mark.parametrize("harm", ["removed", "changed"])
def test_a_file_that_changed_since_the_manifest_is_refused(
    tmp_path: Path, size: int, harm: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"xx")
    manifest = AssetManifest(tmp_path)
    path.unlink()
    if harm == "changed":
        path.write_bytes(b"longer")
    with pytest.raises(StarioError, match="gone or changed"):
        StaticAssets(manifest, cache_max_size=size)


@pytest.mark.parametrize("manifest", ["static", Path("static"), None])
def test_only_a_manifest_can_be_served(manifest: Any) -> None:
    with pytest.raises(StarioError, match="serves the files of an AssetManifest, not"):
        StaticAssets(manifest)


def test_a_prefix_with_a_host_cannot_be_served(tmp_path: Path) -> None:
    manifest = AssetManifest(tmp_path, url_prefix=UrlPath("/s", host="cdn.example.com"))
    with pytest.raises(StarioError, match="links only"):
        StaticAssets(manifest)


async def test_a_route_that_names_no_path_is_our_fault(
    site: "WireFactory", tracer: "SeenTracer", tmp_path: Path
) -> None:
    site.app.get("/favicon.ico", served(tmp_path))
    sent = await site.connect().answer_to(b"GET /favicon.ico HTTP/1.1\r\nhost: x\r\n\r\n")
    assert sent.startswith(b"HTTP/1.1 500 ")
    assert "which file '/favicon.ico' asks for" in (tracer.spans[0].failure or "")


@pytest.mark.parametrize("cache_max_size", [1, 1048576])
async def test_the_real_writer_sends_a_part_of_a_file(
    site: "WireFactory", tmp_path: Path, cache_max_size: int
) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    static = served(tmp_path, cache_max_size=cache_max_size)
    static.register(site.app)
    request = f"{static.href('a.txt')} HTTP/1.1\r\nhost: x\r\naccept-encoding: br\r\n"
    sent = await site.connect().answer_to(
        f"GET {request}range: bytes=5-9\r\n\r\n".encode(), f"HEAD {request}\r\n".encode()
    )
    part, whole, nothing = sent.split(b"\r\n\r\n")
    assert part.startswith(b"HTTP/1.1 206 Partial Content\r\ndate: ")
    assert f"content-range: bytes 5-9/{len(TEXT)}\r\n".encode() in part
    assert b"\r\ncontent-length: 5\r\n" in part
    assert whole.startswith(TEXT[5:10] + b"HTTP/1.1 200 OK\r\ndate: ")
    assert (b"\r\ncontent-encoding: br" in whole) is (cache_max_size > 1)
    assert nothing == b""


async def test_the_real_writer_sends_a_large_file_whole(
    site: "WireFactory", tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT * 50)
    static = served(tmp_path, cache_max_size=1, filesystem_chunk_size=10_000)
    static.register(site.app)
    request = f"GET {static.href('a.txt')} HTTP/1.1\r\nhost: x\r\naccept-encoding: br\r\n\r\n"
    sent = await site.connect().answer_to(request.encode())
    head, _, body = sent.partition(b"\r\n\r\n")
    assert body == TEXT * 50
    assert b"content-encoding" not in head
    assert f"content-length: {len(TEXT) * 50}\r\n".encode() in head
