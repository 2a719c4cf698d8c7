"""What is open now, in the rows there are for it: blocks, else headers, else a line per name."""

from stario.telemetry.spans import RecordingSpan
from stario.telemetry.tty.durations import duration_text
from stario.telemetry.tty.forest import Tree
from stario.telemetry.tty.painting import Painting

# A block is worth showing from this many rows on: its rule, its header, and something of it.
_ROWS_OF_A_BLOCK = 4


def live_lines(painting: Painting, roots: list[Tree], rows: int) -> list[str]:
    """Return at most `rows` lines about the open roots, which come in order of their start."""
    if not roots or rows < 1:
        return []
    if len(roots) * 2 <= rows:
        blocks = [painting.block(root, rows + 1) for root in roots]
        lines = [line for block in blocks for line in block]
        if len(lines) <= rows:
            return lines
        if len(roots) * _ROWS_OF_A_BLOCK <= rows:
            return [line for root in roots for line in painting.block(root, rows // len(roots))]
    if len(roots) <= rows:
        return [painting.header(root) for root in roots]
    return _by_name(painting, [root.span for root in roots], rows)


def rows_for(height: int) -> int:
    """Return how many rows of a screen may be live: what is finished needs some to be read in."""
    return max(height - max(height // 3, 4) - 2, 1)


def _by_name(painting: Painting, spans: list[RecordingSpan], rows: int) -> list[str]:
    names: dict[str, list[RecordingSpan]] = {}
    for span in spans:
        names.setdefault(span.name, []).append(span)
    largest = sorted(names.values(), key=len, reverse=True)
    shown = largest if len(largest) <= rows else largest[: rows - 1]
    lines = [_line(painting, same) for same in shown]
    if rest := largest[len(shown) :]:
        lines.append(painting.note(f"… {sum(map(len, rest)):,} more of {len(rest):,} names"))
    return lines


def _line(painting: Painting, same: list[RecordingSpan]) -> str:
    oldest, newest = (
        duration_text(painting.now - (span.start_ns or 0)) for span in (same[0], same[-1])
    )
    return painting.note(
        f"{painting.text(same[0].name)} ×{len(same):,} open", f"{newest} to {oldest}"
    )
