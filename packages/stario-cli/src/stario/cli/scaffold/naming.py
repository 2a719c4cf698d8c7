"""The name of an app, by the rules for names of Python projects (PyPA, "Names and normalization").

One that was given is taken as it is or refused; one that is guessed is made to fit.
"""

import re
from collections.abc import Collection
from unicodedata import normalize

from stario.cli.scaffold.errors import bad_name, name_of_a_dependency, no_name_in

_NAME = re.compile(r"[A-Z0-9]([A-Z0-9._-]*[A-Z0-9])?", re.IGNORECASE | re.ASCII)
_UNFIT = re.compile(r"[^a-z0-9._-]+")
_JOINTS = re.compile(r"[-_.]+")


def name_for(folder: str, given: str | None, dependencies: Collection[str]) -> str:
    """Return the name that was given, or one made of that of the folder.

    Raises StarioError for a name that no project may have, and for that of a dependency.
    """
    name = _guessed(folder) if given is None else given
    if not name and given is None:
        raise no_name_in(folder)
    if not _NAME.fullmatch(name):
        raise bad_name(name, _guessed(name))
    if normalized(name) in dependencies:
        raise name_of_a_dependency(name)
    return name


def normalized(name: str) -> str:
    """Return the form under which two names of projects are the same."""
    return _JOINTS.sub("-", name).lower()


def title_of(name: str) -> str:
    """Return the name as people write it: `my-app` is "My app"."""
    words = _JOINTS.sub(" ", name)
    return words[:1].upper() + words[1:]


def _guessed(text: str) -> str:
    """Return the nearest name: accents are left out, and what does not fit becomes a dash."""
    plain = normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _UNFIT.sub("-", plain).strip("-._")
