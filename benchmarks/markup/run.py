"""HTML builders side by side: time, memory and import, as ratios to a hand-written f-string.

    python benchmarks/markup/run.py [--rounds 40] [--only table,form] [--peers plain,baked]

Every contender is a process in a virtual environment of its own, all on one core. Rounds interleave
the contenders, so that a machine whose speed drifts treats them alike. A ratio is the contender's
CPU time per render divided by the f-string's: 1.00 is the limit. It is printed for the least time
of each, which noise can only add to, and for the rounds: their median.
"""

import argparse
import os
import sys
from collections.abc import Collection, Generator, Sequence
from contextlib import ExitStack
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))  # what the benchmarks share

from contest import require_known, takes_part, words
from environments import FOLDER, Unavailable, interpreter
from lineup import CONTENDERS, LIMIT, REQUIREMENTS, Contender
from normal_form import difference
from processes import Worker, foreign_modules, import_ns, pin
from tables import markdown, median_of_rounds, of_minima, ratios

SLICE_NS = 20_000_000  # short enough for many rounds, long enough that the clock's cost is nothing


def enter(stack: ExitStack, options: argparse.Namespace) -> list[Worker]:
    """Start the f-string and every wanted contender that can take part; say which can't."""
    workers: list[Worker] = []
    for contender in (LIMIT, *(each for each in CONTENDERS if takes_part(each, options.peers))):
        try:
            workers.append(started(contender, options))
            stack.callback(workers[-1].close)
        except Unavailable as reason:
            print(f"{contender.name} does not take part: {reason}", flush=True)
            if contender is LIMIT:
                raise SystemExit("Without it there is nothing to compare with.") from None
    return workers


def started(contender: Contender, options: argparse.Namespace) -> Worker:
    home = FOLDER / contender.peer
    python = interpreter(home, options.python, REQUIREMENTS[contender.peer])
    return Worker(contender, python)


def require_equal_trees(workers: Sequence[Worker]) -> None:
    for page, expected in workers[0].pages.items():
        for worker in workers:
            if place := difference(worker.pages[page], expected):
                raise SystemExit(f"{worker.contender.name} renders {page} otherwise: {place}")


def require_pages(wanted: Sequence[str], pages: Collection[str]) -> None:
    for page in wanted:
        if page not in pages:
            raise SystemExit(f"There is no page {page!r}. There are: {', '.join(pages)}.")


def measure(workers: Sequence[Worker], page: str, rounds: int) -> dict[str, list[float]]:
    """Nanoseconds per render of every contender, round by round."""
    counts = {worker: renders_per_slice(worker, page) for worker in workers}
    times: dict[str, list[float]] = {worker.contender.name: [] for worker in workers}
    for _ in range(rounds):
        for worker, count in counts.items():
            times[worker.contender.name].append(worker.render_ns(page, count))
    return times


def renders_per_slice(worker: Worker, page: str) -> int:
    worker.render_ns(page, 120)  # until the code is specialised and each datum was met
    return max(1, round(SLICE_NS / worker.render_ns(page, 5)))


def import_ms(workers: Sequence[Worker], rounds: int) -> dict[str, float]:
    """Milliseconds of CPU that the import of every contender adds to an interpreter's start."""
    bare: dict[Worker, list[int]] = {worker: [] for worker in workers}
    full: dict[Worker, list[int]] = {worker: [] for worker in workers}
    for _ in range(rounds):
        for worker in workers:
            bare[worker].append(import_ns(worker.python, "pass"))
            full[worker].append(import_ns(worker.python, worker.contender.imports))
    return {
        worker.contender.name: (min(full[worker]) - min(bare[worker])) / 1e6 for worker in workers
    }


def report(workers: Sequence[Worker], options: argparse.Namespace) -> Generator[str]:
    """The parts of the report, each as soon as it is measured."""
    pages = [page for page in workers[0].pages if not options.only or page in options.only]
    times = {page: measure(workers, page, options.rounds) for page in pages}
    head = ["", *times, "geometric mean"]
    yield markdown("Time, ratio of the minima", head, ratios(times, of_minima))
    yield markdown("Time, median of the rounds' ratios", head, ratios(times, median_of_rounds))
    head = ["", "1,000 rows, KB", "import, ms"]
    yield markdown("Memory and import", head, costs(workers, options))
    yield f"\n{foreign(workers)}"


def costs(workers: Sequence[Worker], options: argparse.Namespace) -> list[list[str]]:
    peaks = {worker.contender.name: worker.peak_bytes() / 1000 for worker in workers}
    imports = import_ms(workers, options.imports)
    return [[name, f"{peak:.0f}", f"{imports[name]:.1f}"] for name, peak in peaks.items()]


def foreign(workers: Sequence[Worker]) -> str:
    names = {
        name
        for worker in workers
        if worker.contender.peer == LIMIT.peer
        for name in foreign_modules(worker.python, worker.contender.imports)
    }
    return f"Loaded by ours from outside the standard library: {', '.join(names) or 'nothing'}."


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("--rounds", type=int, default=40, help="slices of 20 ms for each contender and page")
    add("--imports", type=int, default=8, help="fresh interpreters for each contender")
    add("--only", type=words, default=(), help="which pages")
    add("--peers", type=words, default=(), help="who takes part beside the f-string")
    add("--python", default=sys.executable, help="the interpreter for all of them")
    add("--markdown", type=Path, help="write the tables to this file, too")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    require_known(options.peers, (LIMIT, *CONTENDERS))
    pin((os.cpu_count() or 1) - 1)
    with ExitStack() as stack:
        workers = enter(stack, options)
        require_pages(options.only, workers[0].pages)
        require_equal_trees(workers)
        parts: list[str] = []
        for part in report(workers, options):
            print(part, flush=True)
            parts.append(part)
    if options.markdown:
        options.markdown.write_text("\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
