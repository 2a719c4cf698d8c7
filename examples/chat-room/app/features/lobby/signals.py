"""The form in which a room is created."""

from dataclasses import dataclass
from typing import Annotated

from stario.datastar import InvalidSignals, Limits, Signals
from stario.http.request import Request

from app.common.forms import read_form
from app.common.text import is_visible, one_line

LONGEST = 60


@dataclass
class NewRoom:
    title: Annotated[str, Limits(max_length=LONGEST)] = ""


S = Signals(NewRoom)


async def read_title(req: Request) -> str:
    title = one_line((await read_form(req, S)).title)
    if not is_visible(title):
        raise InvalidSignals({S.title: "Please give the room a name."}, model=S)
    return title
