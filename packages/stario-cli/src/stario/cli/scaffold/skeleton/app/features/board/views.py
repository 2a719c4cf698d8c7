"""From a board to HTML, and nothing else."""

from stario import AssetManifest
from stario.datastar import at, data
from stario.markup import HtmlElement
from stario.markup import html as h

from app.common.document import TITLE, document_view
from app.features.board.data import Board, Note
from app.features.board.signals import DRAFT, LONGEST
from app.features.board.urls import NOTES, SUBSCRIBE


def page_view(board: Board, assets: AssetManifest) -> HtmlElement:
    # The stream opens again for as long as the page is there, also after a restart of the server.
    stream = at.get(SUBSCRIBE.href(), retry="always", retry_max_count=1_000_000)
    return document_view(
        assets,
        h.Body(
            data.signals(DRAFT),
            data.init(stream),
            h.Header(
                h.H1(TITLE),
                h.P("Whoever has this page open sees a note the moment it is pinned."),
            ),
            h.Main(draft_view(), board_view(board)),
        ),
    )


def draft_view() -> HtmlElement:
    return h.Form(
        {"class": "draft"},
        data.on("submit", at.post(NOTES.href())),
        h.Label({"for": "text"}, "Your note"),
        h.Div(
            h.Input(
                {"id": "text", "maxlength": LONGEST, "autocomplete": "off"},
                {"placeholder": "Say something to everybody", "required": True},
                data.bind(DRAFT.text),
            ),
            h.Button({"id": "pin"}, "Pin it"),
        ),
        h.Small({"id": "problem", "role": "alert"}, data.text(DRAFT.text.error)),
    )


def board_view(board: Board) -> HtmlElement:
    """The part of the page that each patch brings up to date."""
    return h.Section(
        {"id": "board", "aria-label": "The board"},
        h.P(
            {"class": "count"},
            h.Strong({"id": "count"}, board.count),
            " note so far" if board.count == 1 else " notes so far",
        ),
        notes_view(board) if board.notes else empty_view(),
    )


def notes_view(board: Board) -> HtmlElement:
    return h.Ol({"class": "notes"}, [note_view(note) for note in board.notes])


def note_view(note: Note) -> HtmlElement:
    return h.Li({"id": f"note-{note.number}"}, note.text)


def empty_view() -> HtmlElement:
    return h.P({"class": "empty"}, "Nothing yet. Open a second window, and pin a note.")
