"""Tracers that packages bring: entry points of the group `stario.tracers`, by name in any case.

An installed package names a factory, and `STARIO_TRACER` may then use its name:

    [project.entry-points."stario.tracers"]
    otlp = "my_package:make_tracer"

`importlib.metadata` takes longer to load than asyncio, so it is loaded when a name is none of ours.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stario.cli import errors

if TYPE_CHECKING:
    from collections.abc import Collection
    from importlib.metadata import Distribution, EntryPoint

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
    from importlib.metadata import distributions

    found: set[Registered] = set()
    seen: set[str] = set()
    for package in distributions():
        if not (points := _points_of(package)):
            continue  # whose name would have to be read from its metadata
        name = _name_of(package)
        # A package further down the path is not imported either.
        if name == _UNKNOWN or _normalized(name) not in seen:
            seen.add(_normalized(name))
            found.update(Registered(p.name, p.value, name) for p in points)
    return sorted(found, key=lambda each: (each.name.lower(), each.package))


def _points_of(package: "Distribution") -> "Collection[EntryPoint]":
    try:
        return package.entry_points.select(group=_GROUP)
    except ValueError:  # from Python 3.15 on, when any value of the package is not a reference
        return ()


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()  # PEP 503


def _name_of(package: "Distribution") -> str:
    try:
        return str(package.name or _UNKNOWN)
    except Exception:  # its metadata is damaged; each Python has an exception of its own for that
        return _UNKNOWN
