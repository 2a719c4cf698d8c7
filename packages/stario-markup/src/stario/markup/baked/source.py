"""The function: Python source made from a plan, and compiled.

For `h.P({"class": cls}, text)` it reads like this, and `_` is a prefix that no parameter has:

    def build(cls, text):
        if _type(cls) is _str:
            _0 = ' class="' + (_escape_attribute(cls) if "&" in cls or … else cls) + '"'
        …
        if _type(text) is _SafeString:
            _1 = text._text
        …
        return _SafeString("<p" f"{_0}" ">" f"{_1}" "</p>")
"""

from __future__ import annotations

from functools import update_wrapper

from stario.markup.baked.plan import parameters_of
from stario.markup.baked.slots import attribute_text, child_text, if_given, raw_content, refilled
from stario.markup.errors import StarioError
from stario.markup.escape import escape_attribute, escape_text
from stario.markup.holes import AttributeHole, Hole, IfGiven, Part, Placeholder, RawHole
from stario.markup.trusted import SafeString
from stario.markup.urls import URL_ATTRIBUTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FunctionType
    from typing import Any

_CHILD = """\
    if {_}type({value}) is {_}SafeString:
        {local} = {value}._text
    elif {_}type({value}) is {_}str:
        {local} = (
            {_}escape_text({value})
            if "&" in {value} or "<" in {value} or ">" in {value} or not {value}.isascii()
            else {value}
        )
    elif {_}type({value}) is {_}int:
        {local} = {value}
    else:
        {local} = {_}child_text({value})
"""

_ATTRIBUTE = """\
    if {_}type({value}) is {_}str{and_harmless}:
        if (
            '"' in {value}
            or "&" in {value}
            or "<" in {value}
            or ">" in {value}
            or not {value}.isascii()
        ):
            {local} = f'{opening}{{{_}escape_attribute({value})}}"'
        else:
            {local} = f'{opening}{{{value}}}"'
    elif {value} is None:
        {local} = ""
    else:
        {local} = {_}attribute_text({element!r}, {name!r}, {value})
"""

_RAW_CONTENT = """\
    {local} = {_}raw_content({element!r}, ({leaves}))
"""

_IF_GIVEN = """\
    {local} = {_}if_given(({values}), {text!r}, {otherwise!r})
"""

# What is not known yet, a placeholder of an outer builder, refuses to be formatted.
_RETURN = """\
    try:
        return {_}SafeString({text})
    except {_}StarioError:
        return {_}refilled(({values}))
"""

_CALLED: dict[str, Any] = {
    "SafeString": SafeString,
    "StarioError": StarioError,
    "attribute_text": attribute_text,
    "child_text": child_text,
    "escape_attribute": escape_attribute,
    "escape_text": escape_text,
    "if_given": if_given,
    "int": int,
    "raw_content": raw_content,
    "refilled": refilled,
    "str": str,
    "type": type,
}


def compiled(fn: FunctionType, plan: list[Part]) -> Any:
    """The function with the signature of `fn` that fills in `plan`."""
    source = _Source(_free_prefix(parameters_of(fn.__code__)))
    text = f"def build({_signature(fn)}):\n{source.body(plan)}"
    exec(compile(text, f"<baked {fn.__qualname__}>", "exec"), source.names)
    build = source.names["build"]
    build.__defaults__ = fn.__defaults__
    build.__kwdefaults__ = fn.__kwdefaults__
    return update_wrapper(build, fn)


def _free_prefix(parameters: tuple[str, ...]) -> str:
    prefix = "_"
    while any(name.startswith(prefix) for name in parameters):
        prefix += "_"
    return prefix


def _signature(fn: FunctionType) -> str:
    names = list(parameters_of(fn.__code__))
    if fn.__code__.co_kwonlyargcount:
        names.insert(fn.__code__.co_argcount, "*")
    return ", ".join(names)


class _Source:
    """Writes the body; each value is worked out once, however often it is written."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.names = {prefix + name: value for name, value in _CALLED.items()}
        self.locals: dict[object, str] = {}
        self.lines: list[str] = []

    def body(self, plan: list[Part]) -> str:
        written = [self._literal_or_local(part) for part in plan]
        if not self.locals:
            self.names["constant"] = SafeString("".join(map(str, plan)))
            return "    return constant\n"
        text = " ".join(f'f"{{{local}}}"' if known else local for local, known in written)
        values = "".join(f"{local}, " for local, _ in written)
        return "".join(self.lines) + _RETURN.format(_=self.prefix, text=text, values=values)

    def _literal_or_local(self, part: Part) -> tuple[str, bool]:
        if isinstance(part, str):
            return repr(part), False
        if isinstance(part, RawHole):
            return self._raw_content(part), True
        if isinstance(part, IfGiven):
            return self._if_given(part), True
        return self._slot(part), True

    def _slot(self, hole: Hole) -> str:
        value = hole.placeholder._name
        if not isinstance(hole, AttributeHole):
            return self._local(value, _CHILD, value=value)
        is_url = hole.name.lower() in URL_ATTRIBUTES
        return self._local(
            (hole.element, hole.name, value),
            _ATTRIBUTE,
            value=value,
            name=hole.name,
            element=hole.element,
            opening=f' {hole.name}="'.replace("{", "{{").replace("}", "}}"),
            and_harmless=f' and ":" not in {value}' if is_url else "",
        )

    def _raw_content(self, hole: RawHole) -> str:
        leaves = "".join(f"{self._leaf(leaf)}, " for leaf in hole.leaves)
        return self._local(hole, _RAW_CONTENT, element=hole.element, leaves=leaves)

    def _if_given(self, part: IfGiven) -> str:
        values = "".join(f"{placeholder._name}, " for placeholder in part.placeholders)
        return self._local(part, _IF_GIVEN, values=values, text=part.text, otherwise=part.otherwise)

    def _leaf(self, leaf: object) -> str:
        if isinstance(leaf, Placeholder):
            return leaf._name
        name = f"{self.prefix}leaf{len(self.names)}"
        self.names[name] = leaf
        return name

    def _local(self, key: object, template: str, **fields: str) -> str:
        if key not in self.locals:
            local = f"{self.prefix}{len(self.locals)}"
            self.locals[key] = local
            self.lines.append(template.format(_=self.prefix, local=local, **fields))
        return self.locals[key]
