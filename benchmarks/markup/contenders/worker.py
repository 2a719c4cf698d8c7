"""A contender in a process of its own: it renders when told to, and answers with a number.

    python worker.py VIEWS

It first answers with the text of each page, then reads commands. Both directions are JSON, one
value a line.
"""

import gc
import json
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import cycle, islice
from time import process_time_ns
from typing import Any

from pages import LONG_TABLE, PAGES


def renders_ns(view: Callable[[Any], str], data: Iterator[object], count: int) -> int:
    """Nanoseconds on the CPU for `count` renders; the garbage collector runs as it likes."""
    gc.collect()
    values = list(islice(data, count))
    start = process_time_ns()
    for value in values:
        view(value)
    return process_time_ns() - start


def peak_bytes(view: Callable[[Any], str]) -> int:
    """The most memory that Python objects took during a render of the long table."""
    view(LONG_TABLE)
    gc.collect()
    tracemalloc.start()
    view(LONG_TABLE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def answer(value: object) -> None:
    print(json.dumps(value), flush=True)


def main(name: str) -> None:
    views = import_module(name)
    answer({page: getattr(views, page)(data[0]) for page, data in PAGES.items()})
    endless = {page: cycle(data) for page, data in PAGES.items()}
    gc.freeze()
    for line in sys.stdin:
        match json.loads(line):
            case ["render", page, count]:
                answer(renders_ns(getattr(views, page), endless[page], count))
            case ["peak"]:
                answer(peak_bytes(views.table))
            case command:
                raise ValueError(f"No such command: {command}")


if __name__ == "__main__":
    main(sys.argv[1])
