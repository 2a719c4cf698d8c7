"""Requests per second of server CPU, as ratios to the raw limit of the stack.

    python benchmarks/http/run.py [--rounds 5] [--seconds 0.5] [--connections 32]

Every contender is a process pinned to one core; the load runs on another. Rounds interleave the
contenders, so that a machine whose speed drifts treats them alike. A ratio is raw's CPU time per
request divided by the contender's: 1.00 is the limit. It is printed for the least time of each,
which noise can only add to, and for the rounds: their median, and the best.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from cases import CASES, Case
from load import Load

HERE = Path(__file__).parent
CONTENDERS = {"raw": "raw_server.py", "stario": "stario_server.py"}


@contextmanager
def running(script: str, core: int) -> Generator[tuple[int, int]]:
    """Run a contender on one core; give its process id and its port."""
    port = free_port()

    process = subprocess.Popen([sys.executable, HERE / script, str(port)])
    try:
        pin(process.pid, core)
        wait_for(port, process)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def pin(pid: int, core: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, {core})


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit("A contender did not start; its output above says why.")


def measure(case: Case, options: argparse.Namespace) -> dict[str, list[float]]:
    """Return the CPU microseconds per request of every contender, round by round."""
    micros: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    with ExitStack() as stack:
        loads: dict[str, tuple[int, Load]] = {}
        for name, script in CONTENDERS.items():
            pid, port = stack.enter_context(running(script, core=0))
            load = Load(port, case.request, options.connections)
            stack.callback(load.close)
            load.run(pid, 0.2)
            loads[name] = (pid, load)
        require_equal_bodies({name: load.answer for name, (_, load) in loads.items()})
        for _ in range(options.rounds):
            for name, (pid, load) in loads.items():
                micros[name].append(load.run(pid, options.seconds).cpu_micros)
    return micros


def require_equal_bodies(answers: dict[str, bytes]) -> None:
    bodies = {name: answer.partition(b"\r\n\r\n")[2] for name, answer in answers.items()}
    for name, body in bodies.items():
        if body != bodies["raw"]:
            raise SystemExit(f"{name} answers with another body: {body[:200]!r}")


def report(case: Case, micros: dict[str, list[float]]) -> None:
    raw = micros["raw"]
    for name, values in micros.items():
        ratios = sorted(limit / value for limit, value in zip(raw, values, strict=True))
        print(
            f"{case.name:30} {name:8} {min(values):8.1f} us of CPU at best, ratio to raw: of minima"
            f" {min(raw) / min(values):.2f}, median {median(ratios):.2f}, best {ratios[-1]:.2f}"
            f"  (aim {case.aim:.2f})",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--only", help="run the cases whose name holds this text")
    options = parser.parse_args()
    print(f"Python {sys.version.split()[0]}, {options.rounds} rounds of {options.seconds} s")
    pin(os.getpid(), (os.cpu_count() or 1) - 1)
    for case in CASES:
        if not options.only or options.only in case.name:
            report(case, measure(case, options))


if __name__ == "__main__":
    main()
