"""The README's app runs, and does what the README says."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stario.http.bootstrap import bootstrap_run
from stario.tracing import NOOP_SPAN

if TYPE_CHECKING:
    from conftest import WireFactory

README = Path(__file__).parents[1] / "README.md"


def app_of_the_readme(number: int = 0) -> dict[str, Any]:
    """Run one of its blocks of code, and return the names that it defines."""
    blocks: list[str] = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {"__name__": "main"}
    exec(compile(blocks[number], "README.md", "exec"), names)
    return names


async def test_the_app_of_the_readme_answers_and_streams(site: "WireFactory") -> None:
    async with bootstrap_run(app_of_the_readme()["bootstrap"], site.app, NOOP_SPAN):
        hello = await site.connect().answer_to(b"GET /hello/Ada HTTP/1.1\r\nHost: a\r\n\r\n")
        assert hello.endswith(b"\r\n\r\nHello, Ada!")
        stream = site.connect()
        stream.feed(b"GET /ticks HTTP/1.1\r\nHost: a\r\n\r\n")
        await stream.until(lambda: stream.sent.endswith(b"2\r\n0\n\r\n"))
        site.app.signal_shutdown()
        await stream.until(lambda: stream.sent.endswith(b"0\r\n\r\n"))


async def test_what_is_said_in_a_room_of_the_readme_is_heard_there(site: "WireFactory") -> None:
    names = app_of_the_readme(1)
    site.app.get("/rooms/{name}", names["room"])
    site.app.post("/rooms/{name}", names["say"])
    readers = {room: site.connect() for room in ("tea", "coffee")}
    for room, reader in readers.items():
        reader.feed(b"GET /rooms/%b HTTP/1.1\r\nHost: a\r\n\r\n" % room.encode())
    said = b"POST /rooms/tea HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
    assert (await site.connect().answer_to(said)).startswith(b"HTTP/1.1 2")
    await readers["tea"].until(lambda: b"hello\n" in readers["tea"].sent)
    assert readers["coffee"].sent == b""
    for reader in readers.values():
        reader.leave()
        await reader.until(lambda reader=reader: not reader.protocol.is_busy)
    assert repr(names["ROOMS"]) == "<Relay 0 active>"


async def test_the_tests_of_a_relay_in_the_readme_can_be_inherited() -> None:
    await app_of_the_readme(2)["TestRelay"]().test_a_waiting_reader_gets_the_next_message()
