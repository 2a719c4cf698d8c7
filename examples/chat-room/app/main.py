"""The composition root: everything is made here, once, and handed to the features that need it."""

from contextlib import closing

from stario import App, HttpException, Relay, Span, StaticAssets

from app.assets import load_assets
from app.common.page import nothing_here, sorry
from app.config import Config
from app.db import open_database
from app.features.lobby.handlers import register_lobby
from app.features.people.data import SCHEMA as PEOPLE
from app.features.people.handlers import register_people
from app.features.room.data import SCHEMA as ROOMS
from app.features.room.handlers import register_room
from app.features.room.presence import Presence

MIGRATIONS = (PEOPLE, ROOMS)  # a file has had the first of them: add to the end, change none


async def bootstrap(app: App, span: Span):
    span.attr("app.name", "chat-room")
    config = Config.from_env()
    assets = await load_assets()
    relay = Relay[None]()
    presence = Presence(relay, leave_after=config.leave_after, typing_for=config.typing_for)

    with closing(presence):
        async with open_database(config.database, MIGRATIONS) as db:
            StaticAssets(assets.manifest).register(app)
            app.on_error(HttpException, sorry(assets))
            app.not_found("/", nothing_here)
            register_lobby(app, config, assets, db, relay, presence)
            register_room(app, config, assets, db, relay, presence)
            register_people(app, db, relay)
            yield
