"""The table of variables, compared with the sources that read them and with their defaults."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import stario
from stario.cli.main import main
from stario.cli.variables import UNSET, VARIABLES
from stario.http.config import ServerConfig, server_config_from_env
from stario.telemetry.json import json_tracer_from_env
from stario.telemetry.sqlite import sqlite_tracer_from_env

NAME = re.compile(r"STARIO_[A-Z0-9_]+|NO_COLOR|FORCE_COLOR")


def names_in(source: str) -> Iterator[str]:
    """Names of variables that a source hands to some reader, or looks up in a mapping."""
    for node in ast.walk(ast.parse(source)):
        looked_up: list[ast.expr] = []
        if isinstance(node, ast.Call):
            looked_up = node.args
        elif isinstance(node, ast.Subscript):
            looked_up = [node.slice]
        elif isinstance(node, ast.Compare):
            looked_up = [node.left]
        for value in looked_up:
            if isinstance(value, ast.Constant) and NAME.fullmatch(str(value.value)):
                yield str(value.value)


def names_read() -> set[str]:
    """Names that the installed packages read, the table itself left out."""
    found: set[str] = set()
    for folder in stario.__path__:
        for file in Path(folder).rglob("*.py"):
            if file.name != "variables.py":
                found.update(names_in(file.read_text("utf-8")))
    return found


def test_the_table_lists_what_the_sources_read_and_nothing_else() -> None:
    """A variable that is read is documented, and a documented one is read."""
    listed = [variable.name for variable in VARIABLES]
    assert len(listed) == len(set(listed))
    assert set(listed) == names_read()


def test_the_defaults_of_the_table_are_the_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Setting everything to what the table says changes nothing."""
    monkeypatch.chdir(tmp_path)
    for variable in VARIABLES:
        if variable.default == UNSET:
            monkeypatch.delenv(variable.name, raising=False)
        else:
            monkeypatch.setenv(variable.name, variable.default)
    assert server_config_from_env() == ServerConfig()
    json_tracer_from_env()
    sqlite_tracer_from_env()


@pytest.mark.parametrize("command", ["serve", "watch"])
def test_both_help_texts_list_every_variable(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Name, meaning and default stand in one line each."""
    assert main([command, "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for variable in VARIABLES:
        start = f"  {variable.name} "
        [line] = [line for line in lines if line.startswith(start)]
        assert line.endswith(f" {variable.meaning} [{variable.default}]")
