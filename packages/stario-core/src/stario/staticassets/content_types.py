"""The content type of a file, by its suffix."""

from collections.abc import Mapping

from stario.exceptions import StarioError
from stario.markup.errors import shown
from stario.staticassets.settings import header_text

DEFAULT_CONTENT_TYPE = "application/octet-stream"

_EXAMPLE = 'StaticAssets(manifest, content_types={".webmanifest": "application/json"})'
_TEXT = "; charset=utf-8"
CONTENT_TYPES: dict[str, str] = {
    ".html": "text/html" + _TEXT,
    ".htm": "text/html" + _TEXT,
    ".css": "text/css" + _TEXT,
    ".js": "application/javascript" + _TEXT,
    ".mjs": "application/javascript" + _TEXT,
    ".json": "application/json" + _TEXT,
    ".xml": "application/xml" + _TEXT,
    ".txt": "text/plain" + _TEXT,
    ".md": "text/markdown" + _TEXT,
    ".svg": "image/svg+xml" + _TEXT,
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".ico": "image/x-icon",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".eot": "application/vnd.ms-fontobject",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
    ".gz": "application/gzip",
    ".br": "application/brotli",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".wasm": "application/wasm",
}


def suffix_of(name: str) -> str:
    """Return the last suffix of a file's name in lower case, `""` for none; `.env` has none."""
    stem, dot, extension = name.rpartition("/")[2].rpartition(".")
    return f".{extension.lower()}" if stem and dot and extension else ""


def merged_content_types(custom: Mapping[str, str | bytes] | None) -> dict[str, str]:
    """Return the known types, replaced and extended by `custom`; StarioError for bad entries."""
    if custom is None:
        return CONTENT_TYPES
    if not isinstance(custom, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise not_content_types(custom)
    types = dict(CONTENT_TYPES)
    for suffix, content_type in custom.items():
        if not isinstance(suffix, str) or not suffix.startswith("."):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise bad_suffix(suffix)
        types[suffix.lower()] = header_text(f"content_types[{suffix!r}]", content_type)
    return types


def not_content_types(custom: object) -> StarioError:
    return StarioError(
        f"content_types is a mapping of suffixes to types, not {shown(custom)}.",
        example=_EXAMPLE,
    )


def bad_suffix(suffix: object) -> StarioError:
    return StarioError(
        f"content_types has the key {shown(suffix)}, which does not start with a dot.",
        context={"key": suffix},
        help_text="Keys are suffixes of file names.",
        example=_EXAMPLE,
    )
