"""What the links of a page lead to: another page of the site, or a file in the repository."""

import re
from collections.abc import Callable, Collection
from pathlib import PurePosixPath
from posixpath import normpath
from typing import TYPE_CHECKING

from workspace import ROOT

from docsite.addresses import FRONT, SITE, address

if TYPE_CHECKING:
    from sphinx.application import Sphinx

REPOSITORY = "https://github.com/bobowski/stario"
_CODE = re.compile(r"(^[ \t]*```.*?^[ \t]*```[ \t]*$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
_TARGET = re.compile(r"(?<=\]\()(?P<path>[^)\s#:]+)(?P<anchor>#[^)\s]*)?(?=\))")
_IMAGES = {".png", ".svg", ".webp", ".gif", ".jpg"}


def on_source_read(app: "Sphinx", docname: str, source: list[str]) -> None:
    """Let the links of a page that Sphinx reads lead to pages and to the repository."""
    pages = app.env.found_docs
    source[0] = _rewritten(source[0], docname, lambda path: _for_sphinx(path, docname, pages))


def absolute(text: str, docname: str, pages: Collection[str]) -> str:
    """The text of a page with links that work anywhere."""
    return _rewritten(text, docname, lambda path: _anywhere(path, pages))


def _rewritten(text: str, docname: str, lead: Callable[[str], str | None]) -> str:
    folder = PurePosixPath(docname).parent

    def target(found: re.Match[str]) -> str:
        path = normpath(str(folder / found["path"]))
        return (lead(path) or found["path"]) + (found["anchor"] or "")

    pieces = _CODE.split(text)
    pieces[::2] = [_TARGET.sub(target, piece) for piece in pieces[::2]]
    return "".join(pieces)


def page_of(path: str, pages: Collection[str]) -> str | None:
    """The page that a path of the repository is on the site."""
    if path in ("README.md", "."):
        return FRONT
    for docname in (path.removesuffix(".md"), f"{path}/README"):
        if docname in pages:
            return docname
    return None


def _for_sphinx(path: str, docname: str, pages: Collection[str]) -> str | None:
    if page := page_of(path, pages):
        return f"{'../' * docname.count('/')}{page}.md"
    return None if PurePosixPath(path).suffix in _IMAGES else _in_repository(path)


def _anywhere(path: str, pages: Collection[str]) -> str | None:
    if page := page_of(path, pages):
        return SITE + address(page)
    return _in_repository(path)


def _in_repository(path: str) -> str | None:
    file = ROOT / path
    if not file.exists():
        return None  # Sphinx complains about it
    return f"{REPOSITORY}/{'tree' if file.is_dir() else 'blob'}/main/{path}"
