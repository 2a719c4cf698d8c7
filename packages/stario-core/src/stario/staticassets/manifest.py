"""What files there are, and the URL of each, which changes with the content.

A manifest is made once and holds no content: a file that changes later keeps its old URL until
the process starts again, and is answered with 404 until then.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import blake2b
from io import FileIO
from pathlib import Path
from types import MappingProxyType

from stario.exceptions import StarioError
from stario.markup.errors import shown
from stario.routing import UrlPath, append_query_fragment
from stario.staticassets.asset import FINGERPRINT_DIGITS, Asset, hashed_name, is_same_file
from stario.staticassets.content_types import suffix_of
from stario.staticassets.disk import OPEN_FLAGS, missing_directory, read_unchanged
from stario.staticassets.import_map import ImportMap, imports_of
from stario.staticassets.settings import require_size
from stario.staticassets.stylesheets import STYLESHEET_MAX, Stylesheets


class AssetManifest:
    """The files below `directory`, each hashed once, here.

    Hidden files, and all below hidden directories, are left out unless `include_hidden`. Symlinks
    to files are left out unless `follow_symlinks`, and even then when they lead outside the
    directory; symlinks to directories are never followed. `hash_chunk_size` is in bytes. A
    `url_prefix` with a host makes links to it and cannot be served here.

    With `rewrite_css`, stylesheets up to 1 MiB are served with the hashed names of the files that
    their `url(...)` and `@import` name, and get a new hash when one of those changes. References to
    files that are not here are left alone: others may serve them.

    Raises StarioError when the directory is missing or unreadable, when a file changes meanwhile,
    and for a file whose name is not UTF-8.
    """

    def __init__(
        self,
        directory: Path | str = "./static",
        *,
        url_prefix: str | UrlPath = "/static",
        hash_chunk_size: int = 4194304,
        include_hidden: bool = False,
        follow_symlinks: bool = False,
        rewrite_css: bool = True,
    ) -> None:
        require_size("hash_chunk_size", hash_chunk_size)
        self.directory = _directory(directory)
        self.prefix = url_prefix if isinstance(url_prefix, UrlPath) else UrlPath(url_prefix)
        if self.prefix.placeholders:
            raise prefix_with_placeholders(self.prefix)
        files = _Files(self.directory, include_hidden, follow_symlinks)
        pattern = self.prefix / "{path...}"
        found = (_hashed(*file, pattern, hash_chunk_size, follow_symlinks) for file in files)
        by_content = {asset.logical_path: asset for asset in found}
        self._stylesheets = Stylesheets(by_content, (one.exact for one in self.prefix.segments))
        if rewrite_css:
            for asset in filter(_may_refer, by_content.values()):
                self._stylesheets.learn(asset, _content_of(asset))
        linked = {name: self._linked(by_content[name], pattern) for name in self._stylesheets}
        self.assets: Mapping[str, Asset] = MappingProxyType(by_content | linked)

    def import_map(self, names: Mapping[str, str] | None = None) -> ImportMap:
        """Return where browsers find the JavaScript modules, for `<script type="importmap">`.

        Every `.js` and `.mjs` file is in it by its URL without the hash, so that modules which
        import each other by relative paths get the hashed files. `names` adds bare names for files
        and, with a slash at the end, for the modules below a directory:
        `{"datastar": "vendor/datastar.js", "app/": "js/"}`. It is the same as long as the manifest
        is, so make it once.

        Raises StarioError for a path without a module, and for a name that does not fit its path.
        """
        return ImportMap(dict(imports_of(self.assets, names or {})))

    def is_rewritten(self, asset: Asset) -> bool:
        """Tell whether what is served of this file differs from what is on the disk."""
        return asset.logical_path in self._stylesheets

    def as_served(self, asset: Asset, content: bytes) -> bytes:
        """Return what is served where a file has this content."""
        if not self.is_rewritten(asset):
            return content
        return self._stylesheets.rewritten(asset, content, self.assets)

    def href(
        self,
        path: str,
        /,
        *,
        query: Mapping[str, object] | None = None,
        fragment: str | None = None,
    ) -> str:
        """Return the URL of a file by its path below the directory; StarioError when unknown."""
        try:
            asset = self.assets.get(path) or self.assets.get(path.strip("/"))
        except (AttributeError, TypeError):  # not text
            asset = None
        if asset is None:
            raise unknown_asset(path, self)
        if query is None and fragment is None:
            return asset.url
        return append_query_fragment(asset.url, query=query, fragment=fragment)

    def _linked(self, asset: Asset, pattern: UrlPath) -> Asset:
        digits = self._stylesheets.digits_of(asset.logical_path)
        hashed_path = hashed_name(asset.logical_path, digits)
        return replace(asset, hashed_path=hashed_path, url=pattern.href({"path": hashed_path}))

    def __repr__(self) -> str:
        return f"<AssetManifest {self.directory} at {self.prefix.text}, {len(self.assets)} files>"


def fingerprint(path: Path, *, chunk_size: int = 4194304) -> str:
    """Return the hash of a file's content, 16 hex digits; StarioError when it changes meanwhile.

    Raises OSError when it cannot be read.
    """
    require_size("chunk_size", chunk_size)
    return _fingerprint_and_facts(path, chunk_size)[0]


def _directory(directory: Path | str) -> Path:
    # An empty text, such as a variable that is not set, would name the working directory.
    if directory == "":
        raise not_a_path(directory)
    try:
        path = Path(directory).absolute()
    except TypeError:
        raise not_a_path(directory) from None
    if not path.is_dir():
        raise missing_directory(path)
    return path


class _Files:
    """The files to serve, as pairs of logical path and real path, in the order of their names."""

    def __init__(self, directory: Path, include_hidden: bool, follow_symlinks: bool) -> None:
        self._directory = directory
        self._real_directory = directory.resolve()
        self._include_hidden = include_hidden
        self._follow_symlinks = follow_symlinks

    def __iter__(self) -> Iterator[tuple[str, Path]]:
        for root, directories, names in os.walk(self._directory, onerror=_refuse_unreadable):
            directories[:] = sorted(filter(self._is_shown, directories))
            for name in sorted(filter(self._is_shown, names)):
                path = Path(root, name)
                if self._is_served(path):
                    yield path.relative_to(self._directory).as_posix(), path

    def _is_shown(self, name: str) -> bool:
        return self._include_hidden or not name.startswith(".")

    def _is_served(self, path: Path) -> bool:
        if not path.is_symlink():
            return path.is_file()
        return self._follow_symlinks and self._leads_inside(path)

    def _leads_inside(self, path: Path) -> bool:
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):  # broken, or a loop
            return False
        if not target.is_relative_to(self._real_directory):
            return False
        # A link must not show what is hidden.
        parts = target.relative_to(self._real_directory).parts
        return target.is_file() and all(map(self._is_shown, parts))


def _hashed(
    logical_path: str, path: Path, pattern: UrlPath, chunk_size: int, follow_symlinks: bool
) -> Asset:
    if not _is_utf_8(logical_path):
        raise bad_file_name(path)
    try:
        digits, facts = _fingerprint_and_facts(path, chunk_size, follow_symlinks)
    except OSError as error:
        raise unreadable_file(path, error) from error
    hashed_path = hashed_name(logical_path, digits)
    return Asset(
        logical_path=logical_path,
        hashed_path=hashed_path,
        url=pattern.href({"path": hashed_path}),
        source=path,
        size=facts.st_size,
        modified_ns=facts.st_mtime_ns,
    )


def _is_utf_8(name: str) -> bool:
    """Tell whether a name was decoded in full: other bytes stand in it as surrogates."""
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)


def _may_refer(asset: Asset) -> bool:
    return suffix_of(asset.logical_path) == ".css" and asset.size <= STYLESHEET_MAX


def _content_of(asset: Asset) -> bytes:
    content = read_unchanged(asset)
    if content is None:
        raise changed_while_hashed(asset.source)
    return content


def _fingerprint_and_facts(
    path: Path, chunk_size: int, follow_symlinks: bool = True
) -> tuple[str, os.stat_result]:
    digest = blake2b(digest_size=FINGERPRINT_DIGITS // 2)
    read = 0
    # The flags are for what took the file's place since it was looked at.
    flags = OPEN_FLAGS if follow_symlinks else OPEN_FLAGS | getattr(os, "O_NOFOLLOW", 0)
    with FileIO(path, opener=lambda name, _: os.open(name, flags)) as file:
        before = os.fstat(file.fileno())
        while chunk := file.read(chunk_size):
            digest.update(chunk)
            read += len(chunk)
        after = os.fstat(file.fileno())
    if not is_same_file(before, after.st_size, after.st_mtime_ns) or read != after.st_size:
        raise changed_while_hashed(path)
    return digest.hexdigest(), after


def _refuse_unreadable(error: OSError) -> None:
    raise unreadable_file(Path(str(error.filename)), error) from error


def not_a_path(directory: object) -> StarioError:
    return StarioError(
        f"The directory of a manifest is a path, not {shown(directory)}.",
        help_text="Name the directory; Path('.') is the working directory.",
        example='AssetManifest(Path(__file__).resolve().parent / "static")',
    )


def prefix_with_placeholders(prefix: UrlPath) -> StarioError:
    return StarioError(
        f"The url_prefix {prefix.text!r} has placeholders; the URL of a file has to be fixed.",
        context={"url_prefix": prefix.text},
        help_text="Use a prefix without {...}.",
    )


def unknown_asset(path: object, manifest: AssetManifest) -> StarioError:
    return StarioError(
        f"There is no file {shown(path)} in the manifest.",
        context={"path": path, "directory": str(manifest.directory)},
        help_text="Give the path below the directory. Files are found once, at the start; hidden "
        "files and symlinks are left out unless asked for.",
    )


def changed_while_hashed(path: Path) -> StarioError:
    return StarioError(
        f"The file {str(path)!r} changed while it was hashed.",
        context={"path": str(path)},
        help_text="Finish the build of the files before the app starts.",
    )


def bad_file_name(path: Path) -> StarioError:
    return StarioError(
        f"The file name {str(path)!r} is not UTF-8, so no URL can name it.",
        context={"path": ascii(str(path))},
        help_text="Rename the file.",
    )


def unreadable_file(path: Path, error: OSError) -> StarioError:
    return StarioError(
        f"{str(path)!r} cannot be read: {error.strerror}.",
        context={"path": str(path)},
        help_text="Check that it is there and that this user may read it.",
    )
