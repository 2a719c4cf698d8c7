"""OpenTelemetry's SDK with its batch processor, and its console exporter into a file."""

# It is in an environment of its own, so its types are unknown where this is checked.
# pyright: basic, reportMissingImports=false

import sys
from pathlib import Path

from answering import answer_rounds
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter


class Recording:
    def __init__(self, folder: Path) -> None:
        self._file = folder / "spans.json"

    def __enter__(self) -> "Recording":
        self._out = self._file.open("w", encoding="utf-8")
        exporter = ConsoleSpanExporter(
            out=self._out, formatter=lambda span: span.to_json(indent=None) + "\n"
        )
        # As many may wait as with ours, so that none is dropped.
        processor = BatchSpanProcessor(exporter, max_queue_size=65536)
        self._provider = TracerProvider()
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("benchmark")
        return self

    def record(self, spans: int) -> None:
        start = self._tracer.start_span
        for number in range(spans):
            span = start("GET", attributes={"request.method": "GET", "request.path": "/users/42"})
            span.set_attribute("http.route", "/users/{id}")
            span.set_attribute("user.id", number)
            span.add_event("loaded", {"rows": 3})
            span.set_attribute("response.status_code", 200)
            span.end()

    def __exit__(self, *_: object) -> None:
        self._provider.shutdown()
        self._out.close()


if __name__ == "__main__":
    answer_rounds(Recording(Path(sys.argv[2])))
