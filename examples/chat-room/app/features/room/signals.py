"""The form in which a message is written."""

from dataclasses import dataclass
from typing import Annotated

from stario.datastar import InvalidSignals, Limits, Signals
from stario.http.request import Request

from app.common.forms import read_form
from app.common.text import is_visible, paragraphs

LONGEST = 2000


@dataclass
class Draft:
    text: Annotated[str, Limits(max_length=LONGEST)] = ""
    _sending: bool = False


S = Signals(Draft)


async def read_text(req: Request) -> str:
    text = paragraphs((await read_form(req, S)).text)
    if not is_visible(text):
        raise InvalidSignals({S.text: "Please write something."}, model=S)
    return text
