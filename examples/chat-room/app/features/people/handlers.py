from stario import App, Context, Relay, Writer, responses
from stario.datastar import SSE
from stario.http import Handler

from app.common.forms import is_plain_form
from app.common.identity import require_person
from app.common.urls import HOME
from app.db import Database
from app.features.people.data import rename
from app.features.people.signals import S, read_name
from app.features.people.subjects import RENAMED
from app.features.people.urls import RENAME


def register_people(app: App, db: Database, relay: Relay[None]) -> None:
    app.post(RENAME, take_name(db, relay))


def take_name(db: Database, relay: Relay[None]) -> Handler:
    async def handler(c: Context, w: Writer) -> None:
        me = require_person(c)
        name = await read_name(c.req)
        await db.write(rename, me, name)
        relay.publish(RENAMED, None)
        if is_plain_form(c.req):
            responses.redirect(w, HOME.href(), 303)
        else:
            SSE(w).patch_signals(S.defaults(name=name))  # with the form closed, and no sentence

    return handler
