"""Shared bytes are framed and compressed once, and fit anywhere into any stream."""

import asyncio
import copy
import gzip
import pickle
import random
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, cast

import brotli  # pyright: ignore[reportMissingTypeStubs]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stario.exceptions import StarioRuntime
from stario.http.compression import CompressionConfig
from stario.http.compression.checksum import Checksum
from stario.http.compression.codec import SegmentCodec
from stario.http.connection.protocol import HttpProtocol
from stario.http.sending.framing import CHUNKED, Segmented, compressed
from stario.http.shared import SharedBytes

if TYPE_CHECKING:
    from conftest import WireFactory
    from stario import Context, Writer

zstd: Any = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
type Kind = Literal["private", "shared", "ping"]
type Decode = Callable[[bytes], bytes]

SEGMENTED = (b"zstd", b"gzip")
PING = SharedBytes(b": \n\n")


class ZstdFrames:
    """Python's decoder takes one frame; a body is any number of them (RFC 8878, 3)."""

    def __init__(self) -> None:
        self._frame = zstd.ZstdDecompressor()

    def __call__(self, data: bytes) -> bytes:
        found = b""
        while data:
            if self._frame.eof:
                self._frame = zstd.ZstdDecompressor()
            found += self._frame.decompress(data)
            data = self._frame.unused_data if self._frame.eof else b""
        return found

    @property
    def is_between_frames(self) -> bool:
        return self._frame.eof


def decoder(encoding: bytes) -> Decode:
    """Return what decodes a stream piece by piece, as much as can be had at once."""
    if encoding == b"zstd":
        return ZstdFrames()
    if encoding == b"gzip":
        return zlib.decompressobj(31).decompress
    return cast("Any", brotli).Decompressor().process


def whole(encoding: bytes, body: bytes) -> bytes:
    """Decode a body that has ended, checksum and all."""
    match encoding:
        case b"zstd":
            return zstd.decompress(body)
        case b"gzip":
            return gzip.decompress(body)
        case b"br":
            return cast("Any", brotli).decompress(body)
        case _:
            return body


def unchunked(wire: bytes) -> bytes:
    """Return what the chunks of a write hold."""
    found = b""
    while wire:
        size, _, rest = wire.partition(b"\r\n")
        length = int(size, 16)
        assert rest[length : length + 2] == b"\r\n"
        found += rest[:length]
        wire = rest[length + 2 :]
    return found


def codec_of(encoding: bytes, **settings: int) -> SegmentCodec:
    codec = CompressionConfig(**settings).make_compressor(encoding).segmented()
    assert codec is not None
    return codec


def event(number: int, size: int = 2000) -> bytes:
    rows = b"".join(
        b"<li>row %d of event %d</li>" % (row * 7919 % 10007, number) for row in range(size // 30)
    )
    return b"data: elements <ul>%b</ul> %d\n\n" % (rows, number)


def send(framing: Segmented, kind: Kind, data: bytes) -> bytes:
    if kind == "private":
        return framing.frame(bytes(data))
    return framing.share(data if isinstance(data, SharedBytes) else SharedBytes(data))


# Any order


@pytest.mark.parametrize("encoding", SEGMENTED)
def test_ten_thousand_events_in_any_order_are_each_readable_at_once(encoding: bytes) -> None:
    """Private and shared ones mixed, long and short, with pings between."""
    chance = random.Random(7)
    shared = [SharedBytes(event(n, chance.choice((100, 2000, 2000, 12_000)))) for n in range(200)]
    framing, decode = Segmented(codec_of(encoding)), decoder(encoding)
    body, text = bytearray(), bytearray()
    for number in range(10_000):
        kind: Kind = chance.choices(("private", "shared", "ping"), (3, 9, 1))[0]
        choices = {"private": event(number, 600), "shared": chance.choice(shared), "ping": PING}
        data = choices[kind]
        piece = unchunked(send(framing, kind, data))
        assert decode(piece) == data, (number, kind)
        body += piece
        text += data
    end = framing.last()
    assert end.endswith(b"0\r\n\r\n")
    body += unchunked(end.removesuffix(b"0\r\n\r\n"))
    assert whole(encoding, bytes(body)) == text


KINDS = st.sampled_from(("private", "shared", "ping"))
PIECES = st.binary(min_size=1, max_size=60) | st.integers(0, 99).map(event)


@pytest.mark.parametrize("encoding", SEGMENTED)
@given(writes=st.lists(st.tuples(KINDS, PIECES), max_size=12), window=st.sampled_from((10, 14, 17)))
def test_no_sequence_of_writes_breaks_a_stream(
    encoding: bytes, writes: list[tuple[Kind, bytes]], window: int
) -> None:
    framing = Segmented(codec_of(encoding, stream_window_log=window))
    decode, body, text = decoder(encoding), b"", b""
    for kind, data in writes:
        data = PING if kind == "ping" else data
        piece = unchunked(send(framing, kind, data))
        assert decode(piece) == data
        body, text = body + piece, text + data
    body += unchunked(framing.last().removesuffix(b"0\r\n\r\n"))
    assert whole(encoding, body) == text


@pytest.mark.parametrize("encoding", SEGMENTED)
def test_a_segment_of_one_stream_fits_into_another_at_any_place(encoding: bytes) -> None:
    codec = codec_of(encoding)
    shared = [SharedBytes(event(number)) for number in range(20)]
    for seed in range(20):
        framing, decode = Segmented(codec), decoder(encoding)
        for data in random.Random(seed).sample(shared, 12):
            assert decode(unchunked(framing.share(data))) == data
    assert [codec in data.kept for data in shared] == [True] * 20


@pytest.mark.parametrize("encoding", SEGMENTED)
def test_a_stream_without_a_piece_is_a_whole_empty_body(encoding: bytes) -> None:
    end = Segmented(codec_of(encoding)).last()
    assert whole(encoding, unchunked(end.removesuffix(b"0\r\n\r\n"))) == b""


def test_a_private_stream_of_zstd_is_one_frame_for_the_simplest_decoders() -> None:
    framing, frame = Segmented(codec_of(b"zstd")), zstd.ZstdDecompressor()
    for number in range(5):
        assert frame.decompress(unchunked(framing.frame(event(number)))) == event(number)
    frame.decompress(unchunked(framing.last().removesuffix(b"0\r\n\r\n")))
    assert frame.eof
    assert frame.unused_data == b""


def test_a_shared_piece_closes_the_frame_before_it() -> None:
    framing, decode = Segmented(codec_of(b"zstd")), ZstdFrames()
    decode(unchunked(framing.frame(b"private")))
    assert not decode.is_between_frames
    decode(unchunked(framing.share(SharedBytes(event(1)))))
    assert decode.is_between_frames


@pytest.mark.parametrize("encoding", SEGMENTED)
def test_a_write_is_one_chunk_whatever_must_go_before_it(encoding: bytes) -> None:
    framing = Segmented(codec_of(encoding))
    for kind in ("shared", "shared", "private", "shared", "private", "private", "shared"):
        wire = send(framing, cast("Kind", kind), event(1))
        assert wire == CHUNKED.frame(unchunked(wire))
        assert CHUNKED.held(wire) == unchunked(wire)


# Offers


async def test_an_offer_is_taken_by_who_reads_and_declined_by_who_stalls(
    site: "WireFactory", read_answers: Callable[..., Any]
) -> None:
    writers: list[Writer] = []
    ready = asyncio.Event()

    async def handler(_c: "Context", w: "Writer") -> None:
        assert not w.offer(SHARED[0])  # there is no stream yet
        w.write_headers(200)
        writers.append(w)
        await ready.wait()
        w.end()
        assert not w.offer(SHARED[0])

    site.app.get("/", handler)
    quick, slow = site.connect(), site.connect(stalled=True)
    for wire in (quick, slow):
        wire.feed(request())
    await quick.until(lambda: len(writers) == 2)
    taken = [[w.offer(SharedBytes(b"x" * 10_000)) for w in writers] for _ in range(10)]
    assert [quick_took for quick_took, _ in taken] == [True] * 10
    assert [slow_took for _, slow_took in taken] == [True] * 7 + [False] * 3
    slow.transport.take()
    assert writers[1].offer(SharedBytes(b"last"))
    slow.transport.take()
    ready.set()
    await quick.until(lambda: not (quick.protocol.is_busy or slow.protocol.is_busy))
    slow.transport.take()
    assert [len(read_answers(wire.sent)[0].body) for wire in (quick, slow)] == [100_000, 70_004]


async def test_an_offer_to_who_left_is_declined(site: "WireFactory") -> None:
    took: list[bool] = []

    async def handler(_c: "Context", w: "Writer") -> None:
        w.write_headers(200)
        wire.leave()
        took.append(w.offer(SHARED[0]))

    site.app.get("/", handler)
    wire = site.connect()
    wire.feed(request())
    await wire.until(lambda: took == [False])


# Once


@pytest.mark.parametrize("encoding", SEGMENTED)
def test_the_second_stream_sends_what_the_first_one_made(encoding: bytes) -> None:
    codec, data = codec_of(encoding), SharedBytes(event(1))
    first, second = Segmented(codec), Segmented(codec)
    first.share(SharedBytes(b"x" * 40))  # behind the header of gzip
    second.share(SharedBytes(b"y" * 40))
    assert first.share(data) is second.share(data)


def test_a_plain_chunk_is_made_once() -> None:
    data = SharedBytes(b"data: x\n\n")
    assert CHUNKED.share(data) == b"9\r\ndata: x\n\n\r\n"
    assert CHUNKED.share(data) is CHUNKED.share(data)


def test_two_servers_with_other_settings_do_not_mix() -> None:
    data = SharedBytes(event(1, 20_000))
    small, large = codec_of(b"gzip", gzip_level=1), codec_of(b"gzip", gzip_level=9)
    for codec in (small, large, small):
        piece = unchunked(Segmented(codec).share(data))
        assert zlib.decompressobj(31).decompress(piece) == data
    assert len(data.kept[small].wire) > len(data.kept[large].wire)


def test_what_is_kept_with_a_value_is_bounded() -> None:
    data = SharedBytes(event(1))
    codecs = [codec_of(b"gzip") for _ in range(50)]
    for codec in codecs:
        Segmented(codec).share(data)
        assert codec in data.kept
    assert sum(codec in data.kept for codec in codecs) <= 8


def test_shared_bytes_are_bytes_and_travel_without_what_was_made_of_them() -> None:
    data = SharedBytes(b"data: x\n\n")
    CHUNKED.share(data)
    assert data == b"data: x\n\n"
    assert hash(data) == hash(b"data: x\n\n")
    for other in (copy.copy(data), copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        assert other == data
        assert type(other) is SharedBytes
        assert CHUNKED not in other.kept
    assert CHUNKED not in SharedBytes(b"other").kept


# Memory


@pytest.mark.parametrize("encoding", SEGMENTED)
def test_an_encoder_is_open_from_the_second_private_piece_to_the_next_shared_one(
    encoding: bytes,
) -> None:
    stream = codec_of(encoding).open()
    segment = codec_of(encoding).segment(b"shared")
    states = [stream.is_wide]
    for piece in ("private", "private", "shared", "private", "shared", "private", "private"):
        if piece == "private":
            stream.block(b"private")
        else:
            stream.lead(b"shared", segment)
        states.append(stream.is_wide)
    stream.finish()
    states.append(stream.is_wide)
    assert states == [False, False, True, False, False, False, False, True, False]


@pytest.mark.parametrize("encoding", SEGMENTED)
def test_a_long_first_piece_is_not_kept_beside_its_encoder(encoding: bytes) -> None:
    stream = codec_of(encoding).open()
    stream.block(b"x" * 100_000)
    assert stream.is_wide


@pytest.mark.parametrize("encoding", SEGMENTED)
def test_a_second_block_refers_to_the_first(encoding: bytes) -> None:
    """Its encoder was not there; it is brought to where that of the first one was."""
    stream = codec_of(encoding).open()
    first, second, third = (stream.block(event(1)) for _ in range(3))
    assert len(second) < len(first) / 5
    assert len(third) < len(first) / 5


@pytest.mark.parametrize("encoding", SEGMENTED)
def test_a_ping_neither_opens_an_encoder_nor_closes_one(encoding: bytes) -> None:
    framing = Segmented(codec_of(encoding))
    for kinds, is_wide in (
        (["ping", "ping", "ping"], False),
        (["private", "ping", "ping"], False),
        (["private", "private", "ping", "ping"], True),
    ):
        for kind in cast("list[Kind]", kinds):
            send(framing, kind, PING if kind == "ping" else event(1))
        assert framing._stream.is_wide is is_wide


# The checksum


@given(
    texts=st.lists(st.binary(max_size=300), max_size=5), before=st.tuples(st.binary(), st.binary())
)
def test_a_stream_sums_what_others_went_through_without_seeing_it(
    texts: list[bytes], before: tuple[bytes, bytes]
) -> None:
    start = end = Checksum().after(before[0])
    for text in texts:
        end = end.after(text)
    ours = Checksum().after(before[1]).after_text_of(start, end)
    whole = b"".join((before[1], *texts))
    assert (ours.crc, ours.size) == (zlib.crc32(whole), len(whole))


def test_a_long_way_is_summed_as_well() -> None:
    start = Checksum().after(b"before")
    text = event(1, 300_000)
    ours = Checksum().after_text_of(start, start.after(text))
    assert (ours.crc, ours.size) == (zlib.crc32(text), len(text))


@given(
    turns=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", "c", "a", "b", "c", "private"])),
        max_size=40,
    )
)
def test_streams_that_go_the_same_way_in_part_each_end_with_their_own_sum(
    turns: list[tuple[int, str]],
) -> None:
    pieces = {name: SharedBytes(event(number)) for number, name in enumerate("abc")}
    codec = codec_of(b"gzip")
    framings = [Segmented(codec) for _ in range(3)]
    wires, texts = [b"", b"", b""], [b"", b"", b""]
    for audience, name in turns:  # to one of the streams, or to all
        for number in range(3) if audience == 3 else (audience,):
            framing = framings[number]
            piece = pieces.get(name)
            wires[number] += framing.frame(PING) if piece is None else framing.share(piece)
            texts[number] += PING if piece is None else piece
    for framing, wire, text in zip(framings, wires, texts, strict=True):
        assert gzip.decompress(unchunked(wire + framing.last())) == text


# Through a server


def request(*fields: str, method: str = "GET", version: str = "1.1") -> bytes:
    lines = (f"{method} / HTTP/{version}", "Host: a", *fields)
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


SHARED = [SharedBytes(event(number)) for number in range(3)]


async def mixed(_c: "Context", w: "Writer") -> None:
    w.headers.set("content-type", "text/event-stream")
    for number, data in enumerate(SHARED):
        w.write(PING).write(data).write(b"data: private %d\n\n" % number).write(data)
    w.end(SharedBytes(b"data: last\n\n"))


TEXT = b"".join(
    (
        *(PING + data + b"data: private %d\n\n" % n + data for n, data in enumerate(SHARED)),
        b"data: last\n\n",
    )
)


@pytest.mark.parametrize("accepted", ["zstd", "gzip", "br", "identity"])
@pytest.mark.parametrize("version", ["1.1", "1.0"])
async def test_every_client_reads_the_same(
    site: "WireFactory", read_answers: Callable[..., Any], accepted: str, version: str
) -> None:
    site.app.get("/", mixed)
    for _ in range(2):
        wire = site.connect()
        sent = await wire.answer_to(request(f"Accept-Encoding: {accepted}", version=version))
        if version == "1.0":
            head, _, body = sent.partition(b"\r\n\r\n")
            assert b"transfer-encoding" not in head
            assert wire.closed
        else:
            [answer] = read_answers(sent)
            head, body = repr(answer.fields).encode(), answer.body
        coding = accepted.encode()
        assert (b"content-encoding" in head) == (accepted != "identity")
        assert whole(coding, body) == TEXT


async def test_a_stream_of_another_request_follows_on_the_same_connection(
    site: "WireFactory", read_answers: Callable[..., Any]
) -> None:
    site.app.get("/", mixed)
    asked = request("Accept-Encoding: gzip")
    answers = read_answers(await site.connect().answer_to(asked + asked))
    assert [gzip.decompress(answer.body) for answer in answers] == [TEXT, TEXT]


async def test_head_has_no_body(site: "WireFactory", read_answers: Callable[..., Any]) -> None:
    site.app.get("/", mixed)
    sent = await site.connect().answer_to(request("Accept-Encoding: gzip", method="HEAD"))
    [answer] = read_answers(sent, [True])
    assert answer.fields["content-encoding"] == "gzip"


async def test_a_coding_that_the_handler_has_set_is_left_alone(
    site: "WireFactory", read_answers: Callable[..., Any]
) -> None:
    async def packed(_c: "Context", w: "Writer") -> None:
        w.headers.set("content-encoding", "gzip")
        w.write(SharedBytes(gzip.compress(b"packed"))).end()

    site.app.get("/", packed)
    [answer] = read_answers(await site.connect().answer_to(request("Accept-Encoding: gzip, zstd")))
    assert gzip.decompress(answer.body) == b"packed"


async def test_a_declared_length_counts_shared_bytes(
    site: "WireFactory", read_answers: Callable[..., Any]
) -> None:
    refused: list[StarioRuntime] = []

    async def declared(_c: "Context", w: "Writer") -> None:
        w.headers.set("content-length", "8")
        w.write(SharedBytes(b"1234")).write(b"56")
        try:
            w.write(SharedBytes(b"789"))
        except StarioRuntime as error:
            refused.append(error)
        w.write(SharedBytes(b"78")).end()

    site.app.get("/", declared)
    [answer] = read_answers(await site.connect().answer_to(request("Accept-Encoding: gzip")))
    assert answer.body == b"12345678"
    assert "3 bytes does not fit: 2" in str(refused[0])


async def test_empty_shared_bytes_do_nothing_and_none_follow_the_end(
    site: "WireFactory", read_answers: Callable[..., Any]
) -> None:
    refused: list[StarioRuntime] = []

    async def handler(_c: "Context", w: "Writer") -> None:
        w.write(SharedBytes(b"")).write(SharedBytes(b"data: x\n\n")).end(SharedBytes(b""))
        try:
            w.write(SharedBytes(b"data: y\n\n"))
        except StarioRuntime as error:
            refused.append(error)

    site.app.get("/", handler)
    [answer] = read_answers(await site.connect().answer_to(request()))
    assert answer.body == b"data: x\n\n"
    assert len(refused) == 1


async def test_a_fresh_response_that_ends_with_shared_bytes_is_a_whole_answer(
    site: "WireFactory", read_answers: Callable[..., Any]
) -> None:
    async def handler(_c: "Context", w: "Writer") -> None:
        w.end(SharedBytes(b"all"))

    site.app.get("/", handler)
    [answer] = read_answers(await site.connect().answer_to(request()))
    assert (answer.fields["content-length"], answer.body) == ("3", b"all")


def test_only_chunks_have_segments() -> None:
    config = CompressionConfig()
    shared = {
        encoding: isinstance(compressed(config.make_compressor(encoding), CHUNKED), Segmented)
        for encoding in config.enabled_encodings()
    }
    assert shared == {b"br": False, b"zstd": True, b"gzip": True}


# A client that others have written


def curl_decodes(coding: str) -> bool:
    if (curl := shutil.which("curl")) is None:
        return False
    told = subprocess.run([curl, "--version"], capture_output=True, timeout=10).stdout
    return {"gzip": b"libz", "zstd": b"zstd"}[coding] in told


def batches(count: int) -> Iterator[Iterable[int]]:
    """Events one by one at first, each only when the client has shown the one before."""
    yield from ([number] for number in range(200))
    yield range(200, count)


@pytest.mark.parametrize("coding", ["zstd", "gzip"])
async def test_curl_shows_ten_thousand_events_each_at_once(
    site: "WireFactory", coding: str
) -> None:
    if not curl_decodes(coding):
        pytest.skip(f"needs a curl that decodes {coding}")
    shown = asyncio.Semaphore(0)
    pool = [SharedBytes(event(number, 300)) for number in range(100)]

    def written(number: int) -> bytes:
        return event(number, 90) if number % 7 == 3 else pool[number * 31 % 100]

    async def stream(_c: "Context", w: "Writer") -> None:
        w.headers.set("content-type", "text/event-stream")
        for batch in batches(10_000):
            for number in batch:
                w.write(written(number))
                if number % 10 == 0:
                    w.write(PING)
                await w.drain()
            await shown.acquire()
        w.end()

    site.app.get("/", stream)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(partial(HttpProtocol, site.endpoint), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    command = ("curl", "-sSN", "--compressed", "--noproxy", "*", "--max-time", "60")
    process = await asyncio.create_subprocess_exec(
        *(*command, "-H", f"Accept-Encoding: {coding}", f"http://127.0.0.1:{port}/"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    try:
        async with asyncio.timeout(60):
            assert process.stdout is not None
            for batch in batches(10_000):
                for number in batch:
                    expected = written(number) + (PING if number % 10 == 0 else b"")
                    assert await process.stdout.readexactly(len(expected)) == expected, number
                shown.release()
            _, complaints = await process.communicate()
        assert (process.returncode, complaints) == (0, b"")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        server.close()
