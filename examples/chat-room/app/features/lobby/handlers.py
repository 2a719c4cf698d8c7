"""The lobby: the page, its stream, and a form for new rooms."""

from stario import App, Context, Relay, Writer, responses
from stario.datastar import SSE, InvalidSignals
from stario.http import Handler

from app.assets import Assets
from app.common.forms import is_plain_form
from app.common.identity import require_person, visitor
from app.common.urls import HOME
from app.config import Config
from app.db import Database
from app.features.lobby.data import list_rooms
from app.features.lobby.signals import S, read_title
from app.features.lobby.subjects import CREATED
from app.features.lobby.urls import CREATE, SUBSCRIBE
from app.features.lobby.views import lobby_page, rooms_view
from app.features.people.data import find_person
from app.features.people.subjects import RENAMED
from app.features.people.views import me_view
from app.features.room.data import NameTaken, TooManyRooms, create_room
from app.features.room.presence import Presence
from app.features.room.subjects import HERE_ANYWHERE, SAID_ANYWHERE
from app.features.room.urls import ROOM


def register_lobby(
    app: App,
    config: Config,
    assets: Assets,
    db: Database,
    relay: Relay[None],
    presence: Presence,
) -> None:
    app.get(HOME, show_lobby(assets, db, presence))
    app.get(SUBSCRIBE, subscribe(db, relay, presence))
    app.post(CREATE, create(config, db, relay))


def show_lobby(assets: Assets, db: Database, presence: Presence) -> Handler:
    async def handler(c: Context, w: Writer) -> None:
        me = await db.read(find_person, visitor(c, w))
        listings = await db.read(list_rooms, presence.everywhere())
        responses.html(w, lobby_page(assets, me, listings))

    return handler


def subscribe(db: Database, relay: Relay[None], presence: Presence) -> Handler:
    async def handler(c: Context, w: Writer) -> None:
        my_id = require_person(c)
        sse = SSE(w)
        live = relay.subscribe(CREATED, RENAMED, SAID_ANYWHERE, HERE_ANYWHERE, latest=True)
        async with sse.loop(c, live) as changes:
            async for news in changes:
                if not news or RENAMED in {subject for subject, _ in news}:
                    sse.patch_elements(me_view(await db.read(find_person, my_id)))
                sse.patch_elements(rooms_view(await db.read(list_rooms, presence.everywhere())))

    return handler


def create(config: Config, db: Database, relay: Relay[None]) -> Handler:
    async def handler(c: Context, w: Writer) -> None:
        require_person(c)
        title = await read_title(c.req)
        try:
            room = await db.write(create_room, title, config.max_rooms)
        except NameTaken:
            raise InvalidSignals({S.title: "There is a room of this name."}, model=S) from None
        except TooManyRooms:
            sentence = f"There are {config.max_rooms} rooms already, and there is no room for more."
            raise InvalidSignals({S.title: sentence}, model=S) from None
        relay.publish(CREATED, None)
        if is_plain_form(c.req):
            responses.redirect(w, ROOM.href(room_id=room.id), 303)
        else:
            SSE(w).navigate(ROOM.href(room_id=room.id))

    return handler
