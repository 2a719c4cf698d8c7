"""HTTP servers side by side: CPU for a request, as a ratio to the raw limit, and memory.

    python benchmarks/http/run.py [--rounds 25] [--only "hello,open stream"] [--peers stario]

Every contender is a process in a virtual environment of its own, pinned to one core; the load runs
on another. Rounds interleave the contenders, so that a machine whose speed drifts treats them
alike. A ratio is raw's CPU time for a request divided by the contender's: 1.00 is the limit. It is
printed for the least time of each, which noise can only add to, and for the median of the rounds.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).parent
sys.path += [str(HERE.parent), str(HERE / "contenders")]  # what is shared with others

from cases import CASES, Case
from contest import ratio_lines, require_known, takes_part, words
from environments import FOLDER, Unavailable, interpreter
from lineup import CONTENDERS, RAW, REQUIREMENTS, Contender
from load import Load
from memory import WAITING, Waiting
from processes import Server, pin, running


def started(stack: ExitStack, options: argparse.Namespace) -> Iterator[tuple[Contender, Server]]:
    """Start every wanted contender that can take part; say which can't."""
    for contender in CONTENDERS:
        if contender is not RAW and not takes_part(contender, options.peers):
            continue
        try:
            home = FOLDER / f"http-{contender.peer}"
            python = interpreter(home, options.python, REQUIREMENTS[contender.peer])
            script = HERE / "contenders" / contender.script
            yield contender, stack.enter_context(running(python, script, core=0))
        except Unavailable as reason:
            print(f"{contender.name} does not take part: {reason}", flush=True)


def measure(case: Case, options: argparse.Namespace) -> dict[str, list[float]]:
    """Return the CPU microseconds per request of every contender, round by round."""
    with ExitStack() as stack:
        loads: dict[str, Load] = {}
        for contender, server in started(stack, options):
            if contender.answers(case.target):
                load = Load(server, case.request, options.connections)
                stack.callback(load.close)
                load.cpu_micros(0.3)  # until the code is specialised
                loads[contender.name] = load
        require_equal_bodies(loads)
        micros: dict[str, list[float]] = {name: [] for name in loads}
        for _ in range(options.rounds):
            for name, load in loads.items():
                micros[name].append(load.cpu_micros(options.seconds))
        return micros


def require_equal_bodies(loads: dict[str, Load]) -> None:
    for name, load in loads.items():
        if load.body != loads[RAW.name].body and name != "stario 4.3":  # its markup differs
            raise SystemExit(f"{name} answers with another body: {load.body!r:.200}")


def report(case: Case, micros: dict[str, list[float]]) -> Iterator[str]:
    yield f"\n{case.name} (aim {case.aim:.2f})"
    yield from ratio_lines(micros, RAW.name)


def report_memory(waiting: Waiting, options: argparse.Namespace) -> Iterator[str]:
    yield f"\n{waiting.name}, {waiting.count} of them (aim {waiting.aim:.1f} KB)"
    with ExitStack() as stack:
        for contender, server in started(stack, options):
            yield f"  {contender.name:22} {waiting.kilobytes(server):6.1f} KB each"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--rounds", type=int, default=25, help="slices of time for each contender and case")
    add("--seconds", type=float, default=0.3, help="their length")
    add("--connections", type=int, default=32)
    add("--only", type=words, default=(), help="what to measure, by parts of the names")
    add("--peers", type=words, default=(), help="who takes part beside raw")
    add("--python", default=sys.executable, help="the interpreter for all of them")
    return parser.parse_args()


def wanted(name: str, only: Sequence[str]) -> bool:
    return not only or any(text in name for text in only)


def main() -> None:
    options = arguments()
    require_known(options.peers, CONTENDERS)
    print(f"{options.python}: {options.rounds} rounds of {options.seconds} s")
    pin((os.cpu_count() or 1) - 1)
    for case in CASES:
        if wanted(case.name, options.only):
            print(*report(case, measure(case, options)), sep="\n", flush=True)
    for waiting in WAITING:
        if wanted(waiting.name, options.only):
            print(*report_memory(waiting, options), sep="\n", flush=True)


if __name__ == "__main__":
    main()
