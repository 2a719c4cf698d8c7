"""Watch the dashboard with many streams at once, and tell how the samples came.

    uv run python load.py [--streams 1000] [--seconds 10] [--encoding gzip]

It talks to this machine only, and ends by itself. A sample is late by the time from its arrival at
the first stream to that at the last ones; clocks of two processes are not compared.
"""

import argparse
import asyncio
import re
import time
import zlib
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

HOST = "127.0.0.1"
MOST_STREAMS, MOST_SECONDS = 10_000, 300.0
OPEN_AT_ONCE = 100
OPEN_SECONDS = 10.0
SPARE_FILES = 64
NUMBER = re.compile(rb'data-sample="(\d+)"')


@dataclass
class Arrivals:
    """When each sample came, on all streams."""

    times: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list[float]))
    received: int = 0
    lost: int = 0

    def late(self) -> list[float]:
        """Return the seconds of every arrival behind the first one of its sample, sorted."""
        return sorted(at - min(times) for times in self.times.values() for at in times)


class Refused(Exception):
    """The server answered, but not with a stream: its words are the status line."""


class Stream:
    """One browser's worth of connection."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._tail = b""

    async def open(self, port: int, encoding: str) -> None:
        """Connect and read the head.

        Raises OSError, IncompleteReadError where the server hangs up, Refused for another answer.
        """
        self._reader, self._writer = await asyncio.open_connection(HOST, port)
        self._writer.write(
            f"GET /subscribe HTTP/1.1\r\nHost: {HOST}:{port}\r\n"
            f"Accept-Encoding: {encoding}\r\n\r\n".encode()
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 ") or b"text/event-stream" not in head:
            raise Refused(head.partition(b"\r\n")[0].decode("latin-1"))
        is_gzip = b"content-encoding: gzip" in head.lower()
        self._decode = zlib.decompressobj(31).decompress if is_gzip else bytes

    async def watch(self) -> None:
        """Note every sample until cancelled, or until the server ends the stream."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while size := int(await self._reader.readuntil(b"\r\n"), 16):
                chunk = await self._reader.readexactly(size + 2)
                self._arrivals.received += size
                self._note(self._decode(chunk[:-2]))
        self._arrivals.lost += 1

    def _note(self, text: bytes) -> None:
        text = self._tail + text
        end = 0
        for found in NUMBER.finditer(text):
            self._arrivals.times[int(found[1])].append(time.perf_counter())
            end = found.end()
        self._tail = text[max(end, len(text) - 32) :]

    def close(self) -> None:
        self._writer.close()


async def open_all(arrivals: Arrivals, options: argparse.Namespace) -> list[Stream]:
    """Open all streams, some at a time."""
    streams = [Stream(arrivals) for _ in range(options.streams)]
    for first in range(0, len(streams), OPEN_AT_ONCE):
        some = streams[first : first + OPEN_AT_ONCE]
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                done = await asyncio.gather(
                    *[one.open(options.port, options.encoding) for one in some],
                    return_exceptions=True,
                )
        except TimeoutError as error:
            raise not_opened(error, f"{first} or more", options) from None
        if errors := [error for error in done if error is not None]:
            raise not_opened(errors[0], str(first + len(some) - len(errors)), options)
    return streams


def not_opened(error: BaseException, opened: str, options: argparse.Namespace) -> SystemExit:
    """Say which limit is in the way, or what else."""
    match error:
        case Refused() if " 503 " in str(error):
            why = f"refused more: {error}. Is its STARIO_MAX_CONNECTIONS lower?"
        case Refused():
            why = f"answered /subscribe with {error}. Is that the dashboard?"
        case asyncio.IncompleteReadError() | ConnectionResetError() | BrokenPipeError():
            why = "hung up on more. Has it no files left? Raise `ulimit -n` where it is started."
        case TimeoutError():
            why = f"answered no more in {OPEN_SECONDS:g} s. Is it busy, or has it no files left?"
        case _:
            why = f"could not be reached for more: {error}. Is the dashboard served there?"
    return SystemExit(
        f"{opened} of {options.streams} streams were opened."
        f" The server on port {options.port} {why}"
    )


async def load(options: argparse.Namespace) -> str:
    arrivals = Arrivals()
    streams = await open_all(arrivals, options)
    watching = [asyncio.create_task(one.watch()) for one in streams]
    try:
        await asyncio.sleep(0.5)  # the first sample, which each gets on its own
        arrivals.times.clear()
        before, start = arrivals.received, time.perf_counter()
        await asyncio.sleep(options.seconds)
        seconds = time.perf_counter() - start
    finally:
        for task in watching:
            task.cancel()
        for one in streams:
            one.close()
    for ended in await asyncio.gather(*watching, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended  # what came was no stream of samples; a stream that ended is counted
    return report(arrivals, arrivals.received - before, seconds, options)


def report(arrivals: Arrivals, size: int, seconds: float, options: argparse.Namespace) -> str:
    late = arrivals.late()
    if not late:
        raise SystemExit(f"No sample came in {seconds:.1f} s: is DASHBOARD_INTERVAL longer?")
    return (
        f"{options.streams} streams, {options.encoding}: {len(late)} events in {seconds:.1f} s,"
        f" {len(late) / seconds:,.0f} a second, {size / len(late):,.0f} bytes each\n"
        f"behind the first stream: p50 {late[len(late) // 2] * 1000:.1f} ms,"
        f" p99 {late[len(late) * 99 // 100] * 1000:.1f} ms, last {late[-1] * 1000:.1f} ms;"
        f" {arrivals.lost} streams lost"
    )


def allow_files(count: int) -> None:
    """Raise this process's limit of open files, as far as the system lets it."""
    try:
        import resource
    except ImportError:  # Windows, where sockets are no files
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + SPARE_FILES
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise SystemExit(
            f"{count} streams need {wanted} open files, and this process may have {hard}:"
            " raise `ulimit -Hn`, or take fewer with --streams."
        )
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--streams", type=int, default=1000, help=f"1 to {MOST_STREAMS}")
    parser.add_argument("--seconds", type=float, default=10.0, help=f"up to {MOST_SECONDS:g}")
    parser.add_argument("--encoding", choices=("identity", "gzip"), default="gzip")
    options = parser.parse_args(words)
    if not 1 <= options.streams <= MOST_STREAMS:
        parser.error(f"--streams takes 1 to {MOST_STREAMS}, not {options.streams}")
    if not 0 < options.seconds <= MOST_SECONDS:
        parser.error(f"--seconds takes more than 0, up to {MOST_SECONDS:g}")
    return options


def main() -> None:
    options = arguments()
    allow_files(options.streams)
    print(asyncio.run(load(options)))


if __name__ == "__main__":
    main()
