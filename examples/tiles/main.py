"""A board that everybody paints on together.

The page is a function of the board: a click changes the board and publishes that it did, and every
open stream answers by sending the board again. What a browser has missed does not matter; the next
patch is the whole truth.
"""

import asyncio
from collections import Counter
from pathlib import Path

import stario.responses as responses
from stario import (
    App,
    AssetManifest,
    Context,
    HttpException,
    Relay,
    Span,
    StaticAssets,
    UrlPath,
    Writer,
)
from stario.datastar import SSE, ModuleScript, at, data, read_signals
from stario.datastar.client import fetch_client
from stario.http import Handler
from stario.markup import HtmlElement
from stario.markup import html as h

COLUMNS, ROWS = 16, 12
NUMBERS = {str(number): number for number in range(COLUMNS * ROWS)}
COLOURS = ("red", "orange", "yellow", "green", "teal", "blue", "purple", "pink")
STATIC = Path(__file__).parent / "static"

HOME = UrlPath("/")
SUBSCRIBE = UrlPath("/subscribe")
CLICK = UrlPath("/click/{tile}")

CHANGED = "board.changed"  # the subject that every stream listens to


# The state: it lives in memory, so a restart begins with an empty board.


class Board:
    """What is painted, and with which colours people are here."""

    def __init__(self) -> None:
        self.tiles: list[str | None] = [None] * len(NUMBERS)
        self.here: Counter[str] = Counter()

    def paint(self, tile: int, colour: str) -> None:
        """Paint a tile, or wipe it when it has this colour already."""
        self.tiles[tile] = None if self.tiles[tile] == colour else colour

    def rarest_colour(self) -> str:
        """The colour that the next visitor starts with."""
        return min(COLOURS, key=lambda colour: self.here[colour])


# The views: from data to HTML, and nothing else.


def page_view(board: Board, colour: str, assets: AssetManifest) -> HtmlElement:
    # The stream is opened by the same element again when another colour is chosen, which ends the
    # first one. It opens again by itself, too, for as long as the page is there.
    stream = at.get(
        SUBSCRIBE.href(),
        retry="always",
        retry_interval_ms=500,
        retry_max_wait_ms=4000,
        retry_max_count=1_000_000,
    )
    return h.HtmlDocument(
        {"lang": "en"},
        h.Head(
            h.Meta({"charset": "utf-8"}),
            h.Meta({"name": "viewport", "content": "width=device-width, initial-scale=1"}),
            h.Title("Tiles"),
            h.Link({"rel": "icon", "href": assets.href("icon.svg")}),
            h.Link({"rel": "stylesheet", "href": assets.href("css/tiles.css")}),
            ModuleScript(assets.href("js/datastar.js")),
        ),
        h.Body(
            data.signals({"colour": colour}),
            data.init(stream),
            data.on("change", stream),
            h.Header(
                h.H1("Tiles"),
                h.P("One board for everybody. Click to paint, click again to wipe."),
            ),
            palette_view(colour),
            board_view(board),
        ),
    )


def palette_view(chosen: str) -> HtmlElement:
    return h.Fieldset(
        {"class": "palette"},
        h.Legend("Your colour"),
        [
            h.Label(
                {"class": ["swatch", colour], "title": colour},
                h.Input(
                    {"type": "radio", "name": "colour", "value": colour},
                    {"checked": colour == chosen, "aria-label": colour},
                    data.bind("colour"),
                ),
            )
            for colour in COLOURS
        ],
    )


def board_view(board: Board) -> HtmlElement:
    """The part of the page that each patch brings up to date."""
    return h.Main(
        {"id": "board"},
        h.Div(
            {"class": "tiles", "role": "group", "aria-label": "The board"},
            [tile_view(number, colour) for number, colour in enumerate(board.tiles)],
        ),
        counters_view(board),
    )


def tile_view(number: int, colour: str | None) -> HtmlElement:
    row, column = divmod(number, COLUMNS)
    return h.Button(
        {"class": ["tile", colour], "type": "button"},
        {"aria-label": f"Row {row + 1}, column {column + 1}: {colour or 'empty'}"},
        data.on("click", at.post(CLICK.href(tile=number))),
    )


def counters_view(board: Board) -> HtmlElement:
    painted = Counter(board.tiles)
    return h.Footer(
        h.P(
            h.Strong({"id": "here"}, board.here.total()),
            " here, ",
            h.Strong({"id": "painted"}, len(NUMBERS) - painted[None]),
            f" of {len(NUMBERS)} tiles painted",
        ),
        h.Ul(
            h.Li(
                {"class": colour},
                {"title": f"{colour}: {board.here[colour]} here, {painted[colour]} tiles"},
                [h.I({"class": "visitor"}) for _ in range(min(board.here[colour], 5))],
                h.Span({"class": "spoken"}, f"{colour}: {board.here[colour]} here, tiles: "),
                painted[colour],
            )
            for colour in COLOURS
            if board.here[colour] or painted[colour]
        ),
    )


# The handlers: what a browser sends is checked before anything is changed.


def home(board: Board, assets: AssetManifest) -> Handler:
    async def handler(_c: Context, w: Writer) -> None:
        responses.html(w, page_view(board, board.rarest_colour(), assets))

    return handler


def subscribe(board: Board, relay: Relay[None]) -> Handler:
    async def handler(c: Context, w: Writer) -> None:
        colour = await chosen_colour(c)
        board.here[colour] += 1
        relay.publish(CHANGED, None)
        try:
            # `latest`: a slow browser gets the newest board, not every one that there was.
            async with relay.subscribe(CHANGED, latest=True) as live:
                sse = SSE(w)
                sse.patch_elements(board_view(board))
                async for _ in c.alive(live):
                    sse.patch_elements(board_view(board))
        finally:
            board.here[colour] -= 1
            relay.publish(CHANGED, None)

    return handler


def click(board: Board, relay: Relay[None]) -> Handler:
    async def handler(c: Context, w: Writer) -> None:
        board.paint(asked_tile(c), await chosen_colour(c))
        relay.publish(CHANGED, None)
        responses.empty(w)

    return handler


def asked_tile(c: Context) -> int:
    tile = NUMBERS.get(c.route.params["tile"])
    if tile is None:
        raise HttpException(404, f"There is no such tile: they are 0 to {len(NUMBERS) - 1}.")
    return tile


async def chosen_colour(c: Context) -> str:
    match await read_signals(c.req):
        case {"colour": str(colour)} if colour in COLOURS:
            return colour
        case _:
            raise HttpException(400, f"The signal `colour` is one of {', '.join(COLOURS)}.")


async def bootstrap(app: App, span: Span):
    span.attr("app.name", "tiles")
    # The browser's half of Datastar is not ours to commit: the first start gets and keeps it.
    await asyncio.to_thread(fetch_client, STATIC / "js")
    assets = AssetManifest(STATIC)
    StaticAssets(assets).register(app)

    board, relay = Board(), Relay[None]()
    app.get(HOME, home(board, assets))
    app.get(SUBSCRIBE, subscribe(board, relay))
    app.post(CLICK, click(board, relay))
    yield
