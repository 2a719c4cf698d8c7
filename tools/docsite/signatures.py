"""Definitions as a reader wants to see them: a stub with types and defaults, and no body."""

import ast
import re
from collections.abc import Iterator

from docsite.sources import Definition, definition, members

_WIDTH = 88
_SINGLE_QUOTED = re.compile(r"'([^'\"\\\n]*)'")


def stub(found: Definition) -> str:
    """The definition as a stub; a class with what it takes to make one."""
    statement = found.statement
    if isinstance(statement, ast.ClassDef):
        return _class(found, statement)
    functions = [one for one in found.statements if _is_function(one)]
    if not functions:
        return _value(statement)
    overloads = [one for one in functions if "overload" in _decorators(one)] or functions[:1]
    return "\n".join(_function(one, found.module) for one in overloads)


def is_property(found: Definition) -> bool:
    names = _decorators(found.statement)
    return "property" in names or "cached_property" in names


def is_function(found: Definition) -> bool:
    return _is_function(found.statement)


def annotation(found: Definition) -> str:
    """The type of an attribute or property."""
    match found.statement:
        case ast.AnnAssign(annotation=kind):
            return _plain(kind)
        case ast.FunctionDef(returns=kind) if kind is not None:
            return _plain(kind)
        case _:
            return ""


def default(found: Definition) -> str:
    """The default of an attribute, "" where it has none."""
    match found.statement:
        case ast.AnnAssign(value=value) | ast.Assign(value=value) if value is not None:
            return _constant(value, found.module)
        case _:
            return ""


def unpacked(found: Definition) -> str | None:
    """The class whose keys a function takes as keyword arguments, `**options: Unpack[...]`."""
    match found.statement:
        case (
            ast.FunctionDef(args=ast.arguments(kwarg=ast.arg(annotation=ast.Subscript() as kind)))
            | ast.AsyncFunctionDef(
                args=ast.arguments(kwarg=ast.arg(annotation=ast.Subscript() as kind))
            )
        ):
            return ast.unparse(kind.slice) if ast.unparse(kind.value) == "Unpack" else None
        case _:
            return None


def _class(found: Definition, statement: ast.ClassDef) -> str:
    bases = ", ".join([*map(_text, statement.bases), *map(_text, statement.keywords)])
    kinds = _type_parameters(statement)
    lines = [f"@{name}" for name in _decorators(statement) if name.startswith("dataclass")]
    head = f"class {found.name}{kinds}" + (f"({bases}):" if bases else ":")
    made = [_indented(stub(one)) for one in members(found) if one.name == "__init__"]
    return "\n".join([*lines, head, *made] if made else [*lines, f"{head} ..."])


def _value(statement: ast.stmt) -> str:
    text = _text(statement)
    if len(text) <= _WIDTH:
        return text
    match statement:
        case ast.TypeAlias(name=name, value=ast.BinOp()):
            parts = _text(statement.value).split(" | ")
            return f"type {_text(name)} = (\n    " + "\n    | ".join(parts) + "\n)"
        case ast.AnnAssign(target=target, annotation=kind):
            return f"{_text(target)}: {_plain(kind)}"
        case ast.Assign(targets=[target]):
            return f"{_text(target)} = ..."
        case _:
            return text


def _function(statement: ast.stmt, module: str) -> str:
    assert isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
    prefix = "async def" if isinstance(statement, ast.AsyncFunctionDef) else "def"
    kept = ("classmethod", "staticmethod", "contextmanager", "asynccontextmanager")
    lines = [f"@{name}" for name in _decorators(statement) if name in kept]
    head = f"{prefix} {statement.name}{_type_parameters(statement)}("
    result = f" -> {_plain(statement.returns)}" if statement.returns else ""
    arguments = list(_arguments(statement.args, module))
    whole = f"{head}{', '.join(arguments)}){result}: ..."
    if len(whole) > _WIDTH:
        listed = "".join(f"    {one},\n" for one in arguments)
        whole = f"{head}\n{listed}){result}: ..."
    return "\n".join([*lines, whole])


def _arguments(arguments: ast.arguments, module: str) -> Iterator[str]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    for one, value in zip(positional, [*defaults, *arguments.defaults], strict=True):
        yield _argument(one, value, module)
        if arguments.posonlyargs and one is arguments.posonlyargs[-1]:
            yield "/"
    if arguments.vararg:
        yield "*" + _argument(arguments.vararg, None, module)
    elif arguments.kwonlyargs:
        yield "*"
    for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _argument(one, value, module)
    if arguments.kwarg:
        yield "**" + _argument(arguments.kwarg, None, module)


def _argument(argument: ast.arg, value: ast.expr | None, module: str) -> str:
    kind = f": {_plain(argument.annotation)}" if argument.annotation else ""
    equals = " = " if kind else "="
    return argument.arg + kind + (f"{equals}{_constant(value, module)}" if value else "")


def _constant(value: ast.expr, module: str) -> str:
    """A default; what a private name stands for is more than the name."""
    if isinstance(value, ast.Name) and value.id.startswith("_"):
        match definition(module, value.id):
            case Definition(statements=(ast.Assign(value=ast.Constant() as known), *_)):
                return _text(known)
            case _:
                return "..."
    return _text(value)


def _plain(kind: ast.expr) -> str:
    """An annotation, without the quotes of one that names what comes later."""
    if isinstance(kind, ast.Constant) and isinstance(kind.value, str):
        return kind.value
    return _text(kind)


def _text(node: ast.AST) -> str:
    return _SINGLE_QUOTED.sub(r'"\1"', ast.unparse(node))


def _type_parameters(statement: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    kinds = ", ".join(map(ast.unparse, statement.type_params))
    return f"[{kinds}]" if kinds else ""


def _decorators(statement: ast.stmt) -> list[str]:
    return [ast.unparse(one) for one in getattr(statement, "decorator_list", [])]


def _is_function(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))
