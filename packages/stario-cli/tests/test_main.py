"""Arguments in, an exit code out."""

import sys
from io import StringIO
from pathlib import Path

import pytest
import stario
from stario.cli import serving as serve_module
from stario.cli.main import main
from stario.cli.term import has_colour, plain, say
from stario.cli.version import version


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_the_version_is_that_of_stario(capsys: pytest.CaptureFixture[str]) -> None:
    """It is read without importlib.metadata, and is the same."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"stario {stario.__version__}\n"
    assert version() == stario.__version__


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "-h"], ["watch", "--help"]])
def test_help_is_a_clean_end(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """It goes to stdout, since it was asked for."""
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("usage: stario")


@pytest.mark.parametrize(
    "arguments",
    [
        *([], ["run"], ["serve"], ["watch"], ["serve", "--port", "80", "main:bootstrap"]),
        *(["serve", "a:b", "c:d"], ["watch", "--watch"], ["watch", "--watch-ig", "x", "a:b"]),
        *(["--verbose"], ["serve", "--watch", ".", "a:b"]),
    ],
)
def test_a_wrong_command_line_is_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """No command, an unknown one, an unknown option, a shortened one."""
    assert main(arguments) == 2
    assert "usage: stario" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["srve", "a:b"], "there is no command 'srve'; did you mean 'serve'?"),
        (["SERVE", "--watch"], "there is no command 'SERVE'; did you mean 'serve'?"),
        (["\x1b[2J"], "there is no command '\\x1b[2J'"),
        (["--verson"], "; did you mean '--version'?"),
        (["watch", "--watch-ingore=x", "a:b"], "; did you mean '--watch-ignore' or '--watch'?"),
        (["env", "--jsn", "\x1b[2J"], "--jsn \\x1b[2J; did you mean '--json'?"),
        (["completion", "fsh"], "; did you mean 'fish' or 'zsh'?"),
        (["serve", "--port=80", "a:b"], "unrecognized arguments: --port=80"),
        (["watch", "--watch"], "argument --watch: expected one argument"),
        (["serve", "--", "watch", "a:b"], "unrecognized arguments: a:b"),
    ],
)
def test_a_mistyped_word_is_told_with_what_may_have_been_meant(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nothing is like it, nothing is added."""
    assert main(arguments) == 2
    assert capsys.readouterr().err.endswith(f"{told}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        *(["serve", "main"], ["serve", "nowhere:bootstrap"], ["watch", "main"], ["watch", "a/b:c"]),
        *(["watch", "--watch", "missing", "a:b"], ["watch", "--watch", "", "a:b"]),
        *(["watch", "--watch-ignore", "a/*.css", "a:b"], ["watch", "--watch-ignore", "", "a:b"]),
    ],
)
def test_a_foreseen_error_is_1_and_a_sentence(
    here: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """On stderr, with a next step, without a traceback and without colour."""
    assert main(arguments) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("[stario] error: ")
    assert "\n  Help: " in output.err
    assert "Traceback" not in output.err


@pytest.mark.parametrize("command", ["serve", "watch"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("STARIO_PORT", "http"), ("STARIO_PORT", "0"), ("STARIO_LOOP", "trio")),
        *(("STARIO_REUSE_ADDR", "maybe"), ("STARIO_COMPRESS_GZIP_LEVEL", "10")),
        *(("STARIO_UNIX_SOCKET", ""), ("STARIO_GRACEFUL_SHUTDOWN_TIMEOUT", "-1")),
    ],
)
def test_a_bad_variable_is_1_before_anything_is_loaded(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    name: str,
    value: str,
) -> None:
    """The configuration is read first, by `watch` too."""
    (here / "main.py").write_text("raise SystemExit('imported')")
    monkeypatch.setenv(name, value)
    assert main([command, "main:bootstrap"]) == 1
    assert "imported" not in capsys.readouterr().err


def test_an_interrupt_outside_the_server_is_130(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one while the app is imported."""

    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(serve_module, "load_bootstrap", interrupted)
    assert main(["serve", "main:bootstrap"]) == 130


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("STARIO_HOST", "no..host"), ("STARIO_HOST", "x" * 70)),
        *(("STARIO_UNIX_SOCKET", "main.py"), ("STARIO_UNIX_SOCKET", "no/such/directory.sock")),
        *(("STARIO_SSL_CERTFILE", "main.py"), ("STARIO_SSL_CERTFILE", "missing.pem")),
    ],
)
@pytest.mark.parametrize("loop", ["asyncio", "auto"])
def test_an_address_that_cannot_be_had_is_1(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    loop: str,
    name: str,
    value: str,
) -> None:
    """Whatever the system says to it, it becomes a sentence."""
    (here / "main.py").write_text("async def bootstrap(app, span):\n    yield\n")
    monkeypatch.setenv("STARIO_TRACER", "noop")
    monkeypatch.setenv("STARIO_LOOP", loop)
    monkeypatch.setenv(name, value)
    assert main(["serve", "main:bootstrap"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("[stario] error: ")
    assert "\n  Help: " in told


def test_a_platform_without_unix_sockets_is_1(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both commands say so at once."""
    monkeypatch.delattr("socket.AF_UNIX", raising=False)
    monkeypatch.setenv("STARIO_UNIX_SOCKET", "app.sock")
    assert [main([command, "main:bootstrap"]) for command in ("serve", "watch")] == [1, 1]
    assert capsys.readouterr().err.count("this platform has no Unix sockets") == 2


@pytest.mark.parametrize(
    ("stream", "environment", "expected"),
    [
        (Terminal(), {}, True),
        (StringIO(), {}, False),
        (StringIO(), {"FORCE_COLOR": "1"}, False),
        (None, {}, False),
        (Terminal(), {"NO_COLOR": ""}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
    ],
)
def test_colour_needs_a_terminal_and_no_veto(
    monkeypatch: pytest.MonkeyPatch,
    stream: StringIO | None,
    environment: dict[str, str],
    expected: bool,
) -> None:
    """NO_COLOR counts when it is present, even empty."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stderr", stream)
    assert has_colour(stream) is expected
    say("news")
    if stream is not None:
        assert ("\x1b" in stream.getvalue()) is expected


@pytest.mark.parametrize("colour", ["", "1"])
def test_help_has_no_colour_where_it_is_not_wanted(
    monkeypatch: pytest.MonkeyPatch, colour: str
) -> None:
    """Python 3.14 would colour it, and takes an empty NO_COLOR for none."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", colour)
    assert main(["serve", "--help"]) == 0
    assert "\x1b" not in terminal.getvalue()


def test_a_closed_stderr_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be said is left unsaid."""
    closed = StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    say("news")


def test_values_in_an_error_cannot_either(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lines of a message stay lines; what a value smuggles in is spelled out."""
    monkeypatch.setenv("STARIO_UNIX_SOCKET", "\x1b[2J\x07/x")
    (here / "main.py").write_text("async def bootstrap(app, span):\n    yield\n")
    assert main(["serve", "main:bootstrap"]) == 1
    told = capsys.readouterr().err
    assert "\\x1b[2J\\x07/x" in told
    assert "\n  Help: " in told
    assert not {"\x1b", "\x07"} & set(told)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("main.py", "main.py"),
        ("größe.py", "größe.py"),
        ("a\nb", "a\\nb"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\u202eb", "a\\u202eb"),
        ("\x9b1m", "\\x9b1m"),
        ("\udcff", "\\udcff"),
    ],
)
def test_names_of_files_cannot_command_a_terminal(text: str, shown: str) -> None:
    """Control bytes, C1, bidirectional marks and lone surrogates are spelled out."""
    assert plain(text) == shown
