"""From times to tables: ratios to the f-string, and Markdown."""

from collections.abc import Callable, Sequence
from statistics import geometric_mean, median

from lineup import LIMIT

type Times = dict[str, dict[str, list[float]]]  # nanoseconds per page, contender and round


def ratios(times: Times, of: Callable[[list[float], list[float]], float]) -> list[list[str]]:
    """A row for each contender: the ratio on each page, and their geometric mean."""
    rows: list[list[str]] = []
    for name in next(iter(times.values())):
        by_page = [of(rounds[name], rounds[LIMIT.name]) for rounds in times.values()]
        rows.append([name, *(f"{ratio:.2f}" for ratio in [*by_page, geometric_mean(by_page)])])
    return rows


def of_minima(values: list[float], limits: list[float]) -> float:
    return min(values) / min(limits)


def median_of_rounds(values: list[float], limits: list[float]) -> float:
    return median(value / limit for value, limit in zip(values, limits, strict=True))


def markdown(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table that reads well as plain text, too."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = ["-" * widths[0], *(f"{'-' * (width - 1)}:" for width in widths[1:])]
    lines = [
        "| " + " | ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) + " |"
        for row in (head, rule, *rows)
    ]
    return "\n".join(["", title, "", *lines])
