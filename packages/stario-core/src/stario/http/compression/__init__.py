"""Compression of responses: which coding, with which settings, and the work itself."""

from stario.http.compression.codecs import Compressor
from stario.http.compression.config import CompressionConfig
from stario.http.compression.content_types import content_type_is_compressible
from stario.http.compression.environment import compression_config_from_env
from stario.http.compression.negotiate import negotiate_content_encoding
from stario.http.compression.vary import merge_vary

__all__ = [
    "CompressionConfig",
    "Compressor",
    "compression_config_from_env",
    "content_type_is_compressible",
    "merge_vary",
    "negotiate_content_encoding",
]
