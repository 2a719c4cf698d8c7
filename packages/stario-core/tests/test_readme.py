"""The README's app runs, and does what the README says."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stario.http.bootstrap import bootstrap_run
from stario.tracing import NOOP_SPAN

if TYPE_CHECKING:
    from conftest import WireFactory

README = Path(__file__).parents[1] / "README.md"


def app_of_the_readme() -> dict[str, Any]:
    block = re.search(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert block is not None
    names: dict[str, Any] = {"__name__": "main"}
    exec(compile(block[1], "README.md", "exec"), names)
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
