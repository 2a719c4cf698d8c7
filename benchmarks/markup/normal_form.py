"""The tree of a page, so that contenders are compared by what they say and not by how.

The order of attributes, white space beside tags, the style of quotes, and the ways to end an empty
element and to write a boolean attribute don't count. Text, attributes and their values do.
"""

from html.parser import HTMLParser

type Event = tuple[str, str, tuple[tuple[str, str | None], ...]]

_VOID = """
    area base br col embed hr img input link meta param source track wbr
"""
VOID = frozenset(_VOID.split())
BOOLEAN = frozenset({"checked", "disabled", "required", "selected"})


class _Events(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.events: list[Event] = []

    def handle_decl(self, decl: str) -> None:
        self.events.append(("doctype", decl.lower(), ()))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.events.append(("start", tag, tuple(sorted(_attribute(*pair) for pair in attrs))))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # in HTML the slash means nothing

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.events.append(("end", tag, ()))

    def handle_data(self, data: str) -> None:
        if text := data.strip():
            self.events.append(("text", text, ()))


def _attribute(name: str, value: str | None) -> tuple[str, str | None]:
    return (name, "") if name in BOOLEAN else (name, value or "")


def normal_form(html: str) -> list[Event]:
    """The tags and texts of `html` in their order."""
    parser = _Events()
    parser.feed(html)
    parser.close()
    return parser.events


def difference(html: str, expected: str) -> str | None:
    """The first place where the trees differ, or None."""
    got, wanted = normal_form(html), normal_form(expected)
    for left, right in zip(got, wanted, strict=False):
        if left != right:
            return f"{left} instead of {right}"
    return None if len(got) == len(wanted) else f"{len(got)} events instead of {len(wanted)}"
