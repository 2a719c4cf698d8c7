"""The codecs: what they write can be read, piece by piece, and an open stream is small."""

import gzip
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

import brotli  # pyright: ignore[reportMissingTypeStubs]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stario.exceptions import StarioRuntime
from stario.http.compression import CompressionConfig, Compressor

zstd: Any = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
ENCODINGS = (b"br", b"zstd", b"gzip")


def decoder(encoding: bytes) -> Callable[[bytes], bytes]:
    """Return a function that decodes a stream piece by piece."""
    if encoding == b"br":
        return cast("Any", brotli).Decompressor().process
    if encoding == b"zstd":
        return zstd.ZstdDecompressor().decompress
    return zlib.decompressobj(31).decompress


def compressor(encoding: bytes, **settings: int) -> Compressor:
    """Return a compressor of a config with these settings."""
    return CompressionConfig(**settings).make_compressor(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(data=st.binary(max_size=5000))
def test_a_frame_is_a_whole_body(encoding: bytes, data: bytes) -> None:
    assert decoder(encoding)(compressor(encoding).frame(data)) == data


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_frames_of_one_config_do_not_touch_each_other(encoding: bytes) -> None:
    config = CompressionConfig()
    for data in (b"a" * 100_000, b"", b"b" * 10, bytes(range(256)) * 999):
        assert decoder(encoding)(config.make_compressor(encoding).frame(data)) == data


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(blocks=st.lists(st.binary(min_size=1, max_size=2000), max_size=8))
def test_each_block_can_be_read_at_once(encoding: bytes, blocks: list[bytes]) -> None:
    encoder, decode = compressor(encoding), decoder(encoding)
    for block in blocks:
        assert decode(encoder.block(block)) == block
    assert decode(encoder.finish()) == b""


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("window_log", [10, 14, 15, 16, 24])
def test_any_stream_window_can_be_read(encoding: bytes, window_log: int) -> None:
    encoder, decode = compressor(encoding, stream_window_log=window_log), decoder(encoding)
    blocks = [bytes(f"event {n} ", "ascii") * 500 for n in range(20)]
    assert [decode(encoder.block(block)) for block in blocks] == blocks


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_stream_without_blocks_is_an_empty_body(encoding: bytes) -> None:
    end = compressor(encoding).finish()
    assert end
    assert decoder(encoding)(end) == b""


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_stream_finds_the_last_event_again(encoding: bytes) -> None:
    event = b"".join(b"<li>%d</li>" % (n * 7919 % 10007) for n in range(500))
    encoder = compressor(encoding)
    first = encoder.block(event)
    assert len(encoder.block(event)) < len(first) / 5


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_nothing_follows_the_end(encoding: bytes) -> None:
    encoder = compressor(encoding)
    encoder.block(b"x")
    encoder.finish()
    with pytest.raises(StarioRuntime, match="finished"):
        encoder.block(b"y")
    with pytest.raises(StarioRuntime, match="finished"):
        encoder.finish()


def test_the_repr_is_the_state() -> None:
    encoder = compressor(b"gzip")
    states = [repr(encoder)]
    encoder.block(b"x")
    states.append(repr(encoder))
    encoder.finish()
    states.append(repr(encoder))
    assert states == [
        "<Compressor gzip fresh>",
        "<Compressor gzip open>",
        "<Compressor gzip finished>",
    ]


def test_a_stream_costs_nothing_before_its_first_block() -> None:
    config = CompressionConfig()
    tracemalloc.start()
    try:
        made = [config.make_compressor(b"gzip") for _ in range(100)]
        assert tracemalloc.get_traced_memory()[0] / len(made) < 500
    finally:
        tracemalloc.stop()


def test_gzip_is_what_everybody_reads() -> None:
    assert gzip.decompress(compressor(b"gzip", gzip_window_bits=9).frame(b"hello" * 99)) == (
        b"hello" * 99
    )
