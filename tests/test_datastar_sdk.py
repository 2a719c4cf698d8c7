"""The SDK contract of Datastar, line by line: what `/test` is told to send, and what it sends."""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from time import monotonic, sleep
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest
from ports import free_port
from stario.testing import TestClient

SERVER = Path(__file__).with_name("datastar_sdk_server.py")
ELEMENTS = "event: datastar-patch-elements"
SIGNALS = "event: datastar-patch-signals"
SCRIPT = f"{ELEMENTS}\ndata: mode append\ndata: selector body"

# Name, events, and the stream with its empty lines left out.
GOLDEN: list[tuple[str, list[dict[str, Any]], str]] = [
    (
        "elements",
        [{"type": "patchElements", "elements": "<div>Merge</div>"}],
        f"{ELEMENTS}\ndata: elements <div>Merge</div>",
    ),
    (
        "elements on several lines",
        [{"type": "patchElements", "elements": "<div>\n  <p>\r\n\r</div>"}],
        f"{ELEMENTS}\ndata: elements <div>\ndata: elements   <p>\ndata: elements \n"
        "data: elements </div>",
    ),
    (
        "elements with every default",
        [
            {
                "type": "patchElements",
                "elements": "<b></b>",
                "mode": "outer",
                "useViewTransition": False,
                "retryDuration": 1000,
            }
        ],
        f"{ELEMENTS}\ndata: elements <b></b>",
    ),
    (
        "elements with every option",
        [
            {
                "type": "patchElements",
                "elements": "<circle></circle>",
                "selector": "#target",
                "mode": "append",
                "namespace": "svg",
                "useViewTransition": True,
                "viewTransitionSelector": "#main",
                "eventId": "event1",
                "retryDuration": 2000,
            }
        ],
        f"{ELEMENTS}\nid: event1\nretry: 2000\ndata: mode append\ndata: selector #target\n"
        "data: namespace svg\ndata: useViewTransition true\n"
        "data: viewTransitionSelector #main\ndata: elements <circle></circle>",
    ),
    (
        "a transition's selector without a transition",
        [{"type": "patchElements", "elements": "<b>", "viewTransitionSelector": "#main"}],
        f"{ELEMENTS}\ndata: elements <b>",
    ),
    (
        "remove",
        [{"type": "patchElements", "mode": "remove", "selector": "#target"}],
        f"{ELEMENTS}\ndata: mode remove\ndata: selector #target",
    ),
    (
        "remove with every option",
        [
            {
                "type": "patchElements",
                "mode": "remove",
                "selector": "#target",
                "useViewTransition": True,
                "eventId": "event1",
                "retryDuration": 2000,
            }
        ],
        f"{ELEMENTS}\nid: event1\nretry: 2000\ndata: mode remove\ndata: selector #target\n"
        "data: useViewTransition true",
    ),
    (
        "signals",
        [{"type": "patchSignals", "signals": {"one": 1, "two": {"three": None}}}],
        f'{SIGNALS}\ndata: signals {{"one":1,"two":{{"three":null}}}}',
    ),
    (
        "signals with every default",
        [
            {
                "type": "patchSignals",
                "signals": {"one": "é\n"},
                "onlyIfMissing": False,
                "retryDuration": 1000,
            }
        ],
        f'{SIGNALS}\ndata: signals {{"one":"é\\n"}}',
    ),
    (
        "signals with every option",
        [
            {
                "type": "patchSignals",
                "signals": {"one": 1},
                "onlyIfMissing": True,
                "eventId": "event1",
                "retryDuration": 2000,
            }
        ],
        f'{SIGNALS}\nid: event1\nretry: 2000\ndata: onlyIfMissing true\ndata: signals {{"one":1}}',
    ),
    (
        "signals as raw JSON on several lines",
        [{"type": "patchSignals", "signals-raw": '{\n  "one": 1,\r\n  "two": 2\r}'}],
        f'{SIGNALS}\ndata: signals {{\ndata: signals   "one": 1,\ndata: signals   "two": 2\n'
        "data: signals }",
    ),
    (
        "a script",
        [{"type": "executeScript", "script": "console.log('hello');"}],
        f"{SCRIPT}\ndata: elements "
        "<script data-effect=\"el.remove()\">console.log('hello');</script>",
    ),
    (
        "a script on several lines",
        [{"type": "executeScript", "script": "if (a < b) {\n  c();\r\n}"}],
        f'{SCRIPT}\ndata: elements <script data-effect="el.remove()">if (a < b) {{\n'
        "data: elements   c();\ndata: elements }</script>",
    ),
    (
        "a script with every default",
        [{"type": "executeScript", "script": "a()", "autoRemove": True, "retryDuration": 1000}],
        f'{SCRIPT}\ndata: elements <script data-effect="el.remove()">a()</script>',
    ),
    (
        "a script with every option",
        [
            {
                "type": "executeScript",
                "script": "a()",
                "autoRemove": False,
                "attributes": {"type": "text/javascript", "blocking": "false", "async": True},
                "eventId": "event1",
                "retryDuration": 2000,
            }
        ],
        f"{ELEMENTS}\nid: event1\nretry: 2000\ndata: mode append\ndata: selector body\n"
        'data: elements <script type="text/javascript" blocking="false" async>a()</script>',
    ),
    (
        "a script with attributes that removes itself",
        [{"type": "executeScript", "script": "a()", "attributes": {"nonce": "x"}}],
        f'{SCRIPT}\ndata: elements <script data-effect="el.remove()" nonce="x">a()</script>',
    ),
    (
        "two events",
        [
            {"type": "patchElements", "elements": "<p>1</p>"},
            {"type": "patchSignals", "signals": {"one": 1}},
        ],
        f'{ELEMENTS}\ndata: elements <p>1</p>\n\n{SIGNALS}\ndata: signals {{"one":1}}',
    ),
    ("no event", [], ""),
    *(
        (
            f"the mode {mode}",
            [{"type": "patchElements", "elements": "<b>", "mode": mode, "selector": "#a"}],
            f"{ELEMENTS}\ndata: mode {mode}\ndata: selector #a\ndata: elements <b>",
        )
        for mode in ("inner", "replace", "prepend", "append", "before", "after")
    ),
    (
        "the namespace mathml",
        [{"type": "patchElements", "elements": "<mi>x</mi>", "namespace": "mathml"}],
        f"{ELEMENTS}\ndata: namespace mathml\ndata: elements <mi>x</mi>",
    ),
]

BAD: list[dict[str, Any]] = [
    {},
    {"events": None},
    {"events": {"type": "patchElements"}},
    {"events": ["patchElements"]},
    {"events": [{"type": "mergeFragments"}]},
    {"events": [{"elements": "<b>"}]},
    {"events": [{"type": "patchElements", "mode": "remove"}]},
    {"events": [{"type": "patchElements", "elements": "<b>", "mode": "morph"}]},
    {"events": [{"type": "patchElements", "elements": "<b>", "selector": "#a\ndata: x"}]},
    {"events": [{"type": "patchElements", "elements": "<b>", "eventId": "1\rdata: x"}]},
    {"events": [{"type": "patchElements", "elements": "<b>", "retryDuration": -1}]},
    {"events": [{"type": "patchElements", "elements": "<b>", "namespace": "html5"}]},
    {"events": [{"type": "patchSignals", "signals": [1]}]},
    {
        "events": [
            {"type": "patchElements", "elements": "<b>"},
            {"type": "patchSignals", "signals": 1},
        ]
    },
]


@pytest.fixture(scope="module")
def server() -> ModuleType:
    spec = spec_from_file_location("datastar_sdk_server", SERVER)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def ask(server: ModuleType, method: str, signals: dict[str, Any]) -> tuple[int, str, str]:
    """Status, content type and body of the answer to these signals."""
    text = json.dumps(signals)
    async with TestClient(server.bootstrap) as client:
        if method == "GET":
            answer = await client.get(f"/test?{urlencode({'datastar': text})}")
        else:
            answer = await client.post("/test", content=text.encode())
    return answer.status_code, answer.headers.get("content-type") or "", answer.text


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("events", "stream"), [row[1:] for row in GOLDEN], ids=[row[0] for row in GOLDEN]
)
async def test_events_are_sent_as_the_contract_has_them(
    server: ModuleType, method: str, events: list[dict[str, Any]], stream: str
) -> None:
    status, content_type, body = await ask(server, method, {"events": events})
    assert (status, content_type) == (200, "text/event-stream")
    expected = f"{stream}\n\n" if stream else ""
    assert body.split("\n") == expected.split("\n")


@pytest.mark.parametrize("signals", BAD)
async def test_a_list_with_a_mistake_is_no_half_of_a_stream(
    server: ModuleType, signals: dict[str, Any]
) -> None:
    status, content_type, body = await ask(server, "POST", signals)
    assert status == 400
    assert content_type.startswith("text/plain")
    assert "event:" not in body


@pytest.fixture
def address() -> Iterator[str]:
    """The server as its docstring says that it is started."""
    port = free_port()
    command = re.search("stario serve (.+)", SERVER.read_text("utf-8"))
    assert command is not None
    process = subprocess.Popen(
        [sys.executable, "-m", "stario.cli", "serve", command[1]],
        cwd=SERVER.parent,
        env=os.environ | {"STARIO_PORT": str(port), "STARIO_TRACER": "noop"},
    )
    try:
        yield f"http://127.0.0.1:{port}/test"
    finally:
        process.terminate()
        process.wait(10)


def test_the_server_is_ready_for_the_runner(address: str) -> None:
    body = json.dumps({"events": [{"type": "patchElements", "elements": "<p>1</p>"}]}).encode()
    end = monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(address, body, timeout=5) as answer:
                sent = answer.read()
            break
        except urllib.error.URLError:
            assert monotonic() < end, "the server does not answer"
            sleep(0.05)
    assert sent == b"event: datastar-patch-elements\ndata: elements <p>1</p>\n\n"
