"""The content type of a file, by its suffix."""

from collections.abc import Mapping

from stario.exceptions import StarioError

DEFAULT_CONTENT_TYPE = b"application/octet-stream"

_TEXT = b"; charset=utf-8"
CONTENT_TYPES: dict[str, bytes] = {
    ".html": b"text/html" + _TEXT,
    ".htm": b"text/html" + _TEXT,
    ".css": b"text/css" + _TEXT,
    ".js": b"application/javascript" + _TEXT,
    ".mjs": b"application/javascript" + _TEXT,
    ".json": b"application/json" + _TEXT,
    ".xml": b"application/xml" + _TEXT,
    ".txt": b"text/plain" + _TEXT,
    ".md": b"text/markdown" + _TEXT,
    ".svg": b"image/svg+xml" + _TEXT,
    ".png": b"image/png",
    ".jpg": b"image/jpeg",
    ".jpeg": b"image/jpeg",
    ".gif": b"image/gif",
    ".ico": b"image/x-icon",
    ".webp": b"image/webp",
    ".avif": b"image/avif",
    ".woff": b"font/woff",
    ".woff2": b"font/woff2",
    ".ttf": b"font/ttf",
    ".otf": b"font/otf",
    ".eot": b"application/vnd.ms-fontobject",
    ".pdf": b"application/pdf",
    ".zip": b"application/zip",
    ".gz": b"application/gzip",
    ".br": b"application/brotli",
    ".mp3": b"audio/mpeg",
    ".mp4": b"video/mp4",
    ".webm": b"video/webm",
    ".wasm": b"application/wasm",
}


def suffix_of(name: str) -> str:
    """Return the last suffix of a file's name in lower case, `""` for none; `.env` has none."""
    stem, dot, extension = name.rpartition("/")[2].rpartition(".")
    return f".{extension.lower()}" if stem and dot and extension else ""


def merged_content_types(custom: Mapping[str, str | bytes] | None) -> dict[str, bytes]:
    """Return the known types, replaced and extended by `custom`; StarioError for bad entries."""
    types = dict(CONTENT_TYPES)
    for suffix, content_type in (custom or {}).items():
        if not suffix.startswith("."):
            raise bad_suffix(suffix)
        types[suffix.lower()] = header_bytes(f"content_types[{suffix!r}]", content_type)
    return types


def header_bytes(name: str, value: str | bytes) -> bytes:
    """Return a header value as it is sent; StarioError for control or non-Latin-1 characters."""
    try:
        line = value.encode("latin-1") if isinstance(value, str) else value
    except UnicodeEncodeError:
        raise bad_header_value(name, value) from None
    if any((byte < 32 and byte != 9) or byte == 127 for byte in line):
        raise bad_header_value(name, value)
    return line


def bad_suffix(suffix: str) -> StarioError:
    """The complaint about a key of `content_types`."""
    return StarioError(
        f"content_types has the key {suffix!r}, which does not start with a dot.",
        context={"key": suffix},
        help_text="Keys are suffixes of file names.",
        example='StaticAssets(manifest, content_types={".webmanifest": "application/json"})',
    )


def bad_header_value(name: str, value: str | bytes) -> StarioError:
    """The complaint about a value that no header can carry."""
    return StarioError(
        f"{name} is {value!r}, which cannot stand in a header.",
        context={name: value},
        help_text="Header values are Latin-1 text without control characters.",
    )
