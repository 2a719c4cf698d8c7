"""The bootstrap: all that the app is made of is made here, and handed to the features."""

import asyncio

from stario import App, Relay, Span, StaticAssets

from app.assets import load_assets
from app.features.board.data import Board
from app.features.board.handlers import register_board


async def bootstrap(app: App, span: Span):
    span.attr("app.name", "@NAME@")
    assets = await asyncio.to_thread(load_assets)
    StaticAssets(assets).register(app)

    register_board(app, assets, Board(), Relay[None]())
    yield
    # What was opened above is closed here: databases, clients of other services.
