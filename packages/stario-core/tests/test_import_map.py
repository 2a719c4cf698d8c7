"""Import maps: which specifiers lead to which hashed URL, and the element that says so."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from stario.exceptions import StarioError
from stario.markup import render
from stario.routing import UrlPath
from stario.staticassets import AssetManifest


@pytest.fixture
def manifest(tmp_path: Path) -> AssetManifest:
    """Two directories with modules, and files that are none."""
    for name in ("js/app.js", "js/lib/util.mjs", "vendor/data star.js", "a.css", "js/x.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return AssetManifest(tmp_path)


def test_every_module_is_found_by_its_url_without_the_hash(manifest: AssetManifest) -> None:
    assert dict(manifest.import_map().imports) == {
        "/static/js/app.js": manifest.href("js/app.js"),
        "/static/js/lib/util.mjs": manifest.href("js/lib/util.mjs"),
        "/static/vendor/data%20star.js": manifest.href("vendor/data star.js"),
    }


def test_names_stand_for_files_and_for_all_below_a_directory(manifest: AssetManifest) -> None:
    names = {"datastar": "vendor/data star.js", "app/": "js/", "x": "/js/x.json", "css": "a.css"}
    imports = manifest.import_map(names).imports
    assert {name: url for name, url in imports.items() if not name.startswith("/")} == {
        "datastar": manifest.href("vendor/data star.js"),
        "app/app.js": manifest.href("js/app.js"),
        "app/lib/util.mjs": manifest.href("js/lib/util.mjs"),
        "x": manifest.href("js/x.json"),
        "css": manifest.href("a.css"),
    }
    assert "all/vendor/data star.js" in manifest.import_map({"all/": ""}).imports
    assert "all/js/app.js" in manifest.import_map({"all/": "/"}).imports


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        ({"x": "js/missing.js"}, "no module 'js/missing.js'"),
        ({"x": "js"}, "no module 'js'"),
        ({"x": "../etc/passwd"}, "no module"),
        ({"x/": "js/missing/"}, "no module 'js/missing/'"),
        ({"x/": "j/"}, "no module 'j/'"),
        ({"x/": "js/app.js"}, "cannot stand for"),
        ({"x/": "js"}, "cannot stand for"),
        ({"x": "js/"}, "cannot stand for"),
        ({"x": ""}, "cannot stand for"),
        ({"": "js/app.js"}, "cannot stand for"),
        ({"": "js/"}, "cannot stand for"),
        ({"x": None}, "cannot stand for None"),
        ({"x": Path("js/app.js")}, "cannot stand for"),
        ({1: "js/app.js"}, "The import 1 cannot stand for"),
        (["js/app.js"], "a mapping of names to paths, not"),
        ("js/app.js", "a mapping of names to paths, not"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(
    manifest: AssetManifest, names: Any, complaint: str
) -> None:
    with pytest.raises(StarioError, match=complaint):
        manifest.import_map(names)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a@b!.js", "a@b!.js"),
        ("a[1]|~.js", "a[1]|~.js"),
        ("100%.js", "100%25.js"),
        ("a?b#c.js", "a%3Fb%23c.js"),
        ("ü.js", "%C3%BC.js"),
        ('"<b>.js', "%22%3Cb%3E.js"),
        ("a/b c.js", "a/b%20c.js"),
    ],
)
@pytest.mark.parametrize("prefix", ["/static", "/", UrlPath("/s", host="cdn.example.com")])
def test_a_url_is_written_as_a_browser_resolves_it(
    tmp_path: Path, name: str, plain: str, prefix: str | UrlPath
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("x")
    manifest = AssetManifest(tmp_path, url_prefix=prefix)
    start = {"/static": "/static/", "/": "/"}.get(str(prefix), "//cdn.example.com/s/")
    assert dict(manifest.import_map().imports) == {start + plain: manifest.href(name)}


class Scripts(HTMLParser):
    """What a browser makes of the element: its attributes and its text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append({"tag": tag, **dict(attrs)})

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_element_holds_the_map_and_the_nonce(manifest: AssetManifest) -> None:
    import_map = manifest.import_map({"app": "js/app.js"})
    scripts = Scripts(render(import_map.script(nonce='n"0<')))
    assert scripts.found == [{"tag": "script", "type": "importmap", "nonce": 'n"0<'}]
    assert json.loads(scripts.text) == {"imports": dict(import_map.imports)}
    assert scripts.text == import_map.json
    assert Scripts(render(import_map.script())).found == [{"tag": "script", "type": "importmap"}]


def test_no_name_ends_the_element(manifest: AssetManifest) -> None:
    evil = "</script><script>alert(1)//<!--&\u2028"
    import_map = manifest.import_map({evil: "js/app.js"})
    scripts = Scripts(render(import_map.script()))
    assert len(scripts.found) == 1
    assert json.loads(scripts.text)["imports"][evil] == manifest.href("js/app.js")
    assert not re.search("[<>&\u2028]", import_map.json)


def test_the_hash_for_a_policy_is_that_of_the_text(manifest: AssetManifest) -> None:
    import_map = manifest.import_map()
    text = Scripts(render(import_map.script())).text
    digest = b64encode(sha256(text.encode()).digest()).decode()
    assert import_map.csp_source == f"'sha256-{digest}'"


def test_a_map_cannot_be_changed(manifest: AssetManifest) -> None:
    import_map = manifest.import_map()
    with pytest.raises(TypeError):
        import_map.imports["x"] = "y"  # type: ignore[index]
    assert repr(import_map) == f"ImportMap({dict(import_map.imports)!r})"


def test_a_directory_without_modules_has_an_empty_map(tmp_path: Path) -> None:
    assert AssetManifest(tmp_path).import_map().json == '{"imports":{}}'
