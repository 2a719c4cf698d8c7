"""Who may import whom: nothing points up, between packages or inside core.

An import inside a function or under TYPE_CHECKING ties two packages as one at the top does, and so
counts. Inside core only what runs when a module is loaded counts.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import workspace
from packaging.requirements import Requirement
from packaging.version import Version

MAY_IMPORT: dict[str, set[str]] = {
    "stario-markup": set(),
    "stario-core": {"stario-markup"},
    "stario-telemetry": {"stario-core"},
    "stario-datastar": {"stario-core", "stario-markup"},
    "stario-testing": {"stario-core", "stario-telemetry"},
    "stario-cli": {"stario-core", "stario-telemetry"},
}
MAY_IMPORT["stario"] = set(MAY_IMPORT)

# Distribution to the module that it is imported by; what stands in an extra is imported only there.
THIRD_PARTY: dict[str, dict[str, str]] = {
    "stario-markup": {},
    "stario-core": {
        "httptools": "httptools",
        "brotli": "brotli",
        "backports-zstd": "backports.zstd",
        "uvloop": "uvloop",
    },
    "stario-telemetry": {},
    "stario-datastar": {},
    "stario-testing": {  # it reads answers as a browser does: framing and codings
        "httptools": "httptools",
        "brotli": "brotli",
        "backports-zstd": "backports.zstd",
        "justhtml": "justhtml",
        "pytest": "pytest",
    },
    "stario-cli": {"watchfiles": "watchfiles"},
    "stario": {},
}

STANDARD = sys.stdlib_module_names | {
    "annotationlib",  # 3.14 has this and the next
    "compression",
    "typing_extensions",  # for type checkers, each of which brings it
}

# A file of core may import at its top from its own row and from those above. A name stands for the
# module, and for all in it where it is a folder.
LAYERS: list[set[str]] = [
    {"faces", "exceptions", "env", "tracing", "propagation"},
    {"relay"},
    {"routing"},
    {"http.lifetimes"},
    {"http.headers", "http.query", "http.wire", "http.redirect", "http.cookie_header"},
    {"http.trust"},
    {"http.bodies"},
    {"http.compression", "http.shared"},
    {"http.sending"},
    {"http.request", "http.writer"},
    {"responses", "cookies"},
    {"http.match"},
    {"http.matching"},
    {"http.router"},
    {"http.context", "http.app"},
    {"staticassets"},
    {"http.process"},
    {"http.config"},
    {"http.connection"},
    {"http.bootstrap", "http.server"},
    {"http.__init__"},
    {"__init__"},
]

PACKAGES = sorted(workspace.packages())


@dataclass(frozen=True, slots=True)
class Import:
    """One name that a source file imports, and where."""

    target: str
    line: int
    at_load: bool
    """Whether it runs when the module is loaded: not in a function, not under TYPE_CHECKING."""


def imports_of(source: str, module: str, *, is_package: bool = False) -> list[Import]:
    """All imports of a source text: statements, and calls of `import_module` with a literal."""
    return list(_walk(ast.parse(source), package_of(module, is_package), at_load=True))


def package_of(module: str, is_package: bool) -> str:
    return module if is_package else module.rpartition(".")[0]


def _walk(node: ast.AST, package: str, *, at_load: bool) -> Iterator[Import]:
    for target in _targets(node, package):
        yield Import(target, getattr(node, "lineno", 0), at_load)
    if isinstance(node, ast.If) and _names_type_checking(node.test):
        for child in node.body:
            yield from _walk(child, package, at_load=False)
        for child in node.orelse:
            yield from _walk(child, package, at_load=at_load)
        return
    is_later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, package, at_load=at_load and not is_later)


def _targets(node: ast.AST, package: str) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(names=names):
            home = _absolute(node, package)
            return [home if alias.name == "*" else f"{home}.{alias.name}" for alias in names]
        case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]):
            return [name] if _is_importer(func) else []
        case _:
            return []


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if node.level == 0:
        return node.module or ""
    parts = package.split(".")
    home = ".".join(parts[: len(parts) - node.level + 1])
    return f"{home}.{node.module}" if node.module else home


def _is_importer(func: ast.expr) -> bool:
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    return name in {"import_module", "__import__"}


def _names_type_checking(test: ast.expr) -> bool:
    return "TYPE_CHECKING" in {getattr(test, "id", ""), getattr(test, "attr", "")}


def source_of(name: str) -> Path:
    return workspace.packages()[name].folder / "src"


def modules_of(name: str) -> dict[str, Path]:
    """The modules of a package by their dotted names."""
    found: dict[str, Path] = {}
    for file in sorted(source_of(name).rglob("*.py")):
        if "skeleton" in file.parts:  # of an app that `stario init` makes: text, never imported
            continue
        parts = file.relative_to(source_of(name)).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = file
    return found


@cache
def homes() -> dict[str, str]:
    """What stands directly in the namespace, such as `markup`, and the distribution that has it."""
    return {
        entry.stem: name for name in PACKAGES for entry in (source_of(name) / "stario").iterdir()
    }


def owner_of(target: str) -> str:
    """The distribution that has `stario.a.b.name`; the names of `stario` itself are of core."""
    return homes().get(target.split(".")[1] if "." in target else "", "stario-core")


def complaint(name: str, target: str) -> str:
    """Why this package may not import that name; empty when it may."""
    top = target.partition(".")[0]
    if top == "stario":
        owner = owner_of(target)
        allowed = owner == name or owner in MAY_IMPORT[name]
        return "" if allowed else f"{name} may not import {target}, which is of {owner}"
    if top in STANDARD or any(
        f"{target}.".startswith(f"{module}.") for module in THIRD_PARTY[name].values()
    ):
        return ""
    return f"{name} may not import {target}: it is neither ours nor declared"


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_imports_only_what_the_table_allows(name: str) -> None:
    found = [
        f"{file}:{one.line}: {problem}"
        for module, file in modules_of(name).items()
        for one in imports_of(file.read_text("utf-8"), module, is_package=is_init(file))
        if (problem := complaint(name, one.target))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("stario-markup", "stario.exceptions"),
        ("stario-markup", "stario.App"),
        ("stario-markup", "stario"),
        ("stario-core", "stario.telemetry"),
        ("stario-core", "stario.datastar.streams.sse"),
        ("stario-telemetry", "stario.markup.html"),
        ("stario-testing", "stario.datastar"),
        ("stario-cli", "stario.testing.client"),
        ("stario-core", "requests"),
        ("stario-core", "backports"),
        ("stario-telemetry", "httptools"),
    ],
)
def test_what_the_table_does_not_name_is_refused(name: str, target: str) -> None:
    assert complaint(name, target)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("stario-core", "stario.markup.errors.StarioError"),
        ("stario-core", "backports.zstd.ZstdCompressor"),
        ("stario-core", "compression.zstd"),
        ("stario-markup", "stario.markup.anything"),
        ("stario-cli", "watchfiles"),
    ],
)
def test_what_the_table_names_is_allowed(name: str, target: str) -> None:
    assert not complaint(name, target)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("import stario.cli", "stario.cli"),
        ("import os, stario.cli as c", "stario.cli"),
        ("from stario import cli", "stario.cli"),
        ("from stario.cli import main", "stario.cli.main"),
        ("from stario.cli import *", "stario.cli"),
        ("from ..cli import main", "stario.cli.main"),
        ("from .. import cli", "stario.cli"),
        ("def late():\n    import stario.cli", "stario.cli"),
        ("if TYPE_CHECKING:\n    from stario.cli import main", "stario.cli.main"),
        ("try:\n    import stario.cli\nexcept ImportError:\n    pass", "stario.cli"),
        ("class A:\n    async def f(self):\n        import stario.cli", "stario.cli"),
        ("import_module('stario.cli')", "stario.cli"),
        ("x = importlib.import_module('stario.cli').main", "stario.cli"),
    ],
)
def test_the_walker_sees_an_import_in_every_spelling(source: str, target: str) -> None:
    assert target in [one.target for one in imports_of(source, "stario.http.app")]


@pytest.mark.parametrize(
    ("source", "at_load"),
    [
        ("import stario.cli", True),
        ("try:\n    import stario.cli\nexcept ImportError:\n    pass", True),
        ("class A:\n    import stario.cli", True),
        ("if TYPE_CHECKING:\n    pass\nelse:\n    import stario.cli", True),
        ("if TYPE_CHECKING:\n    import stario.cli", False),
        ("if typing.TYPE_CHECKING:\n    import stario.cli", False),
        ("def late():\n    import stario.cli", False),
        ("late = lambda: import_module('stario.cli')", False),
    ],
)
def test_the_walker_tells_what_runs_at_load(source: str, at_load: bool) -> None:
    assert [one.at_load for one in imports_of(source, "stario.http.app")] == [at_load]


@pytest.mark.parametrize("name", sorted(MAY_IMPORT))
def test_a_package_declares_the_siblings_that_it_may_import(name: str) -> None:
    member = workspace.members()[name]
    assert set(workspace.ours(member.dependencies)) == MAY_IMPORT[name]


@pytest.mark.parametrize("name", sorted(MAY_IMPORT))
def test_a_package_declares_no_other_third_party(name: str) -> None:
    member = workspace.members()[name]
    declared = [*member.dependencies, *(text for extra in member.extras.values() for text in extra)]
    names = {workspace.name_of(text) for text in workspace.third_party(declared)}
    assert names == set(THIRD_PARTY[name])


@pytest.mark.parametrize("name", sorted(MAY_IMPORT))
def test_a_sibling_is_asked_for_from_a_floor_to_the_next_major(name: str) -> None:
    member = workspace.members()[name]
    for text in member.dependencies:
        if workspace.ours([text]):
            asked = Requirement(text)
            version = Version(workspace.members()[asked.name].version)
            bounds = {one.operator: one.version for one in asked.specifier}
            assert set(bounds) == {">=", "<"}, text
            assert version in asked.specifier, f"{text} leaves out the {version} beside it"
            assert bounds["<"] == str(Version(bounds[">="]).major + 1), text


def test_every_module_of_the_namespace_has_one_owner() -> None:
    files = [module for name in PACKAGES for module in modules_of(name)]
    assert len(files) == len(set(files))


@pytest.mark.parametrize("name", PACKAGES)
def test_type_checkers_find_the_namespace_by_this_line(name: str) -> None:
    """Siblings have it in a stub beside their source alone, core in the code that it ships."""
    spelled = '__path__ = __import__("pkgutil").extend_path(__path__, __name__)'
    suffix, other = ("py", "pyi") if name == "stario-core" else ("pyi", "py")
    face = source_of(name) / "stario" / f"__init__.{suffix}"
    assert not face.with_suffix(f".{other}").exists()
    statements = ast.parse(face.read_text("utf-8")).body
    code = [line for line in statements if not isinstance(line, ast.Expr)]
    assert ast.get_source_segment(face.read_text("utf-8"), code[0]) == spelled


def is_init(file: Path) -> bool:
    return file.name == "__init__.py"


CORE = modules_of("stario-core")


def layer_of(module: str) -> int:
    """The row of a core module; -1 when it has no place yet."""
    inside = module.removeprefix("stario").removeprefix(".")
    if is_init(CORE[module]) and inside in {"", "http"}:
        inside = f"{inside}.__init__".removeprefix(".")
    for row, names in enumerate(LAYERS):
        if any(f"{inside}.".startswith(f"{name}.") for name in names):
            return row
    return -1


def module_in_core(target: str) -> str | None:
    """The module of core that an imported name is in, or None when it is not of core."""
    if target.partition(".")[0] != "stario" or owner_of(target) != "stario-core":
        return None
    while target not in CORE:
        target = target.rpartition(".")[0]
    return target


def points_right(source: str, module: str) -> list[str]:
    """The imports at a core module's top that lead to a later row, as sentences."""
    found: list[str] = []
    for one in imports_of(source, module, is_package=is_init(CORE[module])):
        target = module_in_core(one.target) if one.at_load else None
        if target is not None and layer_of(target) > layer_of(module):
            found.append(f"{CORE[module]}:{one.line}: {module} imports {target}, to its right")
    return found


@pytest.mark.parametrize("module", sorted(CORE))
def test_every_file_of_core_has_a_place_in_the_order(module: str) -> None:
    assert layer_of(module) >= 0, f"{module} is in no row: add it to LAYERS above"


@pytest.mark.parametrize("module", sorted(CORE))
def test_inside_core_files_import_only_leftward(module: str) -> None:
    found = points_right(CORE[module].read_text("utf-8"), module)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "import stario.http.server",
        "from stario.http.server import serve",
        "from .http import server",
        "from stario.http import App",
        "from stario import App",
    ],
)
def test_an_import_to_the_right_is_seen(source: str) -> None:
    assert points_right(source, "stario.exceptions")


@pytest.mark.parametrize(
    "source",
    [
        "if TYPE_CHECKING:\n    from stario.http.app import App",
        "def late():\n    from stario.http.app import App",
        "from stario.env import anything",
        "from stario.markup import html",
    ],
)
def test_an_import_to_the_left_or_later_is_free(source: str) -> None:
    assert not points_right(source, "stario.exceptions")
