"""Compression settings: what is accepted, and what a response gets."""

from dataclasses import FrozenInstanceError

import pytest
from stario.exceptions import StarioError
from stario.http.compression import (
    CompressionConfig,
    compression_config_from_env,
    content_type_is_compressible,
)
from stario.http.compression import config as config_module
from stario.http.compression.gzip_codec import GzipCodec

HTML = b"text/html; charset=utf-8"


def test_the_defaults_are_these() -> None:
    assert repr(CompressionConfig()) == (
        "CompressionConfig(min_size=512, zstd_level=3, zstd_window_log=None, brotli_level=4, "
        "brotli_window_log=None, gzip_level=6, gzip_window_bits=None, stream_window_log=None)"
    )


def test_a_config_is_a_value() -> None:
    config = CompressionConfig(min_size=7)
    assert config == CompressionConfig(min_size=7)
    assert config != CompressionConfig()
    assert len({config, CompressionConfig(min_size=7)}) == 1
    with pytest.raises(FrozenInstanceError):
        config.min_size = 8  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("min_size", -1),
        ("min_size", 1.5),
        ("min_size", True),
        ("zstd_level", 0),
        ("zstd_level", 23),
        ("brotli_level", 12),
        ("gzip_level", 0),
        ("gzip_level", 10),
        ("gzip_level", "6"),
        ("zstd_window_log", 9),
        ("zstd_window_log", 32),
        ("brotli_window_log", 9),
        ("brotli_window_log", 25),
        ("gzip_window_bits", 8),
        ("gzip_window_bits", 16),
        ("stream_window_log", 9),
        ("stream_window_log", 25),
        ("stream_window_log", "14"),
    ],
)
def test_a_setting_outside_its_range_is_refused(name: str, value: object) -> None:
    with pytest.raises(StarioError, match=name):
        CompressionConfig(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "enabled"),
    [
        ({}, (b"br", b"zstd", b"gzip")),
        ({"brotli_level": -1}, (b"zstd", b"gzip")),
        ({"zstd_level": -5}, (b"br", b"gzip")),
        ({"gzip_level": -1, "zstd_level": -1, "brotli_level": -1}, ()),
    ],
)
def test_a_negative_level_switches_a_codec_off(
    settings: dict[str, int], enabled: tuple[bytes, ...]
) -> None:
    config = CompressionConfig(**settings)
    assert config.enabled_encodings() == enabled
    for encoding in (b"br", b"zstd", b"gzip"):
        if encoding not in enabled:
            with pytest.raises(StarioError, match="not available"):
                config.make_compressor(encoding)


def test_a_codec_without_its_library_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_module, "installed_codecs", lambda: {b"gzip": GzipCodec})
    config = CompressionConfig()
    assert config.enabled_encodings() == (b"gzip",)
    assert config.select("br, zstd") is None


def test_an_unknown_coding_is_refused() -> None:
    with pytest.raises(StarioError, match="deflate"):
        CompressionConfig().make_compressor(b"deflate")


@pytest.mark.parametrize(
    ("accept_encoding", "data", "content_type", "streaming", "chosen"),
    [
        ("gzip", b"x" * 512, HTML, False, b"gzip"),
        (b"gzip", b"x" * 512, HTML, False, b"gzip"),
        ("gzip", b"x" * 511, HTML, False, None),
        ("gzip", b"", HTML, True, b"gzip"),
        ("gzip", None, None, True, b"gzip"),
        ("gzip", None, b"image/png", True, None),
        ("gzip", b"x" * 512, b"image/png", False, None),
        ("gzip", b"x" * 512, b"image/svg+xml", False, b"gzip"),
        (None, b"x" * 512, HTML, False, None),
        ("identity", b"x" * 512, HTML, False, None),
        ("gzip, br", b"x" * 512, HTML, False, b"br"),
        ("gzip, zstd", None, b"text/event-stream", True, b"zstd"),
        ("gzip, zstd, br", None, b"text/event-stream", True, b"br"),
    ],
)
def test_a_response_gets_this_compressor(
    accept_encoding: str | bytes | None,
    data: bytes | None,
    content_type: bytes | None,
    streaming: bool,
    chosen: bytes | None,
) -> None:
    config = CompressionConfig()
    compressor = config.select(
        accept_encoding, data=data, content_type=content_type, streaming=streaming
    )
    assert (compressor and compressor.encoding) == chosen
    assert config.may_compress(
        accept_encoding, data=data, content_type=content_type, streaming=streaming
    ) == (chosen is not None)


@pytest.mark.parametrize(
    ("accept_encoding", "content_type", "chosen"),
    [
        ("gzip, deflate, br, zstd", None, b"zstd"),
        ("gzip, deflate, br", HTML, b"gzip"),
        (b"br", HTML, b"br"),
        ("*", HTML, b"zstd"),
        ("br, zstd;q=0.9, gzip;q=0.9", HTML, b"br"),
        ("gzip, zstd;q=0.5", HTML, b"gzip"),
        ("zstd;q=0, gzip;q=0, br", HTML, b"br"),
        ("gzip, br, zstd", b"image/png", None),
        ("gzip, br, zstd, identity", HTML, None),
        ("identity", HTML, None),
        ("", HTML, None),
        (None, HTML, None),
    ],
)
def test_a_stream_gets_the_smallest_compressor_that_the_client_likes_best(
    accept_encoding: str | bytes | None, content_type: bytes | None, chosen: bytes | None
) -> None:
    config = CompressionConfig()
    compressor = config.select_stream(accept_encoding, content_type)
    assert (compressor and compressor.encoding) == chosen
    # The choice that an application makes by itself is the one of whole bodies.
    may = config.may_compress(accept_encoding, content_type=content_type, streaming=True)
    assert may == (chosen is not None)


def test_a_coding_that_is_off_is_no_choice_for_streams_either() -> None:
    config = CompressionConfig(zstd_level=-1, gzip_level=-1)
    compressor = config.select_stream("gzip, deflate, br, zstd")
    assert compressor is not None
    assert compressor.encoding == b"br"
    assert (
        CompressionConfig(zstd_level=-1, gzip_level=-1, brotli_level=-1).select_stream("*") is None
    )


@pytest.mark.parametrize(
    ("content_type", "compressible"),
    [
        (b"text/html", True),
        (b"text/event-stream", True),
        (b"application/json; charset=utf-8", True),
        (b"application/wasm", True),
        (b"image/svg+xml; charset=utf-8", True),
        (b"font/ttf", True),
        (b"x", True),
        (b"image/png", False),
        (b"IMAGE/PNG ; a=b", False),
        (b"audio/mpeg", False),
        (b"video/mp4", False),
        (b"font/woff", False),
        (b"font/woff2", False),
        (b"", False),
        (b" ; charset=utf-8", False),
        (b"application/gzip", False),
        (b"application/zip", False),
        (b"application/vnd.rar", False),
        (b"application/x-7z-compressed", False),
        (b"application/x-zstd", False),
    ],
)
def test_these_types_get_smaller(content_type: bytes, compressible: bool) -> None:
    assert content_type_is_compressible(content_type) is compressible
    assert content_type_is_compressible(content_type) is compressible


@pytest.mark.parametrize(
    ("variable", "text", "config"),
    [
        ("MIN_SIZE", "0", CompressionConfig(min_size=0)),
        ("ZSTD_LEVEL", " -1 ", CompressionConfig(zstd_level=-1)),
        ("ZSTD_WINDOW_LOG", "20", CompressionConfig(zstd_window_log=20)),
        ("BROTLI_LEVEL", "11", CompressionConfig(brotli_level=11)),
        ("BROTLI_WINDOW_LOG", "18", CompressionConfig(brotli_window_log=18)),
        ("GZIP_LEVEL", "9", CompressionConfig(gzip_level=9)),
        ("GZIP_WINDOW_BITS", "12", CompressionConfig(gzip_window_bits=12)),
        ("STREAM_WINDOW_LOG", "17", CompressionConfig(stream_window_log=17)),
        ("STREAM_WINDOW_LOG", "None", CompressionConfig()),
        ("STREAM_WINDOW_LOG", "", CompressionConfig()),
        ("GZIP_WINDOW_BITS", "  ", CompressionConfig()),
    ],
)
def test_the_environment_sets_a_field(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, config: CompressionConfig
) -> None:
    monkeypatch.setenv(f"STARIO_COMPRESS_{variable}", text)
    assert compression_config_from_env() == config


@pytest.mark.parametrize(
    ("variable", "text"),
    [("MIN_SIZE", "many"), ("GZIP_LEVEL", "10"), ("STREAM_WINDOW_LOG", "off"), ("MIN_SIZE", "-1")],
)
def test_a_bad_environment_value_is_a_stario_error(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str
) -> None:
    monkeypatch.setenv(f"STARIO_COMPRESS_{variable}", text)
    with pytest.raises(StarioError):
        compression_config_from_env()
