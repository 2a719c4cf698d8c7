"""A table in a terminal: columns as wide as their widest cell, the last one as it is."""

from collections.abc import Iterable


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return lines of text; an empty column is left out."""
    body = list(rows)
    columns = [(head, *cells) for head, *cells in zip(heads, *body, strict=True) if any(cells)]
    widths = [max(map(len, column)) for column in columns]
    lines = zip(*columns, strict=True)
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
