"""How a contender is asked: a number of spans per line of standard input, an answer per line.

An answer is two numbers, microseconds per span: of the thread that records, and of the process
until all is written.
"""

import sys
import time
from typing import Any


def answer_rounds(recording: Any) -> None:
    """Record as many spans as each line says. `recording` is a context manager, entered anew."""
    for line in sys.stdin:
        spans = int(line)
        all_began = time.process_time_ns()
        with recording as entered:
            began = time.thread_time_ns()
            entered.record(spans)
            own = time.thread_time_ns() - began
        everything = time.process_time_ns() - all_began
        print(own / spans / 1000, everything / spans / 1000, flush=True)
