"""Compression settings from `STARIO_COMPRESS_*`; each variable is an argument of the config."""

from stario.env import bad_setting, read_int, read_str
from stario.http.compression.config import CompressionConfig


def compression_config_from_env() -> CompressionConfig:
    """Build the config that the environment describes; StarioError for a bad value."""
    try:
        return CompressionConfig(
            min_size=read_int("STARIO_COMPRESS_MIN_SIZE", 512),
            zstd_level=read_int("STARIO_COMPRESS_ZSTD_LEVEL", 3),
            zstd_window_log=read_int("STARIO_COMPRESS_ZSTD_WINDOW_LOG", None),
            brotli_level=read_int("STARIO_COMPRESS_BROTLI_LEVEL", 4),
            brotli_window_log=read_int("STARIO_COMPRESS_BROTLI_WINDOW_LOG", None),
            gzip_level=read_int("STARIO_COMPRESS_GZIP_LEVEL", 6),
            gzip_window_bits=read_int("STARIO_COMPRESS_GZIP_WINDOW_BITS", None),
            stream_window_log=_int_or_none("STARIO_COMPRESS_STREAM_WINDOW_LOG"),
        )
    except ValueError as error:
        raise bad_setting(error) from error


def _int_or_none(name: str) -> int | None:
    if read_str(name, "none").lower() == "none":
        return None
    return read_int(name, None)
