"""What a test leaves open fails it: tasks, sockets, subscriptions and listeners, spans.

Each is named with the line that opened it. Sockets are those of Python: what uvloop opens by itself
is not seen.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Self
from weakref import WeakKeyDictionary

from stario.relay.listener import Listener
from stario.relay.subscription import RelaySubscription
from stario.testing.ending import described
from stario.testing.errors import left_open
from stario.testing.places import Place, caller, tracked_origins
from stario.testing.tracer import known_tracers

# Seconds that what is ending anyway is given, from the end of the block on.
_GRACE = 0.5

type Relayed = RelaySubscription[Any] | Listener[Any]


class no_leaks:
    """Fails with AssertionError where the block leaves something open that it opened.

    `async with` also sees tasks, and gives what is ending `grace` seconds; `with` asks at once, and
    sees tasks inside a running loop only. A block that fails by itself keeps its exception, and the
    leaks are a note on it.
    """

    __test__ = False

    def __init__(self, *, grace: float = _GRACE) -> None:
        self._grace = grace
        self._tasks: set[asyncio.Task[Any]] = set()
        self._spans: set[object] = set()
        self._since = 0
        self._origins = tracked_origins()

    def __enter__(self) -> Self:
        _ledger.open()
        self._origins.__enter__()
        self._since = _ledger.count
        self._tasks = _all_tasks()
        self._spans = {span.id for tracer in known_tracers() for span in tracer.open_spans()}
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        try:
            found = self._found()
        finally:
            self._origins.__exit__(None, None, None)
            _ledger.close()
        if not found:
            return
        if error is None:
            raise left_open(found)
        error.add_note(str(left_open(found)))

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._grace
        while self._found() and (left := deadline - loop.time()) > 0:
            if tasks := self._new_tasks():
                await asyncio.wait(tasks, timeout=left)
            else:  # what is no task ends in a callback of the loop
                await asyncio.sleep(min(left, 0.01))
        self.__exit__(kind, error, traceback)

    def _found(self) -> list[str]:
        found = sorted(map(described, self._new_tasks()))
        found += _ledger.sockets_since(self._since)
        found += _ledger.relayed_since(self._since)
        found += [
            tracer.described(span)
            for tracer in known_tracers()
            for span in tracer.open_spans()
            if span.id not in self._spans
        ]
        return found

    def _new_tasks(self) -> set[asyncio.Task[Any]]:
        return {task for task in _all_tasks() - self._tasks if not task.done()}


def _all_tasks() -> set[asyncio.Task[Any]]:
    try:
        return asyncio.all_tasks() - {asyncio.current_task()}  # pyright: ignore[reportReturnType]
    except RuntimeError:
        return set()


class _Ledger:
    """Notes what is opened, while at least one block is on."""

    def __init__(self) -> None:
        self.count = 0
        self._blocks = 0
        self._sockets: WeakKeyDictionary[socket.socket, tuple[int, Place | None]]
        self._sockets = WeakKeyDictionary()
        self._relayed: list[tuple[int, Place | None, Relayed]] = []
        self._undo: list[Callable[[], None]] = []

    def open(self) -> None:
        self._blocks += 1
        if self._blocks == 1:
            self._note_calls(socket.socket, "__init__", self._note_socket)
            self._note_calls(RelaySubscription, "__aenter__", self._note_relayed)
            self._note_calls(Listener, "__aenter__", self._note_relayed)

    def close(self) -> None:
        self._blocks -= 1
        if not self._blocks:
            while self._undo:
                self._undo.pop()()
            self._sockets.clear()
            self._relayed.clear()

    def sockets_since(self, since: int) -> list[str]:
        return [
            f"socket {_address(one)}{_made(place)}"
            for one, (number, place) in list(self._sockets.items())
            if number > since and one.fileno() != -1
        ]

    def relayed_since(self, since: int) -> list[str]:
        return [
            f"{'listener' if isinstance(one, Listener) else 'subscription'} "
            f"{' '.join(one.patterns)}{_made(place)}"
            for number, place, one in self._relayed
            if number > since and one.active
        ]

    def _note_calls(self, kind: type, name: str, note: Callable[[Any], None]) -> None:
        """Call `note` with the object whenever a method is called, until it is undone."""
        original: Callable[..., Any] = kind.__dict__[name]

        def noted(one: Any, *args: Any, **options: Any) -> Any:
            result = original(one, *args, **options)
            note(one)
            return result

        setattr(kind, name, noted)
        self._undo.append(lambda: setattr(kind, name, original))

    def _note_socket(self, one: socket.socket) -> None:
        self.count += 1
        self._sockets[one] = (self.count, caller())

    def _note_relayed(self, one: Relayed) -> None:
        self.count += 1
        # Those of long ago are done: a test that opens many keeps what is open, and a few.
        if len(self._relayed) > 2 * sum(entry[2].active for entry in self._relayed) + 100:
            self._relayed = [entry for entry in self._relayed if entry[2].active]
        self._relayed.append((self.count, caller(), one))


_ledger = _Ledger()


def _made(place: Place | None) -> str:
    return "" if place is None else f" (made at {place})"


def _address(one: socket.socket) -> str:
    try:
        own = one.getsockname()
    except OSError:
        return one.family.name
    try:
        return f"{own} to {one.getpeername()}"
    except OSError:
        return f"{own}"
