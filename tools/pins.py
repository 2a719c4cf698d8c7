"""Write tools/requirements.txt: all that we run, test or build with, pinned and hashed.

    uv run --no-project tools/pins.py                        adds what is new, keeps other pins
    uv run --no-project tools/pins.py --upgrade              renews all of them
    uv run --no-project tools/pins.py --upgrade-package X    renews one

What is asked for stands in the pyproject files and nowhere else: the dependencies, extras and
build requirements of each package, and the `dev` group at the root. One file serves all supported
Pythons.
"""

import os
import subprocess
import sys

import programs
from workspace import PINS, ROOT, members, third_party


def asked_for() -> list[str]:
    """Every third-party requirement of the workspace, without repetitions."""
    found: set[str] = set()
    for member in members().values():
        found.update(third_party(member.dependencies))
        found.update(third_party(member.build_requires))
        found.update(third_party(member.group("dev")))
        for extra in member.extras.values():
            found.update(third_party(extra))
    return sorted(found)


def main(arguments: list[str]) -> int:
    command = [programs.uv(), "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
    command += ["--python-version", "3.12", "--no-annotate", "--output-file", str(PINS)]
    return subprocess.run(
        [*command, *arguments, "-"],
        cwd=ROOT,
        check=False,
        input="\n".join(asked_for()),
        text=True,
        env=os.environ | {"UV_CUSTOM_COMPILE_COMMAND": "uv run --no-project tools/pins.py"},
        stdout=subprocess.DEVNULL,  # uv prints what it also writes
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
