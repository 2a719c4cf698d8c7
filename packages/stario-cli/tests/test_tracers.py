"""`STARIO_TRACER`: names of ours in any case, the user's factories, sentences for the rest."""

import os
import subprocess
import sys
from importlib.metadata import entry_points
from io import StringIO
from pathlib import Path

import pytest
from stario.cli.tracers import OURS, make_tracer, names_of
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
def exits(): raise SystemExit(3)
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
        ("json,bad:fails", "it raised LookupError:\n"),
        ("bad:exits", "it raised SystemExit:\n"),
        ("json,,tty", "a name between its commas is empty."),
        (",", "a name between its commas is empty."),
        ("json,", "a name between its commas is empty."),
        ("json tty", "'json tty:make_tracer' does not say what to load."),
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


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("sqlite,json", "SqliteTracer + JsonTracer"),
        (" JSON , Tty ", "JsonTracer + TTYTracer"),
        ("auto,sqlite", "JsonTracer + SqliteTracer"),
        ("json,auto,JSON", "JsonTracer"),
        ("noop,json", "JsonTracer"),
        ("noop,NOOP", "NoOpTracer"),
        ("mine:make_tracer,json,mine:make_tracer", "Mine + JsonTracer"),
    ],
)
def test_several_make_a_tee_and_each_is_there_once(
    here: Path, monkeypatch: pytest.MonkeyPatch, value: str, names: str
) -> None:
    """`auto` is JSON here; what records nothing is left out."""
    (here / "mine.py").write_text(FACTORY)
    monkeypatch.setenv("STARIO_TRACER", value)
    assert names_of(make_tracer()) == names


def test_the_names_of_ours_are_registered_as_those_of_other_packages_are() -> None:
    """The table saves the start from reading everybody's metadata; it tells the same."""
    if not (found := entry_points(group="stario.tracers")):
        pytest.skip("an editable install from before they were registered")
    ours = {each.name: each.value for each in found if each.value.startswith("stario.")}
    assert ours == OURS


def install(folder: Path, package: str, points: str, *, metadata: bool = True) -> None:
    """Put an installed package's metadata in place, without a package."""
    info = folder / f"{package.replace('-', '_')}-1.2.dist-info"
    info.mkdir()
    if metadata:
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[stario.tracers]\n{points}\n")


@pytest.fixture
def site(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages."""
    folder = here / "site"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return folder


@pytest.mark.parametrize("value", ["otlp", "OTLP", " otlp ", "Otlp,noop"])
@pytest.mark.parametrize(
    "point", ["otlp = exporter:make", "Otlp = exporter", "otlp = exporter:make [grpc]"]
)
def test_a_name_that_a_package_registered_is_its_factory(
    site: Path, monkeypatch: pytest.MonkeyPatch, value: str, point: str
) -> None:
    """In any case; a module alone stands for its make_tracer(), extras are for installers."""
    install(site, "stario-otlp", point)
    (site / "exporter.py").write_text(FACTORY + "make = make_tracer")
    monkeypatch.setenv("STARIO_TRACER", value)
    assert names_of(make_tracer()) == "Mine"


def test_no_package_takes_a_name_of_ours(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does looking for one of ours import what others brought."""
    install(site, "sneaky", "json = sneaky:make\nJSON = sneaky:make")
    (site / "sneaky.py").write_text("raise SystemExit")
    monkeypatch.setenv("STARIO_TRACER", "json")
    assert names_of(make_tracer()) == "JsonTracer"


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ("absent:make", "There is no module 'absent'."),
        ("exporter:absent", "The module 'exporter' has no 'absent'"),
        ("exporter:number", "it cannot be called."),
        ("exporter:fails", "it raised LookupError:\n"),
        ("exporter:nothing", "it made a NoneType without __enter__"),
        ("needy:make", "The module 'needy' needs 'grpcc'"),
        ("crashing:make", "The module 'crashing' raised ZeroDivisionError"),
    ],
)
def test_a_package_that_is_broken_is_told_with_its_name(
    site: Path, monkeypatch: pytest.MonkeyPatch, spec: str, fault: str
) -> None:
    """Whoever set the variable did not write that code, and has to know whose it is."""
    install(site, "stario-otlp", f"otlp = {spec}")
    (site / "exporter.py").write_text(BAD)
    (site / "needy.py").write_text("import grpcc")
    (site / "crashing.py").write_text("1 / 0")
    monkeypatch.setenv("STARIO_TRACER", "json,otlp")
    with pytest.raises(StarioError) as caught:
        make_tracer()
    told = str(caught.value)
    assert told.startswith(f"STARIO_TRACER is 'json,otlp', which gives no tracer: {fault}")
    assert "(It is 'otlp' of stario-otlp.)" in told


def test_a_bad_setting_of_a_packages_tracer_is_told_as_it_says_it(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its StarioError is written for people already."""
    install(site, "stario-otlp", "otlp = strict:make")
    (site / "strict.py").write_text(
        "from stario.exceptions import StarioError\n"
        "def make(): raise StarioError('OTLP_URL is odd.')"
    )
    monkeypatch.setenv("STARIO_TRACER", "otlp")
    with pytest.raises(StarioError, match=r"^OTLP_URL is odd\."):
        make_tracer()


@pytest.mark.parametrize(
    ("value", "meant"), [("jsn", "json"), ("sqlite3", "sqlite"), ("OLTP", "otlp"), ("aut", "auto")]
)
def test_an_unknown_name_is_told_with_the_nearest_and_with_whose_the_others_are(
    site: Path, monkeypatch: pytest.MonkeyPatch, value: str, meant: str
) -> None:
    """One of the names is of a package whose metadata is damaged."""
    install(site, "stario-otlp", "otlp = exporter:make")
    install(site, "odd", "prometheus = odd:make", metadata=False)
    monkeypatch.setenv("STARIO_TRACER", f"noop,{value}")
    with pytest.raises(StarioError) as caught:
        make_tracer()
    told = str(caught.value)
    assert f"Did you mean {meant!r}?" in told
    assert "sqlite, otlp (of stario-otlp), prometheus (of " in told


def test_a_package_whose_entry_points_cannot_be_read_hides_no_other(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From Python 3.15 on, one value that is not a reference makes all of its package useless."""
    install(site, "broken", "odd = a b")
    install(site, "stario-otlp", "otlp = exporter")
    (site / "exporter.py").write_text(FACTORY)
    monkeypatch.setenv("STARIO_TRACER", "otlp")
    assert names_of(make_tracer()) == "Mine"


def test_a_package_hides_the_same_one_further_down_the_path(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its modules do, in whatever spelling of its name (PEP 503)."""
    below = site / "below"
    below.mkdir()
    install(site, "stario-otlp", "otlp = exporter")
    install(below, "Stario.OTLP", "otlp = another:make")
    (site / "exporter.py").write_text(FACTORY)
    monkeypatch.setattr(sys, "path", [str(site), str(below), *sys.path])
    monkeypatch.setenv("STARIO_TRACER", "otlp")
    assert names_of(make_tracer()) == "Mine"


def test_a_name_that_two_packages_registered_is_nobodys(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which one it is must not depend on the order of folders."""
    install(site, "one", "otlp = one:make")
    install(site, "two", "otlp = two:make")
    monkeypatch.setenv("STARIO_TRACER", "otlp")
    with pytest.raises(StarioError) as caught:
        make_tracer()
    assert "several packages offer: one (one:make), two (two:make)." in str(caught.value)


def test_no_metadata_is_read_for_a_name_of_ours(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loading `importlib.metadata` takes longer than the server's own start."""
    code = (
        "import sys; from stario.cli.tracers import make_tracer; make_tracer();"
        "sys.exit('importlib.metadata' in sys.modules or 'sqlite3' in sys.modules)"
    )
    environment = {**os.environ, "STARIO_TRACER": "json,noop"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert done.returncode == 0
