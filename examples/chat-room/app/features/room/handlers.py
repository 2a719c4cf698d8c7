"""A room: the page, its stream, and the two things that people do in it."""

from stario import App, Context, HttpException, Relay, Writer, responses
from stario.datastar import SSE
from stario.http import Handler

from app.assets import Assets
from app.common.forms import is_plain_form
from app.common.identity import require_person, visitor
from app.config import Config
from app.db import Database
from app.features.people.data import find_people, find_person
from app.features.people.models import Person
from app.features.people.subjects import RENAMED
from app.features.people.views import me_view
from app.features.room import subjects
from app.features.room.data import add_message, find_room, last_messages
from app.features.room.models import Company, Room
from app.features.room.presence import Presence
from app.features.room.signals import S, read_text
from app.features.room.urls import ROOM, SEND, SUBSCRIBE, TYPING
from app.features.room.views import doing_view, here_view, messages_view, room_page


def register_room(
    app: App,
    config: Config,
    assets: Assets,
    db: Database,
    relay: Relay[None],
    presence: Presence,
) -> None:
    app.get(ROOM, show_room(config, assets, db, presence))
    app.get(SUBSCRIBE, subscribe(config, db, relay, presence))
    app.post(SEND, send(config, db, relay, presence))
    app.post(TYPING, typing(db, presence))


def show_room(config: Config, assets: Assets, db: Database, presence: Presence) -> Handler:
    async def handler(c: Context, w: Writer) -> None:
        room = await asked_room(c, db)
        me = await db.read(find_person, visitor(c, w))
        messages = await db.read(last_messages, room.id, config.history)
        company = await company_of(room, db, presence)
        responses.html(w, room_page(assets, room, me, messages, company))

    return handler


def subscribe(config: Config, db: Database, relay: Relay[None], presence: Presence) -> Handler:
    async def handler(c: Context, w: Writer) -> None:
        my_id = require_person(c)
        room = await asked_room(c, db)
        sse = SSE(w)
        # Subscribed first and read afterwards, so that nothing falls between. `latest`: a slow
        # browser gets what is true by then, once.
        live = relay.subscribe(*subjects.of_room(room.id), RENAMED, latest=True)
        async with sse.loop(c, live) as changes:
            with presence.visit(room.id, my_id):
                sse.patch_signals({"_lost": False})
                async for news in changes:
                    await send_changed(sse, room, my_id, {subject for subject, _ in news})

    async def send_changed(sse: SSE, room: Room, my_id: str, changed: set[str]) -> None:
        """Send what changed, or everything to who has just come."""
        me = await db.read(find_person, my_id)
        is_everything = not changed or RENAMED in changed
        if is_everything:
            sse.patch_elements(me_view(me))
        if is_everything or subjects.said(room.id) in changed:
            messages = await db.read(last_messages, room.id, config.history)
            sse.patch_elements(messages_view(messages, me))
        company = await company_of(room, db, presence)
        if is_everything or subjects.here(room.id) in changed:
            sse.patch_elements(here_view(company, me))
        if is_everything or subjects.doing(room.id) in changed:
            sse.patch_elements(doing_view(company, me))

    return handler


def send(config: Config, db: Database, relay: Relay[None], presence: Presence) -> Handler:
    async def handler(c: Context, w: Writer) -> None:
        my_id = require_person(c)
        room = await asked_room(c, db)
        text = await read_text(c.req)
        await db.write(add_message, room.id, my_id, text, config.history)
        presence.typed(room.id, my_id)
        relay.publish(subjects.said(room.id), None)
        if is_plain_form(c.req):
            responses.redirect(w, ROOM.href(room_id=room.id), 303)
        else:
            SSE(w).patch_signals(S.defaults())  # an empty form; the message comes by the stream

    return handler


def typing(db: Database, presence: Presence) -> Handler:
    async def handler(c: Context, w: Writer) -> None:
        my_id = require_person(c)
        room = await asked_room(c, db)
        presence.types(room.id, my_id)
        responses.empty(w)

    return handler


async def asked_room(c: Context, db: Database) -> Room:
    room = await db.read(find_room, c.route.params["room_id"])
    if room is None:
        raise HttpException(404, "There is no such room.")
    return room


async def company_of(room: Room, db: Database, presence: Presence) -> Company:
    here, typing = presence.here(room.id), presence.typing(room.id)
    came, left = presence.came(room.id), presence.left(room.id)
    people = await db.read(find_people, {*here, *typing, *came, *left})

    def known(ids: tuple[str, ...]) -> tuple[Person, ...]:
        return tuple(people[one] for one in ids)

    return Company(known(here), known(typing), known(came), known(left))
