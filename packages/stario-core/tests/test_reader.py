"""The reader alone: what it makes of bytes does not depend on how they were cut."""

from itertools import pairwise
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from stario.http.config import RequestPolicy
from stario.http.connection.reader import RequestReader
from stario.http.headers import Headers
from stario.http.request import ReceivedRequest
from stario.http.trust.hosts import TrustedHosts
from stario.http.trust.proxies import UNKNOWN_ORIGIN, Origin

POLICY = RequestPolicy(max_header_bytes=512, max_header_fields=8, max_body_bytes=100)

GOOD = [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /a%20b?c HTTP/1.1\r\nHost: a:80 \r\nX: y\r\nX: z\r\n\r\n",
    b"HEAD http://a/b HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"1\r\na\r\n2;x=y\r\nbc\r\n0\r\nY: z\r\n\r\n",
]
WORDS = [
    *(b"GET / HTTP/1.1\r\n", b"Host: a\r\n", b"CONNECT a:1 HTTP/1.1\r\n", b"PUT * HTTP/1.0\r\n"),
    *(b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"abc", b"3\r\n", b"Y: z\r\n"),
    *(b"Connection: close\r\n", b"Connection: upgrade\r\n", b"Upgrade: x\r\n", b"y" * 90),
    *(b"Expect: 100-continue\r\n", b"0\r\n\r\n", b"POST /%", b" ", b":", b"\x00"),
    *(b"\r\n", b"\r", b"\n"),
]
streams = st.lists(st.sampled_from(GOOD + WORDS), max_size=12).map(b"".join)


class Connection:
    """Pauses nothing."""

    def pause_body(self) -> None:
        pass

    def resume_body(self) -> None:
        pass

    def send_continue(self) -> None:
        pass

    def origin_of(self, headers: Headers) -> Origin:
        return UNKNOWN_ORIGIN


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in pairwise(ends)]


def read(pieces: list[bytes]) -> dict[str, Any]:
    """Read the pieces, and return all that is to be seen of the reader."""
    reader = RequestReader(Connection(), POLICY, TrustedHosts())
    for piece in pieces:
        if reader.fault is None:
            reader.feed(piece)
    fault = reader.fault
    assert fault is None or not reader.settled
    return {
        "requests": [shown(request) for request in reader.requests],
        "fault": None if fault is None else (fault.status, fault.reason),
        "is open": reader.body is not None,
    }


def shown(request: ReceivedRequest) -> list[Any]:
    body = request.received_body
    known = [request.method, request.path, request.query_bytes, request.raw_path, request.host]
    known += [request.protocol_version, request.keep_alive, request.headers.items()]
    if body is not None:
        known += [b"".join(body._pieces), body._complete, str(body._failure)]
    return known


@given(streams, st.lists(st.integers(0, 2000), max_size=6))
@example(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"y: z\r\n" * 8 + b"\r\n", [])
@example(GOOD[0] + b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 600 + b"\r\n\r\n", [])
@example(GOOD[-1] + GOOD[-2] + b"BROKEN\r\n\r\n", [])
def test_any_cut_of_the_bytes_gives_the_same_requests(data: bytes, places: list[int]) -> None:
    whole = read([data])
    assert read(cut(data, places)) == whole
    assert read([data[at : at + 1] for at in range(len(data))]) == whole


@given(st.lists(st.binary(min_size=1) | streams.filter(bool), max_size=8))
def test_no_bytes_raise_anything(pieces: list[bytes]) -> None:
    """And no fault is a mistake of ours: the parser would call that a callback's error."""
    seen = read(pieces)
    assert "callback" not in str(seen["fault"])
    assert "callback" not in str(seen["requests"])
