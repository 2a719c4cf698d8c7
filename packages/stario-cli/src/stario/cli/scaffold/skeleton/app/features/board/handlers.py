"""What the board answers: the page, a stream of its changes, and the pinning of a note."""

import stario.responses as responses
from stario import App, AssetManifest, Context, Relay, Writer
from stario.datastar import SSE, read_signals
from stario.http import Handler

from app.features.board.data import Board
from app.features.board.signals import DRAFT, Draft
from app.features.board.urls import BOARD, NOTES, SUBSCRIBE
from app.features.board.views import board_view, page_view

CHANGED = "board.changed"  # the subject that every stream listens to


def register_board(app: App, assets: AssetManifest, board: Board, relay: Relay[None]) -> None:
    app.get(BOARD, show_board(board, assets))
    app.get(SUBSCRIBE, subscribe(board, relay))
    app.post(NOTES, pin_note(board, relay))


def show_board(board: Board, assets: AssetManifest) -> Handler:
    async def handler(_c: Context, w: Writer) -> None:
        responses.html(w, page_view(board, assets))

    return handler


def subscribe(board: Board, relay: Relay[None]) -> Handler:
    async def handler(c: Context, w: Writer) -> None:
        sse = SSE(w)
        # The board as it is now, and again after every change; a slow browser skips to the newest.
        async with sse.loop(c, relay.subscribe(CHANGED, latest=True)) as changes:
            async for _ in changes:
                sse.patch_elements(board_view(board))

    return handler


def pin_note(board: Board, relay: Relay[None]) -> Handler:
    async def handler(c: Context, w: Writer) -> None:
        draft = await read_signals(c.req, Draft)  # or the form says what is wrong with it
        board.pin(draft.text.strip())
        c.span.attr("board.count", board.count)
        relay.publish(CHANGED, None)
        SSE(w).patch_signals(DRAFT.defaults())  # the note has left the form

    return handler
