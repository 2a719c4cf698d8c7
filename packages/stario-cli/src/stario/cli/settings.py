"""The variables as they are set: where each value comes from, and what is wrong with it."""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from stario.cli.development.redacted import HIDDEN, is_secret
from stario.cli.errors import nearest
from stario.cli.tracers import make_tracer
from stario.cli.variables import UNSET, VARIABLES
from stario.exceptions import StarioError
from stario.http.config import server_config_from_env

_KNOWN = {variable.name: variable for variable in VARIABLES}
_TRACERS = "STARIO_TRACER"
_ALIKE = 0.85  # two letters in the wrong order, and not only the same beginning


class Setting(NamedTuple):
    """One variable. `value` is what counts, `source` "environment", "default" or "unknown"."""

    name: str
    value: str
    source: str
    default: str
    problem: str | None


def settings() -> list[Setting]:
    """Return every variable of Stario, and those that are set and look as if they were."""
    return [*map(_setting, _KNOWN), *_unknown()]


def _setting(name: str) -> Setting:
    default = _KNOWN[name].default
    given = os.environ.get(name)
    if given is None or not (given.strip() or name == "NO_COLOR"):
        problem = None if given is None else _problem(name)  # a path that is blank
        return Setting(name, default, "default", default, problem)
    return Setting(name, _visible(name, given), "environment", default, _problem(name))


def _unknown() -> Iterator[Setting]:
    for name in sorted(os.environ):
        if name.startswith("STARIO_") and name not in _KNOWN:
            near = nearest(name, _KNOWN, _ALIKE)  # an app may have variables of its own
            problem = f"Stario reads no {name}; did you mean {near}?" if near else None
            yield Setting(name, _visible(name, os.environ[name]), "unknown", UNSET, problem)


def _visible(name: str, value: str) -> str:
    return HIDDEN if is_secret(name) and name not in _KNOWN else value


def _problem(name: str) -> str | None:
    """Tell what is wrong with one variable, whatever is wrong with the others."""
    with _alone(name):
        try:
            if name.startswith(_TRACERS):
                _check_tracer(name)
            else:
                server_config_from_env()
        except StarioError as error:
            return error.message if name in error.message else f"{name}: {error.message}"
    return None


def _check_tracer(name: str) -> None:
    if name != _TRACERS:  # a setting of one of ours, which need not be the one in use
        os.environ[_TRACERS] = name.split("_")[2].lower()
    make_tracer()


def problems_together() -> Iterator[str]:
    """Yield what is wrong with variables that are right one by one."""
    for read in (server_config_from_env, make_tracer):
        try:
            read()
        except StarioError as error:
            yield error.message


@contextmanager
def _alone(name: str) -> Generator[None]:
    """Take all variables of Stario away but one, and put them back."""
    kept = dict(os.environ)
    for other in kept:
        if other.startswith("STARIO_") and other != name:
            del os.environ[other]
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
