"""The app that answers for one that cannot run: every request gets the reason."""

from collections.abc import Mapping

from stario import responses
from stario.cli.development.app import LAST_CALL
from stario.cli.development.error_page import POLICY, broken_page
from stario.cli.development.live import Live, Run
from stario.cli.development.wanted import wants_html
from stario.http.app import App
from stario.http.context import Context
from stario.http.writer import Writer


class BrokenApp(App):
    """Tells why there is no other app: as a page that waits for it, or as plain text.

    The status is 500, since the app is at fault, and nothing is kept.
    """

    last_call = LAST_CALL

    def __init__(self, run: Run, broken: Mapping[str, str]) -> None:
        super().__init__()
        self._live = Live(run, broken)
        self._run, self._broken = run, broken

    async def __call__(self, c: Context, w: Writer) -> None:
        """Answer a request."""
        handler = self._live.handler(c.req.path) or self._tell
        try:
            await handler(c, w)
        finally:
            w.end()

    async def _tell(self, c: Context, w: Writer) -> None:
        w.headers.set("cache-control", "no-store")
        if wants_html(c.req):
            w.headers.set("content-security-policy", POLICY)
            responses.html(w, broken_page(self._run.tag(broken=True).decode(), self._broken), 500)
        else:
            responses.text(w, "{title}\n\n{text}\n".format(**self._broken), 500)
