"""Blocks that are not Python: parsed where there is a parser, asked where there is a database."""

import ast
import json
import sqlite3
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import html5lib
from stario.telemetry.sqlite import SqliteTracer

from pages.blocks import Block
from pages.commands import check_commands
from pages.errors import PageError

# Shown to people; a page that adds one of the configurations adds its test as well.
PLAIN = {
    *("", "text", "diff", "http", "csv", "markdown", "xml", "svg", "jinja"),
    *("css", "javascript", "js"),
    *("yaml", "ini", "nginx", "caddyfile", "dockerfile"),
}
_ARROWS = (3, 38)  # the SQLite that has `->>`


def _json(block: Block) -> None:
    try:
        json.loads(block.text)
    except ValueError:
        for line in block.text.splitlines():  # JSON lines
            _parsed(block, json.loads, line)


def _toml(block: Block) -> None:
    _parsed(block, tomllib.loads, block.text)


def _parsed(block: Block, parse: Callable[[str], object], text: str) -> None:
    try:
        parse(text)
    except ValueError as error:
        raise PageError(block.place, f"{text!r}: {error}") from error


def _html(block: Block) -> None:
    parser: Any = html5lib.HTMLParser()
    if "<html" in block.text.lower() or "<!doctype" in block.text.lower():
        parser.parse(block.text)
    else:
        parser.parseFragment(block.text)
    for (line, _), code, details in parser.errors:
        if code != "expected-doctype-but-got-start-tag":
            raise PageError(f"{block.page}:{block.line + line - 1}", f"{code} {details}")


def _stub(block: Block) -> None:
    try:
        ast.parse(block.text)
    except SyntaxError as error:
        raise PageError(block.place, f"{error}") from error


CHECKS: dict[str, Callable[[Block], None]] = {
    "bash": check_commands,
    "console": check_commands,
    "sh": check_commands,
    "json": _json,
    "toml": _toml,
    "html": _html,
    "pyi": _stub,
}


class Traces:
    """A file with a request in it, for the statements of a page."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "traces-of-the-page.sqlite3"
        self._connection: sqlite3.Connection | None = None

    def run(self, block: Block) -> None:
        if sqlite3.sqlite_version_info < _ARROWS:
            return
        for statement in _statements(block.text):
            try:
                self._opened().execute(statement).fetchall()
            except sqlite3.Error as error:
                raise PageError(block.place, f"{statement!r}: {error}") from error

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            _write_traces(self._path)
            self._connection = sqlite3.connect(self._path)
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


def _write_traces(path: Path) -> None:
    with (
        SqliteTracer(path) as tracer,
        tracer.create("GET /", {"request.method": "GET", "request.path": "/"}) as request,
        request.step("load", {"rows": 3}) as step,
    ):
        request.attr("response.status_code", 200)
        step.event("loaded", {"rows": 3})
        step.link("request", request.id)


def _statements(text: str) -> Iterator[str]:
    statement = ""
    for piece in text.strip().split(";"):
        statement += piece + ";"
        if sqlite3.complete_statement(statement):
            if statement.strip(" \n;"):
                yield statement
            statement = ""
