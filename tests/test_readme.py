"""The README keeps its word: its app runs, its test passes, its links lead somewhere."""

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import workspace

README = workspace.ROOT / "README.md"
PAGES = [
    README,
    workspace.ROOT / "docs" / "README.md",
    *workspace.ROOT.glob("examples/*/README.md"),
]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


@pytest.fixture
def app_and_test(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, dict[str, Any]]:
    """The first block as the module `main`, and the names of the second one."""
    app, test = blocks("python")
    main = ModuleType("main")
    monkeypatch.setitem(sys.modules, "main", main)
    exec(compile(app, "main.py", "exec"), main.__dict__)
    names: dict[str, Any] = {}
    exec(compile(test, "test_main.py", "exec"), names)
    return main, names


async def test_the_app_passes_its_own_test(
    app_and_test: tuple[ModuleType, dict[str, Any]],
) -> None:
    _, names = app_and_test
    await names["test_everybody_sees_the_number_go_up"]()


async def test_the_page_opens_the_stream(app_and_test: tuple[ModuleType, dict[str, Any]]) -> None:
    main, names = app_and_test
    async with names["TestClient"](main.bootstrap) as client:
        page = (await client.get("/")).text
    assert "data-init=\"@get('/subscribe', {retry: 'always'})\"" in page
    assert "<button data-on:click=\"@post('/raise')\">Raise</button>" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(workspace.ROOT)))
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
    local = [link for link in links if not link.startswith("https://")]
    assert local
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_every_distribution_is_in_the_table() -> None:
    text = README.read_text("utf-8")
    assert [
        name for name in workspace.packages() if f"[`{name}`](packages/{name}/)" not in text
    ] == []
