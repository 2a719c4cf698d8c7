"""`STARIO_TRACER`: names of ours in any case, the user's factories, sentences for the rest."""

import sys
from io import StringIO
from pathlib import Path

import pytest
from stario.cli.tracers import make_tracer
from stario.exceptions import StarioError


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("value", "name"),
    [
        *(("json", "JsonTracer"), ("JSON", "JsonTracer"), (" Json ", "JsonTracer")),
        *(("noop", "NoOpTracer"), ("sqlite", "SqliteTracer"), ("tty", "TTYTracer")),
        *(("auto", "JsonTracer"), ("", "JsonTracer"), ("  ", "JsonTracer")),
    ],
)
def test_a_name_in_any_case_is_a_tracer_of_ours(
    here: Path, monkeypatch: pytest.MonkeyPatch, value: str, name: str
) -> None:
    """`auto`, and nothing at all, is JSON where stdout is no terminal."""
    monkeypatch.setenv("STARIO_TRACER", value)
    assert type(make_tracer()).__name__ == name


def test_auto_is_the_tty_tracer_on_a_terminal(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard output decides."""
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert type(make_tracer()).__name__ == "TTYTracer"


FACTORY = """
from stario.tracing import NoOpTracer
class Mine(NoOpTracer): ...
def make_tracer(): return Mine()
class holder: factory = Mine
"""


@pytest.mark.parametrize("value", ["mine", "mine:make_tracer", "mine:Mine", "mine:holder.factory"])
def test_a_factory_of_the_users_is_called_without_arguments(
    here: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """A module alone stands for its make_tracer()."""
    (here / "mine.py").write_text(FACTORY)
    monkeypatch.setenv("STARIO_TRACER", value)
    assert type(make_tracer()).__name__ == "Mine"


BAD = """
number = 1
def needs(argument): ...
def fails(): raise LookupError("no such shelf")
def nothing(): ...
class Half:
    def __enter__(self): ...
    def create(self): ...
    stats = None
"""


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("jsn", "There is no module 'jsn'."),
        ("bad", "The module 'bad' has no 'make_tracer'"),
        ("bad:number", "it cannot be called."),
        ("bad:needs", "it raised TypeError:\n"),
        ("bad:fails", "it raised LookupError:\n"),
        ("bad:nothing", "it made a NoneType without __enter__, __exit__, create, on_end, stats."),
        ("bad:Half", "it made a Half without __exit__, on_end, stats."),
        ("bad:", "'bad:' does not say what to load."),
        ("json,tty", "There is no module 'json,tty'."),
    ],
)
def test_anything_else_is_told_with_the_names_that_work(
    here: Path, monkeypatch: pytest.MonkeyPatch, value: str, fault: str
) -> None:
    """The complaint has the variable, its value, the fault and the choices."""
    (here / "bad.py").write_text(BAD)
    monkeypatch.setenv("STARIO_TRACER", value)
    with pytest.raises(StarioError) as caught:
        make_tracer()
    told = str(caught.value)
    assert told.startswith(f"STARIO_TRACER is {value!r}, which gives no tracer: {fault}")
    assert "auto, tty, json, noop, sqlite" in told


@pytest.mark.parametrize(
    ("tracer", "name", "value"),
    [
        ("json", "STARIO_TRACERS_JSON_FLUSH_INTERVAL", "0"),
        ("json", "STARIO_TRACERS_JSON_MAX_BATCH_SPANS", "many"),
        ("sqlite", "STARIO_TRACERS_SQLITE", " "),
        ("sqlite", "STARIO_TRACERS_SQLITE_MAX_AGE", "-1"),
    ],
)
def test_a_bad_setting_of_a_tracer_is_a_stario_error(
    here: Path, monkeypatch: pytest.MonkeyPatch, tracer: str, name: str, value: str
) -> None:
    """The tracer's own reading of the environment is let through."""
    monkeypatch.setenv("STARIO_TRACER", tracer)
    monkeypatch.setenv(name, value)
    with pytest.raises(StarioError):
        make_tracer()
