"""The pages of docs/api: every public name with its types and its docstring, made at each build.

A name stands on one page, that of the first module below which exports it; where others export it,
too, they say so. HTML and SVG factories are rows of a table.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workspace import ROOT

from docsite.signatures import annotation, default, is_function, is_property, stub, unpacked
from docsite.sources import Definition, Module, definition, members, module

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = ROOT / "docs" / "api"


@dataclass(frozen=True)
class ApiPage:
    """A page for a module, and for those that belong to it."""

    name: str
    modules: tuple[str, ...]


PAGES = (
    ApiPage("stario", ("stario",)),
    ApiPage(
        "stario.http",
        (
            "stario.http",
            "stario.http.app",
            "stario.http.server",
            "stario.http.bootstrap",
            "stario.http.config",
            "stario.http.compression",
        ),
    ),
    ApiPage("stario.routing", ("stario.routing",)),
    ApiPage("stario.responses", ("stario.responses",)),
    ApiPage("stario.cookies", ("stario.cookies",)),
    ApiPage("stario.exceptions", ("stario.exceptions",)),
    ApiPage("stario.staticassets", ("stario.staticassets",)),
    ApiPage("stario.relay", ("stario.relay", "stario.relay.contract")),
    ApiPage("stario.tracing", ("stario.tracing", "stario.propagation")),
    ApiPage("stario.env", ("stario.env",)),
    ApiPage("stario.markup", ("stario.markup", "stario.markup.types")),
    ApiPage("stario.markup.html", ("stario.markup.html",)),
    ApiPage("stario.markup.svg", ("stario.markup.svg",)),
    ApiPage(
        "stario.datastar",
        (
            "stario.datastar",
            "stario.datastar.fetch",
            "stario.datastar.events",
            "stario.datastar.format",
            "stario.datastar.client",
        ),
    ),
    ApiPage("stario.debug", ("stario.debug",)),
    ApiPage(
        "stario.telemetry",
        (
            "stario.telemetry",
            "stario.telemetry.json",
            "stario.telemetry.sqlite",
            "stario.telemetry.queries",
            "stario.telemetry.tty",
            "stario.telemetry.tee",
            "stario.telemetry.noop",
            "stario.telemetry.spans",
        ),
    ),
    ApiPage("stario.testing", ("stario.testing",)),
    ApiPage("stario.cli", ("stario.cli.main", "stario.cli.commands")),
)
GENERATED = frozenset(f"docs/api/{page.name}" for page in PAGES)
# Exports which are there for others: the parser's own, and `main` of a module that is a command.
_HIDDEN = {
    "stario": {"__version__"},
    "stario.cli.commands": {"OURS", "names", "load", "about", "broken_command"},
    "stario.datastar.client": {"ACCEPTED", "main"},
    "stario.datastar.fetch": {"fetch_js"},
}


def write_pages(app: "Sphinx") -> None:
    """Write the pages; one that is as it was keeps its time, so that it is not read again."""
    for page in PAGES:
        file, text = FOLDER / f"{page.name}.md", markdown(page)
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")


def markdown(page: ApiPage) -> str:
    """A page of the reference."""
    first = _module(page.modules[0])
    parts = [f"# {page.name}", first.doc]
    for name in page.modules:
        found = _module(name)
        if name != page.modules[0]:
            parts += [f"## {name}", found.doc]
        parts += list(_body(page, found))
    return "\n\n".join(part for part in parts if part) + "\n"


def exported(page: ApiPage) -> Iterator[tuple[str, Definition]]:
    """What the modules of a page export and we define, with the module."""
    for name in page.modules:
        for public in _public(_module(name)):
            if found := definition(name, public):
                yield name, found


def home_of(found: Definition) -> ApiPage:
    """The page that has the definition; the face of all, `stario`, only lists."""
    for page in PAGES[1:]:
        if any(one is found for _, one in exported(page)):
            return page
    raise LookupError(f"{found.module}.{found.name} is on no page")


def _module(name: str) -> Module:
    found = module(name)
    if found is None:
        raise LookupError(f"no package has a module {name}")
    return found


def _public(found: Module) -> list[str]:
    return [name for name in found.public() if name not in _HIDDEN.get(found.name, ())]


def _body(page: ApiPage, found: Module) -> Iterator[str]:
    names = [one for name in _public(found) if (one := definition(found.name, name))]
    if found.name in ("stario.markup.html", "stario.markup.svg"):
        yield _factories(names)
        return
    elsewhere = [one for one in names if not _is_here(page, found, one)]
    if elsewhere:
        yield _links(elsewhere)
    level = "##" if found.name == page.modules[0] else "###"
    for one in names:
        if _is_here(page, found, one):
            yield from _entry(one, level)


def _is_here(page: ApiPage, found: Module, one: Definition) -> bool:
    if home_of(one) is not page:
        return False
    return next(name for name, other in exported(page) if other is one) == found.name


def _links(found: list[Definition]) -> str:
    rows = [
        f"| [`{one.name}`]({home_of(one).name}.md#{_anchor(one.name)}) | {_summary(one)} |"
        for one in found
    ]
    return "\n".join(["| name | |", "|---|---|", *rows])


def _entry(found: Definition, level: str) -> Iterator[str]:
    yield f"{level} {found.name}"
    yield _code(stub(found))
    yield found.doc
    yield _options(found)
    if not isinstance(found.statement, ast.ClassDef):
        return
    inside = [one for one in members(found) if one.name != "__init__"]
    attributes = [one for one in inside if not is_function(one) or is_property(one)]
    if told := [one for one in attributes if one.doc or annotation(one)]:
        yield _attributes(told)
    for one in inside:
        if is_function(one) and not is_property(one):
            yield f"{level}# {found.name}.{one.name}"
            yield _code(stub(one))
            yield one.doc
            yield _options(one)


def _options(found: Definition) -> str:
    """Where the keyword arguments of a function are described, when a class has them."""
    name = unpacked(found)
    taken = definition(found.module, name) if name else None
    if taken is None or not any(taken is one for page in PAGES for _, one in exported(page)):
        return ""
    return f"Options: [`{taken.name}`]({home_of(taken).name}.md#{_anchor(taken.name)})."


def _attributes(found: list[Definition]) -> str:
    has_defaults = any(map(default, found))
    rows = [
        [
            f"`{one.name}`",
            _cell(annotation(one)),
            *([_cell(default(one))] * has_defaults),
            _escaped(" ".join(one.doc.split())),
        ]
        for one in found
    ]
    titles = ["attribute", "type", *(["default"] * has_defaults), ""]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(titles)} |", "|---" * len(titles) + "|", *lines])


def _factories(found: list[Definition]) -> str:
    rows = [f"| `{one.name}` | `<{_tag(one)}>` | {_escaped(one.doc)} |" for one in found]
    return "\n".join(["| factory | element | |", "|---|---|---|", *rows])


def _tag(found: Definition) -> str:
    match found.statement:
        case ast.Assign(value=ast.Call(args=[ast.Constant(value=str(tag)), *_])):
            return tag
        case _:
            return found.name.lower()


def _summary(found: Definition) -> str:
    """The first paragraph of what it is, else the thing itself."""
    return _escaped(" ".join(found.doc.split("\n\n")[0].split()) or f"`{stub(found)}`")


def _anchor(name: str) -> str:
    return name.lower().replace(".", "")


def _code(text: str) -> str:
    return f"```pyi\n{text}\n```"


def _cell(text: str) -> str:
    return f"`{_escaped(text)}`" if text else ""


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
