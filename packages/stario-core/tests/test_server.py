"""The server over real sockets, on the running loop: startup, requests, drain, teardown, spans."""

# ruff: noqa: ASYNC240 - a look at a file of the test blocks nobody

import asyncio
import os
import random
import re
import socket
import ssl
import stat
import sys
import time
import warnings
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Unpack, cast
from uuid import UUID, uuid4

import pytest
import stario
import stario.responses as responses
from stario import App
from stario.exceptions import StarioError
from stario.http.bootstrap import bootstrap_run
from stario.http.config import RequestPolicy, ServerConfig, ServerOptions
from stario.http.process.loop import run_loop
from stario.http.server import Server
from stario.tracing import NOOP_SPAN, NOOP_TRACER, NoOpSpan, NoOpTracer, Span

if TYPE_CHECKING:
    from conftest import OnLoop, WireFactory
    from stario import Context, Writer
    from stario.http.bootstrap import Bootstrap
    from stario.http.config import EventLoopKind
    from stario.tracing import EventBody, Tracer

PATIENCE = 10.0  # seconds until what never ends fails its test
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
GET_AND_CLOSE = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs Unix sockets")


class SeenSpan(NoOpSpan):
    """Remembers what the framework told it."""

    __slots__ = ("attributes", "ended", "events", "failure", "links", "name", "started")

    def __init__(self, name: str, attributes: Mapping[str, Any] | None) -> None:
        number = uuid4()
        super().__init__(number, number, None)
        self.name = name
        self.attributes = dict(attributes or {})
        self.events: list[str] = []
        self.links: list[tuple[str, UUID]] = []
        self.failure: str | None = None
        self.started = self.ended = False

    def start(self) -> None:
        self.started = True

    def attr(self, name: str, value: Any) -> None:
        assert not self.ended
        self.attributes[name] = value

    def event(
        self,
        name: str,
        attributes: Mapping[str, Any] | None = None,
        /,
        *,
        body: "EventBody" = None,
    ) -> None:
        assert self.started
        assert not self.ended
        self.events.append(name)

    def exception(
        self,
        exc: BaseException,
        attributes: Mapping[str, Any] | None = None,
        /,
        *,
        body: "EventBody" = None,
    ) -> None:
        self.event(f"exception {type(exc).__name__}")

    def link(
        self, name: str, span_id: UUID, attributes: Mapping[str, Any] | None = None, /
    ) -> None:
        self.links.append((name, span_id))

    def fail(self, message: str) -> None:
        assert not self.ended
        self.failure = message

    def end(self) -> None:
        self.ended = True


class SeenTracer(NoOpTracer):
    def __init__(self) -> None:
        self.spans: list[SeenSpan] = []

    def create(
        self,
        name: str,
        attributes: Mapping[str, Any] | None = None,
        /,
        *,
        parent: Span | None = None,
    ) -> SeenSpan:
        self.spans.append(SeenSpan(name, attributes))
        return self.spans[-1]

    def __getitem__(self, name: str) -> SeenSpan:
        found = [span for span in self.spans if span.name == name]
        assert len(found) == 1, [span.name for span in self.spans]
        return found[0]


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return cast("int", probe.getsockname()[1])


class Serving:
    """A server that runs in a task of this loop, and what its app's life looked like."""

    def __init__(self) -> None:
        self.life: list[str] = []
        self.addresses: list[str] = []
        self.app: App
        self.port = 0
        self.task: asyncio.Task[None]

    async def connect(
        self, tls: ssl.SSLContext | None = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, ssl=tls)

    async def ask(self, request: bytes = GET_AND_CLOSE, tls: ssl.SSLContext | None = None) -> bytes:
        """Send a request, and return everything until the server closes."""
        reader, writer = await self.connect(tls)
        writer.write(request)
        answer = await reader.read()
        await hang_up(writer)
        return answer

    async def stop(self) -> None:
        self.app.signal_shutdown()
        await self.ended()

    async def ended(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.task


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError, ssl.SSLError):
        await writer.wait_closed()


async def hello(_c: "Context", w: "Writer") -> None:
    responses.text(w, "Hello")


type Routes = Callable[[App], None]


def only_hello(app: App) -> None:
    app.get("/", hello)


@asynccontextmanager
async def serving(
    routes: Routes = only_hello,
    tracer: "Tracer" = NOOP_TRACER,
    **options: Unpack[ServerOptions],
) -> AsyncGenerator[Serving]:
    """Serve until the block is left, or until it stops the server itself."""
    running = Serving()
    running.port = options.setdefault("port", free_port())
    listening = asyncio.Event()

    async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
        running.app = app
        routes(app)
        running.life.append("startup")
        yield
        running.life.append("teardown")

    def on_listening(addresses: list[str]) -> None:
        running.addresses = addresses
        listening.set()

    server = Server(bootstrap, tracer, config=ServerConfig(**options), on_listening=on_listening)
    async with asyncio.timeout(PATIENCE):
        running.task = asyncio.create_task(server.serve())
        event = asyncio.create_task(listening.wait())
        await asyncio.wait({running.task, event}, return_when=asyncio.FIRST_COMPLETED)
        event.cancel()
        if running.task.done():
            await running.task
        try:
            yield running
        finally:
            await running.stop()


def refused(port: int) -> bool:
    """Tell whether nobody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class TestBootstrap:
    """Exactly one `yield`: startup before it, teardown after it."""

    async def test_startup_and_teardown_run_around_the_block(self) -> None:
        seen: list[str] = []

        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            seen.append("startup")
            yield
            seen.append("teardown")

        async with bootstrap_run(bootstrap, App(), NOOP_SPAN):
            seen.append("block")
        assert seen == ["startup", "block", "teardown"]

    async def test_a_failure_of_the_block_is_not_thrown_into_the_generator(self) -> None:
        """Teardown is the same whatever happened, and the failure passes."""
        seen: list[str] = []

        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            try:
                yield
            except BaseException:
                seen.append("thrown in")
                raise
            seen.append("teardown")

        with pytest.raises(LookupError):
            async with bootstrap_run(bootstrap, App(), NOOP_SPAN):
                raise LookupError
        assert seen == ["teardown"]

    async def test_a_startup_that_fails_closes_what_it_opened(self) -> None:
        seen: list[str] = []

        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            try:
                raise LookupError("no database")
                yield
            finally:
                seen.append("closed")

        with pytest.raises(LookupError, match="no database"):
            async with bootstrap_run(bootstrap, App(), NOOP_SPAN):
                pytest.fail("the block ran")
        assert seen == ["closed"]

    async def test_no_yield_is_refused(self) -> None:
        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            if app.shutting_down:
                yield

        with pytest.raises(StarioError, match="ended before a `yield`"):
            async with bootstrap_run(bootstrap, App(), NOOP_SPAN):
                pytest.fail("the block ran")

    async def test_a_second_yield_is_refused_and_the_generator_closed(self) -> None:
        seen: list[str] = []

        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            try:
                yield
                yield
            finally:
                seen.append("closed")

        with pytest.raises(StarioError, match="second `yield`"):
            async with bootstrap_run(bootstrap, App(), NOOP_SPAN):
                pass
        assert seen == ["closed"]

    async def test_a_coroutine_function_is_refused(self) -> None:
        """Somebody forgot the `yield`."""

        async def bootstrap(app: App, span: Span) -> None:
            pytest.fail("the coroutine ran")

        with pytest.raises(StarioError, match="it is a coroutine") as caught:
            async with bootstrap_run(cast("Bootstrap", bootstrap), App(), NOOP_SPAN):
                pytest.fail("the block ran")
        assert "yield" in str(caught.value.example)

    @pytest.mark.parametrize("made", [None, iter(()), 5])
    async def test_anything_else_is_refused(self, made: object) -> None:
        def bootstrap(app: App, span: Span) -> object:
            return made

        with pytest.raises(StarioError, match=f"returned a {type(made).__name__}"):
            async with bootstrap_run(cast("Bootstrap", bootstrap), App(), NOOP_SPAN):
                pytest.fail("the block ran")

    async def test_what_takes_other_arguments_is_refused(self) -> None:
        async def bootstrap(app: App) -> AsyncGenerator[None]:
            yield

        with pytest.raises(StarioError, match=r"the app and the span: .*takes 1 positional"):
            async with bootstrap_run(cast("Bootstrap", bootstrap), App(), NOOP_SPAN):
                pytest.fail("the block ran")

    @pytest.mark.parametrize("bootstrap", [None, 5, "main:bootstrap"])
    async def test_what_cannot_be_called_is_refused(self, bootstrap: Any) -> None:
        with pytest.raises(StarioError, match="object is not callable"):
            async with bootstrap_run(bootstrap, App(), NOOP_SPAN):
                pytest.fail("the block ran")

    async def test_a_mistake_inside_it_passes(self) -> None:
        """Though it is a TypeError, as that of a wrong call."""

        def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            raise TypeError("a bug")

        with pytest.raises(TypeError, match="a bug"):
            async with bootstrap_run(bootstrap, App(), NOOP_SPAN):
                pytest.fail("the block ran")

    async def test_a_teardown_that_fails_tells_so(self) -> None:
        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            yield
            raise LookupError("no good end")

        with pytest.raises(LookupError, match="no good end"):
            async with bootstrap_run(bootstrap, App(), NOOP_SPAN):
                pass


class TestServing:
    """Connections to a server on either loop."""

    def test_a_request_is_answered(self, on_loop: "OnLoop") -> None:
        async def test() -> None:
            async with serving() as server:
                assert server.addresses == [f"http://127.0.0.1:{server.port}"]
                assert (await server.ask()).endswith(b"\r\n\r\nHello")
            assert server.life == ["startup", "teardown"]
            assert refused(server.port)

        on_loop(test())

    def test_connections_over_the_limit_get_a_503(self, on_loop: "OnLoop") -> None:
        """And there is room again when one is closed."""

        async def test() -> None:
            async with serving(max_connections=1) as server:
                reader, writer = await server.connect()
                writer.write(GET)
                await reader.readuntil(b"Hello")
                refusal = await server.ask(b"")
                assert refusal.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
                await hang_up(writer)
                while not (answer := await server.ask()).startswith(b"HTTP/1.1 200"):
                    assert answer.startswith(b"HTTP/1.1 503")

        on_loop(test())

    def test_the_kernel_asks_silent_clients_for_signs_of_life(self, on_loop: "OnLoop") -> None:
        """A client that vanished without a word is noticed in two minutes, not in two hours."""

        async def settings(_c: "Context", w: "Writer") -> None:
            accepted: socket.socket = cast("Any", w)._connection._transport.get_extra_info("socket")
            idle = getattr(socket, "TCP_KEEPIDLE", None)
            is_on = accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) != 0
            seconds = 60 if idle is None else accepted.getsockopt(socket.IPPROTO_TCP, idle)
            responses.json(w, [is_on, seconds])

        async def test() -> None:
            async with serving(lambda app: app.get("/", settings)) as server:
                assert (await server.ask()).endswith(b"[true,60]")

        on_loop(test())

    def test_the_date_moves_on(self, on_loop: "OnLoop") -> None:
        """One connection, asked until the second is over."""

        async def test() -> None:
            async with serving() as server:
                reader, writer = await server.connect()
                dates: set[bytes] = set()
                while len(dates) < 2:
                    writer.write(GET)
                    answer = await reader.readuntil(b"Hello")
                    dates.update(re.findall(rb"\r\ndate: ([^\r]+)", answer))
                    await asyncio.sleep(0.05)
                await hang_up(writer)

        on_loop(test())

    def test_a_shutdown_lets_requests_finish_and_ends_streams(self, on_loop: "OnLoop") -> None:
        """Idle connections close at once; the answer in hand says that its connection closes."""

        async def slow(c: "Context", w: "Writer") -> None:
            await asyncio.wait([c.app.shutdown])
            await asyncio.sleep(0.05)
            responses.text(w, "finished")

        async def stream(c: "Context", w: "Writer") -> None:
            w.write(b"first")
            async with c.alive():
                await asyncio.sleep(PATIENCE)

        def routes(app: App) -> None:
            app.get("/", hello)
            app.get("/slow", slow)
            app.get("/stream", stream)

        async def test() -> None:
            async with serving(routes) as server:
                idle, a = await server.connect()
                a.write(GET)
                await idle.readuntil(b"Hello")
                streamed, b = await server.connect()
                b.write(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
                await streamed.readuntil(b"first\r\n")
                answered, c = await server.connect()
                c.write(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
                await asyncio.sleep(0.02)
                await server.stop()
                assert await idle.read() == b""
                assert await streamed.read() == b"0\r\n\r\n"
                answer = await answered.read()
                assert b"\r\nconnection: close\r\n" in answer
                assert answer.endswith(b"finished")
                for writer in (a, b, c):
                    await hang_up(writer)

        on_loop(test())

    def test_what_ignores_the_shutdown_is_cut_when_the_time_is_over(
        self, on_loop: "OnLoop"
    ) -> None:
        """A handler is cancelled, its connection cut without a last chunk."""
        seen: list[str] = []

        async def endless(_c: "Context", w: "Writer") -> None:
            w.write(b"first")
            try:
                await asyncio.sleep(PATIENCE)
            finally:
                seen.append("unwound")

        async def test() -> None:
            tracer = SeenTracer()
            routes: Routes = lambda app: app.get("/", endless)  # noqa: E731
            async with serving(routes, tracer, graceful_shutdown_timeout=0.1) as server:
                reader, writer = await server.connect()
                writer.write(GET)
                await reader.readuntil(b"first\r\n")
                before = asyncio.get_running_loop().time()
                await server.stop()
                assert 0.09 < asyncio.get_running_loop().time() - before < 1
                with suppress(ConnectionResetError):
                    assert await reader.read() == b""
                await hang_up(writer)
            assert seen == ["unwound"]
            assert tracer["server.shutdown"].attributes == {
                "server.shutdown.trigger": "expected_stop",
                "server.shutdown.open_connections": 1,
                "server.shutdown.urgent": False,
                "server.shutdown.idle_closed": 0,
                "server.shutdown.force_closed": 1,
                "server.shutdown.stale_connections": 0,
                "server.shutdown.cancelled_tasks": 1,
            }

        on_loop(test())

    async def test_a_handler_whose_client_left_has_its_time_too(self) -> None:
        seen: list[str] = []
        began = asyncio.Event()

        async def save(c: "Context", w: "Writer") -> None:
            began.set()
            await asyncio.wait([c.app.shutdown])
            await asyncio.sleep(0.05)
            seen.append("saved")
            responses.empty(w)

        async with serving(lambda app: app.get("/", save)) as server:
            _, writer = await server.connect()
            writer.write(GET)
            await began.wait()
            await hang_up(writer)
            await asyncio.sleep(0.02)
            await server.stop()
        assert seen == ["saved"]

    async def test_a_client_that_leaves_does_not_shut_the_server_down(self) -> None:
        """What a cancelled handler waits for is not cancelled with it."""
        left = asyncio.Event()

        async def wait(c: "Context", w: "Writer") -> None:
            w.write(b"first")
            async with c.alive():
                await c.app.shutdown
            left.set()

        async def wait_a_moment(c: "Context", w: "Writer") -> None:
            for future in (c.app.shutdown, c.disconnect):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(future, 0.01)
                assert not future.done()
            responses.text(w, "Hello")

        def routes(app: App) -> None:
            app.get("/wait", wait)
            app.get("/", wait_a_moment)

        async with serving(routes) as server:
            reader, writer = await server.connect()
            writer.write(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            await reader.readuntil(b"first")
            await hang_up(writer)
            await left.wait()
            assert not server.app.shutting_down
            assert (await server.ask()).endswith(b"Hello")

    async def test_a_connection_that_came_last_is_answered_and_closed(
        self, site: "WireFactory"
    ) -> None:
        """Accepted before the listener closed, but seen after the drain began."""
        site.app.get("/", hello)
        site.endpoint.drain()
        wire = site.connect()
        answer = await wire.answer_to(GET)
        assert b"\r\nconnection: close\r\n" in answer
        assert answer.endswith(b"Hello")
        assert wire.closed

    async def test_a_request_that_is_on_its_way_at_the_shutdown_is_answered(
        self, site: "WireFactory"
    ) -> None:
        """On an idle connection; the answer says that it is the last."""
        site.app.get("/", hello)
        wire = site.connect()
        await wire.answer_to(GET)
        site.endpoint.drain()
        assert not wire.closed
        answer = (await wire.answer_to(GET)).rpartition(b"HTTP/1.1 ")[2]
        assert b"\r\nconnection: close\r\n" in answer
        assert answer.endswith(b"Hello")
        assert wire.closed

    async def test_who_sends_nothing_after_the_shutdown_is_told_goodbye_and_heard_out(
        self, site: "WireFactory"
    ) -> None:
        """First the end of our side, so that what crosses it meets no reset; then the close."""
        site.app.get("/", hello)
        wire = site.connect()
        await wire.answer_to(GET)
        site.endpoint.drain()
        await wire.until(lambda: wire.transport.ended)
        assert not wire.transport.closing
        sent = wire.sent
        wire.feed(GET)
        assert wire.sent == sent
        await wire.until(lambda: wire.transport.closing)
        assert site.endpoint.idle_closed == 1

    async def test_an_answer_that_promised_another_request_keeps_its_word(
        self, site: "WireFactory"
    ) -> None:
        """Its head went out before the shutdown, and did not say that the connection closes."""
        go_on = asyncio.Event()

        async def in_two_parts(_c: "Context", w: "Writer") -> None:
            w.write(b"first")
            await go_on.wait()

        site.app.get("/parts", in_two_parts)
        site.app.get("/", hello)
        wire = site.connect()
        wire.feed(b"GET /parts HTTP/1.1\r\nHost: a\r\n\r\n")
        site.endpoint.drain()
        go_on.set()
        await wire.until(lambda: not wire.protocol.is_busy)
        assert wire.sent.endswith(b"0\r\n\r\n")
        assert b"connection: close" not in wire.sent
        assert not wire.closed
        assert (await wire.answer_to(GET)).endswith(b"Hello")
        assert b"\r\nconnection: close\r\n" in wire.sent
        assert wire.closed

    async def test_background_tasks_are_awaited_then_cancelled(self) -> None:
        """Work that ends in time is let be; what it starts in turn is met as well."""
        seen: list[str] = []

        async def short(app: App) -> None:
            await asyncio.wait([app.shutdown])
            await asyncio.sleep(0.02)
            seen.append("done")

        async def successor() -> None:
            try:
                await asyncio.sleep(PATIENCE)
            finally:
                seen.append("successor cancelled")

        async def endless(app: App) -> None:
            try:
                await asyncio.sleep(PATIENCE)
            finally:
                app.create_task(successor())
                seen.append("cancelled")

        def routes(app: App) -> None:
            app.create_task(short(app))
            app.create_task(endless(app))

        tracer = SeenTracer()
        async with serving(routes, tracer, graceful_shutdown_timeout=0.1) as server:
            await server.stop()
        assert seen[:2] == ["done", "cancelled"]
        assert not server.app.tasks
        assert tracer["server.shutdown"].attributes["server.shutdown.cancelled_tasks"] == 2

    async def test_a_cancelled_serve_drains_and_tears_down(self) -> None:
        """A program that embeds the server may simply cancel it."""
        tracer = SeenTracer()
        async with serving(tracer=tracer) as server:
            server.task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await server.ended()
            server.task = asyncio.create_task(asyncio.sleep(0))
        assert server.life == ["startup", "teardown"]
        span = tracer["server.shutdown"]
        assert span.attributes["server.shutdown.trigger"] == "fallback_cleanup"
        assert span.ended

    async def test_a_crash_in_a_task_group_of_the_bootstrap_ends_the_server(self) -> None:
        """The group cancels the server; that is no lasting harm to `app.shutdown`."""
        shutdown: list[bool] = []

        async def crash() -> None:
            raise LookupError("a worker died")

        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            async with asyncio.TaskGroup() as group:
                group.create_task(crash())
                yield
            shutdown.append(app.shutdown.cancelled())

        with pytest.raises(ExceptionGroup, match="unhandled errors"):
            async with asyncio.timeout(PATIENCE):
                await stario.serve(bootstrap, NOOP_TRACER, port=free_port())
        assert shutdown == []


class TestFailures:
    """Nothing listens after a failure, and everything that was opened is closed."""

    async def test_a_startup_that_fails_leaves_no_listener_and_no_task(self) -> None:
        tracer = SeenTracer()
        port = free_port()
        tasks: list[asyncio.Task[Any]] = []

        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            tasks.append(app.create_task(asyncio.sleep(PATIENCE)))
            raise LookupError("no database")
            yield

        with pytest.raises(LookupError, match="no database"):
            await stario.serve(bootstrap, tracer, port=port)
        assert refused(port)
        assert tasks[0].cancelled()
        span = tracer["server.startup"]
        assert span.events == ["exception LookupError"]
        assert span.failure == "no database"
        assert span.ended
        assert "server.listening" not in span.attributes
        assert len(tracer.spans) == 1

    async def test_a_taken_port_is_told_and_the_app_torn_down(self) -> None:
        tracer = SeenTracer()
        async with serving() as first:
            with pytest.raises(StarioError, match=r"Cannot listen on 127\.0\.0\.1") as caught:
                async with serving(tracer=tracer, port=first.port):
                    pytest.fail("it listens")
            assert "STARIO_PORT" in str(caught.value.help_text)
            assert (await first.ask()).endswith(b"Hello")
        startup, shutdown = tracer["server.startup"], tracer["server.shutdown"]
        assert startup.events == ["exception StarioError"]
        assert "Cannot listen" in (startup.failure or "")
        assert shutdown.attributes["server.shutdown.trigger"] == "runtime_failure"
        assert shutdown.events == ["server.shutdown.closed"]
        assert shutdown.failure is None
        assert startup.ended
        assert shutdown.ended

    @pytest.mark.parametrize("host", ["host.invalid", "203.0.113.7", "a" * 70])
    async def test_a_host_that_is_not_ours_is_told(self, host: str) -> None:
        with pytest.raises(StarioError, match="Cannot listen on"):
            async with serving(host=host):
                pytest.fail("it listens")

    async def test_a_teardown_that_fails_is_told_to_the_shutdown(self) -> None:
        tracer = SeenTracer()

        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            app.signal_shutdown()
            yield
            raise LookupError("no good end")

        with pytest.raises(LookupError, match="no good end"):
            await stario.serve(bootstrap, tracer, port=free_port())
        span = tracer["server.shutdown"]
        assert span.failure == "no good end"
        assert span.events == ["server.shutdown.closed", "exception LookupError"]
        assert span.ended
        assert tracer["server.startup"].failure is None

    async def test_what_fails_while_serving_is_told_to_the_shutdown(self) -> None:
        tracer = SeenTracer()

        def on_listening(_addresses: list[str]) -> None:
            raise LookupError("no audience")

        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            yield

        config = ServerConfig(port=free_port())
        server = Server(bootstrap, tracer, config=config, on_listening=on_listening)
        with pytest.raises(LookupError):
            await server.serve()
        span = tracer["server.shutdown"]
        assert span.attributes["server.shutdown.trigger"] == "runtime_failure"
        assert span.failure == "no audience"
        assert refused(config.port)

    async def test_a_server_serves_once(self) -> None:
        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            app.signal_shutdown()
            yield

        server = Server(bootstrap, NOOP_TRACER, config=ServerConfig(port=free_port()))
        await server.serve()
        with pytest.raises(StarioError, match="served already"):
            await server.serve()

    @pytest.mark.parametrize("tracer", [None, NoOpTracer, "json", ServerConfig()])
    async def test_a_server_needs_a_tracer(self, tracer: Any) -> None:
        with pytest.raises(StarioError, match="needs a tracer, not"):
            Server(TestServe.once, tracer)

    @pytest.mark.parametrize("config", [{}, {"port": 80}, RequestPolicy(), ServerConfig, 8000])
    async def test_a_config_is_a_server_config(self, config: Any) -> None:
        with pytest.raises(StarioError, match="is a ServerConfig, not"):
            Server(TestServe.once, NOOP_TRACER, config=config)

    async def test_run_inside_a_loop_says_what_to_do(self) -> None:
        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            yield

        with pytest.raises(StarioError, match="running already") as caught:
            Server(bootstrap, NOOP_TRACER).run()
        assert "await server.serve()" in str(caught.value.help_text)


class TestServe:
    """`stario.serve`: the server as a function."""

    @staticmethod
    async def once(app: App, span: Span) -> AsyncGenerator[None]:
        app.signal_shutdown()
        yield

    async def test_a_config_and_options_exclude_each_other(self) -> None:
        with pytest.raises(StarioError, match="not both") as caught:
            await stario.serve(self.once, NOOP_TRACER, config=ServerConfig(), port=1, backlog=2)
        assert caught.value.context == {"options": ["backlog", "port"]}

    async def test_options_are_those_of_the_config(self) -> None:
        tracer = SeenTracer()
        await stario.serve(self.once, tracer, port=free_port(), backlog=7)
        assert tracer["server.startup"].attributes["server.backlog"] == 7
        with pytest.raises(StarioError, match="backlog"):
            await stario.serve(self.once, tracer, backlog=0)
        with pytest.raises(TypeError):
            await stario.serve(self.once, tracer, **cast("Any", {"colour": "red"}))

    async def test_a_config_is_taken_as_it_is(self) -> None:
        tracer = SeenTracer()
        await stario.serve(self.once, tracer, config=ServerConfig(port=free_port(), backlog=9))
        assert tracer["server.startup"].attributes["server.backlog"] == 9

    async def test_without_a_tracer_it_brings_its_own(
        self, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """JSON lines where stdout is no terminal; nothing where telemetry is not installed."""
        await stario.serve(self.once, port=free_port())
        out = capfd.readouterr().out
        assert not out or '"server.startup"' in out

    def test_it_runs_in_another_thread(self) -> None:
        """Where signals cannot be heard, `app.signal_shutdown()` ends it."""
        seen: list[str] = []

        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            asyncio.get_running_loop().call_later(0.01, app.signal_shutdown)
            yield
            seen.append("teardown")

        server = Server(bootstrap, NOOP_TRACER, config=ServerConfig(port=free_port()))
        thread = Thread(target=server.run)
        thread.start()
        thread.join(PATIENCE)
        assert seen == ["teardown"]


class TestSpans:
    """`server.startup` and `server.shutdown`."""

    async def test_the_startup_tells_the_settings(self) -> None:
        kind = type(asyncio.get_running_loop()).__module__.partition(".")[0]
        tracer = SeenTracer()
        async with serving(tracer=tracer) as server:
            assert tracer["server.startup"].ended
            assert tracer["server.startup"].attributes == {
                "server.backlog": 2048,
                "server.graceful_shutdown_timeout": 5.0,
                "server.event_loop": kind,
                "server.listening": True,
                "server.compression.min_size": 512,
                "server.compression.zstd_level": 3,
                "server.compression.brotli_level": 4,
                "server.compression.gzip_level": 6,
                "server.timeout.request_header": 5.0,
                "server.timeout.request_body": 30.0,
                "server.timeout.keep_alive": 5.0,
                "server.timeout.response_write": 30.0,
                "server.limits.max_request_header_bytes": 65536,
                "server.limits.max_request_body_bytes": 10485760,
                "server.listen_mode": "tcp",
                "server.host": "127.0.0.1",
                "server.port": server.port,
                "server.reuse_addr": True,
            }

    async def test_the_startup_tells_who_is_trusted(self) -> None:
        tracer = SeenTracer()
        async with serving(
            tracer=tracer,
            trusted_proxies=("127.0.0.1", "unix"),
            proxy_headers="forwarded",
            trusted_hosts=("a.example", "*.b.example"),
        ):
            attributes = tracer["server.startup"].attributes
            assert attributes["server.trusted_proxies"] == "127.0.0.1,unix"
            assert attributes["server.proxy_headers"] == "forwarded"
            assert attributes["server.trusted_hosts"] == "a.example,*.b.example"

    async def test_the_shutdown_links_to_the_startup(self) -> None:
        """Two traces, and what the drain met."""
        tracer = SeenTracer()
        async with serving(tracer=tracer) as server:
            reader, writer = await server.connect()
            writer.write(GET)
            await reader.readuntil(b"Hello")
            await server.stop()
            await hang_up(writer)
        startup, shutdown = tracer["server.startup"], tracer["server.shutdown"]
        assert shutdown.links == [("server.startup", startup.id)]
        assert shutdown.events == ["server.shutdown.closed"]
        assert shutdown.failure is None
        assert shutdown.ended
        assert shutdown.attributes == {
            "server.shutdown.trigger": "expected_stop",
            "server.shutdown.open_connections": 1,
            "server.shutdown.urgent": False,
            "server.shutdown.idle_closed": 1,
            "server.shutdown.force_closed": 0,
            "server.shutdown.stale_connections": 0,
            "server.shutdown.cancelled_tasks": 0,
        }

    async def test_the_span_of_the_bootstrap_is_that_of_the_phase(self) -> None:
        tracer = SeenTracer()

        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            span.attr("phase", "up")
            asyncio.get_running_loop().call_later(0.01, app.signal_shutdown)
            yield
            span.attr("phase", "down")

        await stario.serve(bootstrap, tracer, port=free_port(), max_connections=5)
        startup, shutdown = tracer["server.startup"], tracer["server.shutdown"]
        assert startup.attributes["phase"] == "up"
        assert shutdown.attributes["phase"] == "down"
        assert startup.attributes["server.limits.max_connections"] == 5

    async def test_a_shutdown_during_startup_never_listens(self) -> None:
        """What started is torn down all the same."""
        tracer = SeenTracer()
        port = free_port()

        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            app.signal_shutdown()
            yield
            span.event("torn down")

        def on_listening(_addresses: list[str]) -> None:
            pytest.fail("it listens")

        config = ServerConfig(port=port)
        await Server(bootstrap, tracer, config=config, on_listening=on_listening).serve()
        assert "server.listening" not in tracer["server.startup"].attributes
        assert tracer["server.shutdown"].events == ["server.shutdown.closed", "torn down"]


@unix_only
class TestUnixSockets:
    """A path instead of a port. The directory is short: such a path has at most 107 bytes."""

    @pytest.fixture
    def path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        monkeypatch.chdir(tmp_path)
        return "s"

    def test_requests_come_through_it(self, on_loop: "OnLoop", path: str) -> None:
        """It has its mode, and is gone at the end."""

        async def test() -> None:
            tracer = SeenTracer()
            async with serving(tracer=tracer, unix_socket=path, unix_socket_mode=0o600) as server:
                assert server.addresses == ["unix:s"]
                assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
                reader, writer = await asyncio.open_unix_connection(path)
                writer.write(GET_AND_CLOSE)
                assert (await reader.read()).endswith(b"Hello")
                await hang_up(writer)
            assert not Path(path).exists()
            attributes = tracer["server.startup"].attributes
            assert attributes["server.listen_mode"] == "unix_socket"
            assert attributes["server.unix_socket"] == "s"
            assert attributes["server.unix_socket_mode"] == "0o600"
            assert "server.port" not in attributes

        on_loop(test())

    async def test_a_stale_socket_is_replaced(self, path: str) -> None:
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(path)
        async with serving(unix_socket=path):
            _, writer = await asyncio.open_unix_connection(path)
            await hang_up(writer)

    @pytest.mark.parametrize("kind", ["file", "directory", "link"])
    async def test_anything_else_there_is_refused_and_left_alone(
        self, path: str, kind: str
    ) -> None:
        """A startup that failed before the app was asked."""
        place = Path(path)
        if kind == "file":
            place.write_text("precious")
        elif kind == "directory":
            place.mkdir()
        else:
            place.symlink_to("elsewhere")
        tracer = SeenTracer()
        with pytest.raises(StarioError, match="is no socket"):
            async with serving(tracer=tracer, unix_socket=path):
                pytest.fail("it listens")
        assert os.path.lexists(path)
        assert "is no socket" in (tracer["server.startup"].failure or "")

    @pytest.mark.parametrize("path", ["missing/s", "x" * 200, "nul\0"])
    async def test_a_path_that_cannot_be_had_is_told(self, path: str) -> None:
        with pytest.raises(StarioError, match="Cannot listen on the Unix socket"):
            async with serving(unix_socket=path):
                pytest.fail("it listens")

    def test_a_successor_s_socket_is_not_removed(self, on_loop: "OnLoop", path: str) -> None:
        """Two servers on a path: the second takes it over while the first drains."""

        async def test() -> None:
            async with serving(unix_socket=path) as first:
                async with serving(unix_socket=path):
                    await first.stop()
                    _, writer = await asyncio.open_unix_connection(path)
                    await hang_up(writer)
                assert not Path(path).exists()

        on_loop(test())

    async def test_the_file_is_removed_after_a_failed_startup(self, path: str) -> None:
        async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
            assert Path(path).exists(), "bound before startup"
            raise LookupError
            yield

        with pytest.raises(LookupError):
            await stario.serve(bootstrap, NOOP_TRACER, unix_socket=path)
        assert not Path(path).exists()


type Open = Callable[..., socket.socket]


@unix_only
class TestInheritedSockets:
    """Sockets that somebody else opened: they are used, and left to their owner."""

    @pytest.fixture
    def listening(self) -> Iterator[Open]:
        """Open a listening socket; `closed` ones are only bound."""
        opened: list[socket.socket] = []

        def listen(
            family: int = socket.AF_INET, address: Any = ("127.0.0.1", 0), *, closed: bool = False
        ) -> socket.socket:
            opened.append(socket.socket(family))
            opened[-1].bind(address)
            if not closed:
                opened[-1].listen()
            return opened[-1]

        yield listen
        for one in opened:
            one.close()

    @staticmethod
    async def ask(address: Any, family: int = socket.AF_INET) -> bytes:
        client = socket.socket(family)
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, address)
        reader, writer = await asyncio.open_connection(sock=client)
        writer.write(GET_AND_CLOSE)
        answer = await reader.read()
        await hang_up(writer)
        return answer

    def test_several_of_all_kinds_are_served_at_once(
        self, on_loop: "OnLoop", listening: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The spans and the addresses name them in their order; no port is opened beside them."""
        monkeypatch.chdir(tmp_path)

        async def test() -> None:
            tracer = SeenTracer()
            sockets = [listening(), listening(socket.AF_UNIX, "s")]
            if socket.has_ipv6:
                with suppress(OSError):
                    sockets.append(listening(socket.AF_INET6, ("::1", 0)))
            fds = tuple(one.fileno() for one in sockets)
            addresses = [f"http://127.0.0.1:{sockets[0].getsockname()[1]}", "unix:s"]
            addresses += [f"http://[::1]:{one.getsockname()[1]}" for one in sockets[2:]]
            async with serving(tracer=tracer, fds=fds) as server:
                assert server.addresses == addresses
                assert refused(server.port)
                for one in sockets:
                    assert (await self.ask(one.getsockname(), one.family)).endswith(b"Hello")
            attributes = tracer["server.startup"].attributes
            assert attributes["server.listen_mode"] == "inherited"
            assert attributes["server.fds"] == list(fds)
            assert attributes["server.addresses"] == addresses
            assert "server.port" not in attributes

        on_loop(test())

    def test_they_stay_open_and_a_next_server_goes_on(
        self, on_loop: "OnLoop", listening: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A client that comes between two servers waits; the file of a Unix socket stays."""
        monkeypatch.chdir(tmp_path)

        async def test() -> None:
            for one in (listening(), listening(socket.AF_UNIX, "s")):
                async with serving(fds=(one.fileno(),)):
                    assert (await self.ask(one.getsockname(), one.family)).endswith(b"Hello")
                between = asyncio.create_task(self.ask(one.getsockname(), one.family))
                async with serving(fds=(one.fileno(),)):
                    assert (await between).endswith(b"Hello")
            assert Path("s").exists()

        on_loop(test())

    @pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are a thing of Linux")
    async def test_an_abstract_unix_socket_is_named_with_an_at(self, listening: Open) -> None:
        one = listening(socket.AF_UNIX, f"\0stario-{os.getpid()}")
        async with serving(fds=(one.fileno(),)) as server:
            assert server.addresses == [f"unix:@stario-{os.getpid()}"]
            assert (await self.ask(one.getsockname(), socket.AF_UNIX)).endswith(b"Hello")

    def test_tls_goes_over_them(
        self, on_loop: "OnLoop", listening: Open, certificate: Path
    ) -> None:
        async def test() -> None:
            context = ssl.create_default_context(cafile=certificate / "cert.pem")
            one = listening()
            port = one.getsockname()[1]
            async with serving(
                fds=(one.fileno(),),
                ssl_certfile=certificate / "cert.pem",
                ssl_keyfile=certificate / "key.pem",
            ) as server:
                assert server.addresses == [f"https://127.0.0.1:{port}"]
                server.port = port
                assert (await server.ask(tls=context)).endswith(b"Hello")

        on_loop(test())

    async def test_children_do_not_inherit_them(self, listening: Open) -> None:
        one = listening()
        one.set_inheritable(True)
        async with serving(fds=(one.fileno(),)):
            assert not one.get_inheritable()

    async def refuse(self, *fds: int, fault: str) -> None:
        """Serve on them in vain: no startup, and the descriptor is named."""
        with pytest.raises(StarioError, match=fault) as caught:
            async with serving(lambda _app: pytest.fail("the startup ran"), fds=fds):
                pytest.fail("it listens")
        assert caught.value.context == {"fd": fds[-1]}
        assert "STARIO_FD" in str(caught.value.help_text)

    async def test_a_socket_that_does_not_listen_is_refused(self, listening: Open) -> None:
        """And the good ones before it are let go, but not closed for their owner."""
        good, bad = listening(), listening(closed=True)
        await self.refuse(good.fileno(), bad.fileno(), fault="it does not listen")
        assert good.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)

    async def test_datagram_sockets_are_refused(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
            await self.refuse(datagram.fileno(), fault="neither TCP nor a Unix stream")

    async def test_a_connection_is_no_listener(self) -> None:
        one, other = socket.socketpair()
        with one, other:
            await self.refuse(one.fileno(), fault="it does not listen")

    async def test_a_file_is_refused_and_stays_open(self, tmp_path: Path) -> None:
        with (tmp_path / "file").open("w") as file:
            await self.refuse(file.fileno(), fault="not?.? ?socket|non-socket")
            file.write("still open")

    @pytest.mark.parametrize("fd", [1_000_000, 2**70])
    async def test_a_descriptor_that_is_not_open_is_refused(self, fd: int) -> None:
        await self.refuse(fd, fault=f"inherited descriptor {fd}")


class TestTls:
    """The server with a certificate of its own."""

    def test_requests_come_through_it(self, on_loop: "OnLoop", certificate: Path) -> None:
        async def test() -> None:
            context = ssl.create_default_context(cafile=certificate / "cert.pem")
            context.set_alpn_protocols(["h2", "http/1.1"])
            async with serving(
                ssl_certfile=certificate / "cert.pem", ssl_keyfile=certificate / "key.pem"
            ) as server:
                assert server.addresses == [f"https://127.0.0.1:{server.port}"]
                reader, writer = await server.connect(context)
                spoken = cast("ssl.SSLObject", writer.get_extra_info("ssl_object"))
                assert spoken.selected_alpn_protocol() == "http/1.1"
                assert spoken.version() in ("TLSv1.2", "TLSv1.3")
                writer.write(GET_AND_CLOSE)
                assert (await reader.read()).endswith(b"Hello")
                await hang_up(writer)

        on_loop(test())

    def test_a_shutdown_closes_an_idle_connection(
        self, on_loop: "OnLoop", certificate: Path
    ) -> None:
        """The goodbye of TLS is part of it; a client that answers it is no delay."""

        async def test() -> None:
            context = ssl.create_default_context(cafile=certificate / "cert.pem")
            async with serving(
                ssl_certfile=certificate / "cert.pem", ssl_keyfile=str(certificate / "key.pem")
            ) as server:
                reader, writer = await server.connect(context)
                writer.write(GET)
                await reader.readuntil(b"Hello")
                server.app.signal_shutdown()
                assert await reader.read() == b""
                await hang_up(writer)

        on_loop(test())

    async def test_connections_over_the_limit_are_closed(self, certificate: Path) -> None:
        context = ssl.create_default_context(cafile=certificate / "cert.pem")
        async with serving(
            max_connections=1,
            ssl_certfile=certificate / "cert.pem",
            ssl_keyfile=certificate / "key.pem",
        ) as server:
            reader, writer = await server.connect(context)
            writer.write(GET)
            await reader.readuntil(b"Hello")
            assert await server.ask(b"", context) == b""
            await hang_up(writer)

    @pytest.mark.parametrize(
        ("cert", "key", "reason"),
        [
            ("missing.pem", None, "No such file"),
            ("key.pem", None, "cannot be used"),
            ("cert.pem", None, "cannot be used"),
            ("cert.pem", "cert.pem", "cannot be used"),
            ("cert.pem", "locked.pem", "protected by a passphrase"),
            (5, None, "cannot be used: certfile should be a valid"),
        ],
    )
    async def test_a_certificate_that_is_no_good_is_told_before_startup(
        self, certificate: Path, cert: Any, key: str | None, reason: str
    ) -> None:
        def routes(_app: App) -> None:
            pytest.fail("the startup ran")

        with pytest.raises(StarioError, match=reason) as caught:
            async with serving(
                routes,
                ssl_certfile=certificate / cert if isinstance(cert, str) else cert,
                ssl_keyfile=None if key is None else certificate / key,
            ):
                pytest.fail("it listens")
        assert str(caught.value.context["ssl_certfile"]).endswith(str(cert))


class TestTlsFaults:
    """Clients that speak TLS badly, slowly, or not at all; none of them is a burden for long."""

    @pytest.fixture
    def options(self, certificate: Path) -> ServerOptions:
        return {
            "ssl_certfile": certificate / "cert.pem",
            "ssl_keyfile": certificate / "key.pem",
        }

    @pytest.fixture
    def trust(self, certificate: Path) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=certificate / "cert.pem")

    def test_plain_http_is_not_answered_and_harms_nobody(
        self, on_loop: "OnLoop", options: ServerOptions, trust: ssl.SSLContext
    ) -> None:
        """No HTTP may leave the server before there is a secret."""

        async def test() -> None:
            async with serving(**options) as server:
                reader, writer = await server.connect()
                writer.write(GET)
                with suppress(ConnectionResetError):
                    assert b"HTTP" not in await reader.read()
                await hang_up(writer)
                assert (await server.ask(tls=trust)).endswith(b"Hello")

        on_loop(test())

    def test_older_versions_of_tls_are_refused(
        self, on_loop: "OnLoop", options: ServerOptions, trust: ssl.SSLContext
    ) -> None:
        trust.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            trust.minimum_version = ssl.TLSVersion.TLSv1
            trust.maximum_version = ssl.TLSVersion.TLSv1_1

        async def test() -> None:
            async with serving(**options) as server:
                with pytest.raises((ssl.SSLError, ConnectionError)):
                    await server.connect(trust)

        on_loop(test())

    def test_a_client_that_offers_only_h2_is_not_told_that_it_is_spoken(
        self, on_loop: "OnLoop", options: ServerOptions, trust: ssl.SSLContext
    ) -> None:
        """It may go on with HTTP/1.1, or leave; the preface of HTTP/2 is refused as any garbage."""
        trust.set_alpn_protocols(["h2"])

        async def test() -> None:
            async with serving(**options) as server:
                reader, writer = await server.connect(trust)
                spoken = cast("ssl.SSLObject", writer.get_extra_info("ssl_object"))
                assert spoken.selected_alpn_protocol() is None
                writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
                refusal = await reader.read()
                assert refusal.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 505 "))
                await hang_up(writer)
                assert (await server.ask(tls=trust)).endswith(b"Hello")

        on_loop(test())

    def test_a_client_that_vanishes_in_its_handshake_does_not_hold_up_the_end(
        self, on_loop: "OnLoop", options: ServerOptions
    ) -> None:
        """One is gone, one is silent; the shutdown gives them a second, and TLS its own limit."""
        options["graceful_shutdown_timeout"] = PATIENCE
        options["requests"] = RequestPolicy(header_timeout=3)

        async def test() -> None:
            async with serving(**options) as server:
                _, gone = await server.connect()
                gone.write(b"\x16\x03\x01")
                await gone.drain()
                gone.transport.abort()
                reader, silent = await server.connect()
                silent.write(b"\x16\x03\x01\x02\x00\x01")
                await silent.drain()
                await asyncio.sleep(0.05)
                before = asyncio.get_running_loop().time()
                await server.stop()
                assert asyncio.get_running_loop().time() - before < 2.5
                with suppress(ConnectionResetError):
                    assert await reader.read() == b""
                await hang_up(silent)

        on_loop(test())

    def test_large_bodies_come_and_go(
        self, on_loop: "OnLoop", options: ServerOptions, trust: ssl.SSLContext
    ) -> None:
        """Byte for byte, in records of any size."""
        body = random.Random(4).randbytes(3_000_000)

        async def echo(c: "Context", w: "Writer") -> None:
            w.headers.set("content-type", "application/octet-stream")
            w.headers.set("content-length", str(len(body)))
            async for piece in c.req.stream():
                w.write(piece)
                await w.drain()

        async def test() -> None:
            async with serving(lambda app: app.post("/", echo), **options) as server:
                reader, writer = await server.connect(trust)
                writer.write(
                    b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(body)
                )
                writer.write(body)
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200 OK\r\n")
                assert await reader.readexactly(len(body)) == body
                assert await reader.read() == b""
                await hang_up(writer)

        on_loop(test())

    def test_a_shutdown_lets_requests_finish_and_ends_streams(
        self, on_loop: "OnLoop", options: ServerOptions, trust: ssl.SSLContext
    ) -> None:
        """What is written before the goodbye arrives before it."""

        async def slow(c: "Context", w: "Writer") -> None:
            await asyncio.wait([c.app.shutdown])
            await asyncio.sleep(0.05)
            responses.text(w, "finished")

        async def stream(c: "Context", w: "Writer") -> None:
            w.write(b"first")
            async with c.alive():
                await asyncio.sleep(PATIENCE)

        def routes(app: App) -> None:
            app.get("/slow", slow)
            app.get("/", stream)

        async def test() -> None:
            async with serving(routes, **options) as server:
                streamed, a = await server.connect(trust)
                a.write(GET)
                await streamed.readuntil(b"first\r\n")
                answered, b = await server.connect(trust)
                b.write(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
                await asyncio.sleep(0.05)
                stopping = asyncio.create_task(server.stop())
                assert await streamed.read() == b"0\r\n\r\n"
                assert (await answered.read()).endswith(b"finished")
                await hang_up(a)
                await hang_up(b)
                await stopping

        on_loop(test())

    def test_a_client_that_takes_nothing_is_cut_and_costs_little(
        self, on_loop: "OnLoop", options: ServerOptions, trust: ssl.SSLContext
    ) -> None:
        """The write waits for the socket below the encryption, then `write_timeout` is over."""
        options["requests"] = RequestPolicy(write_timeout=0.4)
        written = 0
        ended = asyncio.Event()

        async def endless(c: "Context", w: "Writer") -> None:
            nonlocal written
            try:
                while True:
                    w.write(bytes(65536))
                    written += 65536
                    await w.drain()
            finally:
                ended.set()

        async def test() -> None:
            async with serving(lambda app: app.get("/", endless), **options) as server:
                client = socket.create_connection(("127.0.0.1", server.port))
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                with client:
                    await asyncio.to_thread(self._ask_and_stall, client, trust, ended)
                await asyncio.wait_for(ended.wait(), PATIENCE)
            # The kernel's buffers take megabytes on loopback; ours stay as small as they are.
            assert written < 16_000_000

        on_loop(test())

    @staticmethod
    def _ask_and_stall(client: socket.socket, trust: ssl.SSLContext, ended: asyncio.Event) -> None:
        with trust.wrap_socket(client, server_hostname="127.0.0.1") as spoken:
            spoken.sendall(GET)
            spoken.recv(1)
            end = time.monotonic() + PATIENCE / 2
            while not ended.is_set() and time.monotonic() < end:
                time.sleep(0.02)


class TestLoops:
    """Which loop runs, and how it ends."""

    @pytest.mark.parametrize("kind", ["asyncio", "uvloop"])
    def test_a_loop_is_of_the_kind_that_was_asked_for(self, kind: "EventLoopKind") -> None:
        if kind == "uvloop":
            pytest.importorskip("uvloop")
        assert type(self.loop_of(kind)).__module__.partition(".")[0] == kind

    def test_auto_is_uvloop_where_it_is_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "uvloop", None)  # what makes an import fail
        assert type(self.loop_of("auto")).__module__.startswith("asyncio")
        monkeypatch.undo()
        pytest.importorskip("uvloop")
        assert type(self.loop_of("auto")).__module__.startswith("uvloop")

    def test_uvloop_that_is_not_installed_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "uvloop", None)  # what makes an import fail
        with pytest.raises(StarioError, match="not installed") as caught:
            Server(TestServe.once, NOOP_TRACER, config=ServerConfig(event_loop="uvloop")).run()
        assert "stario[uvloop]" in str(caught.value.help_text)

    @staticmethod
    def loop_of(kind: "EventLoopKind") -> asyncio.AbstractEventLoop:
        found: list[asyncio.AbstractEventLoop] = []

        async def main() -> None:
            found.append(asyncio.get_running_loop())

        run_loop(main, kind)
        assert found[0].is_closed()
        return found[0]

    @pytest.mark.parametrize("kind", ["asyncio", "uvloop"])
    def test_the_end_cancels_what_is_left(self, kind: "EventLoopKind") -> None:
        """Tasks, open generators; and an exception of the main coroutine passes."""
        if kind == "uvloop":
            pytest.importorskip("uvloop")
        seen: list[str] = []

        async def left() -> None:
            try:
                await asyncio.sleep(PATIENCE)
            finally:
                await asyncio.sleep(0)
                seen.append("unwound")

        async def generator() -> AsyncGenerator[int]:
            try:
                yield 1
            finally:
                await asyncio.sleep(0)
                seen.append("closed")

        keep: list[object] = []

        async def main() -> None:
            keep.append(asyncio.create_task(left()))
            numbers = generator()
            await anext(numbers)
            keep.append(numbers)
            await asyncio.to_thread(seen.append, "thread")
            raise LookupError

        with pytest.raises(LookupError):
            run_loop(main, kind)
        assert seen == ["thread", "unwound", "closed"]


async def test_a_slow_tls_handshake_ends(certificate: Path) -> None:
    """It counts as a head that does not come: `header_timeout` closes it."""
    async with serving(
        ssl_certfile=certificate / "cert.pem",
        ssl_keyfile=certificate / "key.pem",
        requests=RequestPolicy(header_timeout=0.1),
    ) as server:
        reader, writer = await server.connect()
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
        await hang_up(writer)
