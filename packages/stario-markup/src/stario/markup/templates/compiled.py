"""A plan as a function: Python source, for templates that are filled often.

Most texts need no escaping, and what one of them needs is found in all of them at once: `raw` is
made of those. For `<p class={css}>{text}</p>` it reads like this:

    def fill(interpolations):
        i0, i1, = interpolations
        v0 = formatted(i0) if i0.conversion or i0.format_spec else i0.value
        if type(v0) is str:
            r0, open0, close0 = v0, ' class="', '"'
        …
        raw = f"{r0}{r1}"
        if "&" in raw or …:
            if "&" in r0 or …:
                v0 = escape_attribute(r0)
            …
        return "<p" f"{open0}" f"{v0}" f"{close0}" ">" f"{v1}" "</p>"
"""

# Tests of the exact type narrow Any to a type with unknown arguments.
# pyright: reportUnknownVariableType=false

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from stario.markup.baked.slots import attribute_text, refilled
from stario.markup.children import part_of
from stario.markup.errors import StarioError
from stario.markup.escape import escape_attribute, escape_text
from stario.markup.holes import Unfinished, joined
from stario.markup.templates import Template
from stario.markup.templates.fill import text_of
from stario.markup.templates.formats import formatted
from stario.markup.templates.slots import (
    AttributeSlot,
    AttributesSlot,
    PartSlot,
    Slot,
    TextSlot,
)
from stario.markup.templates.url_slots import LastUrlSlot, UrlSlot
from stario.markup.trusted import Node

if TYPE_CHECKING:
    from stario.markup.templates.plan import Plan

_VALUE = """\
    v{n} = formatted(i{n}) if i{n}.conversion or i{n}.format_spec else i{n}.value
"""
_TEXT = """\
    if type(v{n}) is str:
        r{n} = v{n}
    else:
        r{n} = ""
        if type(v{n}) is Node:
            v{n} = v{n}._text
        elif type(v{n}) is not int:
            v{n} = child_text(v{n})
"""
_ATTRIBUTE = """\
    if type(v{n}) is str:
        r{n}, open{n}, close{n} = v{n}, {opening!r}, '"'
    else:
        r{n} = open{n} = close{n} = ""
"""
# Most URLs with a query hold `&`: they must not make the other texts wait for their escaping.
_URL_ATTRIBUTE = """\
    if type(v{n}) is str and {harmless}:
        open{n}, close{n} = {opening!r}, '"'
        if {needed}:
            v{n} = escape_attribute(v{n})
    else:
        open{n} = close{n} = ""
"""
_OTHER_VALUE = """\
        if type(v{n}) is int:
            v{n} = f'{braced}{{v{n}}}"'
        elif v{n} is None or v{n} is False:
            v{n} = ""
        elif v{n} is True:
            v{n} = {bare!r}
        else:
            v{n} = attribute_text({element!r}, {name!r}, v{n})
"""
# A colon after `/` or `https:` cannot end a scheme that runs code.
_HARMLESS = '(":" not in v{n} or v{n}[:1] == "/" or v{n}[:8] == "https://")'
_NO_COLON = '":" not in v{n}'
_PART = """\
    if type(v{n}) is str:
        r{n} = v{n}
    else:
        r{n} = ""
        if type(v{n}) is not int:
            v{n} = s{n}.written(v{n})
"""
_URL = """\
    if type(v{n}) is not int:
        v{n} = s{n}.written(v{n})
"""
_CHECK = """\
    s{n}.check({written})
"""
_OTHER = """\
    v{n} = s{n}.written(v{n})
"""
_MANY = """\
    v{n} = text_in(s{n}, v{n})
"""
_ESCAPE = """\
    raw = f"{raws}"
    if {needed}:
{each}"""
_ESCAPE_ONE = """\
        if {needed}:
            v{n} = {by}
"""
# What is not known yet, a placeholder of a builder under @baked, refuses to be formatted.
_RETURN = """\
    try:
        return {text}
    except StarioError:
        return refilled(({values}))
"""


def text_in(slot: Slot, value: object) -> str | Unfinished:
    """What `slot` writes for `value`, however many parts it has."""
    parts: list[Any] = []
    slot.append(parts, value)
    return joined(parts)


def child_text(value: Any) -> str | Unfinished:
    """The text of `value` as a child: mostly another template, or a list of them."""
    kind: type[Any] = type(value)
    if kind is Template:
        text = text_of(value)
    elif kind is list:
        text = joined([text_of(v) if type(v) is Template else part_of(v) for v in value])
    else:
        text = part_of(value)
    return text if type(text) is str else joined([text])


_CALLED: dict[str, Any] = {
    "Node": Node,
    "StarioError": StarioError,
    "attribute_text": attribute_text,
    "child_text": child_text,
    "escape_attribute": escape_attribute,
    "escape_text": escape_text,
    "formatted": formatted,
    "refilled": refilled,
    "text_in": text_in,
}


def compiled(plan: "Plan") -> Callable[[Any], Any]:
    """The function from the interpolations of a template to its text (or what is Unfinished)."""
    names: dict[str, Any] = _CALLED | {f"s{n}": slot for n, slot in enumerate(plan.slots)}
    exec(compile(_Source(plan).text(), "<template>", "exec"), names)
    return names["fill"]


class _Source:
    def __init__(self, plan: "Plan") -> None:
        self.plan = plan
        # Of each slot with raw text: the quote around it, and what escapes it.
        self.escapes: dict[int, tuple[str, str]] = {}
        self.names: list[str] = []  # of all that is written, or its source if it is literal

    def text(self) -> str:
        count = len(self.plan.slots)
        lines = ["def fill(interpolations):\n"]
        if count:
            lines.append(f"    {''.join(f'i{n}, ' for n in range(count))} = interpolations\n")
        for n, slot in enumerate(self.plan.slots):
            lines += [_VALUE.format(n=n), self._slot(n, slot)]
            self.names += [repr(self.plan.literals[n]), *self._written(n)]
        self.names.append(repr(self.plan.tail))
        text, values = " ".join(map(_formatted, self.names)), ", ".join(self.names)
        return "".join([*lines, self._escape(), _RETURN.format(text=text, values=f"{values},")])

    def _slot(self, n: int, slot: Slot) -> str:
        if isinstance(slot, TextSlot):
            self.escapes[n] = "", f"escape_text(r{n})"
            return _TEXT.format(n=n)
        if isinstance(slot, AttributeSlot):
            return self._attribute(n, slot)
        if isinstance(slot, LastUrlSlot) and not slot.is_settled:
            return _URL.format(n=n) + _CHECK.format(n=n, written=self._whole_url(n, slot))
        if isinstance(slot, UrlSlot):
            return _URL.format(n=n)
        if type(slot) is PartSlot:
            self.escapes[n] = slot.quote, f"s{n}.keep_quote(escape_attribute(r{n}))"
            return _PART.format(n=n)
        return (_MANY if isinstance(slot, AttributesSlot) else _OTHER).format(n=n)

    def _attribute(self, n: int, slot: AttributeSlot) -> str:
        if not slot.is_url:
            self.escapes[n] = '"', f"escape_attribute(r{n})"
        many = slot.name.lower() == "values"  # of URLs
        return ((_URL_ATTRIBUTE if slot.is_url else _ATTRIBUTE) + _OTHER_VALUE).format(
            n=n,
            element=slot.vocabulary.element,
            name=slot.name,
            bare=f" {slot.name}",
            opening=slot.prefix,
            braced=slot.prefix.replace("{", "{{").replace("}", "}}"),
            needed=_needs_escape(f"v{n}", '"'),
            harmless=(_NO_COLON if many else _HARMLESS).format(n=n),
        )

    def _whole_url(self, n: int, slot: LastUrlSlot) -> str:
        first = n - slot.count + 1
        inner = "".join(f' {self.plan.literals[i]!r} f"{{v{i}}}"' for i in range(first + 1, n + 1))
        return f'{slot.start!r} f"{{v{first}}}"{inner} {slot.end!r}'

    def _written(self, n: int) -> Iterable[str]:
        if isinstance(self.plan.slots[n], AttributeSlot):
            return (f"open{n}", f"v{n}", f"close{n}")
        return (f"v{n}",)

    def _escape(self) -> str:
        if not self.escapes:
            return ""
        return _ESCAPE.format(
            raws="".join(f"{{r{n}}}" for n in self.escapes),
            needed=_needs_escape(
                "raw", "".join(sorted({quote for quote, _ in self.escapes.values()}))
            ),
            each="".join(
                _ESCAPE_ONE.format(n=n, needed=_needs_escape(f"r{n}", quote), by=by)
                for n, (quote, by) in self.escapes.items()
            ),
        )


def _needs_escape(text: str, quotes: str) -> str:
    signs = "".join(f"{sign!r} in {text} or " for sign in f"{quotes}&<>")
    return f"{signs}not {text}.isascii()"


def _formatted(name: str) -> str:
    return f'f"{{{name}}}"' if name.isidentifier() else name
