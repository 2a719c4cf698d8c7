"""From `module:attribute` to the object, with a different complaint for each way to fail."""

import sys
from collections.abc import Callable
from importlib import import_module
from inspect import (
    isasyncgenfunction,
    iscoroutinefunction,
    isgeneratorfunction,
    signature,
    unwrap,
)
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

from stario.cli import errors

if TYPE_CHECKING:
    from stario.http.bootstrap import Bootstrap


def load_bootstrap(spec: str) -> "Bootstrap":
    """Load the app. Raises StarioError where the spec does not lead to a bootstrap."""
    found = load(spec)
    if not callable(found):
        raise errors.not_callable(spec, found)
    if not _is_async_generator_function(found):
        raise errors.not_a_bootstrap(spec, *_what_it_is(found))
    taken = signature(found, follow_wrapped=False)
    try:
        taken.bind("app", "span")
    except TypeError as error:
        raise errors.takes_something_else(spec, taken) from error
    return cast("Bootstrap", found)


def load(spec: str) -> object:
    """Import the module of a spec and return what its dotted attribute names."""
    module, path = parse(spec)
    found: object = _imported(module)
    for name in path.split("."):
        try:
            found = getattr(found, name)
        except AttributeError as error:
            raise errors.no_such_attribute(module, path, name, found) from error
    return found


def parse(spec: str) -> tuple[str, str]:
    """Split `module:attribute`. Raises StarioError for any other form, or an empty part."""
    module, _, path = spec.partition(":")
    if not (_is_dotted(module) and _is_dotted(path)):
        raise errors.bad_spec(spec)
    return module, path


def _imported(module: str) -> ModuleType:
    """Import a module as seen from the working directory."""
    _put_working_directory_on_path()
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None:
            raise errors.failed_import(module, error) from error
        if f"{module}.".startswith(f"{error.name}."):
            raise errors.module_not_found(module) from error
        raise errors.dependency_not_found(module, error) from error
    except (Exception, SystemExit) as error:
        raise errors.failed_import(module, error) from error


def _is_dotted(text: str) -> bool:
    # A slash would let importlib take a file path for a module's name.
    return all(text.split(".")) and not any(c in "/\\:" or c.isspace() for c in text)


def _put_working_directory_on_path() -> None:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)


def _is_async_generator_function(found: Callable[..., object]) -> bool:
    of_its_class = getattr(type(found), "__call__", None)  # noqa: B004  (looked at, not tested for)
    return any(map(isasyncgenfunction, (found, unwrap(found), of_its_class)))


def _what_it_is(found: object) -> tuple[str, str]:
    if iscoroutinefunction(found):
        return "a coroutine function", "Add the `yield`: startup before it, teardown after it."
    if isgeneratorfunction(found):
        return "a generator function", "Write `async def` in front of it."
    if isinstance(found, type):
        return "a class", "Name the bootstrap function."
    return "an ordinary callable", "Write `async def`, with one `yield`."
