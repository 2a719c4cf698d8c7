"""From a spec to a bootstrap, and a complaint of its own for each way to go wrong."""

import sys
from pathlib import Path

import pytest
from stario.cli.imports import load_bootstrap
from stario.exceptions import StarioError

BOOTSTRAP = """async def bootstrap(app, span):
    yield
"""


def complaint(spec: str) -> str:
    with pytest.raises(StarioError) as caught:
        load_bootstrap(spec)
    return str(caught.value)


@pytest.mark.parametrize(
    "spec",
    [
        *("", ":", "main", "main:", ":bootstrap", "main:bootstrap:x", "main::bootstrap"),
        *(".main:bootstrap", "main.:bootstrap", "app..main:x", "main:a.", "main:.a", "main:a..b"),
        *("app/main:x", "app\\main:x", "main :x", "main: x", "main:x\n", "./main.py:x"),
    ],
)
def test_a_bad_form_is_told_before_anything_is_imported(here: Path, spec: str) -> None:
    """Both sides are dotted names without an empty part."""
    (here / "main.py").write_text("raise SystemExit('imported')")
    assert complaint(spec).startswith(f"{spec!r} does not say what to load.")


@pytest.mark.parametrize("spec", ["one:bootstrap", "package.deep:bootstrap", "one:Holder.inner.f"])
def test_a_dotted_path_leads_to_a_bootstrap(here: Path, spec: str) -> None:
    """Packages on the left, attributes of attributes on the right."""
    holder = "class Holder:\n    class inner:\n        async def f(app, span):\n            yield\n"
    (here / "one.py").write_text(BOOTSTRAP + holder)
    (here / "package").mkdir()
    (here / "package" / "deep.py").write_text(BOOTSTRAP)
    assert callable(load_bootstrap(spec))


@pytest.mark.parametrize(
    "definition",
    [
        "class Boot:\n    async def __call__(self, app, span):\n        yield\nx = Boot()",
        "class Boot:\n    async def run(self, app, span):\n        yield\nx = Boot().run",
        "from functools import partial\nasync def f(n, app, span):\n    yield\nx = partial(f, 1)",
        "import functools\nasync def f(app, span):\n    yield\n"
        "@functools.wraps(f)\ndef x(app, span):\n    return f(app, span)",
        "import functools\nasync def f(app, span, more):\n    yield\n"
        "@functools.wraps(f)\ndef x(app, span):\n    return f(app, span, 1)",
        "async def x(*both):\n    yield",
        "async def x(app, span, more=1):\n    yield",
    ],
)
def test_whatever_makes_an_async_generator_is_a_bootstrap(here: Path, definition: str) -> None:
    """An object with `__call__`, a method, a partial, a decorated function."""
    (here / "shapes.py").write_text(definition)
    assert callable(load_bootstrap("shapes:x"))


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("async def x(app, span):\n    pass", "is a coroutine function"),
        ("def x(app, span):\n    yield", "is a generator function"),
        ("def x(app, span):\n    pass", "is an ordinary callable"),
        ("class x:\n    pass", "is a class"),
        ("x = 42", "cannot be called; it is of type int"),
    ],
)
def test_what_is_no_bootstrap_is_called_by_its_name(here: Path, source: str, kind: str) -> None:
    """The complaint says what it found, and shows how a bootstrap looks."""
    (here / "kinds.py").write_text(source)
    told = complaint("kinds:x")
    assert told.startswith(f"'kinds:x' {kind}")
    assert "async def bootstrap(app: App, span: Span):" in told


@pytest.mark.parametrize("taken", ["()", "(app)", "(app, span, db)", "(*, app, span)"])
def test_a_bootstrap_that_takes_something_else_is_told_what_it_is_called_with(
    here: Path, taken: str
) -> None:
    """Before it is called."""
    (here / "main.py").write_text(f"async def bootstrap{taken}:\n    yield")
    told = complaint("main:bootstrap")
    assert told.startswith(f"'main:bootstrap' takes {taken}, but a bootstrap is called with two")
    assert "async def bootstrap(app: App, span: Span):" in told


@pytest.mark.parametrize("module", ["nowhere", "nowhere.main", "known.nowhere", "known.py"])
def test_a_module_that_is_not_there_is_not_a_missing_dependency(here: Path, module: str) -> None:
    """Neither is a missing parent, nor a module below one that is no package."""
    (here / "known.py").write_text(BOOTSTRAP)
    assert complaint(f"{module}:bootstrap").startswith(f"There is no module {module!r}.")


@pytest.mark.parametrize(
    ("spec", "meant"),
    [
        ("mian:bootstrap", "'main'"),
        ("shop.veiws:bootstrap", "'shop.views'"),
        ("shpo:bootstrap", "'shop'"),
        ("main:bootstrp", "'bootstrap'"),
    ],
)
def test_a_typing_mistake_is_told_with_the_nearest_name(here: Path, spec: str, meant: str) -> None:
    """Modules of the project count, and what the module holds."""
    (here / "main.py").write_text(BOOTSTRAP)
    (here / "shop").mkdir()
    for name in ("__init__", "views", "not-a-module"):
        (here / "shop" / f"{name}.py").write_text(BOOTSTRAP)
    assert f"Did you mean {meant}?" in complaint(spec)


def test_a_missing_bootstrap_is_told_with_those_that_are_there(here: Path) -> None:
    """Functions of the module's own; what it imports is not meant."""
    (here / "other.py").write_text(BOOTSTRAP)
    (here / "main.py").write_text(
        "from other import bootstrap\nasync def serve_all(app, span):\n    yield\nx = 1"
    )
    assert "What could be served is 'serve_all'." in complaint("main:whatever")


def test_a_file_in_place_of_a_module_is_told_apart(here: Path) -> None:
    """Who writes main.py:bootstrap is told to leave out the ending."""
    assert "Name the module, not its file: 'main'." in complaint("main.py:bootstrap")


def test_a_missing_dependency_is_named_with_the_line_that_wants_it(here: Path) -> None:
    """The innermost line counts, since a module of the app's may be in between."""
    (here / "needy.py").write_text("import needier\n")
    (here / "needier.py").write_text("\n\nimport not_installed.at_all\n")
    told = complaint("needy:bootstrap")
    assert "'needy' needs 'not_installed' at needier.py, line 3, and that was not found." in told


def test_an_exception_at_import_comes_with_a_short_traceback(here: Path) -> None:
    """It has the author's lines, and none of the import system's or of ours."""
    (here / "raising.py").write_text("import deeper\n")
    (here / "deeper.py").write_text("def f():\n    raise LookupError('no such shelf')\nf()\n")
    told = complaint("raising:bootstrap")
    assert told.startswith("The module 'raising' raised LookupError when it was imported:\n")
    assert "LookupError: no such shelf\n" in told
    assert [told.count(f'{name}.py", line') for name in ("raising", "deeper")] == [1, 2]
    assert "importlib" not in told
    assert "imports.py" not in told


@pytest.mark.parametrize(
    ("source", "last"),
    [
        ("def f(:\n", "SyntaxError: "),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("from os import no_such_name\n", "ImportError: "),
        ("raise ModuleNotFoundError('by hand')\n", "ModuleNotFoundError: by hand"),
        ("def f():\n    f()\nf()\n", "RecursionError: "),
    ],
)
def test_every_exception_at_import_is_an_error_of_the_module(
    here: Path, source: str, last: str
) -> None:
    """Also those that end a program, and those that are no module's name; the text stays short."""
    (here / "bad.py").write_text(source)
    told = complaint("bad:bootstrap")
    assert f"\n{last}" in told
    assert len(told.splitlines()) < 40


@pytest.mark.parametrize(
    ("spec", "missing", "hint"),
    [
        ("main:bootstrp", "bootstrp", "Did you mean 'bootstrap'?"),
        ("main:zzz", "zzz", "What could be served is 'bootstrap'."),
        ("main:bootstrap.inner", "inner", "Check the part after the colon."),
    ],
)
def test_a_missing_attribute_is_named_and_the_nearest_offered(
    here: Path, spec: str, missing: str, hint: str
) -> None:
    """Of a dotted path, the part that is missing."""
    (here / "main.py").write_text(BOOTSTRAP)
    told = complaint(spec)
    assert f"nothing in it is called {missing!r}." in told
    assert hint in told


def test_the_working_directory_comes_first(here: Path) -> None:
    """A module of the project wins over one of the same name that is installed."""
    sys.modules.pop("colorsys", None)
    (here / "colorsys.py").write_text(BOOTSTRAP)
    assert callable(load_bootstrap("colorsys:bootstrap"))
    assert sys.path[0] == str(here)
