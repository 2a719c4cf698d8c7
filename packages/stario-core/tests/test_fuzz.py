"""Ten thousand broken requests: each ends in an answer, in a close, or in waiting for more.

Good requests are mutated with a fixed seed; whatever comes of them is HTTP, no answer is a 5xx,
each has one span, nothing is raised on the loop, and the next client is served. A finding belongs
into `wire_cases/`.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from stario import App
from stario.http.config import RequestPolicy

if TYPE_CHECKING:
    from conftest import Answer, SeenSpan, SeenTracer, Wire, WireFactory

    type ReadAnswers = Callable[[bytes, list[bool]], list[Answer]]

SEED = 9112
IN_MEMORY = 10_000
OVER_SOCKETS = 500
PATIENCE = 10.0  # seconds until what never ends fails its test
POLICY = RequestPolicy(max_body_bytes=100_000, max_header_bytes=8_192, max_header_fields=40)
HEALTHY = b"GET /healthy HTTP/1.1\r\nHost: a\r\n\r\n"

CORPUS = [
    b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
    b"GET /a/b?c=d&e=%20f HTTP/1.1\r\nHost: a.example:8000\r\nAccept: */*\r\n"
    b"X: one\r\nX: two\r\n\r\n",
    b"HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n",
    b'GET /204 HTTP/1.1\r\nHost: a\r\nIf-None-Match: "x"\r\n\r\n',
    b"GET /%e2%82%ac/ HTTP/1.1\r\nHost: [::1]:80\r\nCookie: a=b; c=d\r\n\r\n",
    b"GET http://a.example:80/b?c HTTP/1.1\r\nHost: a.example\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world",
    b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"PUT /404 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'5\r\nhello\r\n6;a="b"\r\n world\r\n0\r\nTrailer: x\r\n\r\n',
    b"POST /unread HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
    b"GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
]
MORSELS = [
    *(b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\n\n", b"\r\n ", b"\x00", b"\x0b", b"\x7f", b"\xff"),
    *(b" ", b"\t", b":", b": ", b",", b";", b"%", b"%00", b"%zz", b"#", b"?", b"*", b"//", b'"'),
    *(b"0", b"1", b"-1", b"+1", b"0x10", b"4294967296", b"9223372036854775808", b"1e9"),
    *(b"18446744073709551615", b"18446744073709551616", b"ffffffffffffffff", b"9" * 40),
    *(
        b"chunked",
        b"identity",
        b"gzip, chunked",
        b"close",
        b"keep-alive",
        b"upgrade",
        b"100-continue",
    ),
    *(b"Host: b\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"X" * 9_000),
    *(b"Connection: close\r\n", b"Upgrade: h2c\r\n", b"Expect: 100-continue\r\n", b"a: b\r\n" * 50),
    *(b"HTTP/1.0", b"HTTP/1.1", b"HTTP/2.0", b"HTTP/0.9", b"GET ", b"HEAD ", b"CONNECT ", b"PRI "),
    *(b"0\r\n\r\n", b"5\r\nabcde\r\n", b"\xe2\x84\xaa", b"\xc4\xb1", b"\xef\xbb\xbf"),
]


def flip_bit(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]


def put_byte(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + bytes([dice.randrange(256)]) + data[at + dice.randrange(2) :]


def put_morsel(data: bytes, dice: random.Random) -> bytes:
    at = dice.randint(0, len(data))
    return data[:at] + dice.choice(MORSELS) + data[at + dice.choice([0, 0, 1, 4]) :]


def put_morsel_between(data: bytes, dice: random.Random) -> bytes:
    """Put it where a word or a line begins."""
    places = [at + 1 for at, byte in enumerate(data[:-1]) if byte in b" :\r\n;,/"] or [0]
    at = dice.choice(places)
    return data[:at] + dice.choice(MORSELS) + data[at:]


def drop_slice(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + data[at + dice.choice([1, 2, 4, 20]) :]


def double_slice(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    end = at + dice.choice([1, 2, 10, 40])
    return data[:end] + data[at:end] * dice.choice([1, 1, 2, 30]) + data[end:]


def swap_line_ends(data: bytes, dice: random.Random) -> bytes:
    lines = data.split(b"\r\n")
    ends = [dice.choice([b"\r\n"] * 6 + [b"\n", b"\r", b"\r\r\n", b"\n\r"]) for _ in lines[1:]]
    return lines[0] + b"".join(end + line for end, line in zip(ends, lines[1:], strict=True))


def swap_lines(data: bytes, dice: random.Random) -> bytes:
    lines = data.split(b"\r\n")
    one, other = dice.randrange(len(lines)), dice.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\r\n".join(lines)


def change_number(data: bytes, dice: random.Random) -> bytes:
    digits = [at for at, byte in enumerate(data) if 48 <= byte <= 57] or [0]
    at = dice.choice(digits)
    number = dice.choice([b"0", b"9", b"00", b"-1", b"a", b"", b"1" * 20, b"65535", b"65536"])
    return data[:at] + number + data[at + 1 :]


def change_case(data: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(data))
    return data[:at] + data[at : at + 20].swapcase() + data[at + 20 :]


def splice(data: bytes, dice: random.Random) -> bytes:
    other = dice.choice(CORPUS)
    return data[: dice.randrange(len(data))] + other[dice.randrange(len(other)) :]


def cut_short_and_go_on(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data))] + dice.choice(CORPUS)


def cut_short(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(1, len(data) + 1)]


MUTATIONS = [
    *(flip_bit, put_byte, put_morsel, put_morsel_between, drop_slice, double_slice),
    *(swap_line_ends, swap_lines, change_number, change_case, splice),
    *(cut_short_and_go_on, cut_short),
]


def broken_requests(seed: int, count: int) -> Iterator[list[bytes]]:
    """Yield mutated requests, each as the pieces in which it arrives."""
    dice = random.Random(seed)
    for _ in range(count):
        data = b"".join(dice.choices(CORPUS, k=dice.choice([1, 1, 1, 2, 3])))
        for _ in range(dice.choice([1, 1, 2, 3, 5])):
            data = dice.choice(MUTATIONS)(data, dice) or b"\r\n"
        cuts = sorted(dice.randint(0, len(data)) for _ in range(dice.choice([0, 0, 1, 3])))
        ends = [0, *cuts, len(data)]
        yield [data[a:b] for a, b in pairwise(ends) if a < b]


async def test_ten_thousand_broken_requests_in_memory(
    site: "WireFactory",
    tracer: "SeenTracer",
    add_mirror: Callable[[App], None],
    read_answers: "ReadAnswers",
) -> None:
    print(f"seed {SEED}")
    site.policy = POLICY
    add_mirror(site.app)
    raised = listen_for_exceptions()
    statuses: dict[int, int] = {}
    for number, pieces in enumerate(broken_requests(SEED, IN_MEMORY)):
        wire = site.connect()
        try:
            wire.feed(*pieces)
            await wire.until(lambda wire=wire: wire.settled)
            await leave(wire)
            for answer in checked_answers(wire.sent, tracer.spans, read_answers):
                statuses[answer.status] = statuses.get(answer.status, 0) + 1
            assert not raised, raised
            await is_healthy(site)
        except BaseException:
            print(f"request {number}: {pieces!r}\nsent {wire.sent!r}")
            raise
        tracer.spans.clear()
    print(statuses)
    assert min(statuses[200], statuses[400]) > 1000
    assert not site.endpoint.tasks


def listen_for_exceptions() -> list[dict[str, Any]]:
    """Return a list that gets whatever is raised on the loop where nobody catches it."""
    raised: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: raised.append(context))
    return raised


async def leave(wire: "Wire") -> None:
    """Go away, and let the handler hear of it."""
    wire.leave()
    await wire.until(lambda: wire.protocol._exchange is None)


def checked_answers(
    sent: bytes, spans: "list[SeenSpan]", read_answers: "ReadAnswers"
) -> list["Answer"]:
    """Read the answers of one connection, and compare them with its spans."""
    assert all(span.ends == 1 for span in spans), [vars(span) for span in spans]
    told = [span for span in spans if "response.status_code" in span.attributes]
    answers = read_answers(sent, [span.attributes.get("request.method") == "HEAD" for span in told])
    finals = [answer.status for answer in answers if answer.status >= 200]
    assert finals == [span.attributes["response.status_code"] for span in told]
    # 505 is what HTTP/2.0 gets, and no failure of the server.
    assert not [status for status in finals if status >= 500 and status != 505]
    return answers


async def is_healthy(site: "WireFactory") -> None:
    wire = site.connect()
    answer = await wire.answer_to(HEALTHY)
    assert answer.endswith(b"GET /healthy")
    wire.leave()


def test_broken_requests_are_the_same_in_every_run() -> None:
    """A finding can be repeated."""
    first = list(broken_requests(SEED, 50))
    assert first == list(broken_requests(SEED, 50))
    assert first != list(broken_requests(SEED + 1, 50))


async def test_broken_requests_over_sockets(
    site: "WireFactory",
    tracer: "SeenTracer",
    add_mirror: Callable[[App], None],
    read_answers: "ReadAnswers",
) -> None:
    """Nothing of the server is left open, and the client always reads to an end."""
    site.policy = POLICY
    add_mirror(site.app)
    raised = listen_for_exceptions()
    resets = 0
    async with asyncio.timeout(PATIENCE), site.listening() as port:
        for number, pieces in enumerate(broken_requests(SEED + 1, OVER_SOCKETS)):
            print(f"request {number}: {pieces!r}")
            try:
                sent = await ask(port, pieces)
            except ConnectionResetError:
                # What came behind a `Connection: close` met a closed socket.
                resets += 1
            else:
                checked_answers(sent, tracer.spans, read_answers)
            assert not raised, raised
            tracer.spans.clear()
        assert (await ask(port, [HEALTHY])).endswith(b"GET /healthy")
        assert resets < OVER_SOCKETS / 20
        assert not site.endpoint.connections
        assert not site.endpoint.tasks


async def ask(port: int, pieces: list[bytes]) -> bytes:
    """Send the pieces, and read until the server closes, which it does when we say that we end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0)
        if not writer.is_closing():  # which uvloop does when it meets a closed socket
            writer.write_eof()
        return await reader.read()
    finally:
        writer.close()
