"""The routes of an app as lines of a list, in the order of their registration."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from stario.http.app import App
from stario.http.matching.places import place_of

_PLACE = re.compile(r"(.+) \((.+):(\d+)\)")


class RouteLine(NamedTuple):
    """One route. `file` and `line` are where the handler is written, as far as it tells."""

    method: str
    host: str
    pattern: str
    handler: str
    file: str | None
    line: int | None
    middleware: list[str]


def lines_of(app: App) -> list[RouteLine]:
    """Return a line for each route of an app."""
    return list(_lines(app))


def _lines(app: App) -> Iterator[RouteLine]:
    for method, pattern, handler, middleware in app.registered():
        name, file, line = _place(handler)
        around = [_place(one)[0] for one in middleware]
        yield RouteLine(
            method, pattern.host_text or "", pattern.path_text, name, file, line, around
        )


def _place(function: object) -> tuple[str, str | None, int | None]:
    told = place_of(function)
    if (found := _PLACE.fullmatch(told)) is None:
        return told, None, None
    file = Path(found[2])
    if file.is_relative_to(Path.cwd()):
        file = file.relative_to(Path.cwd())
    return found[1], str(file), int(found[3])
