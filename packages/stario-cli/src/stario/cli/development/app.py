"""An app with the aids for its development around it: pages that reload, failures that are told."""

from stario import responses
from stario.cli.development.error_page import POLICY, failure_page, failure_text
from stario.cli.development.injected import injecting_writer
from stario.cli.development.live import Live, Run
from stario.cli.development.span_tree import SpanTrees
from stario.cli.development.wanted import is_datastar, wants_document, wants_html
from stario.http.app import App
from stario.http.context import Context
from stario.http.writer import Writer

# Fields of the answer that was meant to be.
_CONTENT_FIELDS = (
    *("content-disposition", "content-encoding", "content-language", "content-range"),
    *("etag", "last-modified"),
)
# Seconds for a request on its way, from the same machine or the one beside it: a browser keeps
# connections open, and each restart waits for them.
LAST_CALL = 0.02
_EVENTS = "text/event-stream"


class DevelopmentApp(App):
    """What `watch` serves in place of an App. The bootstrap does not see a difference."""

    last_call = LAST_CALL

    def __init__(self, run: Run, spans: SpanTrees) -> None:
        super().__init__()
        self._live = Live(run)
        self._writer = injecting_writer(run.tag)
        self._spans = spans

    async def __call__(self, c: Context, w: Writer) -> None:
        """Run one request to its end; those of our own script have no span."""
        own = self._live.handler(c.req.path)
        try:
            if own is None:
                if wants_document(c.req):
                    w.__class__ = self._writer
                await super().__call__(c, w)
            else:
                await own(c, w)
                w.end()
        finally:
            self._spans.forget(c.span)

    def answer_failure(self, c: Context, w: Writer, error: Exception) -> None:
        """Tell the developer what went wrong, in the form that can be shown where it is asked."""
        if w.gone:
            super().answer_failure(c, w, error)
        elif w.started:
            if is_datastar(c.req) and (w.headers.get("content-type") or "").startswith(_EVENTS):
                w.write(self._event(c, error))
            super().answer_failure(c, w, error)
        else:
            for name in _CONTENT_FIELDS:
                w.headers.remove(name)
            w.headers.set("cache-control", "no-store")
            self._tell(c, w, error)

    def _tell(self, c: Context, w: Writer, error: Exception) -> None:
        if is_datastar(c.req):  # which shows no page; our script in its page knows the event
            w.respond(self._event(c, error), _EVENTS.encode())
        elif wants_html(c.req):
            w.headers.set("content-security-policy", POLICY)
            responses.html(w, failure_page(c, error, self._spans.lines(c.span)), 500)
        else:
            responses.text(w, failure_text(c, error), 500)

    def _event(self, c: Context, error: Exception) -> bytes:
        page = failure_page(c, error, self._spans.lines(c.span))
        lines = "".join(f"data: page {line}\n" for line in page.splitlines())
        return f"event: datastar-stario-failure\n{lines}\n".encode()
