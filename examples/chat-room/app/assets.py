"""The static files, and how pages link to them."""

import asyncio
from pathlib import Path

from stario import AssetManifest
from stario.datastar.client import fetch_client

STATIC = Path(__file__).resolve().parent / "static"


class Assets:
    """The manifest, and the links that every page has."""

    def __init__(self, manifest: AssetManifest) -> None:
        self.manifest = manifest
        self.css = manifest.href("css/chat.css")
        self.icon = manifest.href("icon.svg")
        self.datastar = manifest.href("js/datastar.js")


async def load_assets() -> Assets:
    """Get Datastar's client, which is not ours to commit, and hash all files."""
    await asyncio.to_thread(fetch_client, STATIC / "js")
    return Assets(AssetManifest(STATIC))
