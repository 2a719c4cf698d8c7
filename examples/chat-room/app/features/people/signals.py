"""The form in which a person takes another name."""

from dataclasses import dataclass
from typing import Annotated

from stario.datastar import InvalidSignals, Limits, Signals
from stario.http.request import Request

from app.common.forms import read_form
from app.common.text import is_visible, one_line


@dataclass
class Renaming:
    name: Annotated[str, Limits(max_length=32)] = ""
    _renaming: bool = False  # whether the form is open; stays in the browser


S = Signals(Renaming)


async def read_name(req: Request) -> str:
    name = one_line((await read_form(req, S)).name)
    if not is_visible(name):
        raise InvalidSignals({S.name: "Please enter a name."}, model=S)
    return name
