"""The public names, and that pytest takes none of them for a test."""

import inspect
import subprocess
import sys

import pytest
import stario.testing as testing
from stario.testing.request import ClientRequest
from stario.testing.response import TestExchange
from stario.testing.tracer import TelemetryEvent, TelemetryLink, TelemetrySpan

CLASSES = [
    testing.LiveServer,
    testing.Page,
    testing.SseEvent,
    testing.TestClient,
    testing.TestResponse,
    testing.TestStreamResponse,
    testing.TestTracer,
    ClientRequest,
    TestExchange,
    TelemetrySpan,
    TelemetryEvent,
    TelemetryLink,
]


def test_the_face_is_a_few_names() -> None:
    assert testing.__all__ == [
        "LiveServer",
        "Page",
        "SseEvent",
        "TestClient",
        "TestResponse",
        "TestStreamResponse",
        "TestTracer",
        "aload_app",
        "no_leaks",
    ]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_pytest_collects_no_class_of_ours(kind: type) -> None:
    assert kind.__dict__["__test__"] is False


def test_request_and_stream_take_the_same_options() -> None:
    request = inspect.signature(testing.TestClient.request).parameters
    stream = inspect.signature(testing.TestClient.stream).parameters
    assert [name for name in request if name != "follow_redirects"] == list(stream)
    assert str(inspect.signature(testing.TestClient.get)).startswith("(self, url: str, **kwargs")


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Client'"):
        _ = testing.Client  # pyright: ignore


def test_importing_the_package_loads_no_server() -> None:
    code = "import stario.testing, sys; print(*[m for m in sys.modules if m.startswith('stario')])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert set(done.stdout.split()) == {"stario", "stario.faces", "stario.testing"}
