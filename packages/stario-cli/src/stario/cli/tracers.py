"""From `STARIO_TRACER` to a tracer: names of ours, of installed packages, and factories.

Several stand between commas, and each span then goes to all of them.
"""

import sys
from typing import TYPE_CHECKING, cast

from stario.cli import errors
from stario.cli.imports import load
from stario.cli.registered import all_registered, registered
from stario.env import read_str
from stario.exceptions import StarioError

if TYPE_CHECKING:
    from stario.tracing import Tracer

_INTERFACE = ("__enter__", "__exit__", "create", "on_end", "stats")

# The same as stario-telemetry registers. Here they are found without reading the metadata of every
# installed package, each is imported alone (nobody loads a database to print a line), and no other
# package can take their names.
OURS = {
    "tty": "stario.telemetry.tty:tty_tracer_from_env",
    "json": "stario.telemetry.json:json_tracer_from_env",
    "noop": "stario.telemetry.noop:NoOpTracer",
    "sqlite": "stario.telemetry.sqlite:sqlite_tracer_from_env",
}


def make_tracer() -> "Tracer":
    """Build the tracer that the environment names, not entered yet.

    Raises StarioError for an unknown name, a bad setting of a tracer, and a factory that fails.
    """
    value = read_str("STARIO_TRACER", "auto")
    made = [_made(value, part) for part in _parts(value)]
    if len(made) == 1:
        return made[0]
    from stario.telemetry.tee import tee

    return tee(*made)


def names_of(tracer: "Tracer") -> str:
    """Return what kinds of tracer this is, for the line that says where the server listens."""
    several: tuple[Tracer, ...] = getattr(tracer, "tracers", (tracer,))
    return " + ".join(type(each).__name__ for each in several)


def _parts(value: str) -> list[str]:
    """Split a list of names and specs; what comes again, in any case or by `auto`, is one."""
    parts = [part.strip() for part in value.split(",")]
    if not all(parts):
        raise errors.unusable_tracer(value, "a name between its commas is empty.", _others())
    known = [_automatic() if part.lower() == "auto" else part for part in parts]
    return list({part if ":" in part else part.lower(): part for part in known}.values())


def _automatic() -> str:
    return "tty" if sys.stdout is not None and sys.stdout.isatty() else "json"


def _made(value: str, part: str) -> "Tracer":
    if spec := OURS.get(part.lower()):
        return _built(value, spec)
    if ":" in part:
        return _built(value, part)
    if found := registered(part):
        return _built(value, _full(found.spec), f" (It is {found.name!r} of {found.package}.)")
    return _built(value, _full(part), near=part)


def _full(spec: str) -> str:
    module, _, path = spec.partition("[")[0].partition(":")  # without the extras that it needs
    return f"{module.strip()}:{path.strip() or 'make_tracer'}"


def _built(value: str, spec: str, origin: str = "", near: str | None = None) -> "Tracer":
    """Load a factory and call it; `origin` says where the spec is from, `near` what was written."""

    def unusable(fault: str) -> StarioError:
        return errors.unusable_tracer(value, fault + origin, _others(), near, tuple(OURS))

    try:
        factory = load(spec)
    except StarioError as error:
        raise unusable(error.message) from error
    if not callable(factory):
        raise unusable("it cannot be called.")
    try:
        made: object = factory()
    except StarioError:
        raise  # a bad setting, told by the tracer itself
    except (Exception, SystemExit) as error:
        fault = f"it raised {type(error).__name__}:\n\n{errors.short_traceback(error)}"
        raise unusable(fault) from error
    if missing := [name for name in _INTERFACE if not callable(getattr(made, name, None))]:
        raise unusable(f"it made a {type(made).__name__} without {', '.join(missing)}.")
    return cast("Tracer", made)


def _others() -> list[tuple[str, str]]:
    """Return the names that other packages registered, each with its package."""
    return [(each.name, each.package) for each in all_registered() if each.name not in OURS]
