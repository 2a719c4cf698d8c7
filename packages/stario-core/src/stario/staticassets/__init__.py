"""Static files under URLs that change with their content, so that caches may keep them forever."""

from stario.staticassets.asset import Asset
from stario.staticassets.handler import StaticAssets
from stario.staticassets.import_map import ImportMap
from stario.staticassets.manifest import AssetManifest, fingerprint

__all__ = ["Asset", "AssetManifest", "ImportMap", "StaticAssets", "fingerprint"]
