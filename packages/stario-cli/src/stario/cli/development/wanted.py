"""What the sender of a request can show: a page, a patch of its page, or text."""

from stario.http.request import Request

# Where a browser puts what it asked for; the others are scripts, images and fetches of pages.
_DOCUMENTS = ("document", "iframe", "frame", "embed", "object")


def wants_html(req: Request) -> bool:
    """Say whether HTML is accepted by name: browsers do that, and curl does not."""
    accepted = req.headers.get("accept") or ""
    return "text/html" in accepted.lower()


def wants_document(req: Request) -> bool:
    """Say whether the answer will be a page, and not a part of one, as far as is known.

    Browsers tell the destination on trustworthy origins only (Fetch Metadata), such as localhost.
    """
    if req.method not in ("GET", "HEAD") or is_datastar(req) or not wants_html(req):
        return False
    return (req.headers.get("sec-fetch-dest") or "document") in _DOCUMENTS


def is_datastar(req: Request) -> bool:
    """Say whether a Datastar action asks, which takes events and patches its page."""
    return req.headers.get("datastar-request") == "true"
