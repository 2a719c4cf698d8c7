"""Every code block of the documentation runs: one test a page, and the rules of tools/pages."""

from pathlib import Path

import pages
import pytest
import workspace


def is_generated(page: Path) -> bool:
    """Whether the page is made from docstrings, when the site is built."""
    return page.parent.name == "api" and page.name != "README.md"


PAGES = [
    *sorted(page for page in workspace.ROOT.glob("docs/**/*.md") if not is_generated(page)),
    *sorted(workspace.ROOT.glob("examples/*/README.md")),
]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(workspace.ROOT)))
def test_the_page_runs(path: Path, tmp_path: Path) -> None:
    pages.run(pages.Page.read(path), tmp_path)


def test_what_is_not_run_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    found = [pages.Page.read(path) for path in PAGES]
    left_out = [block for page in found for block in page.not_run]
    with capsys.disabled():
        print(f"\n{sum(len(page.blocks) for page in found)} blocks, {len(left_out)} not run")
        for block in left_out:
            print(f"  {Path(block.place).relative_to(workspace.ROOT)}: {block.reason}")
