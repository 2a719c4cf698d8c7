"""Nothing outside the manifest can be named, whatever the bytes of the request; and odd names work.

Requests are looked up in a dict of paths that the manifest made, so this is a table over the wire.
"""

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from stario.exceptions import StarioError
from stario.staticassets import AssetManifest, StaticAssets

if TYPE_CHECKING:
    from conftest import WireFactory

SECRET = b"this is secret"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """One file to serve, and secrets around it that nobody may read."""
    static = tmp_path / "static"
    (static / "sub").mkdir(parents=True)
    (static / "a.txt").write_bytes(b"open to all")
    (static / "sub/b.txt").write_bytes(b"open to all")
    for name in ("secret.txt", "static/.env", "static/sub/.secret", "static-2/secret.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(SECRET)
    (static / ".git").mkdir()
    (static / ".git/config").write_bytes(SECRET)
    (static / "link.txt").symlink_to(tmp_path / "secret.txt")
    (static / "inside.txt").symlink_to(static / ".env")
    (static / "out").symlink_to(tmp_path)
    return static


def hashed(name: str, static: StaticAssets) -> str:
    """Put the hash of the file that is served into a name."""
    return name.replace("HASH", static.manifest.assets["a.txt"].fingerprint)


TARGETS = [
    "/static/link.txt",
    "/static/link.HASH.txt",
    "/static/inside.txt",
    "/static/out/secret.txt",
    "/static/out/static/a.HASH.txt",
    "/static/.env",
    "/static/.env.HASH",
    "/static/%2eenv",
    "/static/sub/.secret",
    "/static/.git/config",
    "/static/%2Egit/config",
    "/static/../secret.txt",
    "/static/../static/a.HASH.txt",
    "/static/../static-2/secret.txt",
    "/static/sub/../../secret.txt",
    "/static/./a.HASH.txt",
    "/static/sub/../a.HASH.txt",
    "/static/..%2fsecret.txt",
    "/static/..%2Fsecret.txt",
    "/static/%2e%2e/secret.txt",
    "/static/%2e%2e%2fsecret.txt",
    "/static/%252e%252e/secret.txt",
    "/static/%252e%252e%252fsecret.txt",
    "/static/.%2e/secret.txt",
    "/static/%c0%ae%c0%ae/secret.txt",
    "/static/%e0%80%ae%e0%80%ae/secret.txt",
    "/static/%uff0e%uff0e/secret.txt",
    "/static/%ef%bc%8e%ef%bc%8e/secret.txt",
    "/static/..;/secret.txt",
    "/static/..\\secret.txt",
    "/static/..%5csecret.txt",
    "/static/..%5Csecret.txt",
    "/static/sub%5cb.txt",
    "/static/sub\\b.txt",
    "/static/sub%2fb.txt",
    "/static/C:%5csecret.txt",
    "/static/a.txt%00",
    "/static/a.txt%00.png",
    "/static/a.HASH.txt%00",
    "/static/%00",
    "/static/a.HASH.txt%20",
    "/static/a.HASH.txt%0a",
    "/static/a.HASH.txt%0d%0ax:%20y",
    "/static/a.HASH.txt.",
    "/static/a.HASH.txt::$DATA",
    "/static/a.HASH.txt~",
    "/static/a.HASH.TXT",
    "/static/A.HASH.txt",
    "/Static/a.HASH.txt",
    "/static/a.HASH.tx%c5%a7",
    "/static/%EF%BD%81.HASH.txt",
    "/static//a.HASH.txt",
    "//static/a.HASH.txt",
    "/static//etc/passwd",
    "/static/%2fetc/passwd",
    "/static//var/secret.txt",
    "/static/file:///etc/passwd",
    "/static/" + "a" * 300,
    "/static/" + "a" * 300 + ".txt",
    "/static/" + "../" * 300 + "etc/passwd",
    "/static/" + "%2e%2e%2f" * 300 + "etc/passwd",
    "/static",
    "/static/",
    "/static/sub",
    "/static/sub/",
    "/static/.",
    "/static/..",
    "/static/*",
    "/static/{path...}",
    "/secret.txt",
    "/../secret.txt",
    "/static-2/secret.txt",
]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("follow_symlinks", [False, True])
async def test_nothing_but_the_manifest_is_served(
    site: "WireFactory", directory: Path, target: str, method: str, follow_symlinks: bool
) -> None:
    static = StaticAssets(AssetManifest(directory, follow_symlinks=follow_symlinks))
    static.register(site.app)
    target = hashed(target, static)
    wire = site.connect()
    sent = await wire.answer_to(f"{method} {target} HTTP/1.1\r\nhost: x\r\n\r\n".encode("latin-1"))
    status = int(sent.split(b" ", 2)[1])
    assert status in (308, 400, 404)
    assert SECRET not in sent
    assert b"open to all" not in sent
    assert b"root:" not in sent
    if status == 308:
        found = re.search(rb"\r\nlocation: ([^\r]*)\r\n", sent)
        assert found
        assert re.match(rb"/(?![/\\])", found[1])  # it stays on this host


@pytest.mark.parametrize(
    "target",
    [
        "http://x/static/../secret.txt",
        "http://evil.example/static/%2e%2e/secret.txt",
        "http://x//static/a.txt",
        "../secret.txt",
        "static/a.txt",
        "\\static\\a.txt",
        "/static/a.txt#x",
        "/static/\x00a.txt",
        "/static/\xff",
        "/static/a b.txt",
    ],
)
async def test_a_target_that_is_no_path_of_ours_is_no_way_in(
    site: "WireFactory", directory: Path, target: str
) -> None:
    StaticAssets(AssetManifest(directory)).register(site.app)
    sent = await site.connect().answer_to(
        f"GET {target} HTTP/1.1\r\nhost: x\r\n\r\n".encode("latin-1")
    )
    assert sent.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 404 "))
    assert SECRET not in sent


@pytest.mark.parametrize(
    "name",
    [
        "100%.txt",
        "%2e%2e.txt",
        "%41.txt",
        "a%2Fb.txt",
        "a?b=c.txt",
        "a#b.txt",
        "a b.txt",
        " a",
        "a ",
        "a\"b'c.txt",
        "<script>.txt",
        "a&amp;b.txt",
        "a;b,c=d.txt",
        "a+b.txt",
        "a\\b.txt",
        "..\\a.txt",
        "{path}.txt",
        "{path...}",
        "a\nb.txt",
        "a\r\nset-cookie: x.txt",
        "a\x7f\x01.txt",
        "ü\u202e.txt",
        "\N{PILE OF POO}.txt",
        "...",
        "a..b",
        "-",
        "x" * 230,
        "a:b",
        "http:",
        "~",
        "sub dir/ü?#%/a b.txt",
    ],
)
async def test_a_file_of_any_name_is_found_by_its_link(
    site: "WireFactory", tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"found")
    static = StaticAssets(AssetManifest(tmp_path, include_hidden=True))
    static.register(site.app)
    href = static.href(name)
    assert re.fullmatch(r"/static/[A-Za-z0-9%._~/-]+", href)
    wire = site.connect()
    sent = await wire.answer_to(f"GET {href} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    assert sent.startswith(b"HTTP/1.1 200 ")
    assert sent.endswith(b"\r\n\r\nfound")
    # And from the plain name by a redirect, whose location is that link.
    plain = quote(f"/static/{name}")
    sent = await site.connect().answer_to(f"GET {plain} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    assert f"\r\nlocation: {href}\r\n".encode() in sent
    assert sent.count(b"\r\n\r\n") == 1


def test_a_name_that_is_no_utf_8_is_refused_when_the_manifest_is_made(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.txt"
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    except OSError:
        pytest.skip("this file system takes no such name")
    with pytest.raises(StarioError, match="is not UTF-8") as caught:
        AssetManifest(tmp_path)
    assert "\\udcff.txt" in str(caught.value)


def test_what_is_no_file_is_left_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "a").write_text("x")
    (tmp_path / "directory.css").mkdir()
    for name in ("fifo", "directory.css"):
        (tmp_path / f"link-{name}").symlink_to(tmp_path / name)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(tmp_path / "socket"))
        assert set(AssetManifest(tmp_path, follow_symlinks=True).assets) == {"a"}


def test_a_circle_of_directories_ends(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "again").symlink_to(tmp_path)
    assert set(AssetManifest(tmp_path, follow_symlinks=True).assets) == {"a"}


def test_a_link_that_is_swapped_while_it_is_looked_at_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    static = tmp_path / "static"
    static.mkdir()
    (static / "a.txt").write_bytes(b"mine")
    (tmp_path / "secret.txt").write_bytes(SECRET)
    is_symlink = Path.is_symlink

    def swapped(path: Path) -> bool:
        found = is_symlink(path)
        path.unlink()
        path.symlink_to(tmp_path / "secret.txt")
        return found

    monkeypatch.setattr(Path, "is_symlink", swapped)
    with pytest.raises(StarioError, match=r"a\.txt"):
        AssetManifest(static)


def test_files_that_come_and_go_while_the_manifest_is_made_do_not_hang_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    walk: Any = os.walk

    def disturbed(*arguments: Any, **options: Any) -> Iterator[Any]:
        for found in walk(*arguments, **options):
            (tmp_path / "b").unlink()
            os.mkfifo(tmp_path / "b")
            yield found

    monkeypatch.setattr(os, "walk", disturbed)
    assert set(AssetManifest(tmp_path).assets) == {"a"}
