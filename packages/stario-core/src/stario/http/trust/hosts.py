"""The hosts that a server answers for: names, and `*.` before a name for all that end in it.

A host is in lower case and without its port, as `host_name` returns it.
"""

from collections.abc import Iterable
from typing import Any

from stario.http.wire import host_name


class TrustedHosts:
    """Tells which hosts are served: those of the patterns, all where there is no pattern.

    `good` is where the reader remembers Host fields that it has checked. Raises ValueError for a
    pattern that is none.
    """

    __slots__ = ("_names", "_patterns", "_suffixes", "good")

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._patterns = tuple(map(checked_pattern, patterns))
        self._names = frozenset(name for name in self._patterns if name[0] != "*")
        self._suffixes = tuple(name[1:] for name in self._patterns if name[0] == "*")
        self.good: dict[Any, None] = {}

    def __repr__(self) -> str:
        return f"TrustedHosts({list(self._patterns)!r})"

    def __contains__(self, host: object) -> bool:
        if not self._patterns:
            return True
        # A name that starts with a dot has an empty label, and is no name in any domain.
        return isinstance(host, str) and (
            host in self._names or (host.endswith(self._suffixes) and host[0] != ".")
        )


def checked_pattern(pattern: str) -> str:
    """Return a pattern in lower case; raise ValueError where no Host could ever match it."""
    name = pattern.removeprefix("*.").lower()
    is_bad = not name or "*" in name or name[0] == "." or host_name(name.encode("ascii")) != name
    if is_bad or (name != pattern.lower() and name[0] == "["):
        raise ValueError(f"{pattern!r} is no host")
    return pattern.lower()
