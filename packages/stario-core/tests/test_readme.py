"""The README's app runs, and does what the README says."""

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from stario.http.bootstrap import bootstrap_run
from stario.tracing import NOOP_SPAN

if TYPE_CHECKING:
    from conftest import WireFactory

README = Path(__file__).parents[1] / "README.md"


def app_of_the_readme(*numbers: int, file: Path = README) -> dict[str, Any]:
    """Return what the Python blocks of these numbers define, as a module that is `file`."""
    found: list[str] = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {"__name__": "main", "__file__": str(file)}
    exec(compile("\n".join(found[number] for number in numbers), "README.md", "exec"), names)
    return names


async def test_the_app_of_the_readme_answers_and_streams(site: "WireFactory") -> None:
    async with bootstrap_run(app_of_the_readme(0)["bootstrap"], site.app, NOOP_SPAN):
        hello = await site.connect().answer_to(b"GET /hello/Ada HTTP/1.1\r\nHost: a\r\n\r\n")
        assert hello.endswith(b"\r\n\r\nHello, Ada!")
        stream = site.connect()
        stream.feed(b"GET /ticks HTTP/1.1\r\nHost: a\r\n\r\n")
        await stream.until(lambda: stream.sent.endswith(b"2\r\n0\n\r\n"))
        site.app.signal_shutdown()
        await stream.until(lambda: stream.sent.endswith(b"0\r\n\r\n"))


async def test_its_handlers_read_and_answer(
    site: "WireFactory", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = app_of_the_readme(0, 1)
    site.app.post("/orders", names["add"])
    site.app.put("/orders", names["put"])
    site.app.get("/invoices/{name}", names["invoice"])
    site.app.get("/export", names["export"])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "invoices").mkdir()
    (tmp_path / "invoices" / "7.txt").write_text("paid")

    async def ask(start: bytes, body: bytes = b"", content_type: bytes = b"text/plain") -> bytes:
        head = b"%b HTTP/1.1\r\nHost: a\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
        wire = site.connect()
        wire.feed(head % (start, content_type, len(body)) + body)
        async with asyncio.timeout(10):
            while wire.protocol.is_busy:  # noqa: ASYNC110 - a thread has no event for it
                await asyncio.sleep(0.001)
        return wire.sent

    form = b"application/x-www-form-urlencoded"
    assert b"\r\nlocation: /orders/7\r\n" in await ask(b"POST /orders", b"id=7", form)
    assert b" 415 " in await ask(b"POST /orders", b"id=7")
    assert (await ask(b"PUT /orders", b"[ 1 ]", b"application/json")).endswith(b"\r\n\r\n[1]")
    assert b"at line 1, column 2" in await ask(b"PUT /orders", b"[", b"application/json")
    invoice = await ask(b"GET /invoices/7.txt")
    assert invoice.endswith(b"\r\n\r\npaid")
    assert b'\r\ncontent-disposition: attachment; filename="Invoice 7.txt"\r\n' in invoice
    assert b" 404 " in await ask(b"GET /invoices/..%5Csecret")
    assert (await ask(b"GET /export")).endswith(b"\r\n4\r\n2,4\n\r\n0\r\n\r\n")


async def test_the_static_files_of_the_readme_are_served(
    site: "WireFactory", tmp_path: Path
) -> None:
    files = {
        "css/main.css": "h1{background:url(../a.png)}",
        "a.png": "png",
        "js/main.js": "import './util.js'",
        "js/util.js": "util",
    }
    for name, content in files.items():
        path = tmp_path / "static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    names = app_of_the_readme(2, file=tmp_path / "main.py")
    manifest = names["MANIFEST"]
    async with bootstrap_run(names["bootstrap"], site.app, NOOP_SPAN):

        async def get(path: str) -> str:
            request = f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"
            return (await site.connect().answer_to(request.encode())).decode()

        page = await get("/")
        assert f'href="{manifest.href("css/main.css")}"' in page
        assert f'"/static/js/util.js":"{manifest.href("js/util.js")}"' in page
        assert f'"app/main.js":"{manifest.href("js/main.js")}"' in page
        assert '<script type="module">import "app/main.js"</script>' in page
        css = await get(manifest.href("css/main.css"))
        assert css.endswith(f'url("../{manifest.assets["a.png"].hashed_path}")}}')


async def test_what_is_said_in_a_room_of_the_readme_is_heard_there(site: "WireFactory") -> None:
    names = app_of_the_readme(3)
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
    await app_of_the_readme(4)["TestRelay"]().test_a_waiting_reader_gets_the_next_message()
