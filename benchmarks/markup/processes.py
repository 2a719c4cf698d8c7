"""Contenders as processes: workers that render on command, and fresh interpreters that import."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from environments import Unavailable, last_line
from lineup import HERE, Contender

WORKER = HERE / "contenders" / "worker.py"
TIMED_IMPORT = "{}\nimport time\nprint(time.process_time_ns())"
FOREIGN_MODULES = """\
import sys
before = set(sys.modules)
{}
loaded = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(*sorted(loaded - sys.stdlib_module_names - {{"stario"}}))"""


class Worker:
    """A contender that is ready to render; `pages` is what it renders."""

    def __init__(self, contender: Contender, python: Path) -> None:
        self.contender = contender
        self.python = python
        self._process = subprocess.Popen(
            [python, WORKER, contender.views],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environment(),
        )
        self.pages: dict[str, str] = self._answer()

    def render_ns(self, page: str, count: int) -> float:
        """Nanoseconds of CPU for one render of `page`, out of `count`."""
        return self._ask("render", page, count) / count

    def peak_bytes(self) -> int:
        """The peak memory of a render of the long table."""
        return self._ask("peak")

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _ask(self, *command: object) -> Any:
        assert self._process.stdin
        self._process.stdin.write(f"{json.dumps(command)}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise Unavailable(last_line(self._process.communicate()[1]))
        return json.loads(line)


def import_ns(python: Path, imports: str) -> int:
    """Nanoseconds of CPU that a fresh interpreter takes to start and run `imports`."""
    return int(_output(python, TIMED_IMPORT.format(imports)))


def foreign_modules(python: Path, imports: str) -> list[str]:
    """The top-level modules that `imports` loads from outside Stario and the standard library."""
    return _output(python, FOREIGN_MODULES.format(imports)).split()


def pin(core: int) -> None:
    """Keep this process, and those that it starts, on one core where the system allows."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def environment() -> dict[str, str]:
    """Ours without what would make the interpreters of two contenders unlike."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _output(python: Path, code: str) -> str:
    done = subprocess.run(
        [python, "-I", "-c", code], check=True, capture_output=True, text=True, env=environment()
    )
    return done.stdout
