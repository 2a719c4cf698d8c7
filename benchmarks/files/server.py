"""Serves one large file from the disk: python server.py PORT LOOP WAY DIRECTORY."""

import os
import sys
from typing import Any, cast

PORT, LOOP, WAY, DIRECTORY = sys.argv[1:]
if WAY == "pieces":  # before the server looks for it
    del os.sendfile

from stario import App, AssetManifest, Span, StaticAssets
from stario.http.config import ServerConfig
from stario.http.server import Server
from stario.tracing import NOOP_TRACER


async def bootstrap(app: App, _span: Span):
    StaticAssets(AssetManifest(DIRECTORY)).register(app)
    yield


if __name__ == "__main__":
    config = ServerConfig(port=int(PORT), event_loop=cast("Any", LOOP))
    Server(bootstrap, NOOP_TRACER, config=config).run()
