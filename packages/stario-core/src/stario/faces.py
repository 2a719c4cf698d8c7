"""A lazy face for a package: PEP 562 over a table of names and their home modules."""

from collections.abc import Callable, Mapping
from importlib import import_module


def lazy_names(module: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Return a module `__getattr__` that imports each name from its home on first use."""
    face = import_module(module)

    def load(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        value: object = getattr(import_module(homes[name]), name)
        setattr(face, name, value)
        return value

    return load
