"""A request: the head as it was received, views of it that are computed on first use, the body."""

from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import quote

from stario.exceptions import HttpException
from stario.http.bodies.body import Body, already_streamed, require_size
from stario.http.bodies.form import MAX_FIELDS, parse_form
from stario.http.bodies.json_text import MAX_DEPTH, UnreadableJson, read_json
from stario.http.bodies.media_type import require_form, require_json
from stario.http.cookie_header import parse_cookie_headers
from stario.http.headers import FieldNames, Headers, KnownLines, WireLines
from stario.http.query import ParsedQuery
from stario.http.trust.proxies import UNKNOWN_ORIGIN, Origin
from stario.http.wire import host_name, raw_path

# Reading JSON or a form holds the loop, some tenths of a second per MiB at worst. Others set such a
# bound too (Fastify 1 MiB, axum 2, Django 2.5); it is a thousand times what a page sends.
PARSED_MAX = 1024 * 1024


class Caller(Protocol):
    """The connection, as a request needs it: it tells who sent what came in with these fields."""

    def origin_of(self, headers: Headers) -> Origin: ...


class Request:
    """One HTTP request.

    `path` is percent-decoded segment by segment, so an encoded slash stays `%2F`; `query_bytes` is
    the raw query without its `?`; `protocol_version` is `"1.1"` or `"1.0"`; `keep_alive` tells
    whether the client lets the connection live on.
    """

    # Defaults of the class instead of assignments in every constructor: a request pays only for
    # what it uses.
    _body: Body | None = None
    # The same, where it began as one that is not skipped unread. Internal.
    long_body: Body | None = None
    _query: ParsedQuery | None = None
    _cookies: Mapping[str, str] | None = None
    _empty_read = ""
    _headers: Headers | None = None
    _origin: Origin | None = None

    def __init__(
        self,
        *,
        method: str = "GET",
        path: str = "/",
        query_bytes: bytes = b"",
        protocol_version: str = "1.1",
        keep_alive: bool = True,
        headers: Headers,
        body: Body | None = None,
    ) -> None:
        self.method = method
        self.path = path
        self.query_bytes = query_bytes
        self.protocol_version = protocol_version
        self.keep_alive = keep_alive
        self._headers = headers
        if body is not None:
            self._body = body

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.raw_path}>"

    @property
    def headers(self) -> Headers:
        """The header fields."""
        if self._headers is None:
            self._headers = self._wrap_headers()
        return self._headers

    def _wrap_headers(self) -> Headers:
        return Headers()

    def first_line(self, name: bytes) -> bytes | None:
        """Return a field's first line as bytes; `name` must be in lower case. Internal."""
        return self.headers.wire_get(name.decode("ascii"))

    def first_lines(self, names: FieldNames) -> Mapping[bytes, bytes]:
        """Return the first lines of those of these fields that are there. Internal."""
        found = ((name, self.first_line(name)) for name in names)
        return {name: line for name, line in found if line is not None}

    @property
    def host(self) -> str:
        """The host in lower case without its port; IPv6 keeps its brackets; `""` when missing."""
        field = self.headers.wire_get("host")
        return "" if field is None else host_name(field)

    @property
    def client(self) -> str:
        """The client's IP address; `""` over a Unix socket, and where it is not known.

        IPv6 comes without brackets and zone, an IPv4-mapped address as IPv4. Behind proxies that
        `ServerConfig.trusted_proxies` names, it is who called the first of them.
        """
        return self._known_origin().client

    @property
    def scheme(self) -> str:
        """`"https"` or `"http"`: what the client speaks, to us or to the first trusted proxy."""
        return self._known_origin().scheme

    def _known_origin(self) -> Origin:
        if self._origin is None:
            self._origin = self._find_origin()
        return self._origin

    def _find_origin(self) -> Origin:
        return UNKNOWN_ORIGIN

    @property
    def raw_path(self) -> str:
        """The path as it stood on the wire, percent-encoded."""
        return quote(self.path)

    @property
    def query(self) -> ParsedQuery:
        """The query string, decoded."""
        if self._query is None:
            self._query = ParsedQuery(self.query_bytes)
        return self._query

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies, read-only. Pairs that are no cookies are left out."""
        if self._cookies is None:
            self._cookies = MappingProxyType(parse_cookie_headers(self.headers.getlist("cookie")))
        return self._cookies

    async def body(self, max_size: int | None = None) -> bytes:
        """Return the whole body, as often as asked.

        `max_size`, in bytes, replaces the server's limit for this read, lower or higher.
        Raises HttpException(413) over the limit, HttpException(408) when the client stalls,
        ClientDisconnected when it leaves, ValueError for a negative `max_size`, and StarioRuntime
        after `stream()`.
        """
        body = self._body
        if body is not None:
            whole = body.read_nowait(max_size)
            return await body.read(max_size) if whole is None else whole
        require_size(max_size)
        if self._empty_read == "stream":
            raise already_streamed()
        self._empty_read = "body"
        return b""

    async def json(self, max_size: int | None = None, *, max_depth: int = MAX_DEPTH) -> Any:
        """Return the value of a JSON body (RFC 8259), a new one each time. It is what somebody
        sent: look at it before you use it.

        `max_size`, in bytes, is that of `body`; by default 1 MiB, or the server's limit where that
        is lower, since nothing else happens while a body is read as JSON: some tenths of a second
        per MiB at worst. `max_depth` is how often arrays and objects may be nested in each
        other. Raises HttpException(415) unless the content type is `application/json` or ends in
        `+json`, HttpException(400) for an empty body and for what is no JSON in UTF-8, with the
        reason, line and column, and whatever `body` raises. Refused as well are NaN, infinity,
        numbers that Python has no form for, half a surrogate pair, a name twice in one object, and
        a byte order mark.
        """
        require_json(self.headers)
        data = await self._parsed_body(max_size)
        if not data:
            raise empty_json()
        try:
            return read_json(data, max_depth)
        except UnreadableJson as error:
            raise bad_json(error) from None

    async def form(
        self, max_size: int | None = None, *, max_fields: int = MAX_FIELDS
    ) -> ParsedQuery:
        """Return the fields of an HTML form, `application/x-www-form-urlencoded`, read-only.

        They are read as those of a query, and as the WHATWG's URL standard says (5.1): nothing is
        malformed, bad UTF-8 is replaced. `max_size`, in bytes, is that of `json`. Raises
        HttpException(415) for another content type, `multipart/form-data` too, and for another
        charset than UTF-8, HttpException(400) for more than `max_fields` fields, and whatever
        `body` raises.
        """
        require_form(self.headers)
        return parse_form(await self._parsed_body(max_size), max_fields)

    async def _parsed_body(self, max_size: int | None) -> bytes:
        if max_size is None and self._body is not None:
            max_size = min(self._body.limit, PARSED_MAX)
        return await self.body(max_size)

    def stream(self, max_size: int | None = None) -> AsyncIterator[bytes]:
        """Return the body's pieces as they arrive, once. Errors are those of `body`.

        No piece is empty, and the next one is not read from the socket before it is asked for, as
        soon as 64 KiB wait. Parsers of multipart or CSV build on this; who stops early lets the
        server skip the rest or close the connection.
        """
        if self._body is not None:
            return self._body.stream(max_size)
        require_size(max_size)
        if self._empty_read:
            raise already_streamed()
        self._empty_read = "stream"
        return _nothing()


class ReceivedRequest(Request):
    """A request from the wire. It looks at its fields, and wraps its headers, when asked."""

    # Positional arguments: keywords cost twice the construction.
    def __init__(
        self,
        method: str,
        path: str,
        query_bytes: bytes,
        protocol_version: str,
        keep_alive: bool,
        lines: WireLines,
        target: bytes,
        caller: Caller,
    ) -> None:
        self.method = method
        self.path = path
        self.query_bytes = query_bytes
        self.protocol_version = protocol_version
        self.keep_alive = keep_alive
        self.lines = lines
        self.target = target
        self._caller = caller

    def _find_origin(self) -> Origin:
        return self._caller.origin_of(self.headers)

    def _wrap_headers(self) -> Headers:
        return Headers.from_wire(self.lines)

    def first_line(self, name: bytes) -> bytes | None:
        if self._headers is not None:  # somebody may have changed them
            return super().first_line(name)
        # Wrapping all fields to look at one costs more than a small answer.
        for spelled, value in self.lines:
            if len(spelled) == len(name) and spelled.lower() == name:
                return value.rstrip()
        return None

    def first_lines(self, names: FieldNames) -> Mapping[bytes, bytes]:
        if self._headers is not None:
            return super().first_lines(names)
        lines = self.lines
        if type(lines) is not KnownLines:
            return _first_of(names, lines)
        found = lines.found.get(names)
        if found is None:
            found = lines.found[names] = _first_of(names, lines)
        return found

    @property
    def raw_path(self) -> str:
        return raw_path(self.target)

    @property
    def received_body(self) -> Body | None:
        """The body as the connection knows it."""
        return self._body

    @received_body.setter
    def received_body(self, body: Body) -> None:
        self._body = body


def _first_of(names: FieldNames, lines: WireLines) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for spelled, value in lines:
        if len(spelled) in names.lengths:
            name = spelled.lower()
            if name in names and name not in found:
                found[name] = value.rstrip()
    return found


def empty_json() -> HttpException:
    return HttpException(400, "The body is empty; it has to be one JSON value.")


def bad_json(error: UnreadableJson) -> HttpException:
    return HttpException(400, f"The body cannot be read as JSON: {error}.")


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
