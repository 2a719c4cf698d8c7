"""Run a page: its blocks in order, in a folder of its own, and then what they made."""

import ast
import asyncio
import doctest
import importlib
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import chdir, contextmanager
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

from stario.testing import TestClient

from pages.blocks import CHECK, RUN, Block, Page
from pages.errors import PageError
from pages.languages import CHECKS, PLAIN, Traces

_PATIENCE = 30.0  # seconds, for what a page awaits at a time
_TESTS_SECONDS = 100  # less than pytest gives the page itself (faulthandler_timeout)
_T_STRING = re.compile(r"\b[tT][rR]?[\"']")
_MODULE = re.compile(r"(?:\w+/)*\w+\.py")
_NAME = "page"  # of the module that the namespace is


def run(page: Page, folder: Path) -> dict[str, Any]:
    """Run all blocks of a page in an empty folder, and return its namespace.

    Raises PageError for a block that does not follow the convention, else what the code raises.
    """
    return _Run(page, folder).run()


class _Run:
    def __init__(self, page: Page, folder: Path) -> None:
        self._page = page
        self._folder = folder
        self._module = ModuleType(_NAME)
        self._module.__file__ = str(folder / "page.py")
        self._names = self._module.__dict__
        self._files: list[str] = []
        self._unready: list[Any] = []  # bootstraps of names that come later on the page
        self._traces = Traces(folder)

    def run(self) -> dict[str, Any]:
        with (
            _at_home_in(self._folder, self._module),
            asyncio.Runner() as self._runner,
        ):
            try:
                for block in self._page.blocks:
                    if block.reason is None:
                        self._block(block)
                for bootstrap in self._unready:
                    self._start(bootstrap)
                self._tests_of_the_namespace()
                self._modules()
                self._test_files()
            finally:
                self._traces.close()
        return self._names

    def _block(self, block: Block) -> None:
        if block.path is not None:
            self._write(block, block.path)
        elif block.language in ("python", "py"):
            self._python(block)
            if _defines_bootstrap(block):
                self._start_when_ready(self._names["bootstrap"])
        elif block.language in (RUN, CHECK):
            self._python(block)
        elif block.language == "pycon":
            self._doctest(block)
        elif block.language == "sql":
            self._traces.run(block)
        if check := CHECKS.get(block.language):
            check(block)
        elif block.language not in (*PLAIN, "python", "py", RUN, CHECK, "pycon", "sql"):
            raise PageError(block.place, f"name a language that is known, not {block.language!r}")

    def _write(self, block: Block, path: str) -> None:
        file = self._folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if block.is_continued and not file.exists():
            raise PageError(block.place, f"{path} is continued here, and begins nowhere")
        before = file.read_text("utf-8") + "\n\n" if block.is_continued else ""
        file.write_text(before + block.text, "utf-8")
        self._files = [*(one for one in self._files if one != path), path]
        if path.endswith(".py") and not _is_too_new(block):
            compile(block.text, str(file), "exec", dont_inherit=True)
        _forget(self._folder)

    def _python(self, block: Block) -> None:
        if _is_too_new(block):
            return
        code = compile(
            "\n" * (block.line - 1) + block.text,  # so that tracebacks show the page
            str(block.page),
            "exec",
            flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
            dont_inherit=True,
        )
        awaits = bool(code.co_flags & inspect.CO_COROUTINE)
        outcome = eval(code, self._names)
        if awaits:
            self._runner.run(_in_time(outcome))

    def _doctest(self, block: Block) -> None:
        test = doctest.DocTestParser().get_doctest(
            block.text, self._names, block.place, str(block.page), block.line - 1
        )
        test.globs = self._names
        said = StringIO()
        runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
        if runner.run(test, out=said.write, clear_globs=False).failed:
            raise PageError(block.place, said.getvalue())

    def _start_when_ready(self, bootstrap: Any) -> None:
        try:
            self._start(bootstrap)
        except NameError:
            self._unready.append(bootstrap)

    def _start(self, bootstrap: Any) -> None:
        async def start() -> None:
            async with TestClient(bootstrap):
                pass

        self._runner.run(_in_time(start()))

    def _tests_of_the_namespace(self) -> None:
        for name, test in list(self._names.items()):
            if name.startswith("test_") and _takes_nothing(test):
                outcome = test()
                if inspect.iscoroutine(outcome):
                    self._runner.run(_in_time(outcome))

    def _modules(self) -> None:
        """Import the files as they are in the end, and start the apps among them."""
        _forget(self._folder)
        for path in self._files:
            if not _MODULE.fullmatch(path) or _is_test(path):
                continue
            name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            module = importlib.import_module(name)
            if callable(bootstrap := getattr(module, "bootstrap", None)):
                self._start(bootstrap)

    def _test_files(self) -> None:
        tests = [path for path in self._files if Path(path).name.startswith("test_")]
        if not tests:
            return
        command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
        command += ["-p", "no:hypothesispytest"]  # it imports all of hypothesis, for nothing
        if "pyproject.toml" not in self._files:
            command += ["-c", os.devnull, "--rootdir", ".", "-o", "asyncio_mode=auto"]
            command += ["-o", "asyncio_default_fixture_loop_scope=function"]
        outside = {name: value for name, value in os.environ.items() if name[:6] != "PYTEST"}
        done = subprocess.run(
            [*command, *tests],
            cwd=self._folder,
            env=outside | {"PYTHONPATH": str(self._folder)},
            capture_output=True,
            text=True,
            timeout=_TESTS_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise PageError(str(self._page.path), done.stdout + done.stderr)


async def _in_time(awaitable: Any) -> None:
    async with asyncio.timeout(_PATIENCE):
        await awaitable


def _defines_bootstrap(block: Block) -> bool:
    if _is_too_new(block):
        return False
    tree = compile(
        block.text, block.place, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    )
    return any(
        isinstance(node, ast.AsyncFunctionDef) and node.name == "bootstrap" for node in tree.body
    )


def _is_too_new(block: Block) -> bool:
    """Whether it shows t-strings to a Python that has none."""
    return sys.version_info < (3, 14) and _T_STRING.search(block.text) is not None


def _is_test(path: str) -> bool:
    return Path(path).name.startswith("test_") or Path(path).name == "conftest.py"


def _takes_nothing(test: Callable[..., object]) -> bool:
    return inspect.isfunction(test) and not inspect.signature(test).parameters


@contextmanager
def _at_home_in(folder: Path, module: ModuleType) -> Generator[None]:
    """Make the folder the working directory and the first place of imports; undo all of it."""
    environment, path, before = dict(os.environ), list(sys.path), sys.modules.get(_NAME)
    wrote_nothing = sys.dont_write_bytecode
    sys.path.insert(0, str(folder))
    sys.modules[_NAME] = module
    # A file that changes within a second and keeps its size would be taken for the one before.
    sys.dont_write_bytecode = True
    try:
        with chdir(folder):
            yield
    finally:
        _forget(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = path
        sys.dont_write_bytecode = wrote_nothing
        del sys.modules[_NAME]
        if before is not None:
            sys.modules[_NAME] = before


def _forget(folder: Path) -> None:
    """Forget what was imported from the folder, so that the next import reads what is there now."""
    from_there = [
        name
        for name, module in list(sys.modules.items())
        if name != _NAME and any(Path(place).is_relative_to(folder) for place in _places(module))
    ]
    for name in from_there:
        del sys.modules[name]
    importlib.invalidate_caches()


def _places(module: Any) -> list[str]:
    file = getattr(module, "__file__", None)
    return [file] if file else [str(place) for place in getattr(module, "__path__", ())]
