"""What can be wrong with a command line, an app or a watch path, each with a name and a next step.

Traces are cut to the part that the author of the app can mend.
"""

import importlib
from collections.abc import Iterable, Iterator
from inspect import Signature, isasyncgenfunction
from itertools import islice
from pathlib import Path
from traceback import FrameSummary, StackSummary, TracebackException, extract_stack, extract_tb

import stario
from stario.exceptions import StarioError

_FRAMES = 10  # of the user's own; enough to see the chain of imports
_MODULES = 1000  # a project has fewer, and a home directory may have more
_BOOTSTRAPS = 5
_SPEC_EXAMPLE = "    stario serve app.main:bootstrap"
_BOOTSTRAP_EXAMPLE = """    async def bootstrap(app: App, span: Span):
        app.get(HOME, home)
        yield"""


def bad_spec(spec: str) -> StarioError:
    return StarioError(
        f"{spec!r} does not say what to load.",
        help_text="Write module:attribute: the module as an import does, not as a file.",
        example=_SPEC_EXAMPLE,
    )


def module_not_found(module: str) -> StarioError:
    helps = f"Python looked below {Path.cwd()} first. Run the command where the project is."
    if module.endswith(".py"):
        helps = f"Name the module, not its file: {module.removesuffix('.py')!r}."
    elif near := nearest(module, modules_below(Path.cwd())):
        helps = f"Did you mean {near}? {helps}"
    return StarioError(f"There is no module {module!r}.", help_text=helps)


def dependency_not_found(module: str, error: ModuleNotFoundError) -> StarioError:
    frames = _own_frames(error)
    place = f" at {_place(frames[-1])}" if frames else ""
    return StarioError(
        f"The module {module!r} needs {error.name!r}{place}, and that was not found.",
        help_text="Install it into this environment, or correct the import.",
    )


def failed_import(module: str, error: BaseException) -> StarioError:
    return StarioError(
        f"The module {module!r} raised {type(error).__name__} when it was imported:\n\n"
        f"{short_traceback(error)}",
        help_text="Correct the module; the last line says what happened.",
    )


def no_such_attribute(module: str, path: str, missing: str, found: object) -> StarioError:
    helps = "Check the part after the colon."
    if near := nearest(missing, dir(found)):
        helps = f"Did you mean {near}?"
    elif bootstraps := _bootstraps_in(found):
        helps = f"What could be served is {', '.join(map(repr, bootstraps))}."
    return StarioError(
        f"The module {module!r} has no {path!r}: nothing in it is called {missing!r}.",
        help_text=helps,
    )


def not_callable(spec: str, found: object) -> StarioError:
    return StarioError(
        f"{spec!r} cannot be called; it is of type {type(found).__name__}.",
        help_text="Name the bootstrap: an async generator function.",
        example=_BOOTSTRAP_EXAMPLE,
    )


def not_a_bootstrap(spec: str, kind: str, fix: str) -> StarioError:
    return StarioError(
        f"{spec!r} is {kind}, but a bootstrap is an async generator function.",
        help_text=fix,
        example=_BOOTSTRAP_EXAMPLE,
    )


def takes_something_else(spec: str, taken: Signature) -> StarioError:
    return StarioError(
        f"{spec!r} takes {taken}, but a bootstrap is called with two arguments.",
        help_text="Let it take the app and the span of the start.",
        example=_BOOTSTRAP_EXAMPLE,
    )


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return up to three names that a word may have been meant for, quoted; empty without one.

    `cutoff` is how alike they must be, from 0 to 1.
    """
    from difflib import get_close_matches  # which takes a while, and most starts go well

    return " or ".join(map(repr, get_close_matches(word, sorted(known), cutoff=cutoff)))


def modules_below(folder: Path) -> Iterator[str]:
    """Yield the names of modules here and in the packages here, as an import writes them."""
    for file in islice((*folder.glob("*.py"), *folder.glob("*/*.py")), _MODULES):
        name = ".".join(file.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
        if all(map(str.isidentifier, name.split("."))):
            yield name


def _bootstraps_in(found: object) -> list[str]:
    own = getattr(found, "__name__", None)
    inside: dict[str, object] = getattr(found, "__dict__", {})
    return [
        name
        for name, value in inside.items()
        if isasyncgenfunction(value) and value.__module__ == own
    ][:_BOOTSTRAPS]


def unusable_tracer(
    value: str,
    fault: str,
    others: list[tuple[str, str]],
    near: str | None = None,
    ours: tuple[str, ...] = (),
) -> StarioError:
    """`others` are the names that packages brought, `near` is a name that nobody has."""
    brought = "".join(f", {name} (of {package})" for name, package in others)
    meant = _meant(near, [*ours, "auto", *(name for name, _ in others)]) if near else ""
    return StarioError(
        f"STARIO_TRACER is {value!r}, which gives no tracer: {fault}",
        help_text=f"{meant}Set it to auto, tty, json, noop, sqlite{brought}, to module:callable,"
        " to a module with make_tracer(), or to several of these with commas between.",
    )


def registered_twice(name: str, found: list[tuple[str, str]]) -> StarioError:
    offers = ", ".join(f"{package} ({spec})" for package, spec in found)
    return StarioError(
        f"STARIO_TRACER has {name!r}, which several packages offer: {offers}.",
        help_text="Write the one that you mean as module:callable, or uninstall the other.",
    )


def _meant(name: str, choices: list[str]) -> str:
    near = nearest(name.lower(), choices)
    return f"Did you mean {near}? " if near else ""


def no_unix_sockets(path: str) -> StarioError:
    return StarioError(
        f"STARIO_UNIX_SOCKET is {path!r}, but this platform has no Unix sockets.",
        help_text="Unset it, and set STARIO_HOST and STARIO_PORT.",
    )


def bad_watch_path(option: str, given: str, fault: str) -> StarioError:
    accepted = "a file or a directory that exists"
    if option == "--watch-ignore":
        accepted = "a path that exists, or a glob for file names without a slash"
    return StarioError(f"{option} {given!r} {fault}.", help_text=f"It takes {accepted}.")


def cannot_watch(error: Exception) -> StarioError:
    return StarioError(
        f"The files cannot be watched: {error}",
        help_text="Watch fewer directories with --watch, or raise the system's limit for watches.",
    )


def short_traceback(error: BaseException) -> str:
    """Return the traceback without the frames of the import system, and not longer than a page."""
    report = TracebackException.from_exception(error)
    report.stack = StackSummary.from_list(_own_frames(error)[-_FRAMES:])
    return "".join(report.format())


def place_in_project(error: BaseException) -> str | None:
    """Return the innermost place below the working directory that the error came through."""
    project = [frame for frame in _own_frames(error) if is_in_project(Path(frame.filename))]
    return _place(project[-1]) if project else None


def place_of_call() -> str | None:
    """Return the innermost place below the working directory that led to this call."""
    project = [frame for frame in extract_stack() if is_in_project(Path(frame.filename))]
    return _place(project[-1]) if project else None


def _own_frames(error: BaseException) -> list[FrameSummary]:
    return [frame for frame in extract_tb(error.__traceback__) if not _is_machinery(frame.filename)]


def _is_machinery(filename: str) -> bool:
    if filename.startswith("<frozen importlib") or filename == importlib.__file__:
        return True
    return Path(filename).is_relative_to(Path(__file__).parent)


def is_in_project(file: Path) -> bool:
    """Say whether a file is of the project in the working directory, and no library's."""
    if not file.is_relative_to(Path.cwd()):
        return False
    return not any(file.is_relative_to(folder) for folder in _foreign_folders())


def _foreign_folders() -> Iterator[str]:
    """Folders that may lie below the project, but are not its own: Stario, libraries, Python."""
    from sysconfig import get_paths

    yield from stario.__path__
    yield from get_paths().values()


def _place(frame: FrameSummary) -> str:
    file = Path(frame.filename)
    if file.is_relative_to(Path.cwd()):
        file = file.relative_to(Path.cwd())
    return f"{file}, line {frame.lineno}"
