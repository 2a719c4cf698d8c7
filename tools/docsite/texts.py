"""The site as text for language models (llmstxt.org), from the sources of the pages.

`llms.txt` lists the pages, one line each; `llms-full.txt` is all of them in one file; beside every
page lies its Markdown.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from workspace import ROOT

from docsite.addresses import FRONT, SITE, text_address
from docsite.api import GENERATED
from docsite.links import absolute

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ABOUT = """\
# Stario

> Stario is a Python framework for web apps whose HTML is made on the server and stays live:
> explicit routes, async handlers that write with a `Writer`, views as pure functions, and patches
> over SSE that Datastar morphs in the browser. It is its own HTTP/1.1 server and not ASGI.
"""
_COMMENT = re.compile(r"^[ \t]*<!--.*?-->\n?", re.MULTILINE | re.DOTALL)
_DIRECTIVE = re.compile(r"^```\{toctree\}.*?^```\n?", re.MULTILINE | re.DOTALL)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_SENTENCE = re.compile(r"(.+?[.!?])(?:\s|$)", re.DOTALL)


def write_texts(app: "Sphinx", exception: Exception | None) -> None:
    """Write the texts into the finished site."""
    if exception is not None or app.builder.name != "site":
        return
    out = Path(app.outdir)
    sections = list(_sections(app))
    listed = "\n".join(_listed(app, caption, names) for caption, names in sections)
    (out / "llms.txt").write_text(f"{ABOUT}\n{listed}", "utf-8")
    whole = [_page(app, name) for _, names in sections for name in names]
    (out / "llms-full.txt").write_text("\n\n".join([ABOUT.rstrip(), *whole]) + "\n", "utf-8")
    for name in sorted(app.env.found_docs):
        file = out / text_address(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(markdown(app, name), "utf-8")
    (out / "AGENTS.md").write_bytes((ROOT / "docs" / "AGENTS.md").read_bytes())


def on_page_context(
    app: "Sphinx", docname: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    """Tell the template of a page where its Markdown is, and whether the repository has it."""
    if docname in GENERATED:
        context["page_source_suffix"] = ""  # nothing to view or edit there
    if docname in app.env.found_docs:
        context["markdown_address"] = f"{SITE}{text_address(docname)}"


def markdown(app: "Sphinx", docname: str) -> str:
    """The source of a page without what machines need, and with links that work anywhere."""
    text = Path(app.env.doc2path(docname)).read_text("utf-8")
    for hidden in (_FRONT_MATTER, _DIRECTIVE, _COMMENT):
        text = hidden.sub("", text)
    return absolute(text, docname, app.env.found_docs).strip() + "\n"


def _sections(app: "Sphinx") -> Iterator[tuple[str, list[str]]]:
    """The navigation: captions with all pages below them, in the order of the site."""
    for toctree in app.env.get_doctree(FRONT).findall(addnodes.toctree):
        names = [name for _, name in toctree["entries"] if name in app.env.found_docs]
        yield toctree["caption"] or "Start", list(_with_children(app, names))


def _with_children(app: "Sphinx", names: list[str]) -> Iterator[str]:
    for name in names:
        yield name
        yield from _with_children(app, app.env.toctree_includes.get(name, []))


def _listed(app: "Sphinx", caption: str, names: list[str]) -> str:
    lines = [f"## {caption}", ""]
    for name in names:
        title = app.env.titles[name].astext()
        lines.append(f"- [{title}]({SITE}{text_address(name)}): {_first_sentence(app, name)}")
    return "\n".join([*lines, ""])


def _first_sentence(app: "Sphinx", docname: str) -> str:
    for paragraph in app.env.get_doctree(docname).findall(nodes.paragraph):
        if not isinstance(paragraph.parent, nodes.section):
            continue  # of a table, a list
        if text := " ".join(paragraph.astext().split()):
            found = _SENTENCE.match(text)
            return found[1] if found else text
    return app.env.titles[docname].astext()


def _page(app: "Sphinx", docname: str) -> str:
    return f"<!-- {SITE}{text_address(docname)} -->\n\n{markdown(app, docname).rstrip()}"
