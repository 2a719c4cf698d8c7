"""Stylesheets: which URLs are found, which become hashed names, and what a hash depends on."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stario.exceptions import StarioError
from stario.routing import UrlPath
from stario.staticassets import AssetManifest, StaticAssets, fingerprint
from stario.staticassets.css import quoted, references


def urls(css: str) -> list[str]:
    return [reference.url for reference in references(css)]


@pytest.mark.parametrize(
    ("css", "found"),
    [
        ("a{background:url(a.png)}", ["a.png"]),
        ("a{background:URL( a.png )}", ["a.png"]),
        ("a{background:url('a.png')}", ["a.png"]),
        ('a{background:url(\t"a b.png"\n)}', ["a b.png"]),
        ('src:url("a.woff2")format("woff2"),url(b.woff)', ["a.woff2", "b.woff"]),
        ("url(a\\ b.png)", ["a b.png"]),
        ("url(\\61 .png)", ["a.png"]),
        ("url(\\000061.png)", ["a.png"]),
        ("url(\\61\r\n.png)", ["a.png"]),
        ('url("a\\\nb.png")', ["ab.png"]),
        ('url("a\\\r\nb.png")', ["ab.png"]),
        ("url(a\\).png)", ["a).png"]),
        ('url("a\\"b.png")', ['a"b.png']),
        ("url(\\0.png)", ["\ufffd.png"]),
        ("url(\\d800.png)", ["\ufffd.png"]),
        ("url(\\ffffff.png)", ["\ufffd.png"]),
        ("url(ü.png)", ["ü.png"]),
        ("url(a.png", ["a.png"]),
        ('@import "a.css";', ["a.css"]),
        ("@IMPORT'a.css' print;", ["a.css"]),
        ('@import/**/ /* x */"a.css";', ["a.css"]),
        ("@import url(a.css) layer(x);", ["a.css"]),
        ('\ufeff@import "a.css";', ["a.css"]),
        ("/* it's */ url(a.png)", ["a.png"]),
        ("a::after{content:'\\'';background:url(a.png)}", ["a.png"]),
        ('"broken\nurl(a.png)', ["a.png"]),
        ("a{--x:1}url(a.png)", ["a.png"]),
    ],
)
def test_a_url_is_found(css: str, found: list[str]) -> None:
    assert urls(css) == found


@pytest.mark.parametrize(
    "css",
    [
        "",
        "/* url(a.png) */",
        "/* url(a.png)",
        "/**/ /* @import 'a.css'; */",
        "content: 'url(a.png)'",
        'content: "\\"url(a.png)"',
        'content: "@import \\\n url(a.png)"',
        "myurl(a.png)",
        "-url(a.png)",
        "#url(a.png)",
        "@url(a.png)",
        "1url(a.png)",
        "\\75 url(a.png)",
        "url\\28 a.png)",
        "u\\72 l(a.png)",
        "ürl(a.png) ürurl(a.png)",
        "url (a.png)",
        "url(a b.png)",
        "url(a'b.png)",
        "url(a(b.png)",
        "url(a\\\nb.png)",
        "url(a\x00.png)",
        "url('a.png",
        "url('a\n.png')",
        "@import a.css;",
        "@imports 'a.css';",
        "@ımport 'a.css';",
        "@import /* 'a.css';",
        "@import 'a.css",
        "@charset 'a.css';",
        "'",
        "\\",
        "url(\\",
    ],
)
def test_no_url_is_found_where_none_is(css: str) -> None:
    assert urls(css) == []


def test_a_broken_url_ends_at_its_parenthesis() -> None:
    assert urls("url(a b.png) url(c.png)") == ["c.png"]
    assert urls("url(a\\) b) url(c.png)") == ["c.png"]


@given(st.text(st.sampled_from("ab\"\\()/*'\n\r\f \x00ü") | st.characters(codec="utf-8")))
def test_what_is_quoted_is_read_again(url: str) -> None:
    written = url.replace("\x00", "\ufffd")
    assert urls(f"url({quoted(url)})") == urls(f"@import {quoted(url)};") == [written]


@given(st.lists(st.sampled_from(["url(", "@import", "/*", "*/", "'", '"', "\\", ")", "a", " "])))
def test_no_text_is_too_odd(parts: list[str]) -> None:
    for reference in references("".join(parts)):
        assert reference.start < reference.end


@pytest.mark.parametrize(
    "part",
    ["url(", "@import ", "@import/*", "@import /**/", "/*", "'", '"', "url('", "\\", "a", "\\6"],
)
def test_the_work_is_linear(part: str) -> None:
    css = part * (500_000 // len(part))
    start = time.perf_counter()
    urls(css)
    assert time.perf_counter() - start < 5  # what is quadratic takes minutes


def manifest_of(
    directory: Path, files: Mapping[str, str | bytes], **options: object
) -> AssetManifest:
    """Write files and make their manifest."""
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return AssetManifest(directory, **options)  # type: ignore[arg-type]


def served(manifest: AssetManifest, name: str) -> str:
    """Return a stylesheet as it is served."""
    asset = manifest.assets[name]
    return manifest.as_served(asset, asset.source.read_bytes()).decode()


FILES = {"img/a b.png": "1", "img/c.svg": "2", "x.css": "x{}", "css/y.css": "y{}"}


@pytest.mark.parametrize(
    ("reference", "written", "name"),
    [
        ("../img/c.svg", "../img/HASHED", "img/c.svg"),
        ("../img/c.svg?v=1#part", "../img/HASHED?v=1#part", "img/c.svg"),
        ("../img/c.svg#a?b", "../img/HASHED#a?b", "img/c.svg"),
        ("../img/a%20b.png", "../img/HASHED", "img/a b.png"),
        ("../img/./x/../c.svg", "../img/./x/../HASHED", "img/c.svg"),
        ("../img/%2E/c.svg", "../img/%2E/HASHED", "img/c.svg"),
        ("%2e%2E/img/c.svg", "%2e%2E/img/HASHED", "img/c.svg"),
        ("../img/%63.svg", "../img/HASHED", "img/c.svg"),
        ("/static/img/c.svg", "/static/img/HASHED", "img/c.svg"),
        ("../../static/img/c.svg", "../../static/img/HASHED", "img/c.svg"),
        ("../../../../static/x.css", "../../../../static/HASHED", "x.css"),
        ("y.css", "HASHED", "css/y.css"),
        ("./y.css", "./HASHED", "css/y.css"),
    ],
)
@pytest.mark.parametrize("form", ["url({})", "url('{}')", '@import "{}";', "@import url({});"])
def test_a_file_of_the_manifest_is_named_by_its_hash(
    tmp_path: Path, reference: str, written: str, name: str, form: str
) -> None:
    css = "a{}" + form.format(reference) + "b{}"
    manifest = manifest_of(tmp_path, FILES | {"css/main.css": css})
    hashed = manifest.assets[name].url.rpartition("/")[2]
    expected = form.replace("'{}'", '"{}"').format(reference)
    expected = expected.replace(reference.strip(), written.replace("HASHED", hashed))
    if '"' not in expected:
        expected = expected.replace("(", '("').replace(")", '")')
    assert served(manifest, "css/main.css") == f"a{{}}{expected}b{{}}"


@pytest.mark.parametrize(
    "reference",
    [
        "data:image/png;base64,AAAA",
        "http://example.com/static/img/c.svg",
        "HTTPS://example.com/static/img/c.svg",
        "//example.com/static/img/c.svg",
        "//static/img/c.svg",
        "#c",
        "?x",
        "",
        "img/c.svg",
        "../img/C.svg",
        "../img/c.svg/",
        "../img",
        "../img/missing.png",
        "../img%2Fc.svg",
        "../img//c.svg",
        "..\\\\img\\\\c.svg",
        "../../../etc/passwd",
        "/img/c.svg",
        "/Static/img/c.svg",
        "about:blank",
        "../img/%zz",
        "../img/%ff",
        "../.hidden.svg",
    ],
)
def test_everything_else_stays_as_it_is(tmp_path: Path, reference: str) -> None:
    css = f"a{{background:url('{reference}')}}"
    manifest = manifest_of(tmp_path, FILES | {"css/main.css": css, ".hidden.svg": "h"})
    asset = manifest.assets["css/main.css"]
    assert served(manifest, "css/main.css") == css
    assert asset.fingerprint == fingerprint(tmp_path / "css/main.css")
    assert not manifest.is_rewritten(asset)


def test_white_space_around_a_url_is_no_part_of_it(tmp_path: Path) -> None:
    manifest = manifest_of(tmp_path, {"a.png": "1", "a.css": "url( a.png ) url(' a\\a.png\t')"})
    name = manifest.assets["a.png"].hashed_path
    assert served(manifest, "a.css") == f'url( "{name}" ) url("{name}")'


def test_bytes_that_are_no_text_come_out_as_they_are(tmp_path: Path) -> None:
    css = b"\xff\xfe/*\x80*/ a{background:url(a.png);x:'\xc3'}"
    manifest = manifest_of(tmp_path, {"a.png": "1", "m.css": css})
    hashed = manifest.assets["a.png"].hashed_path.encode()
    assert manifest.as_served(manifest.assets["m.css"], css) == css.replace(
        b"a.png", b'"' + hashed + b'"'
    )


@pytest.mark.parametrize(
    ("prefix", "reference"),
    [
        ("/", "/img/c.svg"),
        ("/", "../../img/c.svg"),
        ("/a/b", "/a/b/img/c.svg"),
        ("/ü", "/%C3%BC/img/c.svg"),
        (UrlPath("/s", host="cdn.example.com"), "/s/img/c.svg"),
        (UrlPath("/s", host="cdn.example.com"), "../img/c.svg"),
    ],
)
def test_the_prefix_is_where_the_files_are(
    tmp_path: Path, prefix: str | UrlPath, reference: str
) -> None:
    files = FILES | {"css/main.css": f"url({reference})"}
    manifest = manifest_of(tmp_path, files, url_prefix=prefix)
    hashed = manifest.assets["img/c.svg"].hashed_path.removeprefix("img/")
    assert served(manifest, "css/main.css") == f'url("{reference.replace("c.svg", hashed)}")'


def hashes(directory: Path) -> dict[str, str]:
    assets = AssetManifest(directory).assets
    return {name: asset.fingerprint for name, asset in assets.items()}


def test_a_changed_image_changes_every_stylesheet_that_leads_to_it(tmp_path: Path) -> None:
    files = {
        "a.png": "1",
        "a.css": "url(a.png)",
        "b.css": "@import 'a.css';",
        "c.css": "@import 'b.css';",
        "d.css": "url(other.png)",
        "other.png": "2",
    }
    manifest_of(tmp_path, files)
    before = hashes(tmp_path)
    (tmp_path / "a.png").write_text("changed")
    after = hashes(tmp_path)
    changed = {name for name in files if before[name] != after[name]}
    assert changed == {"a.png", "a.css", "b.css", "c.css"}


def test_a_file_that_appears_changes_the_stylesheet_that_waited_for_it(tmp_path: Path) -> None:
    manifest_of(tmp_path, {"a.css": "url(a.png)"})
    before = hashes(tmp_path)
    (tmp_path / "a.png").write_text("1")
    assert hashes(tmp_path)["a.css"] != before["a.css"]


def test_circles_of_imports_have_hashes_of_all_that_is_in_them(tmp_path: Path) -> None:
    files = {
        "a.css": "@import 'b.css';",
        "b.css": "@import 'c.css';",
        "c.css": "@import 'a.css'; c{}",
        "self.css": "@import 'self.css';",
    }
    manifest = manifest_of(tmp_path, files)
    before = hashes(tmp_path)
    assert len(set(before.values())) == 4
    for name, target in (("a", "b"), ("b", "c"), ("c", "a"), ("self", "self")):
        assert manifest.assets[f"{target}.css"].hashed_path in served(manifest, f"{name}.css")
    (tmp_path / "c.css").write_text("@import 'a.css'; changed{}")
    after = hashes(tmp_path)
    assert {name for name in files if before[name] != after[name]} == {"a.css", "b.css", "c.css"}


def test_a_chain_of_imports_may_be_longer_than_one_of_calls(tmp_path: Path) -> None:
    files = {f"{n}.css": f"@import '{n + 1}.css';" for n in range(1100)}
    manifest = manifest_of(tmp_path, files)
    assert manifest.assets["1.css"].hashed_path in served(manifest, "0.css")


def test_the_hash_does_not_depend_on_where_the_directory_is(tmp_path: Path) -> None:
    files = {"a.png": "1", "a.css": "url(a.png)"}
    one, two = (
        manifest_of(tmp_path / "one", files),
        manifest_of(tmp_path / "two", files, url_prefix="/other"),
    )
    assert one.assets["a.css"].hashed_path == two.assets["a.css"].hashed_path


def test_rewriting_can_be_switched_off(tmp_path: Path) -> None:
    css = "url(a.png)"
    manifest = manifest_of(tmp_path, {"a.png": "1", "a.css": css}, rewrite_css=False)
    assert served(manifest, "a.css") == css
    assert manifest.assets["a.css"].fingerprint == fingerprint(tmp_path / "a.css")


def test_a_huge_stylesheet_is_left_alone(tmp_path: Path) -> None:
    css = "url(a.png)".ljust(1024 * 1024 + 1)
    manifest = manifest_of(tmp_path, {"a.png": "1", "a.css": css, "b.css": css[:-1]})
    assert not manifest.is_rewritten(manifest.assets["a.css"])
    assert manifest.is_rewritten(manifest.assets["b.css"])


def test_only_stylesheets_are_rewritten(tmp_path: Path) -> None:
    files = dict.fromkeys(("a.txt", "a.html", "a.js", "css", ".css"), "url(a.png)")
    manifest = manifest_of(
        tmp_path, {"a.png": "1", "A.CSS": "url(a.png)"} | files, include_hidden=True
    )
    rewritten = {name for name, one in manifest.assets.items() if manifest.is_rewritten(one)}
    assert rewritten == {"A.CSS"}


def test_the_asset_tells_of_the_file_on_the_disk(tmp_path: Path) -> None:
    manifest = manifest_of(tmp_path, {"a.png": "1", "a.css": "url(a.png)"})
    asset, facts = manifest.assets["a.css"], (tmp_path / "a.css").stat()
    assert (asset.size, asset.modified_ns) == (facts.st_size, facts.st_mtime_ns)
    assert asset.hashed_path == f"a.{asset.fingerprint}.css"
    assert manifest.href("a.css") == asset.url == f"/static/{asset.hashed_path}"


@pytest.mark.parametrize("cache_max_size", [1, 1048576])
async def test_the_rewritten_bytes_go_over_the_wire(
    site: Any, tmp_path: Path, cache_max_size: int
) -> None:
    for name, content in {"a.png": "1", "a.css": "a{background:url(a.png)}" * 40}.items():
        (tmp_path / name).write_text(content)
    static = StaticAssets(AssetManifest(tmp_path), cache_max_size=cache_max_size, precompress=())
    static.register(site.app)
    manifest = static.manifest
    expected = served(manifest, "a.css").encode()
    ask = f"{manifest.href('a.css')} HTTP/1.1\r\nhost: x\r\n"
    whole: bytes = await site.connect().answer_to(f"GET {ask}\r\n".encode())
    head, _, body = whole.partition(b"\r\n\r\n")
    assert body == expected
    assert manifest.assets["a.png"].hashed_path.encode() in body
    assert f"content-length: {len(expected)}\r\n".encode() in head
    last: bytes = await site.connect().answer_to(f"GET {ask}range: bytes=-5\r\n\r\n".encode())
    head, _, body = last.partition(b"\r\n\r\n")
    size = len(expected)
    assert body == expected[-5:]
    assert f"content-range: bytes {size - 5}-{size - 1}/{size}\r\n".encode() in head


def test_a_stylesheet_that_changed_since_the_manifest_is_refused(tmp_path: Path) -> None:
    manifest = manifest_of(tmp_path, {"a.png": "1", "a.css": "url(a.png)"})
    (tmp_path / "a.css").write_text("url(b.png)")
    os.utime(tmp_path / "a.css", (1, 1))
    with pytest.raises(StarioError, match="gone or changed"):
        StaticAssets(manifest)
