"""Live streams side by side: CPU for an event that is delivered, memory, and who waits for whom.

    python benchmarks/sse/run.py [--rounds 5] [--only zstd,memory] [--peers "private,stario 5.1"]

Every contender is a process in a virtual environment of its own, pinned to one core; the audience
reads on another. An event is published, and the next one when everybody has it. Rounds interleave
the contenders. A ratio is raw's CPU time for an event and a stream, without compression, divided by
the contender's: 1.00 is the limit of what sends 2 KB of plain text to each.
"""

import argparse
import os
import resource
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
sys.path += [str(HERE.parent), str(HERE.parent / "http"), str(HERE / "contenders")]

from audience import Audience
from contest import ratio_lines, require_known, takes_part, words
from environments import FOLDER, Unavailable, interpreter
from feed import COUNT, EVENTS
from lineup import CODINGS, CONTENDERS, RAW, REQUIREMENTS, Contender
from processes import Server, pin, running

PARTS = (*CODINGS, "memory", "stalled")
_SETTLED = 0.5  # seconds after which nothing more is allocated
# 4.8 MB a client: more than the kernel keeps for one that does not read (net.ipv4.tcp_wmem).
_FILLING_EVENTS = 2400
_MEASURED_EVENTS = 200
_PACE = 0.02  # seconds between them


@contextmanager
def server_of(contender: Contender, python: str) -> Generator[Server]:
    """Run a contender; Unavailable where it cannot take part."""
    home = FOLDER / f"sse-{contender.peer}"
    own = interpreter(home, python, REQUIREMENTS[contender.peer])
    script = HERE / "contenders" / contender.script
    with running(own, script, 0, *contender.arguments) as server:
        yield server


def cpu_micros(contender: Contender, coding: str, options: argparse.Namespace) -> float:
    """Return the microseconds of the server's CPU for an event on a stream."""
    with server_of(contender, options.python) as server:
        audience = Audience(server, coding, options.streams)
        try:
            audience.watch(0)  # until the code is specialised, and every compressor made
            for number in range(9):
                audience.watch(number)
            before = server.cpu_seconds()
            for number in range(0, COUNT, options.burst):
                audience.watch(number, min(options.burst, COUNT - number))
            spent = server.cpu_seconds() - before
            require_all_events(contender, audience, coding)
        finally:
            audience.close()
    return spent / COUNT / options.streams * 1e6


def require_all_events(contender: Contender, audience: Audience, coding: str) -> None:
    text = audience.text(coding)
    if text is not None and text != b"".join((EVENTS[0], *EVENTS[:9], *EVENTS)):
        raise SystemExit(f"{contender.name} does not send the events as they are")


def measure(coding: str, options: argparse.Namespace) -> dict[str, list[float]]:
    """Return the figures of every contender for a coding, round by round, and those of raw."""
    found: dict[str, list[float]] = {}
    missing: set[str] = set()
    for _ in range(options.rounds):
        for contender in wanted(options):
            own = "identity" if contender is RAW else coding
            if own not in contender.codings or contender.name in missing:
                continue
            try:
                value = cpu_micros(contender, own, options)
            except Unavailable as reason:
                missing.add(contender.name)
                print(f"{contender.name} does not take part: {reason}", flush=True)
            else:
                found.setdefault(contender.name, []).append(value)
    return found


def report(coding: str, options: argparse.Namespace) -> Iterator[str]:
    found = measure(coding, options)
    aim = 0.8 if coding == "identity" else 1.0
    yield f"\n{coding}, {options.streams} streams, {options.burst} at once (aim {aim:.2f})"
    yield from ratio_lines(found, RAW.name)


def report_memory(coding: str, options: argparse.Namespace) -> Iterator[str]:
    yield f"\nmemory of a stream, {coding}: before events, and after {COUNT}"
    for contender in wanted(options):
        if coding not in contender.codings:
            continue
        try:
            with server_of(contender, options.python) as server:
                yield f"  {contender.name:22} {memory(server, coding, options.streams)}"
        except Unavailable as reason:
            yield f"  {contender.name} does not take part: {reason}"


def memory(server: Server, coding: str, streams: int) -> str:
    first = Audience(server, coding, 20)  # what is made once does not count
    for number in range(5):
        first.watch(number)
    first.close()
    time.sleep(_SETTLED)
    before = server.resident_bytes()
    audience = Audience(server, coding, streams)
    time.sleep(_SETTLED)
    opened = server.resident_bytes()
    for number in range(COUNT):
        audience.watch(number)
    time.sleep(_SETTLED)
    after = server.resident_bytes()
    sent = audience.bytes_an_event
    audience.close()
    each = 1000 * streams
    return (
        f"{(opened - before) / each:7.1f} KB {(after - before) / each:8.1f} KB;"
        f" {sent:.0f} bytes an event"
    )


def report_stalled(options: argparse.Namespace) -> Iterator[str]:
    healthy, stalled = options.streams * 4 // 5, options.streams // 5
    yield (
        f"\n{healthy} streams that read, beside {stalled} that do not: "
        "delivery, and the call of publish, without and with those"
    )
    for contender in wanted(options):
        try:
            calm = delivery(contender, healthy, 0, options)
            rough = delivery(contender, healthy, stalled, options)
        except Unavailable as reason:
            yield f"  {contender.name} does not take part: {reason}"
        else:
            yield f"  {contender.name:22} {calm}\n  {'':22} {rough}"


def delivery(contender: Contender, healthy: int, stalled: int, options: argparse.Namespace) -> str:
    times: list[float] = []
    calls: list[int] = []
    with server_of(contender, options.python) as server:
        audience = Audience(server, "identity", healthy, stalled)
        before = server.resident_bytes()
        for number in range(_FILLING_EVENTS if stalled else COUNT):
            audience.watch(number % COUNT)
        for number in range(_MEASURED_EVENTS):
            start = time.perf_counter()
            took, arrivals = audience.watch(number % COUNT)
            times += arrivals
            calls.append(took)
            time.sleep(max(0.0, start + _PACE - time.perf_counter()))
        grown = server.resident_bytes() - before
        audience.close()
    times.sort()
    return (
        f"{stalled:4} stall: p50 {times[len(times) // 2] * 1e3:5.1f} ms,"
        f" p99 {times[len(times) * 99 // 100] * 1e3:5.1f} ms;"
        f" publish {median(calls) / 1e3:.0f} us, at most {max(calls) / 1e3:.0f};"
        f" grown by {grown / 1e6:.1f} MB"
    )


def wanted(options: argparse.Namespace) -> list[Contender]:
    """Return those who take part; raw always does."""
    return [one for one in CONTENDERS if one is RAW or takes_part(one, options.peers)]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--rounds", type=int, default=5, help="turns for each contender and coding")
    add("--burst", type=int, default=1, help="events that are published at once")
    add("--streams", type=int, default=1000)
    add("--only", type=parts, default=PARTS, help=f"some of {', '.join(PARTS)}")
    add("--peers", type=words, default=(), help="who takes part beside raw")
    add("--python", default=sys.executable, help="the interpreter for all of them")
    return parser.parse_args()


def parts(text: str) -> list[str]:
    wanted = words(text)
    if unknown := [word for word in wanted if word not in PARTS]:
        raise argparse.ArgumentTypeError(f"There is no {unknown[0]!r}.")
    return wanted


def show(lines: Iterator[str]) -> None:
    for line in lines:
        print(line, flush=True)


def main() -> None:
    options = arguments()
    require_known(options.peers, CONTENDERS)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(options.streams + 200, 2048), most))
    pin((os.cpu_count() or 1) - 1)
    for coding in CODINGS:
        if coding in options.only:
            show(report(coding, options))
    for coding in CODINGS:
        if "memory" in options.only:
            show(report_memory(coding, options))
    if "stalled" in options.only:
        show(report_stalled(options))


if __name__ == "__main__":
    main()
