"""Our tag in the pages of an app: whole ones, and those that come piece by piece.

The tag goes in before the body is framed and compressed, so lengths and codings are right by
themselves. What is no page, has its length declared, or is encoded already, is left as it is.
"""

import re
from collections.abc import Callable

from stario.http.writer import Writer

_HTML = b"text/html"
_DOCUMENT = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html)\b", re.I | re.S)
_END_OF_HEAD = re.compile(rb"</head\s*>", re.I)
_POLICY_NONCE = re.compile(r"'nonce-([A-Za-z0-9+/_=-]+)'")
_SCRIPT_NONCE = re.compile(rb"""<script\b[^>]*?\snonce=["']?([A-Za-z0-9+/_=-]+)""", re.I)

type MakeTag = Callable[[str], bytes]


def injecting_writer(make_tag: MakeTag) -> type[Writer]:
    """Return the class of writers that put a tag into pages. `make_tag` takes a nonce, or "".

    Its objects are made by giving the class to a writer that is fresh: it has no fields of its own.
    """

    class InjectingWriter(Writer):
        """Puts the tag into a page, and is a plain Writer from then on; so no `super()`."""

        __slots__ = ()

        def respond(self, body: bytes, content_type: bytes, status: int = 200) -> None:
            if self.state == "fresh" and is_html(content_type) and _takes(self, status):
                body = _with_tag(self, body, make_tag)
            Writer.respond(self, body, content_type, status)

        def write_headers(self, status_code: int) -> Writer:
            html = is_html((self.headers.get("content-type") or "").encode("latin-1"))
            has_length = "content-length" in self.headers
            if not html or has_length or not _takes(self, status_code):
                _let_alone(self)
            else:
                _forget_validators(self)
            return Writer.write_headers(self, status_code)

        def write(self, data: bytes) -> Writer:
            if self.state == "fresh":
                self.write_headers(200)
                return self.write(data)  # by whatever it is now
            if _END_OF_HEAD.search(data):
                data = put_in(data, make_tag(_nonce(self, data)))
                _let_alone(self)
            return Writer.write(self, data)

        def end(self, data: bytes | None = None) -> None:
            if self.state == "fresh" and data:
                html = is_html((self.headers.get("content-type") or "").encode("latin-1"))
                if html and _takes(self, 200):
                    data = _with_tag(self, data, make_tag)
            elif self.state == "started" and not self.closing:
                data = put_in(data or b"", make_tag(_nonce(self, data or b"")), anywhere=True)
            _let_alone(self)
            Writer.end(self, data)

    return InjectingWriter


def put_in(page: bytes, tag: bytes, *, anywhere: bool = False) -> bytes:
    """Return the page with the tag at the end of its head; of a document without one, at the end.

    What is no document is returned as it is, unless the tag may go `anywhere`.
    """
    if found := _END_OF_HEAD.search(page):
        return page[: found.start()] + tag + page[found.start() :]
    return page + tag if anywhere or _DOCUMENT.match(page) else page


def is_html(content_type: bytes) -> bool:
    """Say whether a content type is that of pages."""
    return content_type.split(b";")[0].strip().lower() == _HTML


def _takes(w: Writer, status: int) -> bool:
    """Say whether an answer can have a tag put in: not a part (206), nor something encoded."""
    return status not in (204, 205, 206, 304) and "content-encoding" not in w.headers


def _with_tag(w: Writer, body: bytes, make_tag: MakeTag) -> bytes:
    _let_alone(w)
    page = put_in(body, make_tag(_nonce(w, body)))
    if page is not body:
        _forget_validators(w)
    return page


def _nonce(w: Writer, body: bytes) -> str:
    """Return the nonce that the policy of a page asks for, be it in a field or in the page."""
    policies = " ".join(w.headers.getlist("content-security-policy"))
    if found := _POLICY_NONCE.search(policies):
        return found[1]
    script = _SCRIPT_NONCE.search(body)
    return script[1].decode() if script else ""


def _forget_validators(w: Writer) -> None:
    """They are those of another page; and one that is kept would name an old run of the app."""
    w.headers.remove("etag")
    w.headers.remove("last-modified")


def _let_alone(w: Writer) -> None:
    w.__class__ = Writer
