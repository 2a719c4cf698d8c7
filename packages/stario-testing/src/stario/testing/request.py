"""A request from a test's arguments to the bytes of the wire, and on to the next redirect."""

import json as jsonlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from stario.http.headers import Headers
from stario.testing.errors import bad_argument, bad_method
from stario.testing.inputs import CookieMap, HeaderMap
from stario.testing.payload import Payload
from stario.testing.url import Url

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ClientRequest:
    """A request as it was sent."""

    __test__: ClassVar[bool] = False

    method: str
    url: str
    path: str
    query_string: str
    headers: Headers
    content: bytes

    def __repr__(self) -> str:
        return f"<ClientRequest {self.method} {self.url}>"

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.content.decode(errors="replace")

    def json(self) -> Any:
        """The body, parsed."""
        return jsonlib.loads(self.content)


@dataclass(frozen=True, slots=True)
class Draft:
    """A request that is not bound to cookies yet, and that a redirect can change."""

    method: str
    url: Url
    fields: Headers
    payload: Payload
    cookies: CookieMap

    def redirected(self, status: int, url: Url) -> "Draft":
        """Return the next request: 307 and 308 repeat this one, the others make it a GET.

        Another origin gets neither the credentials nor the host that were meant for this one.
        """
        draft = replace(self, url=url, fields=copied(self.fields))
        if url.origin != self.url.origin:
            for name in ("authorization", "cookie", "host"):
                draft.fields.remove(name)
            draft = replace(draft, cookies={})
        if status in (307, 308):
            return draft
        for name in ("content-type", "content-length", "transfer-encoding", "expect"):
            draft.fields.remove(name)
        method = "HEAD" if self.method == "HEAD" else "GET"
        return replace(draft, method=method, payload=Payload())

    def finished(self, cookie_line: str | None) -> ClientRequest:
        """Return the request with all of its fields, `host` first."""
        headers = Headers()
        headers.set("host", self.fields.get("host", self.url.authority))
        merge(headers, self.fields)
        if cookie_line:
            headers.set("cookie", cookie_line)
        content = self.payload.content
        if content is not None or self.method in _BODY_METHODS:
            if self.payload.content_type is not None:
                headers.setdefault("content-type", self.payload.content_type)
            if "transfer-encoding" not in headers:
                headers.setdefault("content-length", str(len(content or b"")))
        return ClientRequest(
            self.method, str(self.url), self.url.path, self.url.query, headers, content or b""
        )


def checked_method(method: str) -> str:
    """Return a method in upper case, as browsers send it."""
    if not isinstance(method, str) or not _TOKEN.fullmatch(method):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise bad_method(method)
    return method.upper()


def copied(headers: Headers) -> Headers:
    """Return fields that can change without changing these."""
    fresh = Headers()
    merge(fresh, headers)
    return fresh


def merge(headers: Headers, more: HeaderMap) -> None:
    """Let later fields replace earlier ones of the same name, whatever its case."""
    if not isinstance(more, Headers):
        if not isinstance(more, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise bad_argument("headers", more, "a mapping, or Headers where a name repeats")
        for name, value in more.items():
            headers.set(name, value)
        return
    lines = more.items()
    for name, _ in lines:
        headers.remove(name)
    for name, value in lines:
        headers.add(name, value)


def wire_head(request: ClientRequest, target: str) -> bytes:
    """Return the request line and the fields (RFC 9112, section 3)."""
    lines = [f"{request.method} {target} HTTP/1.1\r\n"]
    lines.extend(f"{name}: {value}\r\n" for name, value in request.headers.items())
    return "".join(lines).encode("latin-1") + b"\r\n"


def wire_body(request: ClientRequest) -> bytes:
    """Return the body with the framing that the fields announce."""
    content, coding = request.content, request.headers.get("transfer-encoding", "")
    if coding.lower() != "chunked":
        return content
    pieces = (content[at : at + _CHUNK] for at in range(0, len(content), _CHUNK))
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
