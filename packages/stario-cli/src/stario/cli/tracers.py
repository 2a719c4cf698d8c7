"""From `STARIO_TRACER` to a tracer: a name of ours, or a factory of the user's."""

import sys
from typing import TYPE_CHECKING, cast

from stario.cli import errors
from stario.cli.imports import load
from stario.env import read_str
from stario.exceptions import StarioError

if TYPE_CHECKING:
    from stario.tracing import Tracer

_INTERFACE = ("__enter__", "__exit__", "create", "on_end", "stats")


def make_tracer() -> "Tracer":
    """Build the tracer that the environment names, not entered yet.

    Raises StarioError for an unknown name, a bad setting of the tracer, and a factory that fails.
    """
    value = read_str("STARIO_TRACER", "auto")
    name = value.lower()
    builtin = _BUILTIN.get(_automatic() if name == "auto" else name)
    return _tracer_of_factory(value) if builtin is None else builtin()


def _automatic() -> str:
    return "tty" if sys.stdout is not None and sys.stdout.isatty() else "json"


# Imported one by one: nobody loads a database to print a line.
def _tty() -> "Tracer":
    from stario.telemetry.tty import TTYTracer

    return TTYTracer()


def _json() -> "Tracer":
    from stario.telemetry.json import json_tracer_from_env

    return json_tracer_from_env()


def _noop() -> "Tracer":
    from stario.tracing import NOOP_TRACER

    return NOOP_TRACER


def _sqlite() -> "Tracer":
    from stario.telemetry.sqlite import sqlite_tracer_from_env

    return sqlite_tracer_from_env()


_BUILTIN = {"tty": _tty, "json": _json, "noop": _noop, "sqlite": _sqlite}


def _tracer_of_factory(value: str) -> "Tracer":
    try:
        factory = load(value if ":" in value else f"{value}:make_tracer")
    except StarioError as error:
        raise errors.unusable_tracer(value, error.message) from error
    if not callable(factory):
        raise errors.unusable_tracer(value, "it cannot be called.")
    try:
        made: object = factory()
    except Exception as error:
        fault = f"it raised {type(error).__name__}:\n\n{errors.short_traceback(error)}"
        raise errors.unusable_tracer(value, fault) from error
    if missing := [name for name in _INTERFACE if not callable(getattr(made, name, None))]:
        fault = f"it made a {type(made).__name__} without {', '.join(missing)}."
        raise errors.unusable_tracer(value, fault)
    return cast("Tracer", made)
