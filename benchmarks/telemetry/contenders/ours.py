"""The spans of our package and of stario 4.3, whose names are the same: kind, folder.

Spans come in bursts that the queue has room for; each round ends when all of it is written.
"""

import sys
from pathlib import Path

from answering import answer_rounds
from stario.telemetry import Tracer
from stario.telemetry.json import JsonTracer
from stario.telemetry.noop import NoOpTracer
from stario.telemetry.sqlite import SqliteTracer


def tracer_of(kind: str, folder: Path) -> Tracer:
    """Return a tracer, not entered."""
    if kind == "noop":
        return NoOpTracer()
    if kind == "json":
        return JsonTracer((folder / "spans.json").open("w", encoding="utf-8"))
    tracer = SqliteTracer(folder / "spans.sqlite3")
    if kind in ("unsampled", "muted"):
        from stario.telemetry import SpanPolicy  # which the others have not

        tracer.follow(SpanPolicy(sample=0, sample_errors=kind == "unsampled"))
    return tracer


class Recording:
    """Five attributes and an event, as a handler adds them to the span of its request."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._kind = kind
        self._folder = folder

    def __enter__(self) -> "Recording":
        for old in self._folder.iterdir():
            old.unlink()
        self._tracer = tracer_of(self._kind, self._folder)
        self._tracer.__enter__()
        return self

    def record(self, spans: int) -> None:
        create = self._tracer.create
        for number in range(spans):
            span = create("GET", {"request.method": "GET", "request.path": "/users/42"})
            span.start()
            span.attr("http.route", "/users/{id}")
            span.attr("user.id", number)
            span.event("loaded", {"rows": 3})
            span.attr("response.status_code", 200)
            span.end()

    def __exit__(self, *_: object) -> None:
        self._tracer.__exit__(None, None, None)


if __name__ == "__main__":
    answer_rounds(Recording(sys.argv[1], Path(sys.argv[2])))
