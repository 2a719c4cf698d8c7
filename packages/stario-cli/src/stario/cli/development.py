"""An app with the aids for its development around it: pages that reload."""

from stario.cli.injected import injecting_writer
from stario.cli.live import Live, Run
from stario.cli.wanted import wants_document
from stario.http.app import App
from stario.http.context import Context
from stario.http.writer import Writer


class DevelopmentApp(App):
    """What `watch` serves in place of an App. The bootstrap does not see a difference."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._live = Live(run)
        self._writer = injecting_writer(run.tag)

    async def __call__(self, c: Context, w: Writer) -> None:
        """Run one request to its end; those of our own script have no span."""
        own = self._live.handler(c.req.path)
        if own is None:
            if wants_document(c.req):
                w.__class__ = self._writer
            await super().__call__(c, w)
            return
        try:
            await own(c, w)
        finally:
            w.end()
