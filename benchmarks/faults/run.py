"""What clients that stall, drip, leave or flood cost a server, and how it ends under load.

    python benchmarks/faults/run.py [--loop auto] [--only 6,8]

Each row starts servers of its own, processes with real sockets on 127.0.0.1, and is bounded in
time. Memory is the peak of the resident set above what it was before, as Linux counts it. The exit
code is 1 when an aim is missed.
"""

import argparse
import sys
import time

from rows import ROWS


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--loop", default="auto", choices=["auto", "asyncio", "uvloop"])
    parser.add_argument("--only", default="", help="rows, such as 6,8")
    options = parser.parse_args()
    chosen = [int(number) for number in options.only.split(",") if number] or list(ROWS)
    print(f"Python {sys.version.split()[0]}, loop {options.loop}\n")
    print("row  what                                                              measured  aim")
    missed = 0
    for number in chosen:
        began = time.monotonic()
        for figure in ROWS[number](options.loop):
            missed += not figure.holds
            verdict = "" if figure.holds else "  MISSED"
            print(
                f"{number:>3}  {figure.what:<76} {figure.value:>14}  {figure.aim}{verdict}",
                flush=True,
            )
        print(f"     ({time.monotonic() - began:.0f} s)", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
