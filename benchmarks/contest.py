"""Who takes part in a comparison, and how a table of ratios to the raw limit reads.

A command line names contenders by their own name or by their peer, with commas between; what it
does not know is an error, for a table without the wanted one takes minutes. The limit is always in.
"""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Protocol


class Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def peer(self) -> str: ...


def words(text: str) -> list[str]:
    """Return what stands between the commas of an option."""
    return [word.strip() for word in text.split(",")]


def require_known(names: Sequence[str], contenders: Sequence[Named]) -> None:
    """End the command for a name that nobody has."""
    known = {known for one in contenders for known in (one.name, one.peer)}
    if unknown := sorted(set(names) - known):
        raise SystemExit(f"Nobody is called {unknown[0]!r}. There are: {', '.join(sorted(known))}.")


def takes_part(contender: Named, names: Sequence[str]) -> bool:
    """Tell whether a contender is wanted; without names all are."""
    return not names or contender.name in names or contender.peer in names


def ratio_lines(micros: Mapping[str, Sequence[float]], limit: str) -> Iterator[str]:
    """Yield a line for each contender: microseconds of the one called `limit`, divided by its own.

    The ratio of the minima is what noise can only add to; that of the rounds is their median.
    """
    least = micros[limit]
    for name, values in micros.items():
        rounds = median(ours / theirs for ours, theirs in zip(least, values, strict=True))
        yield (
            f"  {name:24} {min(least) / min(values):5.2f} of raw by the minima, {rounds:.2f} by"
            f" the median of the rounds; {min(values):.1f} us at best"
        )
