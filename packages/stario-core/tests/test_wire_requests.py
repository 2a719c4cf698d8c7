"""Tables of requests, byte by byte, and what must come of each: `wire_cases/`.

A case is the section of the RFC that rules, a claim, the bytes, and what comes: answers, then
`open` (the connection answers one more request), `closed`, or `waits` (for more bytes), joined with
` | `. An answer is a status, then the field lines that must be there in braces, then the body where
it matters; `-` is no body. RFC 9112 is HTTP/1.1, 9110 semantics, 3986 URIs, 6585 status codes.

Every case runs in memory (at once, cut into single bytes, cut at a random place) and over a socket
of the real server, on each event loop.
"""

import asyncio
import random
import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from stario import App
from stario.http.config import RequestPolicy

if TYPE_CHECKING:
    from conftest import Answer, Serve, WireFactory

    type ReadAnswers = Callable[[bytes, list[bool]], list[Answer]]

PATIENCE = 10.0  # seconds until what never ends fails its test
AT_ONCE = 16  # connections at a time over sockets
# Nothing is closed for being late, so what is closed was closed for what it said.
POLICY = RequestPolicy(
    max_body_bytes=200_000, header_timeout=60, body_timeout=60, keep_alive_timeout=60
)
PROBE = b"GET /probe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
PROBED = "200 GET /probe"


class Case(NamedTuple):
    section: str
    claim: str
    request: bytes
    want: str

    @property
    def answers(self) -> list[str]:
        """What must be answered, with the answer to the probe behind an open end."""
        *answers, end = self.want.split(" | ")
        return [*answers, PROBED] if end == "open" else answers

    @property
    def is_open(self) -> bool:
        return self.want.endswith("open")

    @property
    def waits(self) -> bool:
        return self.want.endswith("waits")


def cases() -> list[Case]:
    files = sorted((Path(__file__).parent / "wire_cases").glob("*.py"))
    return [Case(*case) for file in files for case in runpy.run_path(str(file))["CASES"]]


CASES = cases()
each_case = pytest.mark.parametrize(
    "number", range(len(CASES)), ids=[f"{case.section} {case.claim}"[:80] for case in CASES]
)


def test_there_are_more_than_a_thousand_different_requests() -> None:
    """And each says how it ends."""
    assert len({case.request for case in CASES}) > 1000
    assert all(re.search("(^| )(open|closed|waits)$", case.want) for case in CASES)


def told(data: bytes, case: Case, read_answers: "ReadAnswers") -> list[str]:
    """Return the answers in the words of the case, as far as it speaks of them."""
    wanted = case.answers
    finals = [want for want in wanted if want != "100"]
    answers = read_answers(data, [want.endswith(" -") for want in finals])
    padding = ["-"] * (len(answers) - len(wanted))
    return [_told(answer, want) for answer, want in zip(answers, wanted + padding, strict=False)]


def _told(answer: "Answer", want: str) -> str:
    if answer.status in (400, 431, 505) and not re.fullmatch(
        rb"The request body .*", answer.body or b""
    ):
        assert answer.fields["content-type"] == "text/plain; charset=utf-8"
        assert answer.fields["connection"] == "close"
        assert "content-length" in answer.fields
    words = [str(answer.status)]
    names = re.findall(r"\{([a-z-]+): ", want)
    words += [f"{{{name}: {answer.fields.get(name)}}}" for name in names]
    if re.sub(r"\{.*?\}", "", want).strip() != want.split()[0]:
        words.append("-" if answer.body is None else answer.body.decode())
    return " ".join(words)


def pieces_of(request: bytes) -> list[list[bytes]]:
    """Return ways to cut a request: not at all, into single bytes, at one place."""
    size = 1 if len(request) < 10_000 else 997
    middle = random.Random(request).randint(0, len(request))
    return [
        [request],
        [request[at : at + size] for at in range(0, len(request), size)],
        [piece for piece in (request[:middle], request[middle:]) if piece],
    ]


@each_case
async def test_a_request_in_memory_is_answered_as_the_table_says(
    site: "WireFactory",
    number: int,
    add_mirror: Callable[[App], None],
    read_answers: "ReadAnswers",
) -> None:
    case = CASES[number]
    site.policy = POLICY
    add_mirror(site.app)
    for pieces in pieces_of(case.request):
        wire = site.connect()
        wire.feed(*pieces)
        if case.is_open:
            wire.feed(PROBE)
        await wire.until(lambda wire=wire: wire.settled)
        assert told(wire.sent, case, read_answers) == case.answers, [len(p) for p in pieces][:2]
        assert wire.closed != case.waits


async def ask(port: int, case: Case, gate: asyncio.Semaphore) -> bytes:
    """Send a request over a socket, and return everything until the server closes."""
    async with gate, asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(case.request + (PROBE if case.is_open else b""))
            if case.waits:
                writer.write_eof()
            return await reader.read()
        finally:
            writer.close()


async def test_every_request_over_a_socket_is_answered_as_the_table_says(
    serving: "Serve", add_mirror: Callable[[App], None], read_answers: "ReadAnswers"
) -> None:
    """By one server. What differs is shown with its claim."""
    gate = asyncio.Semaphore(AT_ONCE)
    async with serving(add_mirror, requests=POLICY) as server:
        asked = (ask(server.port, case, gate) for case in CASES)
        sent = await asyncio.gather(*asked, return_exceptions=True)
    differences = {
        f"{case.section} {case.claim}": (seen, case.answers)
        for case, data in zip(CASES, sent, strict=True)
        if (seen := seen_of(data, case, read_answers)) != case.answers
    }
    assert differences == {}


def seen_of(
    data: bytes | BaseException, case: Case, read_answers: "ReadAnswers"
) -> list[str] | BaseException:
    if isinstance(data, BaseException):
        return data
    try:
        return told(data, case, read_answers)
    except AssertionError as error:  # what was sent is no HTTP
        return error
