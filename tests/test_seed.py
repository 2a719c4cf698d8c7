"""What Stario 4 tells language models ("Extended Context For LLMs"), line by line.

The snippets stand here as they stand there; what is around them is what a reader has to add. A test
is named after the line that it proves.
"""

import asyncio
import dataclasses
import importlib
import inspect
import os
import re
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pages.commands
import pytest
import stario.responses as responses
import workspace
from stario import (
    App,
    AssetManifest,
    Context,
    HttpException,
    RedirectException,
    Relay,
    Span,
    StaticAssets,
    UrlPath,
    Writer,
)
from stario.cli import commands
from stario.cli.variables import VARIABLES
from stario.datastar import SSE, at, data, read_signals
from stario.exceptions import StarioError
from stario.http.config import server_config_from_env
from stario.markup import html as h
from stario.markup import render
from stario.testing import TestClient

PATIENCE = 20.0  # seconds

COMMON_IMPORTS = """
from stario import App, AssetManifest, Context, Relay, Span, StaticAssets, UrlPath, Writer
from stario import HttpException, RedirectException
import stario.responses as responses
from stario.markup import html as h
from stario.datastar import SSE, at, data, read_signals
from stario.testing import TestClient
"""

MINIMAL = """
from stario import App, Context, Span, UrlPath, Writer
import stario.responses as responses

HOME = UrlPath("/")

async def home(_c: Context, w: Writer) -> None:
    responses.text(w, "Hello")

async def bootstrap(app: App, span: Span):
    span.attr("app.name", "example")
    app.get(HOME, home)
    yield
"""

ROOM_URLS = """
# app/features/room/urls.py
from stario import UrlPath

ROOMS = UrlPath("/rooms")
ROOM = ROOMS / "{room_id}"
SUBSCRIBE = ROOM / "subscribe"
SEND = ROOM / "send"
"""

REGISTER_ROOM = """
# app/features/room/handlers.py
def register_room(app: App, db, relay: Relay[str]) -> None:
    app.get(ROOM, show_room(db))
    app.get(SUBSCRIBE, subscribe(db, relay))
    app.post(SEND, send_message(db, relay))
"""

SHOW_ROOM = """
def show_room(db):
    async def handler(c: Context, w: Writer) -> None:
        room = load_room(db, c.route.params["room_id"])
        responses.html(w, room_view(room))

    return handler
"""

BROAD_MORPH = """
sse = SSE(w)
sse.patch_elements(home_view(state))
"""

STATIC_ASSETS = """
from pathlib import Path
from stario import AssetManifest, StaticAssets

ASSETS = AssetManifest(Path(__file__).resolve().parent / "static")

async def bootstrap(app: App, span: Span):
    static = StaticAssets(ASSETS)
    static.register(app)
    yield
"""

TESTING = """
async with TestClient(bootstrap) as client:
    response = await client.get("/")
    assert response.status_code == 200
"""

TRACES_COMMAND = (
    "STARIO_TRACER=sqlite STARIO_TRACERS_SQLITE=traces.sqlite3 "
    "uv run stario serve app.main:bootstrap"
)

TRACES_QUERY = """
SELECT attrs_json ->> 'request.path', duration_ns / 1e6 AS ms
FROM spans
WHERE attrs_json ->> 'request.path' IS NOT NULL
ORDER BY end_ns DESC
LIMIT 20;
"""

COMMANDS = """
uv sync
uv run ruff check .
uv run ruff format .
uv run pyright
uv run pytest
uv run stario watch app.main:bootstrap
"""

# What a reader writes around the snippets of the room.
ROOM_VIEWS = """
from stario.datastar import at, data
from stario.markup import html as h
from app.features.room.urls import SEND, SUBSCRIBE

def messages_view(room):
    return h.Ul({"id": "messages"}, [h.Li(text) for text in room["messages"]])

def room_view(room):
    return h.HtmlDocument(h.Body(
        data.signals({"text": ""}),
        data.init(at.get(SUBSCRIBE.href(room_id=room["id"]))),
        messages_view(room),
        h.Input({"id": "text"}, data.bind("text")),
        h.Button({"id": "send"}, data.on("click", at.post(SEND.href(room_id=room["id"])))),
    ))
"""

ROOM_HANDLERS = f"""
from stario import App, Context, HttpException, Relay, Writer
import stario.responses as responses
from stario.datastar import SSE, read_signals
from app.features.room.urls import ROOM, SEND, SUBSCRIBE
from app.features.room.views import messages_view, room_view

def load_room(db, room_id):
    if room_id not in db:
        raise HttpException(404, "No such room.")
    return db[room_id]

{SHOW_ROOM}

def subscribe(db, relay):
    async def handler(c: Context, w: Writer) -> None:
        room = load_room(db, c.route.params["room_id"])
        async with relay.subscribe(f"room.{{room['id']}}", latest=True) as live:
            sse = SSE(w)
            sse.patch_elements(messages_view(room))
            async for event in c.alive(live):
                sse.patch_elements(messages_view(room))

    return handler

def send_message(db, relay):
    async def handler(c: Context, w: Writer) -> None:
        room = load_room(db, c.route.params["room_id"])
        signals = await read_signals(c.req)
        text = str(signals.get("text", "")).strip()
        if not text:
            raise HttpException(422, "Please write something.")
        room["messages"].append(text)
        relay.publish(f"room.{{room['id']}}", "said")
        responses.empty(w, 204)

    return handler

{REGISTER_ROOM}
"""

ROOM_MAIN = """
from stario import App, Relay, Span
from app.features.room.handlers import register_room

async def bootstrap(app: App, span: Span):
    db = {"7": {"id": "7", "messages": []}}
    register_room(app, db, Relay[str]())
    yield
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], Path]]:
    """Write files of a project, which is the working directory and can be imported."""
    before = set(sys.modules)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    def write(path: str, text: str) -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.lstrip("\n"), "utf-8")
        return file

    yield write
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("app", "main"):
            del sys.modules[name]


@pytest.fixture
def room(write: Callable[[str, str], Path]) -> ModuleType:
    """The app of the snippets about a room: `app.main`."""
    write("app/features/room/urls.py", ROOM_URLS)
    write("app/features/room/views.py", ROOM_VIEWS)
    write("app/features/room/handlers.py", ROOM_HANDLERS)
    write("app/main.py", ROOM_MAIN)
    return importlib.import_module("app.main")


def only(handler: Any) -> Callable[[App, Span], AsyncGenerator[None]]:
    """The bootstrap of an app that has one handler, for GET and POST of `/`."""

    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        app.get("/", handler)
        app.post("/", handler)
        yield

    return bootstrap


# What it is


def test_it_is_an_http_framework_for_python_3_14_and_later() -> None:
    project = workspace.members()["stario"].pyproject["project"]
    assert project["requires-python"] == ">=3.12"  # of which 3.14 is one
    assert "Programming Language :: Python :: 3.14" in project["classifiers"]


async def test_it_is_not_asgi() -> None:
    app: Any = App()
    with pytest.raises(TypeError):
        await app({"type": "http"}, asyncio.Event().wait, asyncio.sleep)  # scope, receive, send


def test_it_runs_with_stario_serve_or_stario_watch_and_a_bootstrap_callable() -> None:
    for name in ("serve", "watch"):
        command = commands.load(name)
        assert command is not None
        check_command(f"uv run stario {name} app.main:bootstrap")


def test_agents_md_is_there_to_copy() -> None:
    text = (workspace.ROOT / "docs" / "AGENTS.md").read_text("utf-8")
    for word in ("bootstrap", "UrlPath", "c.alive", "STARIO_", "TestClient"):
        assert word in text


# Core invariants


async def test_invariant_1_a_bootstrap_has_exactly_one_yield() -> None:
    async def once(app: App, span: Span) -> AsyncGenerator[None]:
        yield

    async def never(app: App, span: Span) -> None:
        pass

    async def twice(app: App, span: Span) -> AsyncGenerator[None]:
        yield
        yield

    async with TestClient(once):
        pass
    for bootstrap in (never, twice):
        wrong: Any = bootstrap
        with pytest.raises(StarioError):
            async with TestClient(wrong):
                pass


async def test_invariant_2_startup_is_before_the_yield_and_teardown_after_it() -> None:
    happened: list[str] = []

    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        async def home(_c: Context, w: Writer) -> None:
            happened.append("request")
            responses.empty(w)

        app.get("/", home)
        happened.append("startup")
        yield
        happened.append("teardown")

    async with TestClient(bootstrap) as client:
        await client.get("/")
    assert happened == ["startup", "request", "teardown"]


async def test_invariant_3_handlers_write_with_responses() -> None:
    async def handler(_c: Context, w: Writer) -> None:
        responses.text(w, "written")

    async with TestClient(only(handler)) as client:
        assert (await client.get("/")).text == "written"


async def test_invariant_3_handlers_write_with_sse() -> None:
    async def handler(_c: Context, w: Writer) -> None:
        SSE(w).patch_elements(h.P({"id": "p"}, "written"))

    async with TestClient(only(handler)) as client:
        answer = await client.get("/")
    assert answer.headers.get("content-type") == "text/event-stream"
    assert 'data: elements <p id="p">written</p>' in answer.text


async def test_invariant_3_handlers_write_with_the_writer() -> None:
    async def handler(_c: Context, w: Writer) -> None:
        w.headers.set("content-type", "text/plain")
        w.write(b"written")

    async with TestClient(only(handler)) as client:
        assert (await client.get("/")).text == "written"


async def test_invariant_3_handlers_do_not_return_response_objects() -> None:
    async def handler(_c: Context, _w: Writer) -> Any:
        return "a response"

    async with TestClient(only(handler)) as client:
        answer = await client.get("/")
    assert answer.status_code == 500
    assert "a response" not in answer.text


async def test_invariant_4_urlpath_constants_make_links_in_markup_and_redirects() -> None:
    rooms = UrlPath("/rooms")
    room = rooms / "{room_id}"
    assert render(h.A({"href": room.href(room_id="7")})) == '<a href="/rooms/7"></a>'

    async def handler(_c: Context, w: Writer) -> None:
        responses.redirect(w, room.href(room_id="7"))

    async with TestClient(only(handler)) as client:
        answer = await client.get("/", follow_redirects=False)
    assert answer.headers.get("location") == "/rooms/7"


async def test_invariant_4_there_is_no_url_for_and_no_mount() -> None:
    assert not hasattr(App(), "url_for")
    assert not hasattr(App(), "mount")


def test_invariant_5_views_are_pure_functions_from_data_to_html() -> None:
    @dataclasses.dataclass(frozen=True)
    class Room:
        name: str

    def room_view(room: Room) -> Any:
        return h.H1(room.name)

    assert render(room_view(Room("<Tea>"))) == "<h1>&lt;Tea&gt;</h1>"
    assert render(room_view(Room("Tea"))) == render(room_view(Room("Tea")))


async def test_invariant_6_long_lived_streams_use_c_alive() -> None:
    relay = Relay[str]()
    ended = asyncio.Event()

    async def handler(c: Context, w: Writer) -> None:
        async with relay.subscribe("news") as live:
            SSE(w).open()
            async for _subject, news in c.alive(live):
                SSE(w).patch_elements(h.P({"id": "p"}, news))
        ended.set()

    async with TestClient(only(handler)) as client, asyncio.timeout(PATIENCE):
        async with client.sse("/") as events:
            relay.publish("news", "one")
            assert (await events.next()).elements == '<p id="p">one</p>'
        await ended.wait()


async def test_invariant_6_background_work_uses_create_task() -> None:
    done: list[str] = []

    async def work() -> None:
        done.append("work")

    async def handler(c: Context, w: Writer) -> None:
        c.app.create_task(work())
        responses.empty(w)

    async with TestClient(only(handler)) as client:
        await client.get("/")
        await client.drain_tasks()
    assert done == ["work"]


async def test_invariant_7_signals_are_request_input() -> None:
    async def handler(c: Context, w: Writer) -> None:
        signals = await read_signals(c.req)
        responses.text(w, f"{signals['price']}")

    async with TestClient(only(handler)) as client:
        assert (await client.post("/", json={"price": 1})).text == "1"
        assert (await client.post("/", json={"price": 0})).text == "0"  # whatever the client says
        assert (await client.post("/", content=b"{")).status_code == 400


def test_invariant_8_stario_is_configured_with_stario_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STARIO_PORT", "9001")
    assert server_config_from_env().port == 9001


def test_invariant_8_stario_does_not_load_env_files(
    write: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STARIO_PORT", raising=False)
    write(".env", "STARIO_PORT=9001\n")
    assert server_config_from_env().port == 8000


# Common imports


def test_the_common_imports_are_there() -> None:
    names: dict[str, Any] = {}
    exec(COMMON_IMPORTS, names)
    assert names["HttpException"] is HttpException
    assert names["RedirectException"] is RedirectException
    assert names["StaticAssets"] is StaticAssets
    assert names["AssetManifest"] is AssetManifest
    assert names["SSE"] is SSE
    assert (names["at"], names["data"]) == (at, data)
    assert names["read_signals"] is read_signals


# Minimal handler shape


async def test_the_minimal_app_says_hello(write: Callable[[str, str], Path]) -> None:
    write("main.py", MINIMAL)
    main = importlib.import_module("main")
    async with TestClient(main.bootstrap) as client:
        assert (await client.get("/")).text == "Hello"


async def test_the_span_of_the_minimal_bootstrap_has_the_name_of_the_app(
    write: Callable[[str, str], Path],
) -> None:
    write("main.py", MINIMAL)
    main = importlib.import_module("main")
    async with TestClient(main.bootstrap) as client:
        await client.get("/")
        startup = client.tracer.find_span("server.startup")
        assert startup is not None
        assert startup.attributes["app.name"] == "example"


def test_a_tutorial_file_is_run_with_stario_watch() -> None:
    check_command("uv run stario watch main:bootstrap")


def test_a_product_shaped_app_is_run_with_stario_watch() -> None:
    check_command("uv run stario watch app.main:bootstrap")


# Bootstrap and route registration


async def test_feature_modules_own_their_routes(room: ModuleType) -> None:
    async with TestClient(room.bootstrap) as client:
        assert (await client.get("/rooms/7")).status_code == 200
        assert (await client.get("/rooms/8")).status_code == 404
        assert (await client.post("/rooms/7/send", json={"text": "x"})).status_code == 204
        assert (await client.get("/rooms/7/send")).status_code == 405


async def test_handler_factories_keep_dependencies_explicit(room: ModuleType) -> None:
    handlers = importlib.import_module("app.features.room.handlers")
    db = {"1": {"id": "1", "messages": ["hello"]}}

    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        handlers.register_room(app, db, Relay[str]())
        yield

    assert inspect.iscoroutinefunction(handlers.show_room(db))
    async with TestClient(bootstrap) as client:
        assert "<li>hello</li>" in (await client.get("/rooms/1")).text


def test_url_paths_are_joined_with_a_slash(room: ModuleType) -> None:
    urls = importlib.import_module("app.features.room.urls")
    assert urls.SEND.href(room_id="7") == "/rooms/7/send"
    assert urls.SUBSCRIBE.href({"room_id": "7"}) == "/rooms/7/subscribe"


# Datastar realtime


async def test_get_page_is_the_first_paint(room: ModuleType) -> None:
    async with TestClient(room.bootstrap) as client:
        page = (await client.get("/rooms/7")).text
    assert page.startswith("<!doctype html>")
    assert "data-init=\"@get('/rooms/7/subscribe')\"" in page


async def test_post_action_validates_changes_publishes_and_answers_204(room: ModuleType) -> None:
    async with TestClient(room.bootstrap) as client:
        assert (await client.post("/rooms/7/send", json={"text": " "})).status_code == 422
        answer = await client.post("/rooms/7/send", json={"text": "hello"})
        assert (answer.status_code, answer.text) == (204, "")
        assert "<li>hello</li>" in (await client.get("/rooms/7")).text


async def test_the_subscribe_loop_reads_renders_and_patches(room: ModuleType) -> None:
    async with TestClient(room.bootstrap) as client:
        ada, bob = await client.page("/rooms/7"), await client.page("/rooms/7")
        async with ada.stream(), bob.stream():
            ada.fill("#text", "hello")
            await ada.click("#send")
            for page in (ada, bob):
                await page.until(lambda page: page.text("#messages") == "hello")


async def test_what_is_published_inside_the_subscribe_block_is_observed() -> None:
    relay = Relay[str]()
    relay.publish("room.7", "before")
    async with relay.subscribe("room.*") as live:
        relay.publish("room.7", "inside")
        async with asyncio.timeout(PATIENCE):
            async for subject, message in live:
                assert (subject, message) == ("room.7", "inside")
                break


async def test_a_broad_morph_sends_the_whole_view() -> None:
    def home_view(state: int) -> Any:
        return h.HtmlDocument(h.Body(h.P({"id": "count"}, state)))

    async def handler(_c: Context, w: Writer) -> None:
        exec(BROAD_MORPH, {"SSE": SSE, "w": w, "home_view": home_view, "state": 7})

    async with TestClient(only(handler)) as client:
        sent = (await client.get("/")).text
    assert sent.startswith("event: datastar-patch-elements\n")
    assert '<body><p id="count">7</p></body>' in sent


async def test_a_live_fragment_is_patched_below_a_stable_shell() -> None:
    async def handler(_c: Context, w: Writer) -> None:
        SSE(w).patch_elements(h.P("7"), selector="#feature-live", mode="outer")

    async with TestClient(only(handler)) as client, client.sse("/") as events:
        event = await events.next()
    assert (event.selector, event.mode, event.elements) == ("#feature-live", "outer", "<p>7</p>")
    shell = h.Body(data.signals({"text": ""}), data.init(at.get("/subscribe")))
    assert render(shell) == (
        '<body data-signals=\'{"text":""}\' data-init="@get(\'/subscribe\')"></body>'
    )


async def test_a_targeted_patch_is_inner_or_signals() -> None:
    async def handler(_c: Context, w: Writer) -> None:
        sse = SSE(w)
        sse.patch_elements("7", selector="#count", mode="inner")
        sse.patch_signals({"count": 7})

    async with TestClient(only(handler)) as client, client.sse("/") as events:
        inner, signals = await events.next(), await events.next()
    assert (inner.selector, inner.mode, inner.elements) == ("#count", "inner", "7")
    assert signals.event == "datastar-patch-signals"


async def test_navigate_sends_the_browser_to_a_page() -> None:
    async def handler(_c: Context, w: Writer) -> None:
        SSE(w).navigate("/rooms")

    async with TestClient(only(handler)) as client:
        assert "/rooms" in (await client.get("/")).text


async def test_repeated_html_is_compressed() -> None:
    rows = h.Table([h.Tr(h.Td(f"row {number}")) for number in range(300)])

    async def handler(_c: Context, w: Writer) -> None:
        for _ in range(10):
            SSE(w).patch_elements(rows, selector="#table")

    size = len(render(rows)) * 10
    headers = {"accept-encoding": "gzip"}
    async with (
        TestClient(only(handler)) as client,
        client.stream("GET", "/", headers=headers) as stream,
    ):
        assert stream.headers.get("content-encoding") == "gzip"
        assert len(await stream.body()) >= size  # as it is read: decoded


def test_relay_is_in_process_and_not_durable() -> None:
    relay = Relay[str]()
    relay.publish("room.7", "nobody is here")
    assert repr(relay) == "<Relay 0 active>"


# Static assets


async def test_the_static_files_are_served_under_their_href(
    write: Callable[[str, str], Path],
) -> None:
    write("app/static/css/app.css", "body { color: teal }")
    write("app/assets.py", f"from stario import App, Span\n{STATIC_ASSETS}")
    assets = importlib.import_module("app.assets")
    href = assets.ASSETS.href("css/app.css")
    assert re.fullmatch(r"/static/css/app\.[0-9a-f]+\.css", href)
    async with TestClient(assets.bootstrap) as client:
        answer = await client.get(href)
    assert (answer.status_code, answer.text) == (200, "body { color: teal }")


# Testing


async def test_the_test_client_runs_the_production_bootstrap(
    write: Callable[[str, str], Path],
) -> None:
    write("main.py", MINIMAL)
    main = importlib.import_module("main")
    names: dict[str, Any] = {"TestClient": TestClient, "bootstrap": main.bootstrap}
    test = "async def test():\n" + "".join(f"    {line}\n" for line in TESTING.split("\n"))
    exec(test, names)
    await names["test"]()


async def test_the_tracer_of_the_client_has_the_spans() -> None:
    async def handler(c: Context, w: Writer) -> None:
        c.span.attr("rooms", 3)
        responses.empty(w)

    async with TestClient(only(handler)) as client:
        answer = await client.get("/")
        assert client.tracer.has_attribute(answer.span_id, "rooms", 3)


# Telemetry


async def test_http_spans_store_method_path_and_status() -> None:
    async def handler(_c: Context, w: Writer) -> None:
        responses.empty(w)

    async with TestClient(only(handler)) as client:
        answer = await client.get("/?a=b")
        for name, value in {
            "request.method": "GET",
            "request.path": "/",
            "response.status_code": 204,
        }.items():
            assert client.tracer.has_attribute(answer.span_id, name, value), name


def test_the_traces_command_is_one_that_stario_takes() -> None:
    check_command(TRACES_COMMAND)


@pytest.mark.skipif(sys.platform == "win32", reason="it is stopped with SIGTERM")
def test_the_traces_command_writes_what_the_query_finds(
    write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    write("app/main.py", MINIMAL)
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    variables, _, command = TRACES_COMMAND.partition("uv run stario ")
    settings = {name: value for name, _, value in (w.partition("=") for w in variables.split())}
    server = subprocess.Popen(
        [sys.executable, "-m", "stario.cli", *shlex.split(command)],
        cwd=tmp_path,
        env=os.environ | settings | {"STARIO_PORT": str(port)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    try:
        said = server.stderr.readline()  # bounded: pytest ends a test that hangs
        while said and str(port) not in said:
            said = server.stderr.readline()
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert client.recv(65536).endswith(b"\r\n\r\nHello")
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=PATIENCE)
    assert server.returncode == 0
    with closing(sqlite3.connect(tmp_path / "traces.sqlite3")) as database:
        [(text,)] = database.execute(
            "SELECT attrs_json FROM spans WHERE attrs_json LIKE '%request.path%'"
        )
        assert '"request.path":"/"' in text
        if database.execute("""SELECT '{"a.b":1}' ->> 'a.b'""").fetchone() == (None,):
            pytest.skip(f"SQLite {sqlite3.sqlite_version} takes the dot in 'a.b' for a path")
        [(path, milliseconds)] = database.execute(TRACES_QUERY)
        assert path == "/"
        assert milliseconds > 0


def test_the_variables_of_the_traces_are_known() -> None:
    names = {variable.name for variable in VARIABLES}
    assert {"STARIO_TRACER", "STARIO_TRACERS_SQLITE"} <= names


# Commands


@pytest.mark.parametrize("line", COMMANDS.strip().split("\n"))
def test_the_commands_are_known(line: str) -> None:
    check_command(line)


def check_command(line: str) -> None:
    """Raise for a command line that `stario` would refuse."""
    block = pages.Block(Path(__file__), 1, "bash", line)
    pages.commands.check_commands(block)
