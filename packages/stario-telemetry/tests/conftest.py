"""A tracer that keeps its finished spans, for tests of the span itself, and a place for a file."""

from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from stario.telemetry.recording import RecordingTracer
from stario.telemetry.spans import RecordingSpan
from stario.tracing import Span, TelemetryStats


class KeepingTracer(RecordingTracer):
    def __init__(self) -> None:
        self.ended: list[RecordingSpan] = []

    def __enter__(self) -> Self:
        self._was_entered = True
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        pass

    def on_end(self, span: Span) -> None:
        assert isinstance(span, RecordingSpan)
        self.ended.append(span)

    def stats(self) -> TelemetryStats:
        return TelemetryStats()


@pytest.fixture
def keeping() -> KeepingTracer:
    """An entered tracer whose `ended` holds the finished spans."""
    return KeepingTracer().__enter__()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a trace file can be made."""
    return tmp_path / "traces.sqlite3"


@pytest.fixture
def not_entered() -> RecordingTracer:
    return KeepingTracer()
