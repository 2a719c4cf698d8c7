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


def app_of_the_readme() -> dict[str, Any]:
    """All its blocks, one after the other."""
    blocks: list[str] = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {"__name__": "main"}
    exec(compile("\n".join(blocks), "README.md", "exec"), names)
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


async def test_its_handlers_read_and_answer(
    site: "WireFactory", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = app_of_the_readme()
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
