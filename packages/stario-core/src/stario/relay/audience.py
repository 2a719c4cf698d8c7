"""Which members of a relay match a subject: found by the exact subject, and by its prefixes.

One thread may look while others add and discard: what changes is a dict, under a lock, and what is
handed out is a copy.
"""

from threading import Lock

from stario.relay.patterns import prefix_of


class Audience[M]:
    """The members of a relay by their patterns."""

    __slots__ = ("_lock", "below", "exact", "longest_below")

    def __init__(self) -> None:
        self.exact: dict[str, dict[M, None]] = {}
        self.below: dict[str, dict[M, None]] = {}
        self.longest_below = -1
        self._lock = Lock()

    def of(self, subject: str) -> list[M]:
        """Return the members that match a subject, each once."""
        exact = self.exact.get(subject)
        found = [] if exact is None else list(exact)  # atomic
        if self.below:
            self._find_below(subject, found)
        return found

    def _find_below(self, subject: str, found: list[M]) -> None:
        members = self.below.get("")
        if members is not None:
            found += list(members)
        # No prefix is tried that is longer than the longest pattern's, so that a subject of
        # thousands of segments, which may come from a URL, costs nothing.
        end = subject.rfind(".", 0, self.longest_below + 1)
        while end > 0:
            members = self.below.get(subject[:end])
            if members is not None:
                found += list(members)
            end = subject.rfind(".", 0, end)

    def add(self, member: M, patterns: tuple[str, ...]) -> None:
        """Add a member; its patterns do not cover each other."""
        with self._lock:
            for pattern in patterns:
                prefix = prefix_of(pattern)
                if prefix is None:
                    self.exact.setdefault(pattern, {})[member] = None
                else:
                    self.below.setdefault(prefix, {})[member] = None
                    self.longest_below = max(self.longest_below, len(prefix))

    def discard(self, member: M, patterns: tuple[str, ...]) -> None:
        """Remove a member."""
        with self._lock:
            self._discard(member, patterns)

    def discard_soon(self, member: M, patterns: tuple[str, ...]) -> None:
        """Remove a member, unless the lock is taken, perhaps by a caller of ours in this thread.

        It never waits; the next message for the member tries again.
        """
        if self._lock.acquire(blocking=False):
            try:
                self._discard(member, patterns)
            finally:
                self._lock.release()

    def _discard(self, member: M, patterns: tuple[str, ...]) -> None:
        for pattern in patterns:
            prefix = prefix_of(pattern)
            index, key = (self.exact, pattern) if prefix is None else (self.below, prefix)
            members = index.get(key, {})
            members.pop(member, None)
            if not members:
                index.pop(key, None)
        if not self.below:
            self.longest_below = -1

    def __bool__(self) -> bool:
        return bool(self.exact or self.below)

    def __len__(self) -> int:
        groups = (*self.exact.values(), *self.below.values())
        return len({member for group in groups for member in group})
