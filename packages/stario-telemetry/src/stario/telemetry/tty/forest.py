"""The spans that the terminal view knows: open roots, their descendants, finished roots to show.

Everything in here is bounded, since a stream may stay open for days and a program may lose spans:
what is oldest goes first.
"""

from threading import Lock
from typing import TYPE_CHECKING

from stario.telemetry.spans import RecordingSpan

if TYPE_CHECKING:
    from uuid import UUID

_MAX_ROOTS = 1_000
_MAX_CHILDREN = 500
_MAX_FINISHED = 1_000


class Forest:
    """Which span is whose child, and what was not shown yet. May be used from several threads."""

    def __init__(self) -> None:
        self.children: dict[UUID, list[RecordingSpan]] = {}
        self._roots: dict[UUID, RecordingSpan] = {}
        self._finished: list[RecordingSpan] = []
        self._lock = Lock()

    def add(self, span: RecordingSpan) -> None:
        """Take a new span: as a root, or below its parent."""
        parent_id = span.parent_id
        with self._lock:
            if parent_id is None:
                self._add_root(span)
            else:
                siblings = self.children.setdefault(parent_id, [])
                siblings.append(span)
                if len(siblings) > _MAX_CHILDREN:
                    self._forget(siblings.pop(0))

    def finish(self, span: RecordingSpan) -> bool:
        """Note that a span ended; say whether there is now something to show."""
        with self._lock:
            if self._roots.pop(span.id, None) is None:
                return False
            self._finished.append(span)
            if len(self._finished) > _MAX_FINISHED:
                self._forget(self._finished.pop(0))
            return True

    def open_roots(self) -> list[RecordingSpan]:
        """Return the roots that were started and did not end."""
        with self._lock:
            return [root for root in self._roots.values() if root.in_progress]

    def take_finished(self) -> list[RecordingSpan]:
        """Return the roots that ended since the last call, for rendering and then `release`."""
        with self._lock:
            finished, self._finished = self._finished, []
            return finished

    def release(self, root: RecordingSpan) -> None:
        """Forget the descendants of a root that was shown; those still open become roots."""
        with self._lock:
            for late in self._forget(root):
                self._add_root(late)

    def _add_root(self, span: RecordingSpan) -> None:
        self._roots[span.id] = span
        if len(self._roots) > _MAX_ROOTS:
            oldest = next(iter(self._roots))
            self._forget(self._roots.pop(oldest))

    def _forget(self, span: RecordingSpan) -> list[RecordingSpan]:
        """Drop what is below `span`, and return the topmost spans there that are not finished."""
        late: list[RecordingSpan] = []
        above = [span]
        while above:
            for child in self.children.pop(above.pop().id, ()):
                (above if child.finished else late).append(child)
        return late
