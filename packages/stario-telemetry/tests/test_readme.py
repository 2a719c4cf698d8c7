"""The README's examples run."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


def examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_the_examples_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for code in examples("python"):
        exec(code, {})
    with closing(sqlite3.connect("traces.sqlite3")) as connection:
        assert connection.execute("SELECT count(*) FROM spans").fetchone() == (2,)
        for statement in "".join(examples("sql")).split(";\n"):
            assert connection.execute(statement).fetchall() == []
