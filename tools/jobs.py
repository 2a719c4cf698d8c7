"""Jobs beside each other, each out of sight: told in one line when it passed, else in full.

What takes longest should stand first: then no core is idle while the last one runs.
"""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from programs import Failed, environment

JOB_SECONDS = 1500  # for one command: several times what the slowest needs on a busy machine


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do that returns what it printed, or raises `Failed` with it."""

    title: str
    work: Callable[[], str]


def beside_each_other(jobs: Sequence[Job], at_once: int | None = None) -> None:
    """Do all jobs, as many at once as there are cores; `Failed` names those that did not pass."""
    failed: list[str] = []
    with ThreadPoolExecutor(at_once or os.cpu_count()) as pool:
        for future in as_completed([pool.submit(_done, job) for job in jobs]):
            title, passed = future.result()
            if not passed:
                failed.append(title)
    if failed:
        raise Failed(f"{len(failed)} of {len(jobs)} did not pass: {', '.join(sorted(failed))}")


def _done(job: Job) -> tuple[str, bool]:
    start = time.monotonic()
    try:
        output = job.work().strip()
    except Failed as failure:
        print(f"{job.title}: FAILED\n{failure}\n", flush=True)
        return job.title, False
    closing = output.splitlines()[-1] if output else "ok"  # of pytest, its own summary
    print(f"{job.title}: {closing} ({time.monotonic() - start:.1f} s in all)", flush=True)
    return job.title, True


def out_of_sight(command: Sequence[str], folder: Path, **extra: str) -> str:
    """Run a command and return what it printed; `Failed` carries it too."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment() | extra,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=JOB_SECONDS,
        )
    except subprocess.TimeoutExpired as late:
        said = late.output or b""
        shown = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        raise Failed(f"{' '.join(command)}\n{shown}\ndid not end within {JOB_SECONDS} s") from late
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout
