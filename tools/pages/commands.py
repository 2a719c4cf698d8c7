"""Command lines of a page: ours are read by their own parser, others have to be known."""

import re
import shlex
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

from stario.cli import commands
from stario.cli.main import main
from stario.cli.variables import VARIABLES

from pages.blocks import Block
from pages.errors import PageError

_OURS = {variable.name for variable in VARIABLES if variable.name.startswith("STARIO_")}
# Programs that a page may name, since whoever reads it has them or is told how to get them.
_KNOWN = {
    *("[", "cat", "cd", "chmod", "chown", "cp", "echo", "exit", "export", "find", "grep", "head"),
    *("install", "kill", "ls", "mkdir", "mv", "ps", "rm", "sed", "set", "sleep", "source", "tail"),
    *("tar", "tee", "test", "timeout", "touch", "xargs"),
    *("apt-get", "adduser", "htop", "journalctl", "ss", "systemctl", "systemd-analyze", "useradd"),
    *("caddy", "createuser", "curl", "docker", "git", "jq", "nginx", "openssl", "podman", "psql"),
    *("sqlite3", "wget"),
    *("pip", "pyright", "pytest", "python", "ruff", "uv"),
}
_SEPARATORS = {"&&", "||", ";", "|", "&", "(", ")", ";;"}
_UV_VALUES = {  # options of `uv run` that take a value
    *("--directory", "--project", "--python", "-p", "--with", "--with-editable", "--extra"),
    *("--group", "--no-group", "--only-group", "--env-file", "--package"),
}
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)=")


def check_commands(block: Block) -> None:
    """Raise PageError for a command line that would be refused."""
    for line in _lines(block):
        for words in _commands(block, line):
            _check_command(block, _without_variables(block, words))


def _lines(block: Block) -> Iterator[str]:
    lines = iter(block.text.splitlines())
    for line in lines:
        if block.language == "console":
            if not line.startswith("$ "):
                continue
            line = line.removeprefix("$ ")
        while line.endswith("\\"):
            line = line[:-1] + " " + next(lines, "")
        if here := re.search(r"<<-?\s*['\"]?(\w+)['\"]?", line):
            while next(lines, here[1]).strip() != here[1]:
                pass
            line = line.replace(here[0], "")
        if line.strip() and not line.lstrip().startswith("#"):
            yield line


def _commands(block: Block, line: str) -> Iterator[list[str]]:
    """Cut a line into commands, each without its redirections."""
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    command: list[str] = []
    skips = False
    try:
        for word in words:
            if word in _SEPARATORS:
                yield command
                command = []
            elif re.fullmatch(r"[<>&]+", word):
                skips = True
            elif skips:
                skips = False
            else:
                command.append(word)
    except ValueError as error:
        raise PageError(block.place, f"{line!r} cannot be read: {error}") from error
    yield command


def _without_variables(block: Block, words: list[str]) -> list[str]:
    rest = words[words[:1] in (["export"], ["env"]) :]
    while rest and (name := _ASSIGNED.match(rest[0])):
        if name[1].startswith("STARIO_") and name[1] not in _OURS:
            raise PageError(block.place, f"Stario reads no variable {name[1]}")
        rest = rest[1:]
    return rest


def _check_command(block: Block, words: list[str]) -> None:
    if words[:1] == ["sudo"]:
        words = [word for word in words[1:] if not word.startswith("-")]
    if words[:2] == ["uv", "run"]:
        words = _behind_options(words[2:])
    if words[:1] == ["$"] or not words:
        return
    program = words[0].rpartition("/")[2]
    if words[1:3] == ["-m", "stario"] or words[1:3] == ["-m", "stario.cli"]:
        _check_ours(block, words[3:])
    elif program == "stario":
        _check_ours(block, words[1:])
    elif program not in _KNOWN and not words[0].endswith((".py", ".sh")):
        raise PageError(block.place, f"the command {words[0]!r} is not among those that are known")


def _behind_options(words: list[str]) -> list[str]:
    while words and words[0].startswith("-"):
        words = words[2 if words[0] in _UV_VALUES else 1 :]
    return words


def _check_ours(block: Block, given: list[str]) -> None:
    name = given[0] if given else ""
    command = None if name.startswith("-") or not name else commands.load(name)
    said = StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said):
            if command is None:
                code = main(given)
            else:
                parser = ArgumentParser(prog=f"stario {name}", allow_abbrev=False)
                command.add_arguments(parser)
                parser.parse_args(given[1:])
                code = 0
    except SystemExit as end:
        code = end.code
    if code:
        raise PageError(block.place, f"`stario {shlex.join(given)}`: {said.getvalue().strip()}")
