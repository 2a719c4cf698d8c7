"""The reference is complete, and what it says of signatures, settings and options is the code's.

A signature stands in a code-block of `pyi` whose first line names the module. It is compared with
the source: names, kinds, defaults and types. So no page falls behind without a test that says so.
"""

import argparse
import ast
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import stario
from stario.cli import commands
from stario.cli.variables import VARIABLES

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
PAGES = sorted(REFERENCE.glob("*.md"))
_STUBS = re.compile(r"^```\{code-block\} pyi\n# (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)

# Their names are those of their elements: a table of 185 rows would tell nobody anything.
_LISTED_ELSEWHERE = {"stario.markup.html", "stario.markup.svg"}


@cache
def _reference() -> str:
    return "\n".join(page.read_text() for page in PAGES)


def _is_named(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


@cache
def _code() -> str:
    """Return what the reference shows as code: its blocks, and the words between backticks."""
    text = _reference()
    blocks = re.findall(r"^```.*?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)])


def _public_modules() -> Iterator[ModuleType]:
    yield stario
    for found in pkgutil.walk_packages(stario.__path__, "stario."):
        if found.name.endswith("__main__"):
            continue
        try:
            module = import_module(found.name)
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("stario"):
                raise
            continue  # an extra that is not installed
        if hasattr(module, "__all__"):
            yield module


# What stands in the source


def _unquoted(node: ast.AST) -> ast.AST:
    """Return the tree with its quoted types as types."""

    class Unquote(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.AST:
            if isinstance(node.value, str):
                return ast.parse(node.value, mode="eval").body
            return node

        def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
            if isinstance(node.value, ast.Name) and node.value.id == "Literal":
                return node
            return self.generic_visit(node)

    return Unquote().visit(node)


def _type(annotation: ast.expr | None) -> str:
    return "" if annotation is None else ast.unparse(_unquoted(annotation))


type Parameter = tuple[str, str, str, str]


def _parameters(arguments: ast.arguments) -> list[Parameter]:
    """Return kind, name, type and default of each parameter, `self` left out."""

    def one(kind: str, given: ast.arg, default: ast.expr | None) -> Parameter:
        written = "" if default is None else ast.unparse(default)
        return kind, given.arg, _type(given.annotation), written

    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
    found = [
        one("only by place" if given in arguments.posonlyargs else "any", given, default)
        for given, default in zip(plain, defaults, strict=True)
    ]
    if arguments.vararg:
        found.append(one("*", arguments.vararg, None))
    found += [
        one("by name", given, default)
        for given, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg:
        found.append(one("**", arguments.kwarg, None))
    return [parameter for parameter in found if parameter[1] != "self"]


type Function = ast.FunctionDef | ast.AsyncFunctionDef


def _signature(function: Function) -> tuple[bool, list[Parameter], str]:
    is_async = isinstance(function, ast.AsyncFunctionDef)
    return is_async, _parameters(function.args), _type(function.returns)


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(import_module(module)))


def _definition(found: Any, name: str) -> ast.ClassDef | Function | None:
    """Return where a class or function is defined, in the module that it came from."""
    module = getattr(found, "__module__", None) or ""
    if not module.startswith("stario"):
        return None
    nodes = [
        node
        for node in _tree(module).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name == name
    ]
    return nodes[-1] if nodes else None  # overloads come before


def _is_property(function: Function) -> bool:
    return any("property" in ast.unparse(one) for one in function.decorator_list)


def _member(kind: type, name: str) -> ast.AnnAssign | Function | None:
    """Return the definition of a member, in the class or in one above it."""
    for above in kind.__mro__:
        definition = _definition(above, above.__name__)
        if not isinstance(definition, ast.ClassDef):
            continue
        found: ast.AnnAssign | Function | None = None
        for node in definition.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found = node if node.name == name else found or _set_in(node, name)
            elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == name:
                found = node
        if found is not None:
            return found
    return None


def _set_in(method: Function, name: str) -> ast.AnnAssign | None:
    """Return an attribute that a method sets, with its own type or that of a parameter."""
    given = [*method.args.args, *method.args.kwonlyargs]
    types = {one.arg: one.annotation for one in given}
    for node in ast.walk(method):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == f"self.{name}":
            return ast.AnnAssign(ast.Name(name), node.annotation, None, 1)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == f"self.{name}":
            annotation = types.get(ast.unparse(node.value)) or ast.Name("object")
            return ast.AnnAssign(ast.Name(name), annotation, None, 1)
    return None


# What stands in the reference


def _stubs() -> Iterator[tuple[str, str, ast.ClassDef | Function]]:
    for page in PAGES:
        for module, code in _STUBS.findall(page.read_text()):
            for statement in ast.parse(code).body:
                if not isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                    raise ValueError(f"{page.name} shows no signature: {ast.unparse(statement)}")
                yield page.name, module, statement


def _check_attribute(where: str, shown: ast.AnnAssign, kind: type) -> None:
    real = _member(kind, ast.unparse(shown.target))
    assert real is not None, f"{where} is not there"
    if isinstance(real, ast.AnnAssign):
        if _type(real.annotation) != "object":  # which says that the source names no type
            assert _type(shown.annotation) == _type(real.annotation), where
        if shown.value is not None and real.value is not None:
            assert ast.unparse(shown.value) == ast.unparse(real.value), where
    else:
        assert _is_property(real), f"{where} is a method"
        assert _type(shown.annotation) == _type(real.returns), where


def _check_function(where: str, shown: Function, real: object) -> None:
    assert isinstance(real, ast.FunctionDef | ast.AsyncFunctionDef), f"{where} is no function"
    assert _signature(shown) == _signature(real), where


@pytest.mark.parametrize(
    ("page", "module", "shown"),
    [pytest.param(*one, id=f"{one[0]}-{one[1]}.{one[2].name}") for one in _stubs()],
)
def test_a_signature_in_the_reference_is_that_of_the_source(
    page: str, module: str, shown: ast.ClassDef | Function
) -> None:
    real: Any = getattr(import_module(module), shown.name)
    where = f"{page}: {module}.{shown.name}"
    if not isinstance(shown, ast.ClassDef):
        _check_function(where, shown, _definition(real, shown.name))
        return
    assert isinstance(real, type), f"{where} is no class"
    for member in shown.body:
        if isinstance(member, ast.AnnAssign):
            _check_attribute(f"{where}.{ast.unparse(member.target)}", member, real)
        elif isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
            _check_function(f"{where}.{member.name}", member, _member(real, member.name))


def test_every_public_name_is_in_the_reference() -> None:
    text = _code()
    missing = [
        f"{module.__name__}.{name}"
        for module in _public_modules()
        if module.__name__ not in _LISTED_ELSEWHERE
        for name in module.__all__
        if not _is_named(name, text)
    ]
    assert missing == []


def test_every_module_with_public_names_is_in_the_reference() -> None:
    text = _reference()
    missing = [one.__name__ for one in _public_modules() if not _is_named(one.__name__, text)]
    assert missing == []


def test_every_variable_is_in_the_table_of_the_runtime_with_its_default_and_meaning() -> None:
    runtime = (REFERENCE / "runtime.md").read_text()
    table = runtime.partition("| variable | default | meaning |")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE))
    assert rows == {
        one.name: f"{one.default if one.default == 'unset' else f'`{one.default}`'} | {one.meaning}"
        for one in VARIABLES
    }


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    command = commands.load(name)
    assert command is not None
    command.add_arguments(parser)
    return parser


def _options(parser: argparse.ArgumentParser) -> set[str]:
    lines = re.findall(r"^\s+(-[\w-]+(?:, --[\w-]+)?|--[\w-]+)", parser.format_help(), re.MULTILINE)
    return {option for line in lines for option in re.findall(r"--[\w-]+", line)}


@pytest.mark.parametrize("name", commands.OURS)
def test_every_command_has_a_section_that_names_its_options_and_arguments(name: str) -> None:
    page = (REFERENCE / "cli.md").read_text()
    section = re.search(rf"^## `stario {name}.*?(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert section is not None, f"cli.md has no section about {name}"
    wanted = _options(_parser(name)) - {"--help"}
    if name == "completion":
        wanted |= {"bash", "zsh", "fish"}
    assert {word for word in wanted if not _is_named(word, section[0])} == set()


_SHORT = {
    name: f"packages/stario-{name}/tests" for name in ("core", "markup", "datastar", "telemetry")
}


def test_a_test_that_the_explanation_names_is_there() -> None:
    root = REFERENCE.parents[1]
    named: set[str] = {
        path
        for page in (root / "docs" / "explanation").glob("*.md")
        for path in re.findall(r"`([\w/-]+/test_\w+\.py)`", page.read_text())
        if page.name != "go-to-architecture.md"  # which builds a project of its own
    }
    assert len(named) > 20
    missing: list[str] = []
    for path in named:
        first, _, rest = path.partition("/")
        if not Path(root, _SHORT.get(first, first), rest).is_file():
            missing.append(path)
    assert missing == []
