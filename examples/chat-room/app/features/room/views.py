"""A room as HTML. What a stream sends anew are the parts with an id: messages and company."""

from functools import lru_cache
from itertools import pairwise

from stario.datastar import at, data
from stario.markup import HtmlElement
from stario.markup import html as h

from app.assets import Assets
from app.common.marks import counted, error_view, local_time
from app.common.page import page
from app.common.urls import HOME
from app.features.people.models import Person
from app.features.people.views import avatar_view, renaming_view
from app.features.room.models import Company, Message, Room
from app.features.room.signals import LONGEST, S
from app.features.room.urls import ROOM, SEND, SUBSCRIBE, TYPING

_TOGETHER = 300  # seconds within which the messages of one person stand under one name

# Enter sends, with shift it is a new line; not while an input method uses it for a word.
_ENTER = (
    "evt.key === 'Enter' && !evt.shiftKey && !evt.isComposing &&"
    f" (evt.preventDefault(), {S['_sending']} || el.form.requestSubmit())"
)
_LOST = "evt.detail.el === el && /^(error|retr)/.test(evt.detail.type) && ($_lost = true)"


def room_page(
    assets: Assets, room: Room, me: Person, messages: list[Message], company: Company
) -> HtmlElement:
    stream = at.get(
        SUBSCRIBE.href(room_id=room.id),
        payload={},  # what is being written stays out of URLs
        retry="always",
        retry_interval_ms=500,
        retry_max_wait_ms=4000,
        retry_max_count=1_000_000,
    )
    return page(
        assets,
        f"{room.name} · Chat",
        h.Body(
            {"class": "room"},
            data.signals({"_lost": False}),
            data.init(stream),
            data.on("datastar-fetch", _LOST),
            h.Header(
                h.A({"class": "back", "href": HOME.href(), "aria-label": "All rooms"}, "←"),
                h.H1({"dir": "auto"}, room.name),
                renaming_view(me),
            ),
            here_view(company, me),
            h.Main(
                # The column is reversed, so it begins at its end and stays there while one is
                # there; one's own message leads back to it.
                h.Div(
                    {"class": "scroll", "tabindex": "0"},
                    data.effect(f"{S['_sending']} && (el.scrollTop = 0)"),
                    messages_view(messages, me),
                ),
                h.Div({"class": "foot"}, doing_view(company, me), composer_view(room)),
            ),
        ),
    )


def composer_view(room: Room) -> HtmlElement:
    return h.Form(
        {"class": "composer", "method": "post", "action": SEND.href(room_id=room.id)},
        data.signals(S),
        data.indicator(S["_sending"]),
        data.on("submit", at.post(SEND.href(room_id=room.id), include=[S.text])),
        h.Label({"for": "text", "class": "spoken"}, "Message"),
        h.Textarea(
            {"id": "text", "name": "text", "rows": "1", "maxlength": str(LONGEST)},
            {"placeholder": "Write a message", "autocomplete": "off", "enterkeyhint": "send"},
            {"required": True, "dir": "auto", "autofocus": True},
            data.bind(S.text),
            data.on("keydown", _ENTER),
            data.on("input", at.post(TYPING.href(room_id=room.id), payload={}), throttle="1s"),
        ),
        h.Button({"aria-label": "Send"}, data.attr("disabled", S["_sending"]), "↑"),
        error_view(S.text),
        h.P({"class": "lost", "style": "display: none"}, data.show("$_lost"), "Connecting again…"),
        h.Noscript(
            h.P(
                "Without JavaScript a room does not change by itself. ",
                h.A({"href": ROOM.href(room_id=room.id)}, "Look again"),
            )
        ),
    )


def messages_view(messages: list[Message], me: Person) -> HtmlElement:
    if not messages:
        return h.Ol({"id": "messages"}, h.Li({"class": "empty"}, "Nothing said yet. Say hello!"))
    first = messages[0]
    rows = [message_view(first, first.author.id == me.id, False)]
    for before, message in pairwise(messages):
        is_mine, follows = message.author.id == me.id, belong_together(before, message)
        rows.append(message_view(message, is_mine, follows))
    return h.Ol({"id": "messages", "role": "log", "aria-label": "Messages"}, rows)


def belong_together(before: Message, message: Message) -> bool:
    same = before.author.id == message.author.id
    return same and message.sent_at - before.sent_at < _TOGETHER


# A view is a function of its data, so what it made once is kept: of a room of 200 messages, which
# takes 20 ms to build, a new message costs each browser that watches one more.
@lru_cache(maxsize=2048)
def message_view(message: Message, is_mine: bool, follows: bool) -> HtmlElement:
    return h.Li(
        {"id": f"message-{message.id}", "style": {"--hue": message.author.hue}},
        {"class": ["message", is_mine and "mine", follows and "follows"]},
        avatar_view(message.author),
        h.Div(
            h.P({"class": "by"}, h.Bdi(message.author.name), " ", local_time(message.sent_at)),
            h.P({"class": "text", "dir": "auto"}, message.text),
        ),
    )


def here_view(company: Company, me: Person) -> HtmlElement:
    count = len(company.here)
    return h.Aside(
        {"id": "here", "aria-label": "Who is here"},
        h.H2(h.Strong(count), " here"),
        h.Ul(
            h.Li(avatar_view(person), h.Bdi(person.name), h.Small("you") if person == me else None)
            for person in company.here
        ),
    )


def doing_view(company: Company, me: Person) -> HtmlElement:
    """One line about others: who types, or else who came and left just now."""
    typing = others(company.typing, me)
    return h.P(
        {"id": "doing", "aria-live": "polite", "class": [bool(typing) and "typing"]},
        sentence(company, me),
    )


def sentence(company: Company, me: Person) -> str:
    if typing := others(company.typing, me):
        return f"{together(typing)} {'is' if len(typing) == 1 else 'are'} typing…"
    news = [(company.came, "came in"), (company.left, "left")]
    return ", ".join(f"{together(o)} {verb}" for people, verb in news if (o := others(people, me)))


def others(people: tuple[Person, ...], me: Person) -> list[Person]:
    return [person for person in people if person.id != me.id]


def together(people: list[Person]) -> str:
    names = [f"\u2068{person.name}\u2069" for person in people]  # each in a direction of its own
    if len(names) > 3:
        return f"{names[0]}, {names[1]} and {counted(len(names) - 2, 'other', 'others')}"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
