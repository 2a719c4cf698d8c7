"""The lobby as HTML. What a stream sends anew is the list of rooms."""

from stario.datastar import at, data
from stario.markup import HtmlElement
from stario.markup import html as h

from app.assets import Assets
from app.common.marks import counted, error_view, local_time
from app.common.page import page
from app.features.lobby.models import Listing
from app.features.lobby.signals import LONGEST, S
from app.features.lobby.urls import CREATE, SUBSCRIBE
from app.features.people.models import Person
from app.features.people.views import avatar_view, renaming_view
from app.features.room.models import Message
from app.features.room.urls import ROOM

_FACES = 4


def lobby_page(assets: Assets, me: Person, listings: list[Listing]) -> HtmlElement:
    stream = at.get(
        SUBSCRIBE.href(),
        payload={},
        retry="always",
        retry_interval_ms=500,
        retry_max_wait_ms=4000,
        retry_max_count=1_000_000,
    )
    return page(
        assets,
        "Chat",
        h.Body(
            {"class": "lobby"},
            data.init(stream),
            h.Header(h.H1("Rooms"), renaming_view(me)),
            h.Main(create_view(), rooms_view(listings)),
        ),
    )


def create_view() -> HtmlElement:
    return h.Form(
        {"class": "create", "method": "post", "action": CREATE.href()},
        data.signals(S),
        data.on("submit", at.post(CREATE.href(), include=[S.title])),
        h.Label({"for": "title", "class": "spoken"}, "A new room"),
        h.Div(
            {"class": "row"},
            h.Input(
                {"id": "title", "name": "title", "maxlength": str(LONGEST), "autocomplete": "off"},
                {"placeholder": "What do you want to talk about?", "required": True, "dir": "auto"},
                data.bind(S.title),
            ),
            h.Button("New room"),
        ),
        error_view(S.title),
    )


def rooms_view(listings: list[Listing]) -> HtmlElement:
    return h.Ul({"id": "rooms"}, [listing_view(listing) for listing in listings])


def listing_view(listing: Listing) -> HtmlElement:
    room = listing.room
    return h.Li(
        {"id": f"room-{room.id}"},
        h.A(
            {"href": ROOM.href(room_id=room.id)},
            h.Div(
                {"class": "about"},
                h.H2({"dir": "auto"}, room.name),
                h.P({"class": "last"}, last_view(listing.last)),
            ),
            here_view(listing.here),
        ),
    )


def last_view(message: Message | None) -> HtmlElement:
    if message is None:
        return h.Span("Nothing said yet")
    return h.Span(
        local_time(message.sent_at), " ", h.Bdi(message.author.name), ": ", h.Bdi(message.text)
    )


def here_view(people: tuple[Person, ...]) -> HtmlElement:
    return h.Div(
        {"class": ["here", not people and "nobody"]},
        [avatar_view(person) for person in people[:_FACES]],
        h.Span({"class": "count"}, counted(len(people), "person", "people") if people else "empty"),
    )
