"""The site of the documentation: it builds without a warning, and what others point at is there.

It is built into build/site, as by the step `docs`, so that what is as it was is not made again.
"""

import os
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin

import check
import html5lib
import pytest
import workspace
from docsite import addresses, api, links
from docsite.sources import definition, members, module

SITE = workspace.ROOT / "build" / "site"
KEY_URLS = (
    "AGENTS.md",
    "docs/how-tos/ai-assisted-development",
    "docs/how-tos/structuring-apps",
    "docs/explanation/go-to-architecture",
    "docs/reference/routing",
    "docs/reference/runtime",
    "docs/reference/datastar",
    "docs/reference/testing",
)


@pytest.fixture(scope="module")
def site() -> Path:
    """Build the site; a warning is an error. One that was never built takes a while."""
    options = [option for option in check.SITE if option != "-E"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, ".", str(SITE)],
        cwd=workspace.ROOT,
        capture_output=True,
        text=True,
        timeout=100,  # less than pytest gives a test (faulthandler_timeout)
        check=False,
        env=os.environ | {"PYTHONWARNINGS": ""},
    )
    assert done.returncode == 0, done.stderr
    return SITE


def pages_of(site: Path) -> list[Path]:
    return [page for page in site.rglob("index.html") if page.parent.name != "search"]


@pytest.mark.parametrize("url", KEY_URLS)
def test_the_key_urls_of_stario_4_are_there(site: Path, url: str) -> None:
    place = site / url
    assert place.is_file() or (place / "index.html").is_file()


def test_agents_md_is_the_file_to_copy(site: Path) -> None:
    assert (site / "AGENTS.md").read_bytes() == (workspace.ROOT / "docs" / "AGENTS.md").read_bytes()


class PageReader(HTMLParser):
    """The links of a page, and the places in it that links can name."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.add(value or "")
            elif name in ("href", "src"):
                self.links.append(value or "")


def test_links_inside_the_site_lead_to_what_is_there(site: Path) -> None:
    read = cache(PageReader)
    dead: list[str] = []
    for page in pages_of(site):
        folder = page.parent.relative_to(site).as_posix()
        for link in read(page).links:
            url, anchor = urldefrag(urljoin(f"https://here/{folder}/".replace("/./", "/"), link))
            if not url.startswith("https://here/") or link.startswith("#svg-"):
                continue
            path = site / url.removeprefix("https://here/").partition("?")[0]
            target = path / "index.html" if path.is_dir() else path
            if not target.is_file() or (anchor and anchor not in read(target).ids):
                dead.append(f"{folder}: {link}")
    assert dead == []


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    """Fonts, scripts and styles come with the site; what is elsewhere is only linked."""
    for page in pages_of(site):
        text = page.read_text("utf-8")
        assert not re.search(r'<(?:script|img|iframe|source)\b[^>]*src="(?:https?:)?//', text), page
        assert not re.search(r'<link\b[^>]*rel="stylesheet"[^>]*href="(?:https?:)?//', text), page


def test_the_front_page_is_html_that_holds_together(site: Path) -> None:
    parser: Any = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse((site / "index.html").read_text("utf-8"))
    assert [code for _, code, _ in parser.errors] == []
    assert len(list(tree.iter("h1"))) == 1
    cards = [one for one in tree.iter("div") if one.get("class") == "grid"]
    assert len(list(cards[0])) == 6


# The texts for language models


def test_llms_txt_lists_every_page_with_a_line(site: Path) -> None:
    text = (site / "llms.txt").read_text("utf-8")
    assert text.startswith("# Stario\n\n> ")
    entries = re.findall(r"^- \[(.+?)\]\((\S+?)\): (.+)$", text, re.MULTILINE)
    assert len(entries) == text.count("\n- ")
    for title, url, sentence in entries:
        assert title
        assert sentence.strip()
        assert (site / url.removeprefix(addresses.SITE)).is_file(), url
    listed = {url for _, url, _ in entries}
    for page in sorted(workspace.ROOT.glob("docs/*/*.md")):
        name = page.relative_to(workspace.ROOT).with_suffix("").as_posix()
        assert addresses.SITE + addresses.text_address(name) in listed


def test_llms_full_has_the_text_of_every_page_and_nothing_hidden(site: Path) -> None:
    text = (site / "llms-full.txt").read_text("utf-8")
    for page in sorted(workspace.ROOT.glob("docs/*/*.md")):
        title = page.read_text("utf-8").partition("\n")[0]
        assert f"\n{title}\n" in text, page
    assert "async def bootstrap(app: App, span: Span)" in text
    assert "class SSE:" in text  # the API is there, too
    assert "<!-- check:" not in text
    assert "<!-- run:" not in text
    assert "{toctree}" not in text


def test_links_of_the_texts_work_anywhere(site: Path) -> None:
    text = (site / "llms-full.txt").read_text("utf-8")
    outside = "".join(re.split(r"```.*?```", text, flags=re.DOTALL)[::1])
    relative = re.findall(r"\]\((\.{1,2}/[^)\s]*)\)", outside)
    assert relative == []


# The addresses


@pytest.mark.parametrize(
    ("docname", "address", "text"),
    [
        ("docs/index", "", "index.md"),
        ("docs/README", "docs/", "docs.md"),
        ("docs/how-tos/testing", "docs/how-tos/testing/", "docs/how-tos/testing.md"),
        ("packages/stario-core/README", "packages/stario-core/", "packages/stario-core.md"),
    ],
)
def test_a_page_has_the_address_of_its_file(docname: str, address: str, text: str) -> None:
    assert addresses.address(docname) == address
    assert addresses.text_address(docname) == text


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ("../README.md", "https://stario.dev/docs/"),
        ("../../README.md", "https://stario.dev/"),
        ("testing.md#spans", "https://stario.dev/docs/how-tos/testing/#spans"),
        ("../../packages/stario-core/", "https://stario.dev/packages/stario-core/"),
        ("../../LICENSE", f"{links.REPOSITORY}/blob/main/LICENSE"),
        ("../../examples/", f"{links.REPOSITORY}/tree/main/examples"),
        ("missing.md", "missing.md"),
        ("https://example.com/a.md", "https://example.com/a.md"),
        ("#here", "#here"),
    ],
)
def test_a_link_leads_to_a_page_or_into_the_repository(link: str, leads_to: str) -> None:
    pages = {"docs/README", "docs/how-tos/testing", "packages/stario-core/README"}
    text = links.absolute(f"see [it]({link})", "docs/how-tos/forms", pages)
    assert text == f"see [it]({leads_to})"


def test_links_in_code_are_left_alone() -> None:
    text = "`[a](../README.md)`\n\n```\n[a](../README.md)\n```\n"
    assert links.absolute(text, "docs/how-tos/forms", {"docs/README"}) == text


# The API


@pytest.mark.parametrize("page", api.PAGES, ids=lambda page: page.name)
def test_an_api_page_has_every_public_name(page: api.ApiPage) -> None:
    text = api.markdown(page)
    for _, found in api.exported(page):
        assert re.search(rf"^#+ {found.name}$|`{found.name}`", text, re.MULTILINE), found.name


def test_what_an_app_imports_has_a_docstring() -> None:
    bare: list[str] = []
    for page in api.PAGES:
        for _, found in api.exported(page):
            statement = type(found.statement).__name__
            if not found.doc and statement in ("ClassDef", "FunctionDef", "AsyncFunctionDef"):
                bare.append(f"{found.module}.{found.name}")
    assert bare == []


def test_an_action_says_where_its_options_are() -> None:
    page = next(page for page in api.PAGES if page.name == "stario.datastar")
    text = api.markdown(page)
    assert "**options: Unpack[FetchOptions],\n) -> str: ..." in text
    assert "Options: [`FetchOptions`](stario.datastar.md#fetchoptions)." in text
    assert "| `open_when_hidden` | `bool \\| None` | Keep a stream open while the tab" in text


def test_html_factories_are_rows_of_a_table() -> None:
    page = next(page for page in api.PAGES if page.name == "stario.markup.html")
    text = api.markdown(page)
    assert text.count("\n| `") == 115
    assert "| `A` | `<a>` | A link to a page, a file, an address or a place" in text


def test_what_is_internal_is_on_no_page() -> None:
    headers = definition("stario.http", "Headers")
    assert headers is not None
    assert {"get", "set"} <= {one.name for one in members(headers)}
    assert not any("Internal" in one.doc for one in members(headers))


def test_a_name_that_is_not_ours_has_no_definition() -> None:
    assert definition("stario.http.app", "Any") is None
    assert definition("stario.markup", "html") is None
    assert definition("stario", "Nothing") is None
    assert module("asyncio") is None
