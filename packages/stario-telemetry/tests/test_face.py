"""The public names: every Stario 4 import, and that importing stays cheap."""

import subprocess
import sys
from importlib import import_module

import pytest
import stario.tracing


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("stario.telemetry", "EventBody NoOpSpan NoOpTracer ProxySpan Span TelemetryStats Tracer"),
        ("stario.telemetry.core", "EventBody Span Tracer TelemetryStats NoOpTracer ProxySpan"),
        ("stario.telemetry.spans", "NoOpSpan ProxySpan Span"),
        ("stario.telemetry.noop", "NoOpSpan NoOpTracer NOOP_TRACER"),
    ],
)
def test_the_interface_is_the_same_object_everywhere(module: str, names: str) -> None:
    for name in names.split():
        assert getattr(import_module(module), name) is getattr(stario.tracing, name)


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("stario.telemetry", "RecordedEvent RecordedLink RecordingSpan"),
        ("stario.telemetry.spans", "RecordedEvent RecordedLink RecordingSpan"),
        ("stario.telemetry.json", "JsonTracer json_tracer_from_env"),
        ("stario.telemetry.sqlite", "SqliteTracer sqlite_tracer_from_env"),
        ("stario.telemetry.queries", "QUERIES REQUESTS Tail connect window"),
        ("stario.telemetry.tty", "TTYTracer TTYRenderer"),
    ],
)
def test_a_module_exports_its_names(module: str, names: str) -> None:
    exported = import_module(module).__all__
    assert set(names.split()) <= set(exported)


@pytest.mark.parametrize("module", ["stario.telemetry", "stario.telemetry.json"])
def test_importing_loads_no_database(module: str) -> None:
    code = f"import sys, {module}; sys.exit('sqlite3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
