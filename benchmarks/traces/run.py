"""Five million spans in a trace file: what writing, asking and deleting them costs.

    python benchmarks/traces/run.py [--spans 5000000] [--folder /tmp]

The spans are of requests over a week: a root and two children each, one request in a hundred fails
with an exception. They are written by the tracer's own statements and indexes, without the tracer.
The file takes about two gigabytes, and is removed in the end.
"""

import argparse
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, perf_counter, process_time, time_ns
from typing import Any

from stario.telemetry import queries
from stario.telemetry.retention import Retention
from stario.telemetry.schema import EVENTS, SPANS, connected, in_transaction

WEEK_NS = 7 * 86_400 * 10**9
PER_REQUEST = 3
BATCH = 1_024

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
PATHS = [
    f"/{noun}{rest}" for noun in ("orders", "users", "carts", "items") for rest in ("", "/{id}")
]
ROUTES = [f"{method} {path}" for path in PATHS for method in METHODS]
CAUSES = [("KeyError", "'price'"), ("TimeoutError", "database"), ("ValueError", "bad amount")]

type Rows = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]


def identifier(start_ns: int, number: int) -> bytes:
    version_and_variant = 7 << 76 | 0b10 << 62
    return (start_ns // 1_000_000 << 80 | version_and_variant | number).to_bytes(16)


def batches(spans: int, first_ns: int) -> Iterator[Rows]:
    chance = random.Random(1)
    rows: Rows = ([], [])
    step = WEEK_NS * PER_REQUEST // spans
    for number in range(spans // PER_REQUEST):
        add_request(rows, chance, first_ns + number * step, number * PER_REQUEST)
        if len(rows[0]) >= BATCH:
            yield rows
            rows = ([], [])
    yield rows


def add_request(rows: Rows, chance: random.Random, start: int, number: int) -> None:
    spans, events = rows
    name = ROUTES[int(len(ROUTES) * chance.random() ** 2)]
    duration = int(chance.lognormvariate(15.5, 1))
    root = identifier(start, number)
    cause = chance.choice(CAUSES) if chance.random() < 0.01 else None
    for child, label in enumerate(("SELECT orders", "render"), 1):
        begin, took = start + child * duration // 3, duration // 4
        key = identifier(begin, number + child)
        attributes = '{"db.system":"sqlite","rows":17}' if child == 1 else None
        times = (begin, begin + took, took)
        spans.append((key, root, root, label, *times, "ok", None, attributes))
    method, path = name.split()
    code = 500 if cause else 200
    attributes = (
        f'{{"request.method":"{method}","request.path":"{path}","http.route":"{path}",'
        f'"user.id":{number},"response.status_code":{code}}}'
    )
    end = start + duration
    status, error = ("error", cause[1]) if cause else ("ok", None)
    spans.append((root, root, None, name, start, end, duration, status, error, attributes))
    if cause:
        told = f'{{"exc.type":"{cause[0]}","exc.message":"{cause[1]}"}}'
        events.append((root, root, end, "exception", told, "Traceback …\n" * 10))
    else:
        events.append((root, root, end, "stored", '{"rows":12}', None))


def insert(connection: sqlite3.Connection, rows: Rows) -> None:
    SPANS.run(connection, rows[0])
    EVENTS.run(connection, rows[1])


def fill(connection: sqlite3.Connection, spans: int, first_ns: int) -> float:
    """Return the seconds of CPU that SQLite took."""
    took = 0.0
    for rows in batches(spans, first_ns):
        started = process_time()
        in_transaction(connection, insert, rows)
        took += process_time() - started
    return took


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = perf_counter()
    result = work()
    return (perf_counter() - started) * 1e3, result


def ask(path: Path, last_ns: int) -> None:
    connection = queries.connect(path)

    def rows(name: str, parameters: dict[str, Any]) -> None:
        query = queries.QUERIES[name]
        took, found = timed(lambda: connection.execute(query, parameters).fetchall())
        print(f"  {name:12} {parameters.get('told', ''):8} {took:9.1f} ms {len(found):6} rows")

    for told, seconds in (("1 hour", 3_600), ("1 day", 86_400), ("1 week", 7 * 86_400)):
        last = queries.window(seconds, until_ns=last_ns) | {"told": told}
        rows("newest", last)
        rows("percentiles", last | {"names": queries.REQUESTS})
        rows("errors", last)
        rows("slowest", last | {"names": queries.REQUESTS})
    trace = connection.execute("SELECT trace_id FROM spans ORDER BY span_id LIMIT 1").fetchone()[0]
    for name in ("trace", "events", "links", "unfinished"):
        rows(name, {"trace_id": trace, "limit": 100})
    tail = queries.Tail(connection, since_ns=last_ns - 3_600 * 10**9)
    for turn in ("first", "second"):
        took, found = timed(tail.read)
        print(f"  tail         {turn:8} {took:9.1f} ms {len(found):6} rows")
    connection.close()


def prune(connection: sqlite3.Connection, path: Path, spans: int) -> None:
    """Delete the older half, in the passes that the writer makes."""
    left = spans - spans // 2
    retention = Retention(spans // 2, None, None)
    retention.begin()
    longest, passes = 0.0, 0
    started, cpu = perf_counter(), process_time()
    is_done = False
    while not is_done:
        took, is_done = timed(lambda: one_pass(retention, connection))
        longest, passes = max(longest, took), passes + 1
    seconds, cpu = perf_counter() - started, process_time() - cpu
    print(f"  {left} spans in {passes} passes, {seconds:.1f} s; longest {longest:.0f} ms")
    print(f"  {cpu / left * 1e6:.1f} µs of CPU for each")
    print(f"  the file then has {path.stat().st_size / 1e6:.0f} MB")


def one_pass(retention: Retention, connection: sqlite3.Connection) -> bool:
    return retention._prune(connection, monotonic() + 0.1, exact=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="stario-traces-", dir=options.folder))
    path = folder / "traces.sqlite3"
    try:
        connection = connected(path)
        last_ns = time_ns()
        took = fill(connection, options.spans, last_ns - WEEK_NS)
        size = path.stat().st_size
        print(
            f"written: {options.spans} spans, {size / 1e6:.0f} MB, {size / options.spans:.0f} bytes"
        )
        print(f"  {took / options.spans * 1e6:.1f} µs of CPU for each, in SQLite")
        print("asked:")
        ask(path, last_ns)
        print("deleted:")
        prune(connection, path, options.spans)
        connection.close()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
