"""Bytes in, requests out: heads and bodies as they come off the wire, and what is wrong with them.

The parser's callbacks only collect; nothing is handled inside them. The first fault ends the
reading: what was read before it stands, what comes after it is not looked at. Everything that a
client can make grow has a limit here. References are to RFC 9112.
"""

from typing import Any, Protocol

import httptools

from stario.exceptions import HttpException
from stario.http.body import Body, BodySource
from stario.http.config import RequestPolicy
from stario.http.headers import FieldLines, WireLines, add_line
from stario.http.heads import LONGEST, NO_BLOCK, Block, known_lines, learn
from stario.http.hosts import TrustedHosts
from stario.http.request import Caller, ReceivedRequest
from stario.http.wire import host_name, split_target, target_host

# Bytes given to the parser at once; small enough that a flood of tiny pipelined requests stays a
# few hundred objects.
SLICE = 16 * 1024
# An unread body up to this size is skipped so that the connection lives on.
_SKIP_MAX = 64 * 1024
# Bytes of chunk framing and trailers that a body may have beside 8 for each byte of content: a
# one-byte chunk costs 5. hyper allows 16 KiB of chunk extensions.
_FRAMING_MAX = 16 * 1024
_FRAMING_PER_BYTE = 8
# Header fields per request: nginx allows 1,000, Cowboy and hyper 100.
_MAX_FIELDS = 100
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
    for name in ("host", "connection", "upgrade", "content-length", "transfer-encoding", "expect")
    for spelling in (name, name.title())
}
_WATCHED_LENGTHS = frozenset(map(len, _WATCHED))
_targets: dict[bytes, tuple[str, bytes]] = {}


class Fault(Exception):
    """What is wrong with the bytes. With status 0 there is nobody to tell, only a close."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.is_for_head = False


class Source(BodySource, Caller, Protocol):
    """What a reader needs of its connection."""


class RequestReader:
    """Reads the requests of one connection into `requests`, until there is a `fault`.

    `settled` tells that the bytes so far end a request or stand between two; else `body` is open,
    or `reading_head` is true.
    """

    __slots__ = (
        "_block",
        "_body_bytes",
        "_framing_bytes",
        "_good_hosts",
        "_head_bytes",
        "_hosts",
        "_learns",
        "_lines",
        "_parser",
        "_policy",
        "_skipping",
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
        self._parser: Any = httptools.HttpRequestParser(self)
        self._block: Block = NO_BLOCK
        # What others sent is known too, but a stricter limit than theirs must still hold.
        self._learns = policy.max_header_bytes >= LONGEST
        self._target = b""
        self._lines: WireLines = []
        self._watched: FieldLines = {}
        self._head_bytes = 0
        self._body_bytes = 0
        self._framing_bytes = 0
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
        self._head_bytes += len(data)
        before, had_bytes = self.body, self._body_bytes
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.fault = Fault(400, "no other protocol is spoken here")
        except httptools.HttpParserError as error:
            self.fault = _fault_of(error, self._parser.get_method())
        if self.fault is not None:
            self.settled = False
        if self.body is not None:
            self.settled = False
            if self.body is before:
                self._framing_bytes += len(data) - (self._body_bytes - had_bytes)
            self._account_for_body()
        elif not self.settled:
            self._account_for_head()

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
        left = _SKIP_MAX if body.declared is None else body.declared - body.received
        if left > _SKIP_MAX or body.expects_continue:
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
        self._target, self._lines, self._watched = b"", [], {}
        self.reading_head = False
        self.settled = True
        if self._head_bytes > self._policy.max_header_bytes or len(lines) > _MAX_FIELDS:
            self._refuse_large_head(target, lines)
        self._head_bytes = 0
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
            path, query = _learn_target(target, self._hosts)
        method = parser.get_method()
        request = ReceivedRequest(
            _METHODS[method] if method in _METHODS else method.decode("ascii"),
            path,
            query,
            version,
            keep_alive,
            lines,
            target,
            self._source,
        )
        if "content-length" in fields or "transfer-encoding" in fields:
            self._open_body(request, fields)
        if path == "*" and request.method != "OPTIONS":
            raise Fault(400, "the target * is for OPTIONS")
        self.requests.append(request)

    def on_body(self, piece: bytes) -> None:
        self._body_bytes += len(piece)
        if self.body is None:
            return
        if not self._skipping:
            self.body.feed(piece)
        elif self._body_bytes > _SKIP_MAX:
            raise Fault(0, "the unread body is too long to skip")

    def on_message_complete(self) -> None:
        body = self.body
        if body is not None:
            # What was collected since the head are trailers; they are not handed on.
            self.body = None
            self._lines, self._watched = [], {}
            self._head_bytes = 0
            self._skipping = False
            self.settled = True
            body.complete()

    # What the callbacks need

    def _refuse_large_head(self, target: bytes, lines: WireLines) -> None:
        """Refuse a head whose target, names, values and 40 bytes of framing are over the limit."""
        if len(lines) > _MAX_FIELDS:
            raise Fault(431, f"more than {_MAX_FIELDS} header fields")
        size = 40 + len(target) + sum(len(name) + len(value) for name, value in lines)
        if size > self._policy.max_header_bytes:
            raise Fault(431, "the head is too large")

    def _open_body(self, request: ReceivedRequest, fields: FieldLines) -> None:
        declared = _declared_length(request.protocol_version, fields)
        if declared == 0:
            return
        self._body_bytes = self._framing_bytes = 0
        body = Body(self._source, self._policy.max_body_bytes, declared)
        self.body = request.received_body = body
        expect = fields.get("expect")
        if isinstance(expect, bytes) and request.protocol_version == "1.1":
            body.expects_continue = expect.lower() == b"100-continue"

    def _account_for_head(self) -> None:
        self.reading_head = True
        if self._head_bytes > self._policy.max_header_bytes + SLICE:
            self.fault = Fault(431, "the head is too large")

    def _account_for_body(self) -> None:
        self._head_bytes = 0
        if self._framing_bytes > _FRAMING_MAX + _FRAMING_PER_BYTE * self._body_bytes:
            self.fault = Fault(400, "too much chunk framing")
        if self.fault is not None and self.body is not None:
            self._break_body(self.fault.reason)

    def _break_body(self, reason: str) -> None:
        """Let the handler that reads a malformed body answer for it."""
        assert self.body is not None
        self.body.fail(HttpException(400, f"The request body is malformed: {reason}."))
        self.fault = Fault(0, reason)


def _keeps_alive(version: str, fields: FieldLines) -> bool:
    """Tell whether the connection may live on; refuse upgrades (RFC 9110, 7.6.1 and 7.8)."""
    if version not in ("1.1", "1.0"):
        raise Fault(505, "only HTTP/1.1 and HTTP/1.0 are spoken here")
    value = fields.get("connection", b"")
    if value == b"keep-alive":  # as browsers write it
        return version == "1.1"
    joined = b",".join(value) if isinstance(value, list) else value
    tokens = {token.strip().lower() for token in joined.split(b",")}
    if b"upgrade" in tokens and "upgrade" in fields:
        raise Fault(400, "no other protocol is spoken here")
    return version == "1.1" and b"close" not in tokens


def _check_host(version: str, fields: FieldLines, hosts: TrustedHosts) -> None:
    """Refuse a request without one good Host (3.2), or for a host that is not served here."""
    host = fields.get("host")
    if isinstance(host, list) or (host is None and version == "1.1"):
        raise Fault(400, "no single Host field")
    try:
        _refuse_other_hosts(host_name(host or b""), hosts)
    except ValueError as error:
        raise Fault(400, str(error)) from None
    if host is not None and len(hosts.good) < _KNOWN_MAX and len(host) <= _KNOWN_LENGTH:
        hosts.good[host] = None


def _refuse_other_hosts(host: str, hosts: TrustedHosts) -> None:
    """RFC 9110, 7.4 and 15.5.20. An HTTP/1.0 request without Host is for no host that we serve."""
    if host not in hosts:
        raise Fault(421, f"this server does not answer for the host {host!r}")


def _learn_target(target: bytes, hosts: TrustedHosts) -> tuple[str, bytes]:
    """Return path and query of a good target, and keep them a while: most requests repeat one."""
    try:
        split = split_target(target)
        if target[0] not in b"/*":  # absolute-form
            _refuse_other_hosts(target_host(target), hosts)
    except UnicodeError:
        raise Fault(400, "bytes in the request target that are no UTF-8") from None
    except ValueError as error:
        raise Fault(400, str(error)) from None
    # Those in absolute-form are rare, and name a host that not every server of this process serves.
    if len(target) <= _KNOWN_LENGTH and target[0] in b"/*":
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
        single = isinstance(coding, bytes) and coding.strip().lower() == b"chunked"
        if version == "1.0" or not single:
            raise Fault(400, "a Transfer-Encoding other than chunked")
        return None
    if isinstance(length, list) or not length.strip().isdigit():
        raise Fault(400, "a Content-Length that is no single number")
    return int(length)


def _fault_of(error: httptools.HttpParserError, method: bytes) -> Fault:
    """Return the fault that a callback raised, or one in the parser's words."""
    cause = error.__context__
    if isinstance(cause, Fault):
        cause.is_for_head = method == b"HEAD"
        return cause
    text = str(error).strip(" .").replace("\n", " ")
    return Fault(400, text if text.isascii() and text.isprintable() and text else "malformed bytes")
