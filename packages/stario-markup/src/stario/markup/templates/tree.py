"""The open elements, as the HTML parser keeps them (HTML section 13.2.6).

It closes some elements by itself: `<p>` before a block, `<li>` before `<li>`. We follow it there,
and refuse the rest of what it mends: end tags out of order, links in links, HTML inside SVG.
"""

from stario.markup.templates import syntax
from stario.markup.templates.words import words

VOID = words(
    """
    area base br col embed hr img input link meta param source track wbr
    """
)
RCDATA = frozenset({"textarea", "title"})
RAW = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes"})

_REFUSED = {
    "plaintext": "Nothing could end it.",
    "frameset": "Frames are gone from the web.",
    "frame": "Frames are gone from the web.",
    "annotation-xml": "Whether its content is HTML would depend on an attribute.",
    "mglyph": "It is HTML or MathML depending on its place.",
    "malignmark": "It is HTML or MathML depending on its place.",
    "image": "In HTML it is <img>; in SVG use it inside <svg>.",
}

_MAY_STAY_OPEN = words(
    """
    html head body p li dt dd option optgroup rb rt rtc rp caption colgroup thead tbody
    tfoot tr td th
    """
)
_CLOSE_P = words(
    """
    address article aside blockquote center details dialog dir div dl fieldset figcaption
    figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr listing main menu nav ol p pre
    search section summary table ul xmp li dt dd
    """
)
# Their end tags end what may stay open in them. Other end tags are ignored inside an open <p>, and
# pass only what is not "special" there (as does </template> in parsers that don't know it).
_END_WHAT_IS_OPEN = (_CLOSE_P - {"search"}) | words(
    """
    html body button applet marquee object table caption colgroup thead tbody tfoot tr td th
    """
)
_NOT_SPECIAL = words("option optgroup rb rt rtc rp")
_KEEPS_P = words(
    """
    applet button caption html marquee object table td template th
    """
)
_NONE = frozenset[str]()
_ONLY_P = frozenset({"p"})
_CELLS = frozenset({"p", "td", "th"})
_ROWS = _CELLS | frozenset({"tr", "caption", "colgroup"})
_GROUPS = _ROWS | frozenset({"tbody", "thead", "tfoot"})
_CLOSED_BY = {
    "li": frozenset({"p", "li"}),
    "dt": frozenset({"p", "dt", "dd"}),
    "dd": frozenset({"p", "dt", "dd"}),
    "option": frozenset({"option"}),
    "optgroup": frozenset({"option", "optgroup"}),
    "rt": frozenset({"rb", "rt", "rp"}),
    "rp": frozenset({"rb", "rt", "rp"}),
    "td": _CELLS,
    "th": _CELLS,
    "tr": _ROWS,
    "tbody": _GROUPS,
    "thead": _GROUPS,
    "tfoot": _GROUPS,
    "colgroup": frozenset({"caption", "colgroup"}),
    "body": frozenset({"head"}),
}
_NOT_IN_ITSELF = words("a button form nobr noscript select")
_NOT_IN_SELECT = frozenset({"svg", "math", "noscript"}) | RCDATA | RAW - {"script"}

_NOT_IN_FOREIGN = words(
    """
    b big blockquote body br center code dd div dl dt em embed font h1 h2 h3 h4 h5 h6 head
    hr i img li listing menu meta nobr ol p pre ruby s small span strike strong sub sup
    table tt u ul var
    """
)
# Where HTML stands inside each of them. In the other's namespace such a name means nothing.
_HTML_INSIDE = {
    "svg": words("foreignobject desc title"),
    "math": words("mi mo mn ms mtext"),
}
# SVG and MathML in a template of its own, which some <svg> or <math> elsewhere will hold.
_SVG = words(
    """
    svg g defs symbol use marker mask clippath pattern lineargradient radialgradient stop
    filter foreignobject switch view path rect circle ellipse line polyline polygon text
    textpath tspan desc metadata animate animatemotion animatetransform set mpath mesh
    meshgradient meshrow meshpatch hatch hatchpath discard
    """
)
_MATH = words(
    """
    math mrow mfrac msup msub msubsup msqrt mroot mtable mtr mtd mover munder munderover
    mspace mstyle mi mo mn ms mtext semantics
    """
)


class _Open:
    """`foreign` is "svg" or "math" for an element of these, else "". `inside` is its content's."""

    __slots__ = ("at", "foreign", "inside", "length", "name")

    def __init__(self, name: str, foreign: str, at: int, length: int) -> None:
        self.name = name
        self.foreign = foreign
        self.inside = foreign if foreign and name not in _HTML_INSIDE[foreign] else ""
        self.at = at
        self.length = length


class Tree:
    """The open elements. Names come in lower case; `at` and `length` are the tag's place."""

    def __init__(self) -> None:
        self._open: list[_Open] = []

    @property
    def in_foreign(self) -> str:
        """What a tag here belongs to: "svg", "math", or "" for HTML."""
        return self._open[-1].inside if self._open else ""

    @property
    def foreign_code(self) -> str | None:
        """The open `<script>` or `<style>` inside SVG: it is read as markup first, then as code."""
        for element in self._open:
            if element.foreign and element.name in ("script", "style"):
                return element.name
        return None

    def has(self, name: str) -> bool:
        """Whether an element of that name is open."""
        return any(element.name == name for element in self._open)

    def start(self, name: str, closes_itself: bool, at: int, length: int) -> None:
        """A start tag."""
        foreign = self.in_foreign or self._begins_foreign(name)
        if name in _REFUSED and not (self.in_foreign and name == "image"):
            raise syntax.not_allowed(at, length, name, _REFUSED[name])
        if self.in_foreign:
            self._check_foreign(name, at, length)
        else:
            self._check_html(name, at, length)
            self._close_implied(name)
            if name in _CLOSE_P:
                self._check_paragraph(name, at, length)
        if closes_itself and not foreign and name not in VOID:
            raise syntax.closes_itself(at, length, name)
        if not closes_itself and (foreign or name not in VOID):
            self._open.append(_Open(name, foreign, at, length))

    def _begins_foreign(self, name: str) -> str:
        """What an element in HTML, or at the top of the template, belongs to."""
        if name in ("svg", "math"):
            return name
        if self._open:
            return ""  # in HTML, inside a drawing too, these names mean nothing
        if name in _SVG or name.startswith("fe"):  # the filters of SVG: feBlend, feFlood, …
            return "svg"
        return "math" if name in _MATH else ""

    def _check_foreign(self, name: str, at: int, length: int) -> None:
        if name in _NOT_IN_FOREIGN:
            raise syntax.ends_foreign(at, length, name)

    def _check_html(self, name: str, at: int, length: int) -> None:
        if name in _NOT_IN_ITSELF and self.has(name):
            raise syntax.in_itself(at, length, name)
        if name in _NOT_IN_SELECT and self.has("select"):
            raise syntax.in_select(at, length, name)

    def _close_implied(self, name: str) -> None:
        closed = _CLOSED_BY.get(name, _ONLY_P if name in _CLOSE_P else _NONE)
        while self._open and self._open[-1].name in closed:
            self._open.pop()

    def _check_paragraph(self, name: str, at: int, length: int) -> None:
        for element in reversed(self._open):
            if element.name == "p":
                raise syntax.ends_paragraph(at, length, name)
            if element.name in _KEEPS_P or element.foreign:
                return

    def end(self, name: str, at: int, length: int) -> _Open:
        """An end tag; returns the element that it ends."""
        may_be_open = _MAY_STAY_OPEN if name in _END_WHAT_IS_OPEN else _NOT_SPECIAL
        for above, element in enumerate(reversed(self._open)):
            if element.name == name:
                if element.foreign and above:
                    break  # the parser would look for an HTML element of that name
                del self._open[len(self._open) - above :]
                return self._open.pop()
            if element.name not in may_be_open:
                break
        open_ones = [element.name for element in self._open]
        raise syntax.ends_nothing(at, length, name, open_ones, name in VOID)

    def finish(self) -> None:
        """The end of the template. Only elements with an optional end tag may be open."""
        for element in reversed(self._open):
            if element.name not in _MAY_STAY_OPEN:
                raise syntax.unclosed_element(element.at, element.length, element.name)
