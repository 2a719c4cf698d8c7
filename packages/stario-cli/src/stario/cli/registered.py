"""Tracers that packages bring: entry points of the group `stario.tracers`, by name in any case.

An installed package names a factory, and `STARIO_TRACER` may then use its name:

    [project.entry-points."stario.tracers"]
    otlp = "my_package:make_tracer"

`importlib.metadata` takes longer to load than asyncio, so it is loaded when a name is none of ours.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stario.cli import errors

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_GROUP = "stario.tracers"
_UNKNOWN = "an unknown package"


@dataclass(frozen=True, slots=True)
class Registered:
    """A name, the spec of its factory, and the package that both come from."""

    name: str
    spec: str
    package: str


def registered(name: str) -> Registered | None:
    """Return what an installed package registered under `name`.

    Raises StarioError when two packages registered different things.
    """
    found = [each for each in all_registered() if each.name.lower() == name.lower()]
    if len({each.spec for each in found}) > 1:
        raise errors.registered_twice(name, [(each.package, each.spec) for each in found])
    return found[0] if found else None


def all_registered() -> list[Registered]:
    """Return every tracer that installed packages registered, by name."""
    from importlib.metadata import entry_points

    found = {Registered(p.name, p.value, _package(p)) for p in entry_points(group=_GROUP)}
    return sorted(found, key=lambda each: (each.name.lower(), each.package))


def _package(point: "EntryPoint") -> str:
    try:
        return str(point.dist.name) if point.dist else _UNKNOWN
    except Exception:  # its metadata is damaged; each Python has an exception of its own for that
        return _UNKNOWN
