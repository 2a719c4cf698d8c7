"""The public names, and what importing them costs."""

import subprocess
import sys

import stario.markup
from stario.markup import html, svg, types

NAMES = [
    "Attrs",
    "Comment",
    "HtmlElement",
    "SafeString",
    "Tag",
    "aria",
    "baked",
    "classes",
    "data",
    "deferred",
    "fragment",
    "html",
    "render",
    "script_json",
    "stream",
    "styles",
    "svg",
]

TYPES = [
    "AttributeValue",
    "TagAttributes",
    "AttributeDict",
    "StyleValue",
    "StyleDeclarations",
    "ClassInput",
    "HtmlElement",
    "EmptyMode",
]


def test_the_public_names_are_these() -> None:
    assert stario.markup.__all__ == NAMES
    assert all(hasattr(stario.markup, name) for name in NAMES)
    assert not hasattr(stario.markup, "Fragment")


def test_the_types_have_names() -> None:
    for name in TYPES:
        assert getattr(types, name).__value__ is not None
    assert stario.markup.HtmlElement is types.HtmlElement


def test_modules_and_functions_of_one_name_can_both_be_imported() -> None:
    import stario.markup.html as by_path
    from stario.markup.baked import baked
    from stario.markup.render import render

    assert by_path is html
    assert svg.A is not html.A
    assert render is stario.markup.render
    assert baked is stario.markup.baked


def test_the_import_loads_nothing_heavy() -> None:
    heavy = {"re", "enum", "inspect", "json", "dataclasses", "decimal", "uuid", "datetime", "ast"}
    program = (
        "import sys; old = set(sys.modules); import stario.markup; print(*sys.modules.keys() - old)"
    )
    loaded = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {program}"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split()
    if sys.version_info >= (3, 13):
        assert not heavy & set(loaded)
    assert "stario.markup.types" not in loaded
