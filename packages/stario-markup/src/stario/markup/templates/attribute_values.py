"""The slots in a part of an attribute's value: what they are depends on the attribute.

Event handlers and the attributes that Datastar and similar libraries evaluate are JavaScript,
`style` is CSS, URLs are URLs, and the rest is text.
"""

import re
from collections.abc import Sequence
from html import unescape

from stario.markup.templates.code_slots import HandlerSlot, StylePartSlot
from stario.markup.templates.javascript import places
from stario.markup.templates.mistakes import SLOT, Mistake
from stario.markup.templates.references import refuse_begun, refuse_unfinished
from stario.markup.templates.slots import PartSlot, Slot
from stario.markup.templates.url_slots import LastUrlSlot, UrlSlot
from stario.markup.urls import URL_ATTRIBUTES

_SCRIPTED = re.compile(
    r"on.*|@.*|(?:data|x|v|hx)-on\b.*"
    r"|data-(?:attr|class|computed|effect|init|json-signals|show|signals|style|text)(?:[:_].*)?",
    re.DOTALL,
)


def slots_of(element: str, name: str, value: str, quote: str, start: int) -> Sequence[Slot]:
    """The slots of `value`, which stands between `quote` signs from `start` on.

    `name` is that of the attribute, and `element` is in lower case. Raises Mistake.
    """
    refuse_begun(value, 0, len(value), offset=start)
    lower = name.lower()
    if lower == "srcdoc":
        raise Mistake(
            start + value.index(SLOT),
            "srcdoc is a document of its own: a value in it would have to be escaped twice.",
            "Render that document, and pass its text as the whole value: srcdoc={render(page)}.",
        )
    if _SCRIPTED.fullmatch(lower):
        return _handler_slots(name, value, quote, start)
    if lower in URL_ATTRIBUTES:
        return _url_slots(element, name, value, quote)
    slot = StylePartSlot(name, quote) if lower == "style" else PartSlot(name, quote)
    return [slot] * value.count(SLOT)


def _handler_slots(name: str, value: str, quote: str, start: int) -> Sequence[Slot]:
    script = unescape(value)
    refuse_unfinished(value, start)
    try:
        return [HandlerSlot(name, quote, place) for place in places(script)]
    except Mistake as mistake:
        exact = mistake.at if script == value else 0
        raise Mistake(start + exact, mistake.what, mistake.advice) from None


def _url_slots(element: str, name: str, value: str, quote: str) -> Sequence[Slot]:
    literals = value.split(SLOT)
    *others, last = (unescape(SLOT.join(literals[:n])) for n in range(1, len(literals)))
    return [
        *(UrlSlot(name, quote, before) for before in others),
        LastUrlSlot(element, name, quote, last, literals),
    ]
