"""What the function does: Python source made from a plan.

For `h.P({"class": css}, text)` it reads like this, and `_` is a prefix that no parameter has:

    def build(css, text):
        if _type(css) is not _str:
            if _type(css) is not _int:
                return _rewritten(css=css, text=text)
            css = f"{css}"
        …
        _raw = f"{css}{text}"
        if "&" in _raw:
            if "&" in css:
                css = css.replace("&", "&amp;")
            …
        _node = _Node()
        _node._text = '<p class="' f"{css}" '">' f"{text}" "</p>"
        return _node

That is quickest for parameters that are text or numbers in each call, the steady ones. A child that
may be anything has a variable of its own, and an attribute that may be absent is a variable as a
whole, name and all: flags, and the parameters that are rare (see `function`). A call that finds
one more makes the function again, so the tests for that come first, before any iterable has been
walked.
"""

from __future__ import annotations

from stario.markup.holes import AttributeHole, Hole, IfGiven, Placeholder, RawHole
from stario.markup.trusted import node
from stario.markup.urls import URL_ATTRIBUTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stario.markup.holes import Part

_FLAGS = """
    allowfullscreen async autofocus autoplay checked controls default defer disabled formnovalidate
    hidden inert ismap itemscope loop multiple muted nomodule novalidate open playsinline readonly
    required reversed selected
"""
FLAGS = frozenset(_FLAGS.split())
"""The boolean attributes of HTML: present or absent."""

_CHILD = """\
    {local}raw = ""
    if {_}type({value}) is {_}Node:
        {local} = {value}._text
    elif {value} is None:
        {local} = ""
    elif {_}type({value}) is {_}str:
        {local} = {local}raw = {value}
    elif {_}type({value}) is {_}int:
        {local} = {value}
    else:
        {local} = {_}child_text({value})
"""

_STEADY = """\
    if {_}type({value}) is not {_}str:
        if {_}type({value}) is not {_}int:
            return {_}rewritten({arguments})
        {value} = f"{{{value}}}"
"""

# Most texts need no escaping, and whether one of them does is asked of all of them at once.
_RAW = """\
    {_}raw = f"{raw}"
    if not {_}raw.isascii():
        {_}require_sendable({_}raw)
"""

_ESCAPED = """\
    if {sign!r} in {_}raw:
{each}"""

_CHILD_REPLACED = """\
        if {sign!r} in {value}raw:
            {value} = {value}raw = {value}raw.replace({sign!r}, {reference!r})
"""

_STEADY_REPLACED = """\
        if {sign!r} in {value}:
            {value} = {value}.replace({sign!r}, {reference!r})
"""

_CHECKED = """\
        if ":" in {value}{perhaps}:
            {_}require_harmless({element!r}, {name!r}, {value})
"""

_STR = """\
    if {_}type({value}) is {_}str:
{checks}\
        if not {value}.isascii():
            {_}require_sendable({value})
        {local} = {value}
        if "&" in {local}:
            {local} = {local}.replace("&", "&amp;")
        if "<" in {local}:
            {local} = {local}.replace("<", "&lt;")
        if ">" in {local}:
            {local} = {local}.replace(">", "&gt;")
        if '"' in {local}:
            {local} = {local}.replace('"', "&quot;")
"""

# A URL is escaped on its own: most that have a query hold `&`.
_URL = f"""\
{_STR}\
    elif {{_}}type({{value}}) is {{_}}int:
        {{local}} = {{value}}
    else:
        return {{_}}rewritten({{arguments}})
"""

_WHOLE = f"""\
    if {{value}} is None or {{value}} is False:
        {{local}} = ""
    elif {{value}} is True:
        {{local}} = {{bare!r}}
{_STR.replace("    if", "    elif", 1)}\
        {{local}} = f'{{opening}}{{{{{{local}}}}}}"'
    elif {{_}}type({{value}}) is {{_}}int:
        {{local}} = f'{{opening}}{{{{{{value}}}}}}"'
    else:
        {{local}} = {{_}}attribute_text({{element!r}}, {{name!r}}, {{value}})
"""

_RAW_CONTENT = """\
    {local} = {_}raw_content({element!r}, ({leaves}))
"""

_IF_GIVEN = """\
    {local} = {_}if_given(({values}), {text!r}, {otherwise!r})
"""

_PLACED = """\
    try:
{body}\
    except {_}refusals as {_}error:
        raise {_}placed({_}error, {call!r}, ({parameters})) from {_}error.__cause__
"""

# What is not known yet, a placeholder of an outer builder, refuses to be formatted.
_RETURN = """\
    try:
        {_}node = {_}Node()
        {_}node._text = {text}
        return {_}node
    except {_}StarioError:
        return {_}refilled(({values}))
"""

_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


class Body:
    """Writes the body of the function; each value is worked out once, however often it is written.

    `name` is that of the builder, `rare` its parameters that may be no text or number, and `prefix`
    begins no parameter.
    """

    def __init__(
        self,
        name: str,
        plan: list[Part],
        parameters: tuple[str, ...],
        rare: frozenset[str],
        prefix: str,
    ) -> None:
        self.name = name
        self.plan = plan
        self.parameters = parameters
        self.rare = rare
        self.prefix = prefix
        self.arguments = ", ".join(f"{name}={name}" for name in parameters)
        self.values: dict[str, object] = {}  # what the text names that no form shares
        self.locals: dict[object, str] = {}
        self.steady: list[str] = []  # parameters that are text or numbers
        self.quoted: list[str] = []  # those of them that are attributes
        self.children: dict[str, str] = {}  # other parameters that are children, their variables
        self.tests: list[str] = []  # whether the steady ones are
        self.lines: list[str] = []
        self.written: list[tuple[str, bool]] = []  # literals, and the names of variables

    def text(self) -> str:
        for part in self.plan:
            self._write(part)
        if not self.parameters:
            self.values["constant"] = node("".join(map(str, self.plan)))
            return "    return constant\n"
        text = " ".join(f'f"{{{part}}}"' if known else repr(part) for part, known in self.written)
        values = "".join(f"{part if known else repr(part)}, " for part, known in self.written)
        self._escape()
        # A list of rows need not live on while its text is copied into the whole.
        self.lines += [f"    {value} = None\n" for value in self.children]
        self.lines.append(self._filled(_RETURN, text=text, values=values))
        lines = "".join([*self.tests, *self.lines]).strip("\n").split("\n")
        return self._filled(
            _PLACED,
            body="".join(f"    {line}\n" for line in lines),
            call=f"{self.name}()",
            parameters="".join(f"{name}, " for name in self.parameters),
        )

    def _write(self, part: Part) -> None:
        if isinstance(part, str):
            self.written.append((part, False))
        elif isinstance(part, RawHole):
            self._raw_content(part)
        elif isinstance(part, IfGiven):
            self._if_given(part)
        elif isinstance(part, AttributeHole):
            self._attribute(part)
        elif isinstance(part, Hole):
            self._child(part.placeholder._name)

    def _child(self, value: str) -> None:
        if value in self.rare:
            self._variable(value, _CHILD, value=value)
            self.children[value] = self.locals[value]
        else:
            self._steady(value)
            self.written.append((self._unquoted(value), True))

    def _unquoted(self, value: str) -> str:
        """The variable of a steady parameter as a child, where quotes stay."""
        if not self._is_quoted(value):
            return value
        if value not in self.locals:
            self.locals[value] = f"{self.prefix}{len(self.locals)}"
        return self.locals[value]

    def _is_quoted(self, value: str) -> bool:
        """Whether a steady parameter is an attribute too, with no variable of its own there."""
        holes = self._attributes_of(value)
        return any(hole.name.lower() not in FLAGS for hole in holes) and not self._checks(value)

    def _checks(self, value: str) -> str:
        return "".join(dict.fromkeys(map(self._check, self._attributes_of(value))))

    def _attribute(self, hole: AttributeHole) -> None:
        if hole.name.lower() in FLAGS or hole.placeholder._name in self.rare:
            self._whole_attribute(hole)
        else:
            self._steady_attribute(hole)

    def _steady_attribute(self, hole: AttributeHole) -> None:
        value = hole.placeholder._name
        checks = self._checks(value)
        self.written.append((f' {hole.name}="', False))
        if checks:
            key = value + "="
            self._variable(key, _URL, value=value, checks=checks, arguments=self.arguments)
        else:
            self.written.append((value, True))
            self._steady(value)
            if value not in self.quoted:
                self.quoted.append(value)
        self.written.append(('"', False))

    def _steady(self, value: str) -> None:
        if value not in self.steady:
            self.steady.append(value)
            self.tests.append(self._filled(_STEADY, value=value, arguments=self.arguments))

    def _whole_attribute(self, hole: AttributeHole) -> None:
        self._variable(
            (hole.element, hole.name, hole.placeholder._name),
            _WHOLE,
            value=hole.placeholder._name,
            name=hole.name,
            element=hole.element,
            bare=f" {hole.name}",
            opening=f' {hole.name}="'.replace("{", "{{").replace("}", "}}"),
            checks=self._check(hole),
        )

    def _attributes_of(self, value: str) -> list[AttributeHole]:
        return [
            part
            for part in self.plan
            if isinstance(part, AttributeHole) and part.placeholder._name == value
        ]

    def _check(self, hole: AttributeHole) -> str:
        if hole.name.lower() not in URL_ATTRIBUTES:
            return ""
        value = hole.placeholder._name
        # A colon after these cannot end a scheme that runs code, unless there are many URLs.
        perhaps = f' and {value}[:8] != "https://" and {value}[:1] != "/"'
        return self._filled(
            _CHECKED,
            value=value,
            element=hole.element,
            name=hole.name,
            perhaps="" if hole.name.lower() == "values" else perhaps,
        )

    def _raw_content(self, hole: RawHole) -> None:
        leaves = "".join(f"{self._leaf(leaf)}, " for leaf in hole.leaves)
        self._variable(hole, _RAW_CONTENT, element=hole.element, leaves=leaves)

    def _leaf(self, leaf: object) -> str:
        if isinstance(leaf, Placeholder):
            return leaf._name
        name = f"{self.prefix}leaf{len(self.values)}"
        self.values[name] = leaf
        return name

    def _if_given(self, part: IfGiven) -> None:
        values = "".join(f"{placeholder._name}, " for placeholder in part.placeholders)
        self._variable(part, _IF_GIVEN, values=values, text=part.text, otherwise=part.otherwise)

    def _variable(self, key: object, template: str, **fields: str) -> None:
        if key not in self.locals:
            self.locals[key] = f"{self.prefix}{len(self.locals)}"
            lines = self.tests if template is _URL else self.lines
            lines.append(self._filled(template, local=self.locals[key], **fields))
        self.written.append((self.locals[key], True))

    def _escape(self) -> None:
        raw = [*self.steady, *(f"{local}raw" for local in self.children.values())]
        if not raw:
            return
        self.lines.append(self._filled(_RAW, raw="".join(f"{{{name}}}" for name in raw)))
        for sign in "&<>":
            self._replace(sign, self.steady, list(self.children.values()))
        for value in self.quoted:
            if value in self.locals:
                self.lines.append(f"    {self.locals[value]} = {value}\n")
        self._replace('"', self.quoted, [])

    def _replace(self, sign: str, steady: list[str], children: list[str]) -> None:
        each = [(_STEADY_REPLACED, value) for value in steady]
        each += [(_CHILD_REPLACED, local) for local in children]
        replaced = [
            self._filled(template, value=value, sign=sign, reference=_REFERENCES[sign])
            for template, value in each
        ]
        if replaced:
            self.lines.append(self._filled(_ESCAPED, sign=sign, each="".join(replaced)))

    def _filled(self, template: str, **fields: str) -> str:
        return template.format(_=self.prefix, **fields)
