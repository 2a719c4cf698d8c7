"""Completion in the shells themselves, as far as they are installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

APP = "async def bootstrap(app, span):\n    yield\nasync def other(app):\n    yield\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two apps, and `stario` on PATH."""
    here = tmp_path_factory.mktemp("project")
    (here / "main.py").write_text(APP)
    (here / "shop").mkdir()
    (here / "shop" / "app.py").write_text(APP)
    (here / "broken.py").write_text("def")
    (here / "bin").mkdir()
    command = here / "bin" / "stario"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m stario.cli "$@"\n')
    command.chmod(0o755)
    return here


def run(project: Path, *command: str) -> list[str]:
    path = shutil.which(command[0])
    if path is None:
        pytest.skip(f"there is no {command[0]}")
    environment = os.environ | {
        "PATH": f"{project / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(project),
        "TERM": "dumb",
    }
    done = subprocess.run(
        [path, *command[1:]],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.split()


EXPECTED = [
    (
        "stario ",
        {"init", "serve", "watch", "routes", "check", "env", "completion", "--help", "--version"},
    ),
    ("stario ro", {"routes"}),
    ("stario env --", {"--help", "--json"}),
    ("stario init --", {"--help", "--name"}),
    ("stario completion ", {"bash", "zsh", "fish", "--specs", "--help"}),
    ("stario serve ma", {"main:bootstrap"}),
    ("stario watch --watch-i", {"--watch-ignore"}),
    ("stario routes sh", {"shop.app:bootstrap"}),
]


@pytest.mark.parametrize(("line", "expected"), EXPECTED)
def test_bash_completes(project: Path, line: str, expected: set[str]) -> None:
    """By the function that bash calls, with what bash sets."""
    words = line.split(" ")
    script = f"""
      eval "$(stario completion bash)"
      COMP_LINE={line!r} COMP_POINT={len(line)} COMP_CWORD={len(words) - 1}
      COMP_WORDS=({" ".join(repr(word) for word in words)})
      _stario
      printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    found = set(run(project, "bash", "--norc", "-c", script))
    assert (found - {"--help"} if "--help" not in expected else found) == expected


def test_bash_completes_behind_a_colon(project: Path) -> None:
    """Bash replaces only what is behind it."""
    script = """
      eval "$(stario completion bash)"
      COMP_LINE='stario serve main:b' COMP_POINT=19 COMP_WORDS=(stario serve main : b)
      _stario
      printf '%s\\n' "${COMPREPLY[@]}"
    """
    assert run(project, "bash", "--norc", "-c", script) == ["bootstrap"]


@pytest.mark.parametrize(("line", "expected"), EXPECTED)
def test_fish_completes(project: Path, line: str, expected: set[str]) -> None:
    """By asking fish for the completions of a line."""
    script = f"stario completion fish | source; complete -C {line!r}"
    found = set(run(project, "fish", "--no-config", "-c", script))
    assert expected - {"--help", "--version"} <= found


@pytest.fixture(scope="module")
def told_by_zsh(project: Path) -> dict[str, set[str]]:
    """What one zsh offers for each line: its start and the script's take seconds."""
    asked = "".join(
        f"print @; words=({' '.join(map(repr, words))}); CURRENT={len(words)}; _stario\n"
        for words in (line.split(" ") for line, _ in EXPECTED)
    )
    script = f"""
      autoload -Uz compinit && compinit -u -d {project / "zcompdump"}
      compadd() {{ [[ $1 == -- ]] && shift; print -l -- "$@" }}
      _files() {{ }}
      eval "$(stario completion zsh)"
      [[ $_comps[stario] == _stario ]] || exit 1
      {asked}
    """
    told = " ".join(run(project, "zsh", "-f", "-c", script)).split("@")[1:]
    return {line: set(words.split()) for (line, _), words in zip(EXPECTED, told, strict=True)}


@pytest.mark.parametrize(("line", "expected"), EXPECTED)
def test_zsh_completes(told_by_zsh: dict[str, set[str]], line: str, expected: set[str]) -> None:
    """The function is called with the words that zsh has at the cursor."""
    assert expected <= told_by_zsh[line]


def test_nothing_is_imported_to_find_what_could_be_served(project: Path, tmp_path: Path) -> None:
    """Sources that cannot be read, and functions that are no bootstrap, are passed over."""
    shutil.copytree(project, tmp_path, dirs_exist_ok=True)
    (tmp_path / "main.py").write_text(APP + "raise SystemExit('imported')\n")
    done = subprocess.run(
        [sys.executable, "-m", "stario.cli", "completion", "--specs"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert done.stdout.split() == ["main:bootstrap", "shop.app:bootstrap"]
