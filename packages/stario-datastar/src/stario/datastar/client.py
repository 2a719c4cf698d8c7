"""Getting the browser client once: found, fetched, checked by its hash, cached; never committed.

Nothing is trusted by its place. Only a file with an accepted hash is used, wherever it is from, and
files appear whole or not at all.

    python -m stario.datastar.client static/js
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from stario.datastar.page.tags import DATASTAR_CDN_URL
from stario.exceptions import StarioError

__all__ = ["ACCEPTED", "fetch_client", "main"]

FILE_NAME = "datastar.js"

ACCEPTED = {
    "27fb94cd95af4bc2d5039223df237debb8e5828e881e8334903e391851c50d23": "1.0.4",
    "54768cf34985be0229c7229f1df9469fbd32e2a0c09b4a3f1e81ad8c4d6840da": "1.0.1",
}
"""SHA-256 of each accepted client to its version, the best first."""

# A release on PyPI that carries an unmodified client, for networks that reach a registry only.
_WHEEL = "stario==3.4.0"
_WHEEL_MEMBER = "stario/cli/templates/tiles/static/js/datastar.js"
_WHEEL_PYTHON = ("--no-deps", "--python-version", "3.14", "--only-binary=:all:")

_CDN_SECONDS = 5.0
_INSTALLER_SECONDS = 60.0
# The client has 34 KB; whatever is much longer is something else.
_MAX_BYTES = 1_000_000

_SOURCE_MAP_LINE = re.compile(rb"(\n?)//# sourceMappingURL=[^\n]*(\n?)\Z")


class Source(NamedTuple):
    """One place to get the client from: its name, and a call that gives the file or raises."""

    name: str
    read: Callable[[], bytes]


class Attempt(NamedTuple):
    """A place that was tried, and why it did not help."""

    source: str
    reason: str


class Unavailable(Exception):
    """A source cannot give the client; the text says why."""


def fetch_client(directory: Path | None = None) -> Path:
    """Get the Datastar client and give the path of the file.

    With a `directory` the file is `datastar.js` in it, and the directory is made when it is
    missing; else it is in the user's cache. Tried in this order: the directory, the cache, the
    official bundle, the copy in a wheel on PyPI (by uv, then by pip).

    Raises `StarioError` when the directory holds another `datastar.js`, which is left alone, and
    when no source works, with the reason of each.
    """
    if directory is not None and _is_in(directory):
        return directory / FILE_NAME
    cache = cache_directory()
    content = _first([_from_cache(cache), *_remote_sources()], directory)
    cached = cache / f"{sha256(content)}.js"
    if directory is None:
        return _write(cached, content)
    try:
        _write(cached, content)
    except OSError:
        pass  # A cache that cannot be written costs the next call some time, nothing else.
    return _write(directory / FILE_NAME, content)


def cache_directory() -> Path:
    """Give the folder for clients in the user's cache."""
    return _user_cache() / "stario" / "datastar"


def sha256(content: bytes) -> str:
    """Give the hash in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def main(argv: Sequence[str] | None = None) -> int:
    """Print the path of the client; 1 when it cannot be fetched."""
    parser = argparse.ArgumentParser(
        prog="python -m stario.datastar.client",
        description="Gets the Datastar client, checks its hash, and prints its path.",
    )
    parser.add_argument(
        "directory", nargs="?", type=Path, help="where datastar.js goes; default: the user's cache"
    )
    try:
        print(fetch_client(parser.parse_args(argv).directory))
    except (StarioError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _is_in(directory: Path) -> bool:
    path = directory / FILE_NAME
    if not path.exists():
        return False
    found = sha256(path.read_bytes())
    if found not in ACCEPTED:
        raise _another_file(path, found)
    return True


def _first(sources: Iterable[Source], directory: Path | None) -> bytes:
    attempts: list[Attempt] = []
    for source in sources:
        try:
            return _accepted(source.read())
        except (Unavailable, OSError) as error:
            attempts.append(Attempt(source.name, str(error) or type(error).__name__))
    raise _not_available(attempts, directory)


def _accepted(content: bytes) -> bytes:
    """Give the content, without its source map if need be, in a form whose hash is accepted."""
    for form in _forms(content):
        if sha256(form) in ACCEPTED:
            return form
    raise Unavailable(f"the file has sha256 {sha256(content)}, which is not accepted")


def _forms(content: bytes) -> Iterator[bytes]:
    yield content
    # Tools differ in which line end they take along with the line.
    for kept in (rb"\1", b"", rb"\1\2"):
        yield _SOURCE_MAP_LINE.sub(kept, content)


def _remote_sources() -> tuple[Source, ...]:
    return (
        Source(DATASTAR_CDN_URL, lambda: download(DATASTAR_CDN_URL)),
        Source(f"{_WHEEL} by uv", wheel_by_uv),
        Source(f"{_WHEEL} by pip", wheel_by_pip),
    )


def _from_cache(cache: Path) -> Source:
    def read() -> bytes:
        for digest in ACCEPTED:
            path = cache / f"{digest}.js"
            if path.exists() and sha256(content := path.read_bytes()) == digest:
                return content
        raise Unavailable("no client there")

    return Source(f"cache {cache}", read)


def download(url: str) -> bytes:
    """Read a file over HTTP, within five seconds and up to a megabyte."""
    try:
        with urllib.request.urlopen(url, timeout=_CDN_SECONDS) as response:
            return _read(response.read1)
    except urllib.error.HTTPError as error:
        with error:  # It holds the answer's connection.
            raise Unavailable(str(error)) from None


def _read(read: Callable[[int], bytes]) -> bytes:
    # The timeout of a socket is one of each read: a source that drips would never meet it.
    deadline = time.monotonic() + _CDN_SECONDS
    content = bytearray()
    while piece := read(65536):
        content += piece
        if len(content) > _MAX_BYTES:
            raise Unavailable(f"the file is longer than {_MAX_BYTES:,} bytes")
        if time.monotonic() > deadline:
            raise Unavailable(f"not complete after {_CDN_SECONDS:g} seconds")
    return bytes(content)


def wheel_by_uv() -> bytes:
    """Take the client from the wheel that uv installs into a temporary directory."""
    uv = shutil.which("uv")
    if uv is None:
        raise Unavailable("uv is not on PATH")
    with tempfile.TemporaryDirectory() as directory:
        _run([uv, "pip", "install", "-q", "--target", directory, *_WHEEL_PYTHON, _WHEEL])
        return (Path(directory) / _WHEEL_MEMBER).read_bytes()


def wheel_by_pip() -> bytes:
    """Take the client from the wheel that pip downloads into a temporary directory."""
    with tempfile.TemporaryDirectory() as directory:
        pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"]
        _run([*pip, *_WHEEL_PYTHON, "--dest", directory, _WHEEL])
        return _member(directory)


def _member(directory: str) -> bytes:
    wheel = next(Path(directory).glob("*.whl"), None)
    if wheel is None:
        raise Unavailable("pip left no wheel")
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(_WHEEL_MEMBER)
    except (KeyError, zipfile.BadZipFile) as error:
        raise Unavailable(f"the wheel does not hold the client: {error}") from error


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_INSTALLER_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"no answer within {_INSTALLER_SECONDS:g} seconds") from None
    if done.returncode != 0:
        raise Unavailable(_last_line(done.stderr) or f"exit code {done.returncode}")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""


def _write(path: Path, content: bytes) -> Path:
    """Write a file whole or not at all: beside its place first, then moved into it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".datastar-", delete=False) as file:
        try:
            file.write(content)
            file.close()
            Path(file.name).chmod(0o644)
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    return path


def _user_cache() -> Path:
    # The XDG specification: a relative path here is invalid and is to be ignored.
    chosen = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if chosen.is_absolute():
        return chosen
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path.home() / ".cache"


def _another_file(path: Path, found: str) -> StarioError:
    return StarioError(
        f"{path} is not a client that this version of Stario knows; it is left as it is.",
        context={"sha256": found},
        help_text=f"Move it away and try again. {_accepted_hashes()}",
    )


def _not_available(attempts: list[Attempt], directory: Path | None) -> StarioError:
    tried = "\n".join(f"  - {attempt.source}: {attempt.reason}" for attempt in attempts)
    return StarioError(
        f"The Datastar client could not be fetched. Tried:\n{tried}",
        help_text=(
            f"Put the file yourself where this call looks first: {_by_hand(directory)}. "
            f"{_accepted_hashes()}"
        ),
    )


def _by_hand(directory: Path | None) -> Path:
    return directory / FILE_NAME if directory else cache_directory() / "<its sha256>.js"


def _accepted_hashes() -> str:
    known = "; ".join(f"{version}: sha256 {digest}" for digest, version in ACCEPTED.items())
    return f"Accepted are {known}."


if __name__ == "__main__":
    sys.exit(main())
