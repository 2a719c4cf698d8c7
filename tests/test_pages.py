"""How tools/pages reads and runs a page: what runs, and what is refused with its place."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pages
import pytest

type RunPage = Callable[[str], dict[str, Any]]


@pytest.fixture
def run_page(tmp_path: Path) -> RunPage:
    """Run a text as a page, and return its namespace. `'''` stands for a fence."""

    def run_page(text: str) -> dict[str, Any]:
        page = tmp_path / "page.md"
        page.write_text(text.replace("'''", "```"), "utf-8")
        folder = tmp_path / "project"
        folder.mkdir()
        return pages.run(pages.Page.read(page), folder)

    return run_page


def refused(run_page: RunPage, text: str) -> str:
    with pytest.raises(pages.PageError) as caught:
        run_page(text)
    return str(caught.value).rpartition("page.md")[2]


APP = """\
from stario import App, Context, Span, Writer
import stario.responses as responses

async def home(c: Context, w: Writer) -> None:
    responses.text(w, "home")

async def bootstrap(app: App, span: Span):
    app.get("/", home)
    yield
"""


# What runs


def test_blocks_of_python_share_a_namespace(run_page: RunPage) -> None:
    names = run_page("'''python\na = 1\n'''\n\ntext\n\n'''python\nb = a + 1\n'''\n")
    assert (names["a"], names["b"]) == (1, 2)


def test_python_may_await(run_page: RunPage) -> None:
    assert run_page("'''python\nimport asyncio\na = await asyncio.sleep(0, 7)\n'''\n")["a"] == 7


def test_hidden_python_runs_where_it_stands(run_page: RunPage) -> None:
    text = (
        "<!-- run: a = [] -->\n'''python\na.append(1)\n'''\n<!-- check:\n  assert a == [1]\n-->\n"
    )
    assert run_page(text)["a"] == [1]


def test_a_block_with_a_path_is_a_file_which_can_be_imported(run_page: RunPage) -> None:
    text = "'''python\n# app/urls.py\nHOME = '/'\n'''\n'''python\nfrom app.urls import HOME\n'''\n"
    assert run_page(text)["HOME"] == "/"
    assert "app.urls" not in sys.modules


def test_a_later_block_replaces_a_file_or_goes_on_with_it(run_page: RunPage) -> None:
    names = run_page(
        "'''python\n# m.py\na = 1\nb = 1\n'''\n"
        "'''python\n# m.py\na = 2\n'''\n"
        "'''python\n# m.py (continued)\nc = 3\n'''\n"
        "'''python\nimport m\nhas = (m.a, hasattr(m, 'b'), m.c)\n'''\n"
    )
    assert names["has"] == (2, False, 3)


def test_other_languages_write_files_too(run_page: RunPage) -> None:
    text = "'''css\n/* static/app.css */\nbody {}\n'''\n<!-- check: from pathlib import Path\n"
    text += "text = Path('static/app.css').read_text() -->\n"
    assert "body {}" in run_page(text)["text"]


def test_a_bootstrap_is_started_where_its_names_are_known(run_page: RunPage) -> None:
    before, _, after = APP.partition("async def home")
    home, _, bootstrap = after.partition("async def bootstrap")
    text = f"'''python\n{before}async def bootstrap{bootstrap}'''\n"
    run_page(f"{text}'''python\nasync def home{home}'''\n")


def test_tests_of_a_page_are_run_by_pytest(run_page: RunPage) -> None:
    run_page(
        f"'''python\n# main.py\n{APP}'''\n"
        "'''python\n# tests/test_main.py\n"
        "from main import bootstrap\nfrom stario.testing import TestClient\n\n"
        "async def test_home():\n"
        "    async with TestClient(bootstrap) as client:\n"
        "        assert (await client.get('/')).text == 'home'\n'''\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        "uv run stario serve main:bootstrap",
        "STARIO_PORT=80 python -m stario.cli watch main:bootstrap && echo done",
        "stario --help",
        "sudo systemctl restart app > /dev/null 2>&1",
        "uv run --directory x --python '>=3.12' stario routes main:bootstrap | grep GET",
        "cat > file <<EOF\nstario nonsense\nEOF",
    ],
)
def test_commands_that_are_right_pass(run_page: RunPage, line: str) -> None:
    run_page(f"'''bash\n{line}\n'''\n")


def test_what_is_not_run_is_left_out_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text("<!-- not run: it has\n no end -->\n```python\nwhile True: ...\n```\n")
    [block] = pages.Page.read(file).not_run
    assert (block.reason, block.line) == ("it has no end", 4)
    pages.run(pages.Page.read(file), tmp_path)


def test_a_run_leaves_no_trace(run_page: RunPage) -> None:
    path, place = list(sys.path), Path.cwd()
    run_page("<!-- run: import os, sys; os.environ['X'] = '1'; sys.path.append('x') -->\n")
    assert (sys.path, Path.cwd()) == (path, place)
    with pytest.raises(KeyError):
        __import__("os").environ["X"]


# What is refused


def test_a_block_without_an_end_is_refused(run_page: RunPage) -> None:
    assert refused(run_page, "text\n'''python\na = 1\n") == ":2: this block has no end"


def test_a_comment_without_an_end_is_refused(run_page: RunPage) -> None:
    assert refused(run_page, "<!-- check:\nassert True\n") == ":1: this comment has no end"


def test_not_run_without_a_reason_is_refused(run_page: RunPage) -> None:
    assert "needs its reason" in refused(run_page, "<!-- not run: -->\n'''python\n1\n'''\n")


def test_not_run_without_a_block_is_refused(run_page: RunPage) -> None:
    assert "stands before no block" in refused(run_page, "<!-- not run: slow -->\ntext\n")


def test_a_check_that_fails_fails_the_page(run_page: RunPage) -> None:
    with pytest.raises(AssertionError):
        run_page("'''python\na = 1\n'''\n<!-- check: assert a == 2 -->\n")


def test_an_app_that_does_not_start_fails_the_page(run_page: RunPage) -> None:
    with pytest.raises(NameError):
        run_page(f"'''python\n{APP.replace('def home', 'def house')}'''\n")


def test_a_file_that_cannot_be_imported_fails_the_page(run_page: RunPage) -> None:
    with pytest.raises(ImportError):
        run_page("'''python\n# main.py\nfrom stario import Route\n'''\n")


def test_a_file_that_begins_nowhere_cannot_be_continued(run_page: RunPage) -> None:
    text = "'''python\n# main.py (continued)\na = 1\n'''\n"
    assert refused(run_page, text) == ":2: main.py is continued here, and begins nowhere"


def test_a_test_that_fails_fails_the_page(run_page: RunPage) -> None:
    text = "'''python\n# tests/test_a.py\ndef test_a():\n    assert 1 == 2\n'''\n"
    assert "1 failed" in refused(run_page, text)


def test_a_doctest_that_prints_something_else_fails_the_page(run_page: RunPage) -> None:
    assert "Got:\n    2" in refused(run_page, "'''pycon\n>>> 1 + 1\n3\n'''\n")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("stario server main:bootstrap", "there is no command 'server'"),
        ("stario serve", "the following arguments are required"),
        ("stario serve main:bootstrap --port 80", "unrecognized arguments: --port 80"),
        ("STARIO_PROT=80 stario serve main:bootstrap", "Stario reads no variable STARIO_PROT"),
        ("export STARIO_WORKERS=4", "Stario reads no variable STARIO_WORKERS"),
        ("uvicorn main:app", "'uvicorn' is not among those that are known"),
        ("cd app && uv run --python 3.14 gunicorn main:app", "'gunicorn' is not among those"),
        ("echo 'never ends", "No closing quotation"),
    ],
)
def test_commands_that_are_wrong_are_refused(run_page: RunPage, line: str, complaint: str) -> None:
    assert complaint in refused(run_page, f"'''bash\n{line}\n'''\n")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("json", "{'a': 1}"),
        ("toml", "a = "),
        ("html", "<p><b>never closed</p>"),
        ("sql", "SELECT path FROM spans;"),
        ("pyi", "def f(:"),
        ("pyhton", "a = 1"),
    ],
)
def test_what_cannot_be_parsed_is_refused(run_page: RunPage, language: str, text: str) -> None:
    assert refused(run_page, f"'''{language}\n{text}\n'''\n").startswith(":2: ")
