"""The README's app runs, and does what the README says."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stario.http.bootstrap import bootstrap_run
from stario.tracing import NOOP_SPAN

if TYPE_CHECKING:
    from conftest import WireFactory

README = Path(__file__).parents[1] / "README.md"


def app_of_the_readme(number: int = 0, file: Path = README) -> dict[str, Any]:
    """Return what the Python block of this number defines, as a module that is `file`."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {"__name__": "main", "__file__": str(file)}
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
    names = app_of_the_readme(1, tmp_path / "main.py")
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
