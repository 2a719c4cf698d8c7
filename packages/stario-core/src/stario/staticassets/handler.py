"""The handler of static files: all decisions are made at construction, a request looks one up."""

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast

from stario.exceptions import StarioError
from stario.http.compression import CompressionConfig, content_type_is_compressible
from stario.markup.errors import shown
from stario.staticassets.answers import NOT_FOUND, Answer, DiskFile, MemoryFile, redirect_to
from stario.staticassets.asset import Asset
from stario.staticassets.content_types import DEFAULT_CONTENT_TYPE, merged_content_types, suffix_of
from stario.staticassets.disk import open_unchanged, read_unchanged
from stario.staticassets.manifest import AssetManifest
from stario.staticassets.representation import FileFacts
from stario.staticassets.settings import header_text, require_size

if TYPE_CHECKING:
    from stario.http.app import App
    from stario.http.context import Context
    from stario.http.writer import Writer

_STAT_NAMES = {"zstd": "zstd", "br": "brotli", "gzip": "gzip"}
_STATS = (
    "files",
    "cached_files",
    "streamed_files",
    "compressed_files",
    "zstd_files",
    "brotli_files",
    "gzip_files",
    "raw_bytes",
    "cached_bytes",
    "zstd_bytes",
    "brotli_bytes",
    "gzip_bytes",
)


class StaticAssets:
    """Serves the files of a manifest: each under its hashed URL, with a redirect to it.

    Files up to `cache_max_size` bytes are read, and compressed in the codings of `precompress`
    that `compression` has on, here; a compressed form is kept when it is smaller. Larger ones are
    read in pieces of `filesystem_chunk_size` bytes for each request, uncompressed. Stylesheets that
    the manifest rewrites are in memory whatever their size. `content_types`
    adds to the known suffixes, or replaces them: `{".webmanifest": "application/json"}`.

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
        require_size("cache_max_size", cache_max_size)
        require_size("filesystem_chunk_size", filesystem_chunk_size)
        self.manifest = manifest
        self._cache_control = header_text("cache_control", cache_control)
        self._cache_max_size = cache_max_size
        self._chunk_size = filesystem_chunk_size
        self._content_types = merged_content_types(content_types)
        self._compression = compression
        self._encodings = _usable_encodings(precompress, compression)
        self._counts: Counter[str] = Counter()
        self._answers: dict[str, Answer] = self._build()
        self.stats: Mapping[str, int] = MappingProxyType(
            {name: self._counts[name] for name in _STATS}
        )

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
        answer = self._answers.get(c.route.params["path"], NOT_FOUND)
        sending = answer.send(c.req, w)
        if sending is not None:
            await sending

    def _build(self) -> dict[str, Answer]:
        assets = self.manifest.assets.values()
        answers: dict[str, Answer] = {one.logical_path: redirect_to(one.url) for one in assets}
        for asset in assets:
            answers[asset.hashed_path] = self._answer_for(asset)
        return answers

    def _answer_for(self, asset: Asset) -> Answer:
        content_type = self._content_types.get(suffix_of(asset.logical_path), DEFAULT_CONTENT_TYPE)
        self._counts.update(files=1, raw_bytes=asset.size)
        if asset.size > self._cache_max_size and not self.manifest.is_rewritten(asset):
            return self._from_disk(asset, content_type)
        return self._from_memory(asset, content_type)

    def _from_disk(self, asset: Asset, content_type: str) -> Answer:
        if open_unchanged(asset) is None:
            raise gone_or_changed(asset)
        self._counts.update(streamed_files=1)
        facts = FileFacts.of(
            asset, content_type, self._cache_control, size=asset.size, varies=False
        )
        return DiskFile(facts, asset, self._chunk_size)

    def _from_memory(self, asset: Asset, content_type: str) -> Answer:
        content = read_unchanged(asset)
        if content is None:
            raise gone_or_changed(asset)
        body = self.manifest.as_served(asset, content)
        variants = self._variants(body, content_type)
        self._counts.update(
            cached_files=1, cached_bytes=len(body), compressed_files=1 if variants else 0
        )
        facts = FileFacts.of(
            asset, content_type, self._cache_control, size=len(body), varies=bool(variants)
        )
        return MemoryFile(facts, body, variants)

    def _variants(self, body: bytes, content_type: str) -> dict[bytes, bytes]:
        if len(body) < self._compression.min_size or not _is_compressible(content_type):
            return {}
        variants: dict[bytes, bytes] = {}
        for encoding in self._encodings:
            packed = self._compression.make_compressor(encoding).frame(body)
            if len(packed) < len(body):
                variants[encoding] = packed
                name = _STAT_NAMES[encoding.decode()]
                self._counts.update({f"{name}_files": 1, f"{name}_bytes": len(packed)})
        return variants

    def __repr__(self) -> str:
        counts = self._counts
        return (
            f"<StaticAssets at {self.manifest.prefix.text}, {counts['cached_files']} in memory, "
            f"{counts['streamed_files']} on disk>"
        )


def _is_compressible(content_type: str) -> bool:
    return content_type_is_compressible(content_type.encode("latin-1"))


def _usable_encodings(precompress: object, compression: CompressionConfig) -> tuple[bytes, ...]:
    if not isinstance(precompress, Iterable) or isinstance(precompress, str | bytes):
        raise not_codings(precompress)
    wanted = tuple(cast("Iterable[object]", precompress))
    for name in wanted:
        if not isinstance(name, str) or name not in _STAT_NAMES:
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


def gone_or_changed(asset: Asset) -> StarioError:
    return StarioError(
        f"The file {str(asset.source)!r} is gone or changed since the manifest was made.",
        context={"path": asset.logical_path},
        help_text="Finish the build of the files before the app starts.",
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
