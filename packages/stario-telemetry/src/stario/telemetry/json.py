"""JSON lines: one line per finished span, compact, in UTF-8, safe to read line by line."""

import sys
from typing import Any, TextIO

from stario.env import bad_setting, read_float, read_int
from stario.telemetry.buffered import BufferedTracer
from stario.telemetry.formatters import JsonFormatter, ascii_only
from stario.telemetry.ids import id_text
from stario.telemetry.outputs import require_text_file
from stario.telemetry.policy import SpanPolicy, span_policy_from_env
from stario.telemetry.spans import RecordedEvent, RecordedLink, RecordingSpan

__all__ = ["JsonTracer", "json_tracer_from_env"]


class JsonTracer(BufferedTracer[str]):
    """Writes every finished span as a line of JSON.

    `output` is standard output when None. `flush_each` flushes the output after each batch.
    `flush_interval` is in seconds; `max_pending_spans` bounds the queue, and what does not fit is
    dropped and counted. `policy` tells what is recorded at all. Raises ValueError for a number that
    is not positive, TypeError for an output that takes no text, such as a path.
    """

    def __init__(
        self,
        output: TextIO | None = None,
        *,
        flush_each: bool = True,
        flush_interval: float = 0.125,
        max_pending_spans: int = 65536,
        max_batch_spans: int = 512,
        policy: SpanPolicy | None = None,
    ) -> None:
        require_text_file("output", output)
        super().__init__(
            _LineSink(output, flush_each=flush_each),
            "json",
            flush_interval=flush_interval,
            max_pending_spans=max_pending_spans,
            max_batch_spans=max_batch_spans,
            policy=policy,
        )


def json_tracer_from_env() -> JsonTracer:
    """Build a JsonTracer from `STARIO_TRACERS_JSON_*` and the policy of the environment.

    Raises StarioError for a bad value.
    """
    try:
        return JsonTracer(
            flush_interval=read_float("STARIO_TRACERS_JSON_FLUSH_INTERVAL", 0.125),
            max_pending_spans=read_int("STARIO_TRACERS_JSON_MAX_PENDING_SPANS", 65536),
            max_batch_spans=read_int("STARIO_TRACERS_JSON_MAX_BATCH_SPANS", 512),
            policy=span_policy_from_env(),
        )
    except ValueError as error:
        raise bad_setting(error, "STARIO_TRACERS_JSON_*") from error


class _LineSink:
    """Writes lines to a text file. A failed batch is not offered again: half of it may be out."""

    retries = False

    def __init__(self, output: TextIO | None, *, flush_each: bool) -> None:
        self.formatter = JsonFormatter()
        self._given = output
        self._output: TextIO = sys.stdout if output is None else output
        self._flush_each = flush_each
        self._broken_line = False

    def open(self) -> None:
        # Looked up late: standard output may have been replaced since the tracer was made.
        self._output = sys.stdout if self._given is None else self._given

    def encode(self, span: RecordingSpan) -> str:
        # Written out, not a dictionary: the thread that does this shares the GIL with requests.
        text = self.formatter.text
        own, start, end = id_text(span.id_number), span.start_ns or 0, span.end_ns or 0
        trace = own if span.trace_number == span.id_number else id_text(span.trace_number)
        line = (
            f'{{"span_id":"{own}","trace_id":"{trace}","name":{self.formatter.quoted(span.name)},'
            f'"start_ns":{start},"end_ns":{end},"duration_ns":{end - start},'
            f'"status":"{"ok" if span.error is None else "error"}"'
        )
        if span.parent_number is not None:
            line += f',"parent_id":"{id_text(span.parent_number)}"'
        if span.error:
            line += f',"error":{text(span.error)}'
        if span.attributes:
            line += f',"attributes":{text(span.attributes)}'
        if span.events:
            line += f',"events":{text([_event(event) for event in span.events])}'
        if span.links:
            line += f',"links":{text([_link(link) for link in span.links])}'
        return line + "}"

    def write(self, batch: list[str]) -> int:
        start = "\n" if self._broken_line else ""
        self._broken_line = True
        self._put(start + "\n".join(batch) + "\n")
        if self._flush_each:
            self._output.flush()
        self._broken_line = False
        return 0

    def close(self) -> None:
        self._output.flush()

    def _put(self, text: str) -> None:
        try:
            self._output.write(text)
        except UnicodeEncodeError:  # raised before anything is written
            self._output.write(ascii_only(text))


def _event(event: RecordedEvent) -> dict[str, Any]:
    fields: dict[str, Any] = {"time_ns": event.time_ns, "name": event.name}
    if event.attributes:
        fields["attributes"] = event.attributes
    if event.body:
        fields["body"] = event.body
    return fields


def _link(link: RecordedLink) -> dict[str, Any]:
    fields: dict[str, Any] = {"name": link.name, "span_id": str(link.span_id)}
    if link.attributes:
        fields["attributes"] = link.attributes
    return fields
