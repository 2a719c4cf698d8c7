"""Logfire, kept off the network: its spans go through a batch processor into a file."""

# It is in an environment of its own, so its types are unknown where this is checked.
# pyright: basic, reportMissingImports=false

import sys
from pathlib import Path

import logfire
from answering import answer_rounds
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter


class Recording:
    def __init__(self, folder: Path) -> None:
        self._file = folder / "spans.json"

    def __enter__(self) -> "Recording":
        self._out = self._file.open("w", encoding="utf-8")
        exporter = ConsoleSpanExporter(
            out=self._out, formatter=lambda span: span.to_json(indent=None) + "\n"
        )
        processor = BatchSpanProcessor(exporter, max_queue_size=65536)
        logfire.configure(
            send_to_logfire=False,
            console=False,
            metrics=False,
            inspect_arguments=False,
            additional_span_processors=[processor],
        )
        return self

    def record(self, spans: int) -> None:
        for number in range(spans):
            attributes = {"request.method": "GET", "request.path": "/users/42"}
            with logfire.span("GET", **attributes) as span:
                span.set_attribute("http.route", "/users/{id}")
                span.set_attribute("user.id", number)
                span.add_event("loaded", {"rows": 3})
                span.set_attribute("response.status_code", 200)

    def __exit__(self, *_: object) -> None:
        logfire.shutdown()
        self._out.close()


if __name__ == "__main__":
    answer_rounds(Recording(Path(sys.argv[2])))
