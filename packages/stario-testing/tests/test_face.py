"""The public names, and that pytest takes none of them for a test."""

import inspect

import pytest
import stario.testing as testing
from stario.testing.request import ClientRequest
from stario.testing.response import TestExchange
from stario.testing.tracer import TelemetryEvent, TelemetryLink, TelemetrySpan

CLASSES = [
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


def test_the_face_is_five_names() -> None:
    assert testing.__all__ == [
        "TestClient",
        "TestResponse",
        "TestStreamResponse",
        "TestTracer",
        "aload_app",
    ]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_pytest_collects_no_class_of_ours(kind: type) -> None:
    assert kind.__dict__["__test__"] is False


def test_request_and_stream_take_the_same_options() -> None:
    request = inspect.signature(testing.TestClient.request).parameters
    stream = inspect.signature(testing.TestClient.stream).parameters
    assert [name for name in request if name != "follow_redirects"] == list(stream)
    assert str(inspect.signature(testing.TestClient.get)).startswith("(self, url: str, **kwargs")
