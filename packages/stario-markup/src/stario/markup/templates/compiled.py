"""A plan as a function: Python source, for templates that are filled often.

For `<p class={css}>{text}</p>` it reads like this:

    def fill(interpolations):
        i0, i1, = interpolations
        v0 = formatted(i0) if i0.conversion or i0.format_spec else i0.value
        if type(v0) is str:
            …
        return "<p" f"{v0}" ">" f"{v1}" "</p>"
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from stario.markup.baked.slots import attribute_text, refilled
from stario.markup.children import part_of
from stario.markup.errors import StarioError
from stario.markup.escape import escape_attribute, escape_text
from stario.markup.holes import Unfinished, joined
from stario.markup.templates.formats import formatted
from stario.markup.templates.slots import AttributeSlot, LastUrlSlot, Slot, TextSlot, UrlSlot
from stario.markup.trusted import SafeString

if TYPE_CHECKING:
    from stario.markup.templates.plan import Plan

_VALUE = """\
    v{n} = formatted(i{n}) if i{n}.conversion or i{n}.format_spec else i{n}.value
"""
_TEXT = """\
    if type(v{n}) is str:
        if "&" in v{n} or "<" in v{n} or ">" in v{n} or not v{n}.isascii():
            v{n} = escape_text(v{n})
    elif type(v{n}) is SafeString:
        v{n} = v{n}._text
    elif type(v{n}) is not int:
        v{n} = child_text(v{n})
"""
_ATTRIBUTE = """\
    if type(v{n}) is str{and_harmless}:
        if (
            '"' in v{n}
            or "&" in v{n}
            or "<" in v{n}
            or ">" in v{n}
            or not v{n}.isascii()
        ):
            v{n} = escape_attribute(v{n})
        v{n} = f'{opening}{{v{n}}}"'
    elif v{n} is None:
        v{n} = ""
    else:
        v{n} = attribute_text("", {name!r}, v{n})
"""
_URL = """\
    v{n} = s{n}.written(v{n})
"""
_CHECK = """\
    s{n}.check({written})
"""
_OTHER = """\
    v{n} = text_in(s{n}, v{n})
"""
# What is not known yet, a placeholder of a builder under @baked, refuses to be formatted.
_RETURN = """\
    try:
        return {text}
    except StarioError:
        return refilled(({values}))
"""


def text_in(slot: Slot, value: object) -> str | Unfinished:
    """What `slot` writes for `value`."""
    parts: list[Any] = []
    slot.append(parts, value)
    return joined(parts)


def child_text(value: object) -> str | Unfinished:
    """The text of `value` as a child."""
    return joined([part_of(value)])


_CALLED: dict[str, Any] = {
    "SafeString": SafeString,
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
    count = len(plan.slots)
    lines = ["def fill(interpolations):\n"]
    if count:
        lines.append(f"    {''.join(f'i{n}, ' for n in range(count))} = interpolations\n")
    for n in range(count):
        lines += [_VALUE.format(n=n), _slot_source(plan, n)]
    written = [part for n in range(count) for part in (repr(plan.literals[n]), f'f"{{v{n}}}"')]
    values = [part for n in range(count) for part in (repr(plan.literals[n]), f"v{n}")]
    tail = repr(plan.tail)
    lines.append(_RETURN.format(text=" ".join([*written, tail]), values=", ".join([*values, tail])))
    names: dict[str, Any] = _CALLED | {f"s{n}": slot for n, slot in enumerate(plan.slots)}
    exec(compile("".join(lines), "<template>", "exec"), names)
    return names["fill"]


def _slot_source(plan: "Plan", n: int) -> str:
    slot = plan.slots[n]
    if isinstance(slot, TextSlot):
        return _TEXT.format(n=n)
    if isinstance(slot, AttributeSlot):
        return _ATTRIBUTE.format(
            n=n,
            name=slot.name,
            opening=slot.prefix.replace("{", "{{").replace("}", "}}"),
            and_harmless=f' and ":" not in v{n}' if slot.is_url else "",
        )
    if isinstance(slot, LastUrlSlot):
        return _URL.format(n=n) + _CHECK.format(n=n, written=_whole_url(plan, n, slot))
    return (_URL if isinstance(slot, UrlSlot) else _OTHER).format(n=n)


def _whole_url(plan: "Plan", n: int, slot: LastUrlSlot) -> str:
    first = n - slot.count + 1
    inner = "".join(f' {plan.literals[i]!r} f"{{v{i}}}"' for i in range(first + 1, n + 1))
    return f'{slot.start!r} f"{{v{first}}}"{inner} {slot.end!r}'
