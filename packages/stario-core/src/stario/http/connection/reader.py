"""Bytes in, requests out: heads and bodies as they come off the wire, and what is wrong with them.

The parser's callbacks only collect; nothing is handled inside them. The first fault ends the
reading: what was read before it stands, what comes after it is not looked at. Everything that a
client can make grow has a limit here. References are to RFC 9112.
"""

from typing import Any, Protocol

import httptools

from stario.exceptions import HttpException
from stario.http.bodies.body import SKIP_MAX, Body, BodySource
from stario.http.config import RequestPolicy
from stario.http.connection.heads import LONGEST, NO_BLOCK, Block, known_lines, learn
from stario.http.headers import FieldLines, WireLines, add_line
from stario.http.request import Caller, ReceivedRequest
from stario.http.trust.hosts import TrustedHosts
from stario.http.wire import host_name, raw_path, split_target, target_host

# Bytes given to the parser at once; small enough that a flood of tiny pipelined requests stays a
# few hundred objects.
SLICE = 16 * 1024
# Bytes of chunk framing and trailers that a body may have beside 8 for each byte of content: a
# one-byte chunk costs 5. hyper allows 16 KiB of chunk extensions.
_FRAMING_MAX = 16 * 1024
_FRAMING_PER_BYTE = 8
# What the framing of a head counts for, whatever it is.
_FRAMING_OF_HEAD = 40
# What is looked up for every request is remembered: this many of each, none longer than this.
_KNOWN_MAX = 1024
_KNOWN_LENGTH = 128

_METHODS = {
    method.encode(): method
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "QUERY")
}
# The fields that framing depends on, in the spellings that clients use; any other is lowered first.
_WATCHED = {
    spelling.encode(): name
    for name in ("host", "connection", "content-length", "transfer-encoding", "expect")
    for spelling in (name, name.title())
}
_WATCHED_LENGTHS = frozenset(map(len, _WATCHED))
_CallbackError = httptools.HttpParserCallbackError
_targets: dict[bytes, tuple[str, bytes]] = {}


class Fault(Exception):
    """What is wrong with the bytes. With status 0 there is nobody to tell, only a close.

    `request` is what a span can tell of the request, where its first line and a field were good.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.request: dict[str, str] = {}

    @property
    def is_for_head(self) -> bool:
        """Whether HEAD asked for what is refused: no answer to it has a body (RFC 9110, 9.3.2)."""
        return self.request.get("request.method") == "HEAD"


class Source(BodySource, Caller, Protocol):
    """What a reader needs of its connection."""


class _Trailers(list[tuple[bytes, bytes]]):
    """Takes the place of a head's lines while a chunked body is open: counts, and keeps nothing."""

    __slots__ = ("_bytes_left", "_fields_left")

    def __init__(self, policy: RequestPolicy) -> None:
        self._fields_left = policy.max_header_fields
        self._bytes_left = policy.max_header_bytes

    def append(self, line: tuple[bytes, bytes], /) -> None:
        self._fields_left -= 1
        self._bytes_left -= len(line[0]) + len(line[1])
        if self._fields_left < 0 or self._bytes_left < 0:
            raise Fault(431, "the trailers are too large")


class RequestReader:
    """Reads the requests of one connection into `requests`, until there is a `fault`.

    `settled` tells that the bytes so far end a request or stand between two; else `body` is open,
    or `reading_head` is true.
    """

    __slots__ = (
        "_bare_bytes",
        "_block",
        "_body_bytes",
        "_carried_bytes",
        "_framing_bytes",
        "_good_hosts",
        "_head_bytes",
        "_hosts",
        "_learns",
        "_lines",
        "_max_fields",
        "_parser",
        "_policy",
        "_skipping",
        "_small_head",
        "_source",
        "_target",
        "_watched",
        "body",
        "fault",
        "reading_head",
        "requests",
        "settled",
    )

    def __init__(self, source: Source, policy: RequestPolicy, hosts: TrustedHosts) -> None:
        self._source = source
        self._policy = policy
        self._hosts = hosts
        self._good_hosts = hosts.good
        self._max_fields = policy.max_header_fields
        # The bytes up to which a head need not be added up.
        self._small_head = policy.max_header_bytes - _FRAMING_OF_HEAD
        self._block: Block = NO_BLOCK
        # What others sent is known too, but stricter limits than theirs must still hold.
        self._learns = policy.max_header_bytes >= LONGEST
        self._parser: Any = httptools.HttpRequestParser(self)
        # The head alone decides who closes. The parser also listens to Proxy-Connection and to
        # trailers, and would refuse the next request.
        self._parser.set_dangerous_leniencies(lenient_keep_alive=True)
        self._target = b""
        self._lines: WireLines = []
        self._watched: FieldLines = {}
        self._head_bytes = 0
        self._body_bytes = 0
        self._framing_bytes = 0
        self._bare_bytes = 0
        self._carried_bytes = 0
        self._skipping = False
        self.body: Body | None = None
        self.fault: Fault | None = None
        self.reading_head = False
        self.requests: list[ReceivedRequest] = []
        self.settled = True

    def feed_whole(self, data: bytes) -> None:
        """Read a whole read of the socket, at most `SLICE` bytes. Not after a fault."""
        text, lines, body_length = self._block
        end = len(data) - body_length
        # A negative end would count from the back, and take part of a body for all of it.
        if self.settled and end > 0 and data.endswith(text, 0, end):
            line = known_lines.get(data[: end - len(text)])
            if line is not None:
                method, path, query_bytes, target = line
                request = ReceivedRequest(
                    method, path, query_bytes, "1.1", True, lines, target, self._source
                )
                if body_length:
                    request.received_body = Body.arrived(
                        self._source, self._policy.max_body_bytes, data[end:]
                    )
                self.requests.append(request)
                return
        between = self.settled
        self.feed(data)
        if between and self.settled and len(self.requests) == 1 and self._learns:
            self._block = learn(data, self.requests[0])

    def feed(self, data: "bytes | memoryview") -> None:
        """Read more bytes, at most `SLICE` of them. Not after a fault."""
        self.settled = False
        size = len(data)
        self._head_bytes += size
        before, had_bytes = self.body, self._body_bytes
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.settled = False
            self.fault = self._refuse_upgrade()
        except httptools.HttpParserError as error:
            self.settled = False
            self.fault = _fault_of(error)
            if self.body is None and (self._lines or type(error) is _CallbackError):
                self._name_head(self.fault)
        if self.settled:
            # Too many rather than too few: the next head may have begun in these bytes.
            self._head_bytes = size
        elif self.body is None:
            self._account_for_head(size)
        else:
            if self.body is before:
                content = self._body_bytes - had_bytes
                self._framing_bytes += size - content
                self._bare_bytes = 0 if content else self._bare_bytes + size
            self._account_for_body()

    def stop(self) -> None:
        """Read nothing more, and forget what was read but not handled."""
        self.requests.clear()
        self.fault = self.fault or Fault(0, "the connection is closing")

    def close(self) -> None:
        """Stop, and let go of the parser, which refers back to this reader."""
        self.stop()
        self._parser = None

    def skip_body(self) -> bool:
        """Skip the rest of the open body, if that is little; else return False."""
        body = self.body
        if body is None:
            return True
        if body.has_long_rest:
            return False
        self._skipping = True
        self._body_bytes = 0
        body.discard()
        return True

    # Callbacks of httptools

    def on_url(self, part: bytes) -> None:
        self._target = self._target + part if self._target else part

    def on_header(self, name: bytes, value: bytes) -> None:
        # Kept as they come, and looked at when a handler asks. Framing depends on a few, which are
        # told by their length first: a browser sends a dozen others.
        self._lines.append((name, value))
        if len(name) in _WATCHED_LENGTHS:
            key = _WATCHED.get(name) or _WATCHED.get(name.lower())
            if key is None:
                return
            if key in self._watched:
                add_line(self._watched, key, value)
            else:
                self._watched[key] = value

    def on_headers_complete(self) -> None:
        target, lines, fields = self._target, self._lines, self._watched
        self.reading_head = False
        self.settled = True
        if self._head_bytes > self._small_head or len(lines) > self._max_fields:
            self._refuse_large_head(target, lines)
        parser = self._parser
        version, keep_alive = "1.1", True
        if "connection" in fields or not parser.should_keep_alive():
            version = parser.get_http_version()
            keep_alive = _keeps_alive(version, fields)
        try:
            self._good_hosts[fields["host"]]
        except (KeyError, TypeError):  # unknown, missing, or a list
            _check_host(version, fields, self._hosts)
        try:
            path, query = _targets[target]
        except KeyError:
            path, query = _learn_target(target, parser.get_method(), self._hosts)
        method = parser.get_method()
        request = ReceivedRequest(
            _METHODS[method] if method in _METHODS else _rare_method(method),
            path,
            query,
            version,
            keep_alive,
            lines,
            target,
            self._source,
        )
        declared = 0
        if "content-length" in fields or "transfer-encoding" in fields:
            declared = _declared_length(version, fields)
        self._target, self._lines, self._watched = b"", [], {}
        if declared != 0:
            self._open_body(request, fields, declared)
        self.requests.append(request)

    def on_body(self, piece: bytes) -> None:
        self._body_bytes += len(piece)
        if self.body is None:
            return
        if not self._skipping:
            self.body.feed(piece)
        elif self._body_bytes > SKIP_MAX:
            raise Fault(0, "the unread body is too long to skip")

    def on_message_complete(self) -> None:
        body = self.body
        if body is not None:
            self.body = None
            self._lines, self._watched = [], {}
            self._skipping = False
            self.settled = True
            body.complete()

    # What the callbacks need

    def _refuse_large_head(self, target: bytes, lines: WireLines) -> None:
        """Refuse a head whose target, names, values and framing are over the limit."""
        if len(lines) > self._max_fields:
            raise self._too_many_fields()
        size = _FRAMING_OF_HEAD + len(target) + sum(len(name) + len(value) for name, value in lines)
        if size > self._policy.max_header_bytes:
            raise Fault(431, "the head is too large")

    def _too_many_fields(self) -> Fault:
        return Fault(431, f"more than {self._max_fields} header fields")

    def _refuse_upgrade(self) -> Fault:
        """Take back the request that the parser ended as one for another protocol.

        Only HTTP/1.0 has no upgrades and is answered (RFC 9110, 7.8), unless it has a body, which
        the parser did not read.
        """
        request, reason = self.requests[-1], "no other protocol is spoken here"
        if request.protocol_version == "1.0" and request.received_body is None:
            return Fault(0, reason)
        fault = Fault(400, reason)
        _name_request(fault, request.method, request.path, request.raw_path)
        self.requests.pop()
        return fault

    def _name_head(self, fault: Fault) -> None:
        method = self._parser.get_method().decode("ascii")
        try:
            path, _ = split_target(self._target)
        except ValueError:
            fault.request = {"request.method": method}
        else:
            _name_request(fault, method, path, raw_path(self._target))

    def _open_body(
        self, request: ReceivedRequest, fields: FieldLines, declared: int | None
    ) -> None:
        if declared is None:
            self._lines = _Trailers(self._policy)
        self.settled = False
        self._body_bytes = self._framing_bytes = self._bare_bytes = 0
        body = Body(self._source, self._policy.max_body_bytes, declared)
        self.body = request.received_body = body
        expect = fields.get("expect")
        if isinstance(expect, bytes) and request.protocol_version == "1.1":
            body.expects_continue = expect.strip().lower() == b"100-continue"
        if body.has_long_rest:
            request.long_body = body

    def _account_for_head(self, size: int) -> None:
        if not self.reading_head:
            self.reading_head = True
            self._carried_bytes = self._head_bytes - size
        if self.fault is not None:
            return
        if self._head_bytes > self._policy.max_header_bytes + SLICE + self._carried_bytes:
            self.fault = Fault(431, "the head is too large")
        elif len(self._lines) > self._max_fields:
            self.fault = self._too_many_fields()
        if self.fault is not None and self._lines:
            self._name_head(self.fault)

    def _account_for_body(self) -> None:
        self._head_bytes = 0
        if self._framing_bytes > _FRAMING_MAX + _FRAMING_PER_BYTE * self._body_bytes:
            self.fault = Fault(400, "too much chunk framing")
        elif self._bare_bytes > self._policy.max_header_bytes + SLICE:
            # The parser keeps what is unfinished.
            self.fault = Fault(431, "a chunk extension or trailers without end")
        if self.fault is not None and self.body is not None:
            self._break_body(self.body, self.fault)

    def _break_body(self, body: Body, fault: Fault) -> None:
        """Let the handler that reads a malformed body answer for it."""
        detail = f"The request body is malformed: {fault.reason}."
        body.fail(HttpException(fault.status or 400, detail))
        self.fault = Fault(0, fault.reason)


def _name_request(fault: Fault, method: str, path: str, raw: str) -> None:
    """Tell of a refused request what its first line said, without any control characters."""
    shown = path if path.isprintable() else raw
    fault.request = {"request.method": method, "request.path": shown}


def _keeps_alive(version: str, fields: FieldLines) -> bool:
    """Tell whether the connection may live on (RFC 9110, 7.6.1)."""
    if version not in ("1.1", "1.0"):
        # RFC 9110, 15.6.6. What the parser calls 0.9 has no version at all, so it is malformed.
        status = 400 if version == "0.9" else 505
        raise Fault(status, "only HTTP/1.1 and HTTP/1.0 are spoken here")
    value = fields.get("connection", b"")
    if value == b"keep-alive":  # as browsers write it
        return version == "1.1"
    joined = b",".join(value) if isinstance(value, list) else value
    tokens = {token.strip().lower() for token in joined.split(b",")}
    return version == "1.1" and b"close" not in tokens


def _check_host(version: str, fields: FieldLines, hosts: TrustedHosts) -> None:
    """Refuse a request without one good Host (3.2), or for a host that is not served here."""
    host = fields.get("host")
    if isinstance(host, list) or (host is None and version == "1.1"):
        raise Fault(400, "no single Host field")
    try:
        _refuse_other_hosts(host_name((host or b"").rstrip()), hosts)
    except ValueError as error:
        raise Fault(400, str(error)) from None
    if host is not None and len(hosts.good) < _KNOWN_MAX and len(host) <= _KNOWN_LENGTH:
        hosts.good[host] = None


def _refuse_other_hosts(host: str, hosts: TrustedHosts) -> None:
    """RFC 9110, 7.4 and 15.5.20. An HTTP/1.0 request without Host is for no host that we serve."""
    if host not in hosts:
        raise Fault(421, f"this server does not answer for the host {host!r}")


def _rare_method(method: bytes) -> str:
    if method == b"CONNECT":  # the parser would take what follows for another protocol
        raise Fault(400, "no tunnels are made here")
    return method.decode("ascii")


def _learn_target(target: bytes, method: bytes, hosts: TrustedHosts) -> tuple[str, bytes]:
    """Return path and query of a good target, and keep them a while: most requests repeat one."""
    if target == b"*":  # never kept, so that this is asked every time
        if method != b"OPTIONS":
            raise Fault(400, "the target * is for OPTIONS")
        return "*", b""
    try:
        split = split_target(target)
        if not target.startswith(b"/"):  # absolute-form
            _refuse_other_hosts(target_host(target), hosts)
    except UnicodeError:
        raise Fault(400, "bytes in the request target that are no UTF-8") from None
    except ValueError as error:
        raise Fault(400, str(error)) from None
    # Those in absolute-form are rare, and name a host that not every server of this process serves.
    if len(target) <= _KNOWN_LENGTH and target.startswith(b"/"):
        if len(_targets) >= _KNOWN_MAX:
            _targets.clear()
        _targets[target] = split
    return split


def _declared_length(version: str, fields: FieldLines) -> int | None:
    """Return the Content-Length, or None for a chunked body (6.3)."""
    length, coding = fields.get("content-length"), fields.get("transfer-encoding")
    if length is not None and coding is not None:
        raise Fault(400, "Content-Length beside Transfer-Encoding")
    if length is None:
        # A tab behind it is white space too, but the parser takes none there.
        single = isinstance(coding, bytes) and coding.strip(b" ").lower() == b"chunked"
        if version == "1.0" or not single:
            raise Fault(400, "a Transfer-Encoding other than chunked")
        return None
    if isinstance(length, list) or not (digits := length.strip()).isdigit():
        raise Fault(400, "a Content-Length that is no single number")
    # Without zeros in front: Python makes no number of thousands of digits.
    return int(digits.lstrip(b"0") or b"0")


def _fault_of(error: httptools.HttpParserError) -> Fault:
    """Return the fault that a callback raised, or one in the parser's words."""
    cause = error.__context__
    if isinstance(cause, Fault):
        return cause
    text = str(error).strip(" .").replace("\n", " ")
    return Fault(400, text if text.isascii() and text.isprintable() and text else "malformed bytes")
