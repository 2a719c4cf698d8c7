"""The document around every page."""

from stario import AssetManifest
from stario.datastar import ModuleScript
from stario.markup import HtmlElement
from stario.markup import html as h

TITLE = "@TITLE@"


def document_view(assets: AssetManifest, body: HtmlElement, *, title: str = TITLE) -> HtmlElement:
    return h.HtmlDocument(
        {"lang": "en"},
        h.Head(
            h.Meta({"charset": "utf-8"}),
            h.Meta({"name": "viewport", "content": "width=device-width, initial-scale=1"}),
            h.Title(title),
            h.Link({"rel": "icon", "href": assets.href("icon.svg")}),
            h.Link({"rel": "stylesheet", "href": assets.href("css/app.css")}),
            ModuleScript(assets.href("js/datastar.js")),
        ),
        body,
    )
