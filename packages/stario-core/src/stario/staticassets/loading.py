"""The answers for the files of a manifest, made once: from memory or from the disk."""

from collections.abc import Mapping

from stario.exceptions import StarioError
from stario.http.compression import CompressionConfig, content_type_is_compressible
from stario.staticassets.answers import Answer, DiskFile, MemoryFile, redirect_to
from stario.staticassets.asset import Asset
from stario.staticassets.content_types import DEFAULT_CONTENT_TYPE, suffix_of
from stario.staticassets.disk import open_unchanged, read_unchanged
from stario.staticassets.manifest import AssetManifest
from stario.staticassets.representation import FileFacts

# The codings, and what the counts call them.
STAT_NAMES = {"zstd": "zstd", "br": "brotli", "gzip": "gzip"}
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


class Loading:
    """Reads and compresses the files of a manifest, and counts them in `stats`."""

    def __init__(
        self,
        manifest: AssetManifest,
        *,
        cache_control: str,
        cache_max_size: int,
        chunk_size: int,
        content_types: Mapping[str, str],
        compression: CompressionConfig,
        encodings: tuple[bytes, ...],
    ) -> None:
        self.stats: dict[str, int] = dict.fromkeys(_STATS, 0)
        self._manifest = manifest
        self._cache_control = cache_control
        self._cache_max_size = cache_max_size
        self._chunk_size = chunk_size
        self._content_types = content_types
        self._compression = compression
        self._encodings = encodings

    def answers(self) -> dict[str, Answer]:
        """Return the answers by path: the files, and the redirects to them. Blocks."""
        assets = self._manifest.assets.values()
        answers: dict[str, Answer] = {one.logical_path: redirect_to(one.url) for one in assets}
        for asset in assets:
            answers[asset.hashed_path] = self._answer_for(asset)
        return answers

    def _answer_for(self, asset: Asset) -> Answer:
        content_type = self._content_types.get(suffix_of(asset.logical_path), DEFAULT_CONTENT_TYPE)
        self._count(files=1, raw_bytes=asset.size)
        if asset.size > self._cache_max_size and not self._manifest.is_rewritten(asset):
            return self._from_disk(asset, content_type)
        return self._from_memory(asset, content_type)

    def _from_disk(self, asset: Asset, content_type: str) -> Answer:
        if open_unchanged(asset) is None:
            raise gone_or_changed(asset)
        self._count(streamed_files=1)
        facts = FileFacts.of(
            asset, content_type, self._cache_control, size=asset.size, varies=False
        )
        return DiskFile(facts, asset, self._chunk_size)

    def _from_memory(self, asset: Asset, content_type: str) -> Answer:
        content = read_unchanged(asset)
        if content is None:
            raise gone_or_changed(asset)
        body = self._manifest.as_served(asset, content)
        variants = self._variants(body, content_type)
        self._count(cached_files=1, cached_bytes=len(body), compressed_files=bool(variants))
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
                name = STAT_NAMES[encoding.decode()]
                self._count(**{f"{name}_files": 1, f"{name}_bytes": len(packed)})
        return variants

    def _count(self, **more: int) -> None:
        for name, number in more.items():
            self.stats[name] += number


def _is_compressible(content_type: str) -> bool:
    return content_type_is_compressible(content_type.encode("latin-1"))


def gone_or_changed(asset: Asset) -> StarioError:
    return StarioError(
        f"The file {str(asset.source)!r} is gone or changed since the manifest was made.",
        context={"path": asset.logical_path},
        help_text="Finish the build of the files before the app starts.",
    )
