"""The frame of every page, and of those that say what went wrong."""

from stario import Context, HttpException, Writer, responses
from stario.datastar import InvalidSignals, ModuleScript
from stario.http.app import ErrorHandler
from stario.markup import HtmlElement
from stario.markup import html as h

from app.assets import Assets
from app.common.urls import HOME


def page(assets: Assets, title: str, body: HtmlElement) -> HtmlElement:
    return h.HtmlDocument(
        {"lang": "en"},
        h.Head(
            h.Meta({"charset": "utf-8"}),
            h.Meta(
                {
                    "name": "viewport",
                    "content": "width=device-width, initial-scale=1, "
                    "interactive-widget=resizes-content",
                }
            ),
            h.Meta({"name": "color-scheme", "content": "light dark"}),
            h.Title(title),
            h.Link({"rel": "icon", "href": assets.icon}),
            h.Link({"rel": "stylesheet", "href": assets.css}),
            ModuleScript(assets.datastar),
        ),
        body,
    )


def sorry_view(assets: Assets, status: int, sentence: str) -> HtmlElement:
    return page(
        assets,
        sentence,
        h.Body(
            {"class": "sorry"},
            h.Main(
                h.P({"class": "status"}, status),
                h.H1(sentence),
                h.A({"href": HOME.href()}, "All rooms"),
            ),
        ),
    )


def sorry(assets: Assets) -> ErrorHandler[HttpException]:
    """Show an error as a page to who asked for one; to Datastar it answers itself."""

    async def handler(c: Context, w: Writer, error: HttpException) -> None:
        if "text/html" not in c.req.headers.get("accept", "") or is_datastar(c):
            error.answer(c, w)
            return
        status = error.status_code
        responses.html(w, sorry_view(assets, status, sentence_of(error)), status)

    return handler


def sentence_of(error: HttpException) -> str:
    """Return what is wrong; of a form without the names of its fields, which it does not show."""
    return " ".join(error.errors.values()) if isinstance(error, InvalidSignals) else error.detail


async def nothing_here(_c: Context, _w: Writer) -> None:
    raise HttpException(404, "There is nothing here.")


def is_datastar(c: Context) -> bool:
    return c.req.headers.get("datastar-request") == "true"
