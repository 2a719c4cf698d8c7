from stario.datastar import at, data
from stario.markup import HtmlElement
from stario.markup import html as h

from app.common.marks import error_view
from app.features.people.models import Person
from app.features.people.signals import S
from app.features.people.urls import RENAME


def avatar_view(person: Person) -> HtmlElement:
    return h.Span(
        {"class": "avatar", "style": {"--hue": person.hue}, "title": person.name},
        {"aria-hidden": "true"},
        person.initials,
    )


def me_view(me: Person) -> HtmlElement:
    """What a rename changes in each of one's own pages."""
    return h.Span({"id": "me"}, avatar_view(me), h.Bdi(me.name))


def renaming_view(me: Person) -> HtmlElement:
    """Oneself in the corner, and the form that opens there."""
    return h.Details(
        {"class": "renaming"},
        data.signals(S.defaults(name=me.name)),
        data.effect(f"{S['_renaming']} || (el.open = false)"),  # the server closes it
        data.on("toggle", f"{S['_renaming']} = el.open"),
        h.Summary({"title": "Change your name"}, me_view(me)),
        h.Form(
            {"method": "post", "action": RENAME.href()},
            data.on("submit", at.post(RENAME.href(), include=[S.name])),
            h.Label({"for": "name"}, "Your name"),
            h.Div(
                {"class": "row"},
                h.Input(
                    {"id": "name", "name": "name", "value": me.name, "maxlength": "32"},
                    {"autocomplete": "nickname", "required": True},
                    data.bind(S.name),
                ),
                h.Button("Save"),
            ),
            error_view(S.name),
        ),
    )
