"""Answers as they go out, head and body in one, for as long as their date is right.

To send what is ready is one write of one buffer. A copy of the body for each request costs as much
as all else that is done for a small file, and a second buffer a fifth of a large one.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stario.http.sending.prepared import Prepared

# Below this, one joined write beats two; above, the copy costs more than a second buffer.
JOIN_MAX = 32 * 1024
# To join a larger one takes longer than the few requests of its second would save.
_KEPT_MAX = 256 * 1024
# So much is kept of all, for a second.
_ALL_KEPT_MAX = 4 * 1024 * 1024


class KeptAnswers:
    """The answers of one date."""

    __slots__ = ("_size", "whole")

    def __init__(self) -> None:
        self.whole: dict[Prepared, bytes] = {}
        self._size = 0

    def clear(self) -> None:
        """Forget them: the date is another."""
        self.whole.clear()
        self._size = 0

    def join(self, head: bytes, answer: "Prepared") -> bytes | None:
        """Join an answer to the beginning of its head, unless that costs more than it saves."""
        size = len(head) + len(answer.lines) + answer.size
        is_kept = answer.is_kept and size <= _KEPT_MAX and self._size + size <= _ALL_KEPT_MAX
        if not is_kept and answer.size >= JOIN_MAX:
            return None
        whole = b"".join((head, answer.lines, b"\r\n", answer.body))
        if is_kept:
            self.whole[answer] = whole
            self._size += size
        return whole
