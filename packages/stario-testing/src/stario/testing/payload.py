"""Request bodies: at most one of json, data with files, and content; each brings its type."""

import json as jsonlib
import secrets
from dataclasses import dataclass
from typing import Any

from stario.testing.errors import bad_argument, bad_file, conflicting_bodies
from stario.testing.inputs import FileData, FileValue, FormData
from stario.testing.url import encode_pairs, flat_pairs, named

_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


@dataclass(frozen=True, slots=True)
class Payload:
    """A body, or None for no body at all, and the type that it implies."""

    content: bytes | None = None
    content_type: str | None = None


def encode_payload(
    json: Any | None = None,
    data: FormData | bytes | str | None = None,
    files: FileData | None = None,
    content: bytes | str | None = None,
) -> Payload:
    """Return the body that the arguments of a request describe. Raises ValueError for two."""
    _require_one_body(json, data, files or None, content)
    if json is not None:
        return Payload(_compact_json(json), "application/json; charset=utf-8")
    if files:
        return multipart([] if data is None else flat_pairs("data", data), files)
    if content is not None:
        if not isinstance(content, bytes | str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise bad_argument("content", content, "bytes or str (json= and data= take others)")
        return Payload(_as_bytes(content))
    if data is None:
        return Payload()
    if isinstance(data, bytes):
        return Payload(data)
    if isinstance(data, str):
        return Payload(data.encode(), "text/plain; charset=utf-8")
    return Payload(encode_pairs("data", data).encode(), "application/x-www-form-urlencoded")


def _require_one_body(json: object, data: object, files: object, content: object) -> None:
    given = {"json": json, "data": data, "files": files, "content": content}
    names = [name for name, value in given.items() if value is not None]
    if names == ["data", "files"] and not isinstance(data, bytes | str):
        return
    if len(names) > 1:
        raise conflicting_bodies(names[0], names[1])


def _compact_json(value: Any) -> bytes:
    return jsonlib.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def multipart(fields: list[tuple[str, str]], files: FileData) -> Payload:
    """Write `multipart/form-data` as browsers do (RFC 7578): the fields, then the files."""
    boundary = f"stario-boundary-{secrets.token_hex(16)}"
    parts = [_part(name, "", value.encode()) for name, value in fields]
    parts += [_file_part(name, value) for name, value in named("files", files)]
    opening = f"--{boundary}\r\n".encode()
    content = b"".join(opening + part for part in parts) + f"--{boundary}--\r\n".encode()
    return Payload(content, f"multipart/form-data; boundary={boundary}")


def _file_part(name: str, value: FileValue) -> bytes:
    match value:
        case bytes() | str() as payload:
            filename, content_type = name, "application/octet-stream"
        case (str() as filename, bytes() | str() as payload):
            content_type = "application/octet-stream"
        case (str() as filename, bytes() | str() as payload, str() as content_type):
            pass
        case _:  # pyright: ignore[reportUnnecessaryComparison]
            raise bad_file(name, value)
    if not content_type.isprintable():
        raise bad_file(name, value)
    described = f'; filename="{filename.translate(_QUOTED)}"\r\nContent-Type: {content_type}'
    return _part(name, described, _as_bytes(payload))


def _part(name: str, described: str, payload: bytes) -> bytes:
    head = f'Content-Disposition: form-data; name="{name.translate(_QUOTED)}"{described}\r\n\r\n'
    return head.encode() + payload + b"\r\n"


def _as_bytes(value: bytes | str) -> bytes:
    return value.encode() if isinstance(value, str) else value
