"""Tests of Stario apps: a client that speaks the real HTTP protocol in memory, without a port."""

from stario.testing.client import TestClient
from stario.testing.load import aload_app
from stario.testing.response import TestResponse, TestStreamResponse
from stario.testing.tracer import TestTracer

__all__ = ["TestClient", "TestResponse", "TestStreamResponse", "TestTracer", "aload_app"]
