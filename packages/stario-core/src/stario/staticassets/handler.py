"""The handler of static files: all answers are made at construction, a request looks one up."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast

from stario.exceptions import StarioError
from stario.http.compression import CompressionConfig
from stario.markup.errors import shown
from stario.staticassets.answers import NOT_FOUND
from stario.staticassets.content_types import merged_content_types
from stario.staticassets.loading import STAT_NAMES, Loading
from stario.staticassets.manifest import AssetManifest
from stario.staticassets.settings import header_text, require_size

if TYPE_CHECKING:
    from stario.http.app import App
    from stario.http.context import Context
    from stario.http.writer import Writer


class StaticAssets:
    """Serves the files of a manifest: each under its hashed URL, with a redirect to it.

    Files up to `cache_max_size` bytes are read, and compressed in the codings of `precompress`
    that `compression` has on, here; a compressed form is kept when it is smaller. Larger ones are
    read in pieces of `filesystem_chunk_size` bytes for each request, uncompressed. Stylesheets that
    the manifest rewrites are in memory whatever their size. `content_types` adds to the known
    suffixes, or replaces them: `{".webmanifest": "application/json"}`.

    A file's own fields, `cache-control` and `etag` among them, win over those that a middleware
    set; `vary` is merged, and other fields are kept. Conditions and ranges are those of RFC 9110,
    sections 13 and 14.

    Raises StarioError for a manifest whose prefix has a host, a file that is gone or changed since
    the manifest, a size below 1, an unknown coding, and values that no header can carry.
    """

    def __init__(
        self,
        manifest: AssetManifest,
        *,
        cache_control: str = "public, max-age=31536000, immutable",
        cache_max_size: int = 1048576,
        filesystem_chunk_size: int = 65536,
        precompress: Iterable[Literal["br", "zstd", "gzip"]] = ("br", "zstd", "gzip"),
        content_types: Mapping[str, str | bytes] | None = None,
        compression: CompressionConfig = CompressionConfig(  # noqa: B008 - it cannot change
            min_size=256,
            zstd_level=9,
            zstd_window_log=21,
            brotli_level=9,
            brotli_window_log=22,
            gzip_level=7,
            gzip_window_bits=15,
        ),
    ) -> None:
        if not isinstance(manifest, AssetManifest):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise not_a_manifest(manifest)
        if manifest.prefix.host_text is not None:
            raise prefix_with_host(manifest)
        if not isinstance(compression, CompressionConfig):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise not_a_compression(compression)
        require_size("cache_max_size", cache_max_size)
        require_size("filesystem_chunk_size", filesystem_chunk_size)
        loading = Loading(
            manifest,
            cache_control=header_text("cache_control", cache_control),
            cache_max_size=cache_max_size,
            chunk_size=filesystem_chunk_size,
            content_types=merged_content_types(content_types),
            compression=compression,
            encodings=_usable_encodings(precompress, compression),
        )
        self.manifest = manifest
        self._answers = loading.answers()
        self.stats: Mapping[str, int] = MappingProxyType(loading.stats)

    def register(self, app: "App") -> None:
        """Route GET and HEAD of everything below the manifest's prefix to this handler."""
        pattern = self.manifest.prefix / "{path...}"
        app.get(pattern, self)
        app.head(pattern, self)

    def href(
        self,
        path: str,
        /,
        *,
        query: Mapping[str, object] | None = None,
        fragment: str | None = None,
    ) -> str:
        """Return the URL of a file, as `AssetManifest.href` does."""
        return self.manifest.href(path, query=query, fragment=fragment)

    async def __call__(self, c: "Context", w: "Writer") -> None:
        """Answer a request whose route has the file's path as `path`."""
        try:
            path = c.route.params["path"]
        except KeyError:
            raise route_without_path(c.route.pattern) from None
        answer = self._answers.get(path, NOT_FOUND)
        sending = answer.send(c.req, w)
        if sending is not None:
            await sending

    def __repr__(self) -> str:
        stats = self.stats
        return (
            f"<StaticAssets at {self.manifest.prefix.text}, {stats['cached_files']} in memory, "
            f"{stats['streamed_files']} on disk>"
        )


def _usable_encodings(precompress: object, compression: CompressionConfig) -> tuple[bytes, ...]:
    if not isinstance(precompress, Iterable) or isinstance(precompress, str | bytes):
        raise not_codings(precompress)
    wanted = tuple(cast("Iterable[object]", precompress))
    for name in wanted:
        if not isinstance(name, str) or name not in STAT_NAMES:
            raise unknown_coding(name)
    return tuple(one for one in compression.enabled_encodings() if one.decode() in wanted)


def not_a_manifest(manifest: object) -> StarioError:
    return StarioError(
        f"StaticAssets serves the files of an AssetManifest, not {shown(manifest)}.",
        example='StaticAssets(AssetManifest("static", url_prefix="/static"))',
    )


def prefix_with_host(manifest: AssetManifest) -> StarioError:
    return StarioError(
        f"A manifest at {manifest.prefix.text!r} is for links only; its host serves the files.",
        context={"url_prefix": manifest.prefix.text},
        help_text="Serve a manifest whose url_prefix is a path.",
    )


def route_without_path(pattern: str) -> StarioError:
    return StarioError(
        f"StaticAssets cannot tell which file {pattern!r} asks for: there is no {{path...}} in it.",
        context={"pattern": pattern},
        help_text="Route it with register(), or answer one file with responses.file().",
        example="StaticAssets(manifest).register(app)",
    )


def not_a_compression(compression: object) -> StarioError:
    return StarioError(
        f"compression is a CompressionConfig, not {shown(compression)}.",
        context={"compression": compression},
        help_text="To serve files as they are, give precompress=[].",
        example="StaticAssets(manifest, compression=CompressionConfig(brotli_level=11))",
    )


def not_codings(precompress: object) -> StarioError:
    return StarioError(
        f"precompress takes a list of codings, not {shown(precompress)}.",
        context={"precompress": precompress},
        help_text="An empty list keeps the files in memory as they are.",
        example='StaticAssets(manifest, precompress=["br"])',
    )


def unknown_coding(name: object) -> StarioError:
    return StarioError(
        f"precompress names the coding {shown(name)}, which is unknown.",
        context={"coding": name},
        help_text="Known are 'br', 'zstd' and 'gzip'.",
    )
