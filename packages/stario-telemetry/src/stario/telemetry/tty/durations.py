"""Durations for people: three digits or so, in the unit that fits."""

_US = 1_000
_MS = 1_000_000
_S = 1_000_000_000


def duration_text(ns: int) -> str:
    """Return a duration in nanoseconds as `9.5 us`, `120 us`, `1.2 ms`, `250 ms`, `1.50 s`,
    `2:05 min` or `1:02:03`."""
    ns = max(ns, 0)
    # Each bound lies where the text would round up into the next form: never `1000 us`.
    if ns < 999.5 * _US:
        return f"{_digits(ns / _US)} us"
    if ns < 999.5 * _MS:
        return f"{_digits(ns / _MS)} ms"
    if ns < 59.995 * _S:
        return f"{ns / _S:.2f} s"
    return _clock(round(ns / _S))


def _digits(number: float) -> str:
    return f"{number:.1f}" if number < 9.95 else f"{number:.0f}"


def _clock(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}"
    return f"{minutes}:{seconds:02} min"
