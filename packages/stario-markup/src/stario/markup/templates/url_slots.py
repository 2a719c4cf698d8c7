"""Parts of URLs: percent-encoded from the second on, and the whole refused if it runs code."""

from collections.abc import Sequence
from functools import cache
from html import unescape
from typing import TYPE_CHECKING, Any

from stario.markup.complaints import url_runs_code
from stario.markup.templates.slots import PartSlot
from stario.markup.urls import URL_ATTRIBUTES, runs_code

if TYPE_CHECKING:
    from collections.abc import Callable

# Not what SVG animates, since it holds more than a URL: it is checked, but not percent-encoded.
_ENCODED = URL_ATTRIBUTES - {"from", "to", "by", "values"}


class UrlSlot(PartSlot):
    """Part of a URL, where `before` (what the template has before it, decoded) says what may vary.

    The first slot of a URL is a URL itself. After `?` or `#` all is percent-encoded. In the path
    `/` stays, except right after another `/`, since `//` would begin a host. After `mailto:` and
    `tel:` the signs of an address stay.
    """

    def __init__(self, name: str, quote: str, before: str) -> None:
        super().__init__(name, quote)
        self.before = before
        self.encodes = name.lower() in _ENCODED
        self.begins = not before.strip("\t\n\f\r ")
        self.keeps = _kept_after(before)

    def plain(self, text: str) -> str:
        if self.begins or not self.encodes:
            return text
        if self.before.endswith("/") and text.startswith("/"):
            return "%2F" + _quoted(text[1:], self.keeps)
        return _quoted(text, self.keeps)


def _kept_after(before: str) -> str:
    """The signs that are not percent-encoded after this text of the template."""
    if "?" in before or "#" in before:
        return ""
    return "@+" if before.strip().lower() in ("mailto:", "tel:") else "/"


class LastUrlSlot(UrlSlot):
    """The last slot of a URL of `element`: checks the whole, of which `literals` are the text."""

    def __init__(
        self, element: str, name: str, quote: str, before: str, literals: Sequence[str]
    ) -> None:
        super().__init__(name, quote, before)
        self.element = element
        self.start, self.end, self.count = literals[0], literals[-1], len(literals) - 1
        self.is_settled = self._settles(unescape(self.start))

    def _settles(self, start: str) -> bool:
        """Whether a URL that begins so runs no code, whatever follows: its scheme has ended."""
        head, sign = _up_to_sign(start)
        if not sign or "%" in head or self.name.lower() == "values":
            return False
        return sign != ":" or not runs_code(self.name.lower(), f"{head}:x", self.element)

    def append(self, parts: list[Any], value: Any) -> None:
        super().append(parts, value)
        if not self.is_settled:
            self.check(self.start + "".join(parts[1 - 2 * self.count :]) + self.end)

    def check(self, written: str) -> None:
        """Refuse a URL that runs code, as it is `written` between the quotes."""
        if ":" not in written and "%" not in written and "&" not in written:
            return
        from urllib.parse import unquote

        url = unquote(unescape(written))
        if runs_code(self.name.lower(), url, self.element):
            raise url_runs_code(self.name, url)


def _up_to_sign(url: str) -> tuple[str, str]:
    """What comes before the first sign that ends a scheme or says that there is none; the sign."""
    for at, character in enumerate(url):
        if character in ":/?#":
            return url[:at], character
    return url, ""


@cache
def _quote() -> "Callable[..., str]":
    from urllib.parse import quote  # the first URL with a part in it pays for this import

    return quote


_UNRESERVED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"


def _quoted(text: str, safe: str) -> str:
    if not text.strip(_UNRESERVED):
        return text
    return _quote()(text, safe, errors="replace")
