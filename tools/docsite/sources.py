"""Modules as their source tells it, not imported: what a name is, and where it is defined."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workspace import ROOT

_INTERNAL = re.compile(r"\bInternal\b")  # for other packages of ours, and nobody else


@dataclass(frozen=True)
class Definition:
    """A public name. `statements` are more than one for an overloaded function."""

    module: str
    name: str
    statements: tuple[ast.stmt, ...]
    doc: str

    @property
    def statement(self) -> ast.stmt:
        return self.statements[0]


@dataclass(frozen=True)
class Module:
    """A module of one of our packages."""

    name: str
    tree: ast.Module

    @property
    def doc(self) -> str:
        return ast.get_docstring(self.tree) or ""

    def public(self) -> list[str]:
        """The names in `__all__`, else those that are defined here and do not begin with `_`."""
        for statement in self.tree.body:
            if isinstance(statement, ast.Assign) and _names(statement) == ["__all__"]:
                return ast.literal_eval(statement.value)
        return [
            name
            for statement in self.tree.body
            for name in _names(statement)
            if name[0] != "_" and not isinstance(statement, ast.Import | ast.ImportFrom | ast.If)
        ]


@cache
def module(name: str) -> Module | None:
    """Find and read a module; None when it is not ours."""
    path = Path(*name.split("."))
    for source in sorted(ROOT.glob("packages/*/src")):
        for file in (source / path / "__init__.py", (source / path).with_suffix(".py")):
            if file.is_file():
                return Module(name, ast.parse(file.read_text("utf-8")))
    return None


@cache
def definition(module_name: str, name: str) -> Definition | None:
    """Follow a name through imports to its definition; None for what is not ours, or a module."""
    found = module(module_name)
    if found is None:
        return None
    statements = list(_flat(found.tree.body))
    for index, statement in enumerate(statements):
        if isinstance(statement, ast.ImportFrom) and statement.module:
            for alias in statement.names:
                if (alias.asname or alias.name) == name:
                    is_module = module(f"{statement.module}.{alias.name}") is not None
                    return None if is_module else definition(statement.module, alias.name)
        elif name in _names(statement):
            same = [one for one in statements[index:] if name in _names(one)]
            return Definition(module_name, name, tuple(same), _doc(statements, same))
    return None


def members(owner: Definition) -> list[Definition]:
    """The public members of a class, those of its private bases included."""
    found: dict[str, Definition] = {}
    for body_owner in [owner, *_private_bases(owner)]:
        assert isinstance(body_owner.statement, ast.ClassDef)
        body = list(_flat(body_owner.statement.body))
        for statement in body:
            for name in _names(statement):
                if name[0] != "_" or name == "__init__":
                    same = [one for one in body if name in _names(one)]
                    whole = Definition(body_owner.module, name, tuple(same), _doc(body, same))
                    found.setdefault(name, whole)
    return [one for one in found.values() if not _INTERNAL.search(one.doc)]


def _private_bases(owner: Definition) -> Iterator[Definition]:
    assert isinstance(owner.statement, ast.ClassDef)
    for base in owner.statement.bases:
        name = ast.unparse(base).partition("[")[0]
        found = definition(owner.module, name)
        if name.startswith("_") and found and isinstance(found.statement, ast.ClassDef):
            yield found
            yield from _private_bases(found)


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements, with those under `if TYPE_CHECKING` and `try` among them."""
    for statement in body:
        if isinstance(statement, ast.If):
            yield from _flat([*statement.body, *statement.orelse])
        elif isinstance(statement, ast.Try):
            yield from _flat(statement.body)
        else:
            yield statement


def _names(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [statement.name]
        case ast.Assign():
            return [target.id for target in statement.targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.TypeAlias(name=ast.Name(id=name)):
            return [name]
        case _:
            return []


def _doc(body: list[ast.stmt], statements: list[ast.stmt]) -> str:
    """The docstring of a definition, or the string that stands behind an assignment."""
    for statement in reversed(statements):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if doc := ast.get_docstring(statement):
                return doc
        else:
            behind = body[body.index(statement) + 1 :][:1]
            match behind:
                case [ast.Expr(value=ast.Constant(value=str(text)))]:
                    return " ".join(text.split())
                case _:
                    pass
    return ""
