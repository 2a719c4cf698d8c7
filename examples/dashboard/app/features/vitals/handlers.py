"""What the dashboard answers: the page, and the stream of its samples."""

import stario.responses as responses
from stario import App, Context, Writer
from stario.datastar import SSE
from stario.http import Handler

from app.assets import Assets
from app.features.vitals.feed import SAMPLED, Feed
from app.features.vitals.urls import HOME, SUBSCRIBE
from app.features.vitals.views import page_view


def register_vitals(app: App, assets: Assets, feed: Feed) -> None:
    app.get(HOME, show(assets, feed))
    app.get(SUBSCRIBE, subscribe(feed))


def show(assets: Assets, feed: Feed) -> Handler:
    async def handler(_c: Context, w: Writer) -> None:
        responses.html(w, page_view(assets, feed.samples))

    return handler


def subscribe(feed: Feed) -> Handler:
    async def handler(c: Context, w: Writer) -> None:
        with feed.viewed():
            # Who has just come gets what the others got last: the same event, not one more view.
            await SSE(w).follow(c, feed.relay, SAMPLED, first=lambda: feed.newest)

    return handler
