"""The files for browsers: all of `static/`, under names that change with their content."""

from pathlib import Path

from stario import AssetManifest
from stario.datastar.client import fetch_client

STATIC = Path(__file__).parent / "static"


def load_assets() -> AssetManifest:
    """Read `static/`. The browser's half of Datastar is checked, and fetched if it is missing."""
    fetch_client(STATIC / "js")
    return AssetManifest(STATIC)
