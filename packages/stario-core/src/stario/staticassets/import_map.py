"""An import map: where a browser finds the modules that JavaScript imports by name.

HTML standard, 8.1.6.2. Keys that are URLs are compared after the specifier in `import "./util.js"`
was resolved, so a map from the plain URL of every module to its hashed one lets modules import each
other by relative paths, without a bundler. A key that ends in a slash cannot lead to hashed names,
so each module below a directory is listed by itself.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING

from stario.exceptions import StarioError
from stario.markup import script_json
from stario.markup.errors import shown
from stario.routing.locations import SEGMENT_SAFE, encoded
from stario.staticassets.asset import Asset
from stario.staticassets.content_types import suffix_of

if TYPE_CHECKING:
    from stario.markup.types import HtmlElement

_EXAMPLE = 'manifest.import_map({"datastar": "vendor/datastar.js", "app/": "js/"})'
_MODULES = (".js", ".mjs")
# What the URL parser of browsers leaves as it is in a path.
_SAFE = SEGMENT_SAFE + "[]|"


class ImportMap:
    """URLs by specifier, and the element that gives them to a browser.

    The element belongs before the first `<script type="module">` of the page.
    """

    def __init__(self, imports: Mapping[str, str]) -> None:
        self.imports: Mapping[str, str] = MappingProxyType(dict(imports))

    def script(self, nonce: str | None = None) -> "HtmlElement":
        """Return `<script type="importmap">`, with the nonce of a Content-Security-Policy."""
        attrs = {"type": "importmap"} if nonce is None else {"type": "importmap", "nonce": nonce}
        return script_json({"imports": dict(self.imports)}, attrs)

    @cached_property
    def json(self) -> str:
        """The text of the element, in which nothing can end the element."""
        start, end = '<script type="importmap">', "</script>"
        return str(self.script()).removeprefix(start).removesuffix(end)

    @cached_property
    def csp_source(self) -> str:
        """What allows the element in `script-src` of a Content-Security-Policy without a nonce."""
        return f"'sha256-{b64encode(sha256(self.json.encode()).digest()).decode()}'"

    def __repr__(self) -> str:
        return f"ImportMap({dict(self.imports)!r})"


def imports_of(assets: Mapping[str, Asset], names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what `names` name, and the plain URL of every module, with the hashed URLs.

    Raises StarioError for a directory without modules and for a name that cannot be one.
    """
    if not isinstance(names, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise not_names(names)
    for specifier, path in names.items():
        if not isinstance(specifier, str) or not isinstance(path, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise bad_specifier(specifier, path)
        yield from _named(assets, specifier, path.removeprefix("/"))
    for asset in assets.values():
        if _is_module(asset):
            yield _plain_url(asset), asset.url


def _named(assets: Mapping[str, Asset], specifier: str, path: str) -> Iterator[tuple[str, str]]:
    is_directory = path == "" or path.endswith("/")
    if not specifier or specifier.endswith("/") != is_directory:
        raise bad_specifier(specifier, path)
    if not is_directory:
        if path not in assets:
            raise no_module(path)
        yield specifier, assets[path].url
        return
    below = [one for one in assets.values() if one.logical_path.startswith(path)]
    modules = list(filter(_is_module, below))
    if not modules:
        raise no_module(path)
    for asset in modules:
        yield specifier + asset.logical_path.removeprefix(path), asset.url


def _is_module(asset: Asset) -> bool:
    return suffix_of(asset.logical_path) in _MODULES


def _plain_url(asset: Asset) -> str:
    """Return the URL without the hash, written as a browser writes it when it resolves a name."""
    names = asset.logical_path.split("/")
    start = asset.url.split("/")[: -len(names)]
    return "/".join((*start, *(encoded(name, _SAFE) for name in names)))


def not_names(names: object) -> StarioError:
    return StarioError(
        f"An import map takes a mapping of names to paths, not {shown(names)}.", example=_EXAMPLE
    )


def bad_specifier(specifier: object, path: object) -> StarioError:
    return StarioError(
        f"The import {shown(specifier)} cannot stand for {shown(path)}.",
        context={"specifier": specifier, "path": path},
        help_text="A name stands for a file, a name with a slash at its end for a directory whose "
        "path ends in a slash too.",
        example=_EXAMPLE,
    )


def no_module(path: str) -> StarioError:
    return StarioError(
        f"There is no module {path!r} in the manifest.",
        context={"path": path},
        help_text="Give the path of a file, or of a directory with .js or .mjs files in it.",
    )
