"""What a span costs, and a request with one: spans side by side, then hello over HTTP.

    python benchmarks/telemetry/run.py [--rounds 15] [--only spans] [--peers ours,stario-4.3]

A span has five attributes and an event. Every contender is a process in a virtual environment of
its own; rounds interleave them, so that a machine whose speed drifts treats them alike. Printed are
microseconds of CPU for a span, the least of the rounds: of the thread that records, and of the
process until all of it is written. `floor` is a dict and the clock. Over HTTP it is the ratio of
raw's CPU for a request to the contender's, its writing included, as in benchmarks/http.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
sys.path += [str(HERE.parent), str(HERE.parent / "http")]  # what is shared with others

from contest import ratio_lines, require_known, takes_part, words
from environments import FOLDER, Unavailable, interpreter
from lineup import FLOOR, RAW, REQUIREMENTS, SERVED, SPANS, Contender
from load import Load
from processes import pin, running

HELLO = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
SPANS_EACH = 10_000


class Recorder:
    """A process that records spans when it is asked."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def record(self, spans: int) -> tuple[float, float]:
        """Return the microseconds per span of its own thread, and of all."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{spans}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().split()
        if len(answer) != 2:
            raise Unavailable("it ended; its output above says why")
        return float(answer[0]), float(answer[1])


@contextmanager
def recording(python: Path, contender: Contender, folder: str) -> Generator[Recorder]:
    script = HERE / "contenders" / contender.script
    command = ["taskset", "-c", "0", str(python), str(script), contender.kind, folder]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:  # whose end is that of its input
        yield Recorder(process)


def environment(contender: Contender, python: str) -> Path:
    return interpreter(FOLDER / f"telemetry-{contender.peer}", python, REQUIREMENTS[contender.peer])


def wanted(contenders: Sequence[Contender], options: argparse.Namespace) -> Iterator[Contender]:
    for contender in contenders:
        if contender in (FLOOR, RAW) or takes_part(contender, options.peers):
            yield contender


def measure_spans(options: argparse.Namespace) -> dict[str, list[tuple[float, float]]]:
    with ExitStack() as stack:
        recorders: dict[str, Recorder] = {}
        for contender in wanted(SPANS, options):
            try:
                python = environment(contender, options.python)
                folder = stack.enter_context(TemporaryDirectory())
                recorder = stack.enter_context(recording(python, contender, folder))
                recorder.record(1_000)  # until the code is specialised
            except Unavailable as reason:
                print(f"{contender.name} does not take part: {reason}", flush=True)
            else:
                recorders[contender.name] = recorder
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in recorders}
        for _ in range(options.rounds):
            for name, recorder in recorders.items():
                found[name].append(recorder.record(SPANS_EACH))
        return found


def measure_served(options: argparse.Namespace) -> dict[str, list[float]]:
    with ExitStack() as stack:
        loads: dict[str, Load] = {}
        for contender in wanted(SERVED, options):
            try:
                python = environment(contender, options.python)
                folder = stack.enter_context(TemporaryDirectory())
                script = HERE / "contenders" / contender.script
                told = () if contender.kind == "raw" else (contender.kind, folder)
                server = stack.enter_context(running(python, script, 0, *told))
            except Unavailable as reason:
                print(f"{contender.name} does not take part: {reason}", flush=True)
                continue
            load = Load(server, HELLO, 32)
            stack.callback(load.close)
            load.cpu_micros(0.3)
            loads[contender.name] = load
        micros: dict[str, list[float]] = {name: [] for name in loads}
        for _ in range(options.rounds):
            for name, load in loads.items():
                micros[name].append(load.cpu_micros(0.3))
        return micros


def report_spans(found: dict[str, list[tuple[float, float]]]) -> Iterator[str]:
    yield "\na span, in microseconds (aims: 2 on the path, 10 in all for sqlite, 0.3 for noop)"
    for name, values in found.items():
        own, everything = (min(column) for column in zip(*values, strict=True))
        yield f"  {name:24} {own:7.2f} on the path {everything:7.2f} in all"


def report_served(micros: dict[str, list[float]]) -> Iterator[str]:
    yield "\nhello over HTTP (aim 0.45 with json and sqlite)"
    yield from ratio_lines(micros, RAW.name)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--rounds", type=int, default=15)
    add("--only", choices=("spans", "served"), help="one of the two tables")
    add("--peers", type=words, default=(), help="who takes part beside floor and raw")
    add("--python", default=sys.executable, help="the interpreter for all of them")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    require_known(options.peers, (*SPANS, *SERVED))
    print(f"{options.python}: {options.rounds} rounds")
    pin((os.cpu_count() or 1) - 1)
    if options.only != "served":
        print(*report_spans(measure_spans(options)), sep="\n", flush=True)
    if options.only != "spans":
        print(*report_served(measure_served(options)), sep="\n", flush=True)


if __name__ == "__main__":
    main()
