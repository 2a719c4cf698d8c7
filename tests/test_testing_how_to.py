"""The files of docs/how-tos/testing.md, written to a folder as the page says, pass."""

import os
import re
import subprocess
import sys
from pathlib import Path

import workspace

PAGE = workspace.ROOT / "docs" / "how-tos" / "testing.md"


def write_files(folder: Path) -> None:
    """Write each block to the file that its first line names."""
    for block in re.findall(r"```(?:python|toml)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        name = block.partition("\n")[0].removeprefix("# ").removesuffix(" (continued)")
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        with file.open("a", encoding="utf-8") as out:
            out.write(block + "\n\n")


def test_the_tests_of_the_page_pass(tmp_path: Path) -> None:
    write_files(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name[:6] != "PYTEST"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "6 passed" in done.stdout, done.stdout + done.stderr
