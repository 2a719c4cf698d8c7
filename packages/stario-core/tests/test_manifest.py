"""The manifest: which files there are, what they are called, and what is refused."""

import os
from pathlib import Path
from typing import Any

import pytest
from stario.exceptions import StarioError
from stario.routing import UrlPath
from stario.staticassets import AssetManifest, fingerprint


def write(directory: Path, *names: str) -> None:
    """Write files whose content is their name."""
    for name in names:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


@pytest.mark.parametrize(
    ("name", "hashed"),
    [
        ("css/style.css", "css/style.{}.css"),
        ("noext", "noext.{}"),
        ("a.tar.gz", "a.tar.{}.gz"),
        ("a.b/noext", "a.b/noext.{}"),
        (".env", ".env.{}"),
        ("dot.", "dot..{}"),
        ("ü b.txt", "ü b.{}.txt"),
    ],
)
def test_the_hash_stands_before_the_last_suffix(tmp_path: Path, name: str, hashed: str) -> None:
    write(tmp_path, name)
    asset = AssetManifest(tmp_path, include_hidden=True).assets[name]
    digits = fingerprint(tmp_path / name)
    assert len(digits) == 16
    assert set(digits) <= set("0123456789abcdef")
    assert asset.hashed_path == hashed.format(digits)
    assert asset.fingerprint == digits
    assert (asset.logical_path, asset.source) == (name, tmp_path / name)
    facts = (tmp_path / name).stat()
    assert (asset.size, asset.modified_ns) == (facts.st_size, facts.st_mtime_ns)


def test_the_hash_is_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)
    (tmp_path / "b").write_bytes(b"x" * 100)
    (tmp_path / "c").write_bytes(b"x" * 99)
    a, b, c = (fingerprint(tmp_path / name, chunk_size=7) for name in "abc")
    assert a == b != c
    assert a == fingerprint(tmp_path / "a")


@pytest.mark.parametrize(
    ("prefix", "start"),
    [
        ("/static", "/static/"),
        ("/", "/"),
        ("assets/v1/", "/assets/v1/"),
        (UrlPath("/s"), "/s/"),
        (UrlPath("/static", host="cdn.example.com"), "//cdn.example.com/static/"),
    ],
)
def test_a_link_is_the_prefix_and_the_hashed_path(
    tmp_path: Path, prefix: str | UrlPath, start: str
) -> None:
    write(tmp_path, "css/a b.css")
    manifest = AssetManifest(tmp_path, url_prefix=prefix)
    digits = fingerprint(tmp_path / "css/a b.css")
    url = f"{start}css/a%20b.{digits}.css"
    assert manifest.href("css/a b.css") == manifest.href("/css/a b.css/") == url
    assert manifest.assets["css/a b.css"].url == url
    assert manifest.href("css/a b.css", query={"v": 1}, fragment="x") == f"{url}?v=1#x"


@pytest.mark.parametrize("path", ["x.css", "", "/", None, 5, b"x.css", []])
def test_an_unknown_file_has_no_link(tmp_path: Path, path: Any) -> None:
    with pytest.raises(StarioError, match="There is no file"):
        AssetManifest(tmp_path).href(path)


def test_hidden_files_and_directories_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "a", ".b", ".c/d", "e/.f", "e/.g/h")
    assert list(AssetManifest(tmp_path).assets) == ["a"]
    everything = AssetManifest(tmp_path, include_hidden=True).assets
    assert set(everything) == {"a", ".b", ".c/d", "e/.f", "e/.g/h"}


def test_symlinks_to_files_inside_are_followed_on_request(tmp_path: Path) -> None:
    static, outside = tmp_path / "static", tmp_path / "outside"
    write(static, "a", ".secret", "sub/b")
    write(outside, "x")
    (static / "inside").symlink_to(static / "a")
    (static / "outside").symlink_to(outside / "x")
    (static / "hidden").symlink_to(static / ".secret")
    (static / "broken").symlink_to(static / "nothing")
    (static / "loop").symlink_to(static / "loop")
    (static / "directory").symlink_to(static / "sub")
    (static / "outside_directory").symlink_to(outside)
    assert set(AssetManifest(static).assets) == {"a", "sub/b"}
    followed = AssetManifest(static, follow_symlinks=True)
    assert set(followed.assets) == {"a", "sub/b", "inside"}


def test_the_directory_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "static/a")
    monkeypatch.chdir(tmp_path)
    manifest = AssetManifest()
    assert manifest.directory == tmp_path / "static"
    assert manifest.prefix == UrlPath("/static")


def test_the_assets_are_read_only(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        AssetManifest(tmp_path).assets["a"] = None  # type: ignore[index]


def test_a_missing_directory_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "file")
    for path in (tmp_path / "nothing", tmp_path / "file"):
        with pytest.raises(StarioError, match="no directory"):
            AssetManifest(path)


@pytest.mark.parametrize("directory", ["", None, 5, b"static", ["static"]])
def test_what_names_no_directory_is_refused(directory: Any) -> None:
    """Above all an empty text: it would publish all of the working directory."""
    with pytest.raises(StarioError, match="The directory of a manifest is a path, not"):
        AssetManifest(directory)


@pytest.mark.parametrize("size", [0, -1, None, "5", 1.5, True])
def test_a_chunk_is_a_byte_or_more(tmp_path: Path, size: Any) -> None:
    with pytest.raises(StarioError, match="hash_chunk_size must be a whole number of bytes"):
        AssetManifest(tmp_path, hash_chunk_size=size)
    with pytest.raises(StarioError, match="chunk_size must be a whole number of bytes"):
        fingerprint(tmp_path, chunk_size=size)


@pytest.mark.parametrize(
    ("prefix", "complaint"),
    [("/{tenant}/static", "placeholders"), (None, "not None"), (5, "not 5"), (b"/s", "not b'/s'")],
)
def test_a_prefix_is_a_fixed_path(tmp_path: Path, prefix: Any, complaint: str) -> None:
    with pytest.raises(StarioError, match=complaint):
        AssetManifest(tmp_path, url_prefix=prefix)


def test_a_file_that_changes_while_it_is_hashed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a")
    facts = os.fstat

    def grows(descriptor: int) -> os.stat_result:
        found = facts(descriptor)
        with (tmp_path / "a").open("a") as file:
            file.write("more")
        return found

    monkeypatch.setattr(os, "fstat", grows)
    with pytest.raises(StarioError, match="changed while"):
        AssetManifest(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a")
    (tmp_path / "a").chmod(0)
    with pytest.raises(StarioError, match="cannot be read"):
        AssetManifest(tmp_path)


def test_a_file_that_vanishes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a")
    is_file = Path.is_file

    def vanishing(path: Path) -> bool:
        found = is_file(path)
        path.unlink()
        return found

    monkeypatch.setattr(Path, "is_file", vanishing)
    with pytest.raises(StarioError, match="cannot be read: No such file"):
        AssetManifest(tmp_path)
