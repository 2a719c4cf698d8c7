"""The client is found, fetched, checked and cached; a file of unknown content is never used."""

import hashlib
import io
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from stario.datastar import DATASTAR_CDN_URL, client
from stario.exceptions import StarioError

CLIENT = b"/* a client */ run();"
OLDER = b"/* an older client */ run();\n"
SOURCE_MAP = b"\n//# sourceMappingURL=datastar.js.map\n"
MEMBER = "stario/cli/templates/tiles/static/js/datastar.js"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def fail(reason: str = "unplugged") -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        raise OSError(reason)

    return call


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A cache of its own, two accepted clients, and no network at all."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(client, "ACCEPTED", {digest(CLIENT): "2.0", digest(OLDER): "1.0"})
    monkeypatch.setattr(client, "download", fail())
    monkeypatch.setattr(client, "wheel_by_uv", fail("no uv"))
    monkeypatch.setattr(client, "wheel_by_pip", fail("no pip"))


@pytest.fixture
def cached(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "stario" / "datastar" / f"{digest(CLIENT)}.js"


def serve(monkeypatch: pytest.MonkeyPatch, content: bytes) -> list[str]:
    asked: list[str] = []

    def download(url: str) -> bytes:
        asked.append(url)
        return content

    monkeypatch.setattr(client, "download", download)
    return asked


@pytest.mark.parametrize("content", [CLIENT, OLDER])
def test_a_known_file_in_the_directory_is_used(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "datastar.js").write_bytes(content)
    assert client.fetch_client(tmp_path) == tmp_path / "datastar.js"
    assert (tmp_path / "datastar.js").read_bytes() == content


def test_an_unknown_file_in_the_directory_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = serve(monkeypatch, CLIENT)
    (tmp_path / "datastar.js").write_bytes(b"mine")
    with pytest.raises(StarioError, match="left as it is") as refused:
        client.fetch_client(tmp_path)
    assert (tmp_path / "datastar.js").read_bytes() == b"mine"
    assert digest(CLIENT) in str(refused.value)
    assert asked == []


def test_the_cache_is_asked_before_the_network(tmp_path: Path, cached: Path) -> None:
    cached.parent.mkdir(parents=True)
    cached.write_bytes(CLIENT)
    assert client.fetch_client() == cached
    target = tmp_path / "static" / "js"
    assert client.fetch_client(target) == target / "datastar.js"
    assert (target / "datastar.js").read_bytes() == CLIENT


def test_a_damaged_cache_is_fetched_anew(cached: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached.parent.mkdir(parents=True)
    cached.write_bytes(CLIENT[:5])
    serve(monkeypatch, CLIENT)
    assert client.fetch_client().read_bytes() == CLIENT


def test_the_official_bundle_is_fetched_once(
    tmp_path: Path, cached: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = serve(monkeypatch, CLIENT)
    for name in ("a", "b"):
        assert client.fetch_client(tmp_path / name).read_bytes() == CLIENT
    assert client.fetch_client() == cached
    assert asked == [DATASTAR_CDN_URL]
    assert [path.name for path in cached.parent.iterdir()] == [cached.name]


@pytest.mark.parametrize(
    ("accepted", "served"),
    [
        (CLIENT, CLIENT + SOURCE_MAP),
        (CLIENT, CLIENT + SOURCE_MAP.rstrip()),
        (CLIENT + b"\n", CLIENT + SOURCE_MAP),
        (CLIENT + SOURCE_MAP, CLIENT + SOURCE_MAP),
    ],
)
def test_a_source_map_line_is_taken_off_where_the_hash_wants_it(
    monkeypatch: pytest.MonkeyPatch, accepted: bytes, served: bytes
) -> None:
    monkeypatch.setattr(client, "ACCEPTED", {digest(accepted): "2.0"})
    serve(monkeypatch, served)
    assert client.fetch_client().read_bytes() == accepted


def test_a_file_with_another_hash_is_not_used(
    tmp_path: Path, cached: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, b"<h1>Sign in to this network</h1>")
    monkeypatch.setattr(client, "wheel_by_pip", lambda: OLDER)
    assert client.fetch_client(tmp_path).read_bytes() == OLDER
    assert not cached.exists()


def test_when_nothing_works_the_error_says_what_was_tried_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StarioError) as refused:
        client.fetch_client(tmp_path)
    text = str(refused.value)
    for part in (
        "no client there",
        f"{DATASTAR_CDN_URL}: unplugged",
        "by uv: no uv",
        "by pip: no pip",
        str(tmp_path / "datastar.js"),
        digest(CLIENT),
        digest(OLDER),
    ):
        assert part in text
    assert not (tmp_path / "datastar.js").exists()


def test_without_a_directory_the_file_can_be_put_into_the_cache_by_hand(tmp_path: Path) -> None:
    with pytest.raises(StarioError, match="yourself") as refused:
        client.fetch_client()
    by_hand = tmp_path / "cache" / "stario" / "datastar" / "<its sha256>.js"
    assert str(by_hand) in str(refused.value)


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("a file, no folder")
    serve(monkeypatch, CLIENT)
    assert client.fetch_client(tmp_path / "static").read_bytes() == CLIENT
    with pytest.raises(OSError, match="cache"):
        client.fetch_client()


def test_a_write_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, CLIENT)
    monkeypatch.setattr(Path, "replace", fail("disk is full"))
    with pytest.raises(OSError, match="disk is full"):
        client.fetch_client(tmp_path / "static")
    assert list((tmp_path / "static").iterdir()) == []


# The real sources, against 127.0.0.1 and with a process that is none


class Bundle(BaseHTTPRequestHandler):
    """Serves a file, one that is missing, and one that is too long."""

    def do_GET(self) -> None:
        self.send_response(404 if self.path == "/missing" else 200)
        self.end_headers()
        if self.path == "/long":
            self.wfile.write(bytes(client._MAX_BYTES + 1))
        else:
            self.wfile.write(CLIENT)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def origin() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Bundle) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    """The functions themselves, which `world` had replaced."""
    monkeypatch.undo()
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.mark.usefixtures("real")
def test_a_download_reads_the_file(origin: str) -> None:
    assert client.download(f"{origin}/datastar.js") == CLIENT


@pytest.mark.usefixtures("real")
def test_a_download_refuses_what_is_missing_or_too_long(origin: str) -> None:
    with pytest.raises(client.Unavailable, match="404"):
        client.download(f"{origin}/missing")
    with pytest.raises(client.Unavailable, match="longer than 1,000,000 bytes"):
        client.download(f"{origin}/long")


@pytest.mark.usefixtures("real")
def test_a_download_that_drips_ends(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter((0.0, 6.0, 7.0))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    with pytest.raises(client.Unavailable, match="not complete after 5 seconds"):
        client.download(f"{origin}/datastar.js")


def run_as(
    monkeypatch: pytest.MonkeyPatch,
    effect: Callable[[Path], None],
    code: int = 0,
    stderr: str = "",
) -> list[list[str]]:
    """Replace the installers: `effect` is called with the directory that they were given."""
    commands: list[list[str]] = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        assert options["timeout"] == 60
        commands.append(command)
        flag = "--target" if "--target" in command else "--dest"
        effect(Path(command[command.index(flag) + 1]))
        return subprocess.CompletedProcess(command, code, "", stderr)

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def install(directory: Path) -> None:
    path = directory / MEMBER
    path.parent.mkdir(parents=True)
    path.write_bytes(CLIENT)


def wheel(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


@pytest.mark.usefixtures("real")
def test_uv_installs_the_wheel_into_a_directory_that_is_gone_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", "/bin/{}".format)
    commands = run_as(monkeypatch, install)
    assert client.wheel_by_uv() == CLIENT
    [command] = commands
    directory = command[command.index("--target") + 1]
    assert command[:3] == ["/bin/uv", "pip", "install"]
    assert {"--no-deps", "--only-binary=:all:", "stario==3.4.0"} <= set(command)
    assert not Path(directory).exists()


@pytest.mark.usefixtures("real")
def test_pip_downloads_the_wheel_and_one_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def save(directory: Path) -> None:
        (directory / "stario-3.4.0-py3-none-any.whl").write_bytes(wheel({MEMBER: CLIENT}))

    commands = run_as(monkeypatch, save)
    assert client.wheel_by_pip() == CLIENT
    assert commands[0][:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", "stario==3.4.0"} <= set(commands[0])


def save_nothing(directory: Path) -> None:
    pass


def save_another(directory: Path) -> None:
    (directory / "a.whl").write_bytes(wheel({"other": b""}))


def save_damaged(directory: Path) -> None:
    (directory / "a.whl").write_bytes(b"no zip")


def wait_too_long(directory: Path) -> None:
    raise subprocess.TimeoutExpired("pip", 60)


@pytest.mark.usefixtures("real")
@pytest.mark.parametrize(
    ("effect", "code", "stderr", "reason"),
    [
        (save_nothing, 0, "", "no wheel"),
        (save_another, 0, "", "does not hold the client"),
        (save_damaged, 0, "", "does not hold the client"),
        (save_nothing, 1, "noise\nERROR: No matching distribution\n", "No matching distribution"),
        (save_nothing, 3, "", "exit code 3"),
        (wait_too_long, 0, "", "no answer within 60 seconds"),
    ],
)
def test_an_installer_that_fails_says_why(
    monkeypatch: pytest.MonkeyPatch,
    effect: Callable[[Path], None],
    code: int,
    stderr: str,
    reason: str,
) -> None:
    run_as(monkeypatch, effect, code, stderr)
    with pytest.raises(client.Unavailable, match=reason):
        client.wheel_by_pip()


@pytest.mark.usefixtures("real")
def test_without_uv_the_reason_is_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(client.Unavailable, match="uv is not on PATH"):
        client.wheel_by_uv()


@pytest.mark.usefixtures("real")
def test_the_accepted_hashes_are_hashes() -> None:
    assert all(len(bytes.fromhex(known)) == 32 for known in client.ACCEPTED)


# Where the cache is


@pytest.mark.parametrize(
    ("platform", "variables", "folder"),
    [
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "/home/me/.cache"),
        ("linux", {"XDG_CACHE_HOME": ""}, "/home/me/.cache"),
        ("darwin", {"XDG_CACHE_HOME": ""}, "/home/me/Library/Caches"),
        ("win32", {"XDG_CACHE_HOME": "", "LOCALAPPDATA": "/local"}, "/local"),
        ("win32", {"XDG_CACHE_HOME": "", "LOCALAPPDATA": ""}, "/home/me/AppData/Local"),
    ],
)
def test_the_cache_is_where_the_platform_keeps_caches(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], folder: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/me"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert client.cache_directory() == Path(folder) / "stario" / "datastar"


# The command


def test_the_command_prints_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(monkeypatch, CLIENT)
    assert client.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'datastar.js'}\n"


def test_the_command_says_why_it_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert client.main([str(tmp_path)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "could not be fetched" in printed.err
