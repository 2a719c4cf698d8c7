"""Whole answers and streams as a client reads them: kinds, redirects, compression, no bodies."""

import re
import sys
import zlib
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pytest
import stario.responses as responses
from stario.exceptions import StarioError
from stario.http.compression import CompressionConfig
from stario.markup import html as h

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from conftest import WireFactory
    from stario import Context, Writer

type Write = Callable[[Writer], None]

LONG = "<p>All work and no play makes a long page.</p>" * 40
HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def chunks(self) -> list[bytes]:
        """The chunks of a chunked body, which must end with the last one."""
        chunks: list[bytes] = []
        rest = self.body
        while True:
            size, _, rest = rest.partition(b"\r\n")
            length = int(size, 16)
            assert rest[length : length + 2] == b"\r\n"
            if not length:
                assert rest == b"\r\n"
                return chunks
            chunks.append(rest[:length])
            rest = rest[length + 2 :]


def parsed(raw: bytes) -> Answer:
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(cast("tuple[str, str]", line.split(": ", 1)) for line in lines)
    assert len(headers) == len(lines), "a field came twice"
    assert headers.pop("date")
    return Answer(int(status.split()[1]), headers, body)


async def ask(
    site: "WireFactory",
    write: "Write | Callable[[Writer], Awaitable[None]]",
    *,
    accept: str | None = None,
    method: str = "GET",
    version: str = "1.1",
) -> Answer:
    async def handler(_c: "Context", w: "Writer") -> None:
        written = write(w)
        if written is not None:
            await written

    site.app.get("/", handler)
    head = f"{method} / HTTP/{version}\r\nHost: a\r\n"
    if accept is not None:
        head += f"Accept-Encoding: {accept}\r\n"
    return parsed(await site.connect().answer_to(f"{head}\r\n".encode()))


class TestKinds:
    """Each helper has its content type and its bytes."""

    @pytest.mark.parametrize(
        ("content", "body"),
        [
            ("<p>é</p>", "<p>é</p>".encode()),
            (b"<p>\xff</p>", b"<p>\xff</p>"),
            ("", b""),
            (h.P("a < b"), b"<p>a &lt; b</p>"),
            (h.P({"class": "x"}, "é"), '<p class="x">é</p>'.encode()),
        ],
    )
    async def test_html_sends_text_as_it_is_and_renders_nodes(
        self, site: "WireFactory", content: Any, body: bytes
    ) -> None:
        answer = await ask(site, lambda w: responses.html(w, content, 201))
        assert answer == (201, {"content-type": HTML, "content-length": f"{len(body)}"}, body)

    @pytest.mark.parametrize(
        ("value", "body"),
        [
            ({"a": "é", "b": [1, None, True]}, '{"a":"é","b":[1,null,true]}'),
            ("</script>", '"</script>"'),
            ("\x00\n\u2028", '"\\u0000\\n\u2028"'),
            (1e300, "1e+300"),
            (-0.5, "-0.5"),
            (10**30, "1" + "0" * 30),
            ([], "[]"),
            ({}, "{}"),
            (None, "null"),
            (False, "false"),
        ],
    )
    async def test_json_is_compact_utf_8(
        self, site: "WireFactory", value: responses.JsonValue, body: str
    ) -> None:
        answer = await ask(site, lambda w: responses.json(w, value))
        assert answer.body == body.encode()
        assert answer.headers["content-type"] == JSON

    async def test_text_is_utf_8(self, site: "WireFactory") -> None:
        answer = await ask(site, lambda w: responses.text(w, "é", 418))
        assert answer == (418, {"content-type": TEXT, "content-length": "2"}, "é".encode())

    @pytest.mark.parametrize("body", [None, 5, b"bytes", ["text"]])
    async def test_what_is_no_text_is_refused(self, site: "WireFactory", body: Any) -> None:
        def write(w: "Writer") -> None:
            with pytest.raises(StarioError, match=r"text\(\) sends a str, not"):
                responses.text(w, body)
            responses.empty(w)

        assert await ask(site, write) == (204, {}, b"")

    async def test_empty_has_no_type_with_204(self, site: "WireFactory") -> None:
        assert await ask(site, responses.empty) == (204, {}, b"")

    @pytest.mark.parametrize("status", [200, 202, 404])
    async def test_empty_is_plain_text_of_no_length_otherwise(
        self, site: "WireFactory", status: int
    ) -> None:
        answer = await ask(site, lambda w: responses.empty(w, status))
        assert answer == (status, {"content-type": TEXT, "content-length": "0"}, b"")

    async def test_the_caller_s_headers_come_first_and_type_and_length_are_ours(
        self, site: "WireFactory"
    ) -> None:
        def write(w: "Writer") -> None:
            w.headers.set("content-length", "999")
            w.headers.set("x-one", "1")
            w.headers.set("content-type", "text/x-old")
            responses.text(w, "ab")

        answer = await ask(site, write)
        assert list(answer.headers.items()) == [
            ("x-one", "1"),
            ("content-type", TEXT),
            ("content-length", "2"),
        ]


def circle() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


def deep() -> Any:
    value: list[Any] = []
    for _ in range(200_000):
        value = [value]
    return value


class TestRefusals:
    """A value that cannot be sent is a mistake of the handler: a sentence for it, a 500 outside."""

    @pytest.mark.parametrize(
        "make",
        [
            lambda: float("nan"),
            lambda: float("inf"),
            lambda: [float("-inf")],
            lambda: {"a": {1, 2}},
            lambda: b"bytes",
            object,
            lambda: {(1, 2): 3},
            lambda: "\ud800",
            circle,
            deep,
        ],
    )
    async def test_what_json_has_no_form_for(
        self, site: "WireFactory", make: Callable[[], Any]
    ) -> None:
        seen: list[StarioError] = []

        def write(w: "Writer") -> None:
            with pytest.raises(StarioError, match="cannot be sent as JSON") as caught:
                responses.json(w, make())
            seen.append(caught.value)
            assert not w.started
            raise caught.value

        answer = await ask(site, write)
        assert (answer.status, answer.body) == (500, b"Internal Server Error")
        assert len(seen) == 1

    @pytest.mark.parametrize("status", [-1, 0, 99, 1000, True, None, "404", 404.5])
    async def test_what_is_no_status(self, site: "WireFactory", status: Any) -> None:
        """A status has three digits (RFC 9112, 4)."""

        def write(w: "Writer") -> None:
            for answer in (
                lambda: responses.text(w, "", status),
                lambda: responses.empty(w, status),
                lambda: w.write_headers(status),
            ):
                with pytest.raises(StarioError, match="a status is a number of three digits"):
                    answer()
            responses.empty(w)

        assert (await ask(site, write)).status == 204

    @pytest.mark.parametrize("status", [200, 299, 400, 0, None, "303", 302.5])
    async def test_a_redirect_with_another_status(self, site: "WireFactory", status: Any) -> None:
        def write(w: "Writer") -> None:
            with pytest.raises(StarioError, match=f"from 300 to 399, not {status!r}"):
                responses.redirect(w, "/a", status)
            responses.empty(w)

        assert (await ask(site, write)).status == 204

    @pytest.mark.parametrize(
        "target",
        ["javascript:alert(1)", "mailto:a@b", "x/y", "", "http://", "/a\r\nb", "/\\evil.example"],
    )
    async def test_a_redirect_to_no_target(self, site: "WireFactory", target: str) -> None:
        def write(w: "Writer") -> None:
            with pytest.raises(StarioError):
                responses.redirect(w, target)
            assert "location" not in w.headers
            responses.empty(w)

        assert (await ask(site, write)).status == 204


class TestRedirects:
    """An empty body and a `location` that every client reads alike."""

    @pytest.mark.parametrize(
        ("target", "location"),
        [
            ("/", "/"),
            ("/a b?x=ü#f", "/a%20b?x=%C3%BC#f"),
            ("/a%2Fb", "/a%2Fb"),
            ("https://x.org/p", "https://x.org/p"),
            ("//host/p", "//host/p"),
        ],
    )
    @pytest.mark.parametrize("status", [None, 301, 302, 303, 307, 308])
    async def test_a_redirect_has_a_location(
        self, site: "WireFactory", target: str, location: str, status: int | None
    ) -> None:
        """307 unless told otherwise."""

        def write(w: "Writer") -> None:
            if status is None:
                responses.redirect(w, target)
            else:
                responses.redirect(w, target, status)

        answer = await ask(site, write)
        assert answer == (
            status or 307,
            {"location": location, "content-type": TEXT, "content-length": "0"},
            b"",
        )

    async def test_local_only_refuses_another_site(self, site: "WireFactory") -> None:
        def write(w: "Writer") -> None:
            for target in ("//evil.example", "https://evil.example/"):
                with pytest.raises(StarioError, match="could leave the site"):
                    responses.redirect(w, target, local_only=True)
            responses.redirect(w, "/home", 303, local_only=True)

        assert (await ask(site, write)).headers["location"] == "/home"


class Reader(NamedTuple):
    """A client's decoder of one coding."""

    whole: Callable[[bytes], bytes]
    step: Callable[[], Callable[[bytes], bytes]]


brotli: Any = import_module("brotli")  # it has no stubs


def gunzip(data: bytes) -> bytes:
    return zlib.decompress(data, 31)


READERS = {
    "br": Reader(brotli.decompress, lambda: brotli.Decompressor().process),
    "zstd": Reader(zstd.decompress, lambda: zstd.ZstdDecompressor().decompress),
    "gzip": Reader(gunzip, lambda: zlib.decompressobj(31).decompress),
}
each_coding = pytest.mark.parametrize("coding", READERS)


class TestCompressedBodies:
    """Whole bodies, from `min_size` on and by type."""

    @each_coding
    async def test_a_body_is_compressed_with_what_the_client_takes(
        self, site: "WireFactory", coding: str
    ) -> None:
        answer = await ask(site, lambda w: responses.html(w, LONG), accept=coding)
        assert READERS[coding].whole(answer.body) == LONG.encode()
        assert list(answer.headers.items()) == [
            ("content-encoding", coding),
            ("vary", "accept-encoding"),
            ("content-type", HTML),
            ("content-length", f"{len(answer.body)}"),
        ]
        assert len(answer.body) < len(LONG) / 4

    @pytest.mark.parametrize(
        ("size", "accept", "content_type", "coding"),
        [
            (512, "gzip", b"text/plain", "gzip"),
            (511, "gzip", b"text/plain", None),
            (5000, None, b"text/plain", None),
            (5000, "", b"text/plain", None),
            (5000, "identity", b"text/plain", None),
            (5000, "gzip;q=0", b"text/plain", None),
            (5000, "gzip, zstd, br", b"text/plain", "br"),
            (5000, "gzip, zstd", b"text/plain", "zstd"),
            (5000, "gzip;q=0.9, zstd;q=0.8", b"text/plain", "gzip"),
            (5000, "*", b"text/plain", "br"),
            (5000, "gzip", b"image/png", None),
            (5000, "gzip", b"image/svg+xml", "gzip"),
            (5000, "gzip", b"application/zip", None),
            (5000, "gzip", b"", None),
        ],
    )
    async def test_what_is_compressed(
        self,
        site: "WireFactory",
        size: int,
        accept: str | None,
        content_type: bytes,
        coding: str | None,
    ) -> None:
        answer = await ask(site, lambda w: w.respond(b"x" * size, content_type), accept=accept)
        assert answer.headers.get("content-encoding") == coding
        assert ("vary" in answer.headers) == (coding is not None)
        if coding is None:
            assert answer.body == b"x" * size

    async def test_the_settings_of_the_server_count(self, site: "WireFactory") -> None:
        site.compression = CompressionConfig(min_size=0, brotli_level=-1, zstd_level=-1)
        answer = await ask(site, lambda w: responses.text(w, "abc"), accept="br, zstd, gzip")
        assert answer.headers["content-encoding"] == "gzip"
        assert READERS["gzip"].whole(answer.body) == b"abc"

    @pytest.mark.parametrize(
        ("vary", "merged"),
        [("cookie", "cookie, accept-encoding"), ("Accept-Encoding", "Accept-Encoding"), ("*", "*")],
    )
    async def test_vary_grows(self, site: "WireFactory", vary: str, merged: str) -> None:
        def write(w: "Writer") -> None:
            w.headers.set("vary", vary)
            responses.html(w, LONG)

        answer = await ask(site, write, accept="gzip")
        assert answer.headers["vary"] == merged

    async def test_a_body_that_the_handler_encoded_is_left_alone(self, site: "WireFactory") -> None:
        def write(w: "Writer") -> None:
            w.headers.set("content-encoding", "gzip")
            responses.html(w, b"ready" * 200)

        answer = await ask(site, write, accept="br")
        assert answer.body == b"ready" * 200
        assert answer.headers["content-encoding"] == "gzip"
        assert "vary" not in answer.headers

    async def test_identity_switches_compression_off_for_one_answer(
        self, site: "WireFactory"
    ) -> None:
        def write(w: "Writer") -> None:
            w.headers.set("content-encoding", "identity")
            responses.html(w, LONG)

        answer = await ask(site, write, accept="br, zstd, gzip")
        assert answer.body == LONG.encode()
        assert answer.headers["content-encoding"] == "identity"
        assert answer.headers["content-length"] == f"{len(LONG.encode())}"

    @pytest.mark.parametrize("accept", [None, "br", "zstd", "gzip"])
    @pytest.mark.parametrize("content", ["short", LONG])
    async def test_head_has_the_head_of_get(
        self, site: "WireFactory", accept: str | None, content: str
    ) -> None:
        """The length of the compressed body among it."""
        get = await ask(site, lambda w: responses.html(w, content), accept=accept)
        wire = site.connect()
        request = "HEAD / HTTP/1.1\r\nHost: a\r\n"
        if accept is not None:
            request += f"Accept-Encoding: {accept}\r\n"
        head = parsed(await wire.answer_to(f"{request}\r\n".encode()))
        assert head == (get.status, get.headers, b"")

    @pytest.mark.parametrize("status", [204, 304])
    async def test_a_status_without_a_body_is_not_compressed(
        self, site: "WireFactory", status: int
    ) -> None:
        answer = await ask(
            site, lambda w: w.respond(LONG.encode(), HTML.encode(), status), accept="gzip"
        )
        assert answer.status == status
        assert answer.body == b""
        assert not {"content-length", "content-encoding", "transfer-encoding"} & set(answer.headers)

    async def test_the_bytes_of_end_are_sent_as_they_are(self, site: "WireFactory") -> None:
        """`end(data)` on a fresh response declares their length, so they are raw."""
        answer = await ask(site, lambda w: w.end(LONG.encode()), accept="gzip")
        assert answer.body == LONG.encode()


PIECES = ["<ul>", "<li>one</li>" * 30, "é", "<li>two</li>", "</ul>"]


class TestCompressedStreams:
    """One write, one chunk that a client can show at once."""

    @each_coding
    async def test_each_write_is_one_visible_chunk(self, site: "WireFactory", coding: str) -> None:
        def write(w: "Writer") -> None:
            w.headers.set("content-type", HTML)
            for piece in PIECES:
                w.write(piece.encode())

        answer = await ask(site, write, accept=coding)
        assert answer.headers == {
            "content-type": HTML,
            "content-encoding": coding,
            "vary": "accept-encoding",
            "transfer-encoding": "chunked",
        }
        step = READERS[coding].step()
        decoded = [step(chunk) for chunk in answer.chunks]
        assert decoded[: len(PIECES)] == [piece.encode() for piece in PIECES]
        assert b"".join(decoded[len(PIECES) :]) == b""
        assert READERS[coding].whole(b"".join(answer.chunks)) == "".join(PIECES).encode()

    @pytest.mark.parametrize(
        ("accept", "coding"),
        [
            ("gzip, deflate, br, zstd", "zstd"),
            ("gzip, deflate, br", "gzip"),
            ("br;q=1.0, gzip;q=0.8", "br"),
        ],
    )
    async def test_a_tie_goes_to_the_coding_whose_streams_are_small(
        self, site: "WireFactory", accept: str, coding: str
    ) -> None:
        answer = await ask(site, lambda w: w.write(b"one ").end(b"two"), accept=accept)
        assert answer.headers["content-encoding"] == coding
        assert READERS[coding].whole(b"".join(answer.chunks)) == b"one two"

    @each_coding
    async def test_a_stream_for_http_1_0_is_compressed_until_the_close(
        self, site: "WireFactory", coding: str
    ) -> None:
        def write(w: "Writer") -> None:
            w.write(b"one ").write(b"two")

        answer = await ask(site, write, accept=coding, version="1.0")
        assert READERS[coding].whole(answer.body) == b"one two"
        assert answer.headers["connection"] == "close"
        assert "transfer-encoding" not in answer.headers

    @each_coding
    async def test_the_last_piece_of_end_is_compressed_too(
        self, site: "WireFactory", coding: str
    ) -> None:
        answer = await ask(site, lambda w: w.write(b"one ").end(b"two"), accept=coding)
        assert READERS[coding].whole(b"".join(answer.chunks)) == b"one two"

    @each_coding
    async def test_a_stream_without_a_piece_is_an_empty_body(
        self, site: "WireFactory", coding: str
    ) -> None:
        answer = await ask(site, lambda w: w.write_headers(200).end(), accept=coding)
        assert READERS[coding].whole(b"".join(answer.chunks)) == b""

    @pytest.mark.parametrize(
        ("content_type", "coding"),
        [(None, "gzip"), ("text/event-stream", "gzip"), ("image/png", None), ("video/mp4", None)],
    )
    async def test_a_stream_is_compressed_by_its_type(
        self, site: "WireFactory", content_type: str | None, coding: str | None
    ) -> None:
        """However short its pieces are; a missing type counts as worth it."""

        def write(w: "Writer") -> None:
            if content_type is not None:
                w.headers.set("content-type", content_type)
            w.write(b"x")

        answer = await ask(site, write, accept="gzip")
        assert answer.headers.get("content-encoding") == coding
        assert (answer.chunks == [b"x"]) == (coding is None)

    @pytest.mark.parametrize(
        ("name", "value"), [("content-encoding", "identity"), ("content-length", "3")]
    )
    async def test_a_stream_that_the_handler_framed_is_left_alone(
        self, site: "WireFactory", name: str, value: str
    ) -> None:
        """Its own coding, or its own length in raw bytes."""

        def write(w: "Writer") -> None:
            w.headers.set(name, value)
            w.write(b"abc")

        answer = await ask(site, write, accept="gzip")
        assert answer.headers[name] == value
        assert b"abc" in (answer.body if name == "content-length" else answer.chunks)

    @each_coding
    async def test_head_of_a_stream_names_the_coding_and_sends_nothing(
        self, site: "WireFactory", coding: str
    ) -> None:
        answer = await ask(site, lambda w: w.write(b"one").end(b"two"), accept=coding, method="GET")
        wire = site.connect()
        raw = await wire.answer_to(
            f"HEAD / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {coding}\r\n\r\n".encode()
        )
        assert parsed(raw) == (200, answer.headers, b"")

    async def test_pieces_are_sent_when_they_are_written(self, site: "WireFactory") -> None:
        """Not at the end: a client sees the first while the handler still works."""
        seen: list[int] = []
        wire = site.connect()

        async def handler(_c: "Context", w: "Writer") -> None:
            w.write(b"one")
            seen.append(len(re.findall(rb"\r\n3\r\none\r\n$", wire.sent)))
            w.write(b"")
            w.write(b"two")
            seen.append(len(re.findall(rb"\r\n3\r\none\r\n3\r\ntwo\r\n$", wire.sent)))

        site.app.get("/", handler)
        await wire.answer_to(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert seen == [1, 1]
