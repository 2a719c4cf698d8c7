"""The literal parts of a template, read as the HTML tokenizer reads them (HTML section 13.2.5).

The strings are joined by `SLOT` and read once from left to right. What comes out is a `Plan`. White
space before an attribute with a slot belongs to the slot, which may write nothing.
"""

import re
from collections.abc import Iterator, Sequence

from stario.markup.templates import attribute_values
from stario.markup.templates.javascript import places, places_in_json
from stario.markup.templates.mistakes import SLOT, Mistake
from stario.markup.templates.plan import Plan
from stario.markup.templates.references import refuse_begun, refuse_in_script
from stario.markup.templates.slots import (
    TEXT,
    AttributeSlot,
    AttributesSlot,
    CommentSlot,
    RawSlot,
    ScriptSlot,
    Slot,
    StyleSlot,
    checked_name,
)
from stario.markup.templates.tree import RAW, RCDATA, Tree


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OPENING = re.compile("[<\0]")
_TAG = re.compile("<(/?)([A-Za-z][A-Za-z0-9:._-]*)")
_SPACE = re.compile("[\t\n\f\r ]*")
_NAME = re.compile("[^\"'<>/=&`\\\\\x00-\x20\x7f-\xa0]+")
_EQUALS = re.compile("[\t\n\f\r ]*=[\t\n\f\r ]*")
_UNQUOTED = re.compile("[^\"'<>=`\0\t\n\f\r ]+")
_BEGUN_TAG = re.compile("<(?:/[A-Za-z]*|!-?)?\0")

_JAVASCRIPT = _words(
    """
    module text/javascript application/javascript text/ecmascript application/ecmascript
    text/x-javascript application/x-javascript text/x-ecmascript application/x-ecmascript
    text/jscript text/livescript text/javascript1.0 text/javascript1.1 text/javascript1.2
    text/javascript1.3 text/javascript1.4 text/javascript1.5
    """
) | {""}
_JSON = frozenset({"application/json", "text/json", "importmap", "speculationrules"})


def plan_of_markup(strings: Sequence[str]) -> Plan:
    """The plan of a template that begins and ends as text between tags. Raises Mistake."""
    return _Scanner(_joined(strings)).markup()


def plan_of_attribute(name: str, strings: Sequence[str]) -> Plan:
    """The plan of a template that is the value of the attribute `name`. Raises Mistake."""
    source = _joined(strings)
    if source == SLOT:
        return Plan([""], [AttributeSlot(name)], "")
    slots = attribute_values.slots_of(name, source, '"', 0) if SLOT in source else ()
    *literals, tail = source.replace('"', "&quot;").split(SLOT)
    prefix = f' {name}="'
    if not literals:
        return Plan([], [], f'{prefix}{tail}"')
    literals[0] = prefix + literals[0]
    return Plan(literals, slots, f'{tail}"')


def plan_of_raw_text(element: str, strings: Sequence[str]) -> Plan:
    """The plan of a template that is content of `script` or `style`. Raises Mistake."""
    source = _joined(strings)
    if found := _end_of(element).search(source):
        raise Mistake(found.start(), f"This would end the <{element}>.", "Write <\\/ in a string.")
    *literals, tail = source.split(SLOT)
    return Plan(literals, _raw_slots(element, {}, source, 0), tail)


def _joined(strings: Sequence[str]) -> str:
    for string in strings:
        if SLOT in string:
            raise Mistake(0, "A template cannot hold the character U+0000.", "Remove it.")
    return SLOT.join(strings)


def _end_of(element: str) -> re.Pattern[str]:
    return re.compile(f"</{element}(?=[\t\n\f\r />]|$)", re.IGNORECASE)


class _Scanner:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.kept = 0  # where the literal text that no slot has taken yet begins
        self.literals: list[str] = []
        self.slots: list[Slot] = []
        self.tree = Tree()

    def markup(self) -> Plan:
        while found := _OPENING.search(self.source, self.at):
            self.at = found.start()
            if found[0] == SLOT:
                self._text_slot()
            else:
                self._less_than()
        self.tree.finish()
        return Plan(self.literals, self.slots, self.source[self.kept :])

    def _write(self, slot: Slot, end: int, resume: int) -> None:
        """Put `slot` between the literal text that ends at `end` and the one from `resume` on."""
        self.literals.append(self.source[self.kept : end])
        self.slots.append(slot)
        self.kept = resume

    def _text_slot(self) -> None:
        if name := self.tree.takes_no_values:
            raise Mistake(
                self.at,
                f"A value cannot stand in a <{name}> inside <svg> or <math>.",
                f"Put the <{name}> outside: there its text is read as code, as it stands.",
            )
        refuse_begun(self.source, self.kept, self.at + 1)
        self._write(TEXT, self.at, self.at + 1)
        self.at += 1

    def _less_than(self) -> None:
        if tag := _TAG.match(self.source, self.at):
            (self._end_tag if tag[1] else self._start_tag)(tag)
        elif self.source.startswith("<!--", self.at):
            self._comment()
        elif self.source[self.at : self.at + 9].lower() == "<!doctype":
            self._doctype()
        else:
            raise _begins_nothing(self.source, self.at)

    def _doctype(self) -> None:
        end = self.source.find(">", self.at)
        if end == -1 or SLOT in self.source[self.at : end]:
            raise Mistake(
                self.at, "A doctype is <!doctype html>, without values.", "Write that.", 9
            )
        self.at = end + 1

    def _comment(self) -> None:
        start, end = self.at + 4, self.source.find("-->", self.at + 4)
        if end == -1:
            raise Mistake(self.at, "This comment is never closed.", "Close it with -->.", 4)
        content = self.source[start:end]
        filled = content.replace(SLOT, "--")  # the worst that values could do
        if content.startswith((">", "->")) or "-->" in filled or "--!>" in filled:
            raise Mistake(
                self.at, "This comment could end too early.", "Put no > behind - or !.", 4
            )
        self._write_all((CommentSlot("a comment") for _ in range(content.count(SLOT))), start)
        self.at = end + 3

    def _write_all(self, slots: Iterator[Slot], start: int) -> None:
        """Put these at the slots from `start` on."""
        for slot in slots:
            start = self.source.index(SLOT, start)
            self._write(slot, start, start + 1)
            start += 1

    def _end_tag(self, tag: re.Match[str]) -> None:
        space = _SPACE.match(self.source, tag.end())
        assert space is not None
        if not self.source.startswith(">", space.end()):
            raise Mistake(
                self.at,
                f"The end tag </{tag[2]}> has no >.",
                "Nothing else can stand in it.",
                tag.end() - self.at,
            )
        name = tag[2].lower()
        element = self.tree.end(name, self.at, tag.end() - self.at)
        inside = self.source[element.at + element.length : self.at]
        if name == "noscript" and "</noscript" in inside.lower():
            raise Mistake(
                element.at,
                "A browser that runs scripts would end this <noscript> earlier.",
                "Leave </noscript> out of comments and attributes in it.",
                element.length,
            )
        self.at = space.end() + 1

    def _start_tag(self, tag: re.Match[str]) -> None:
        name = tag[2].lower()
        start, in_foreign = self.at, self.tree.in_foreign
        attributes, closes_itself = self._attributes(tag)
        self.tree.start(name, closes_itself, start, tag.end() - start)
        if not in_foreign and not closes_itself and name in RCDATA | RAW:
            self._content(name, attributes)

    def _attributes(self, tag: re.Match[str]) -> tuple[dict[str, str], bool]:
        attributes: dict[str, str] = {}
        at = tag.end()
        while True:
            space = _SPACE.match(self.source, at)
            assert space is not None
            begin = space.end()
            if self.source.startswith((">", "/>"), begin):
                closes_itself = self.source[begin] == "/"
                self.at = begin + 1 + closes_itself
                return attributes, closes_itself
            if begin == len(self.source):
                raise _unclosed_tag(tag)
            if begin == at:
                raise _no_space(self.source, at, tag)
            if self.source[begin] == SLOT:
                self._write(AttributesSlot("the attributes of a tag"), at, begin + 1)
                at = begin + 1
            else:
                at = self._attribute(tag, at, begin, attributes)

    def _attribute(
        self, tag: re.Match[str], space: int, begin: int, attributes: dict[str, str]
    ) -> int:
        """Read the attribute at `begin`, and return where it ends."""
        found = _NAME.match(self.source, begin)
        if found is None:
            raise _unclosed_tag(tag) if self.source[begin] == "<" else _bad_name(begin)
        name, end = found[0], found.end()
        if self.source.startswith(SLOT, end):
            raise Mistake(
                begin,
                "A value cannot be part of an attribute's name.",
                "Pass a mapping among the attributes: <div {attributes}>.",
                end + 1 - begin,
            )
        if name.lower() in attributes:
            raise Mistake(
                begin,
                f"The attribute {name!r} stands in this tag twice.",
                "Browsers take the first. Remove one.",
                len(name),
            )
        value, start, end = self._value(name, begin, end)
        attributes[name.lower()] = value
        if value == SLOT:
            self._write(AttributeSlot(checked_name(name)), space, end)
        elif SLOT in value:
            quote = self.source[start - 1]
            slots = attribute_values.slots_of(checked_name(name), value, quote, start)
            self._write_all(iter(slots), start)
        return end

    def _value(self, name: str, begin: int, end: int) -> tuple[str, int, int]:
        """The value of the attribute whose name ends at `end`, its start, and what is next."""
        equals = _EQUALS.match(self.source, end)
        if equals is None:
            return "", end, end
        start = equals.end()
        sign = self.source[start : start + 1]
        if sign in ('"', "'"):
            close = self.source.find(sign, start + 1)
            if close == -1:
                raise Mistake(
                    begin,
                    f"The value of {name!r} is never closed.",
                    f"Close it with {sign}.",
                    start + 1 - begin,
                )
            return self.source[start + 1 : close], start + 1, close + 1
        found = _UNQUOTED.match(self.source, start)
        end = found.end() if found else start + (sign == SLOT)
        if end == start:
            raise Mistake(begin, f"The attribute {name!r} has no value.", 'Write "…".', len(name))
        after = self.source[end : end + 1]
        if (after and after not in "\t\n\f\r >/") or (
            found and (found[0][-1] == "/" or SLOT in after)
        ):
            raise Mistake(
                begin,
                f"The value of {name!r} needs quotes.",
                f'Write {name}="…" around all of it.',
                max(end - begin, 1),
            )
        return self.source[start:end], start, end

    def _content(self, name: str, attributes: dict[str, str]) -> None:
        """Read the content of an element in which no other can begin."""
        end = _end_of(name).search(self.source, self.at)
        if end is None:
            raise Mistake(
                self.at - 1, f"<{name}> is never closed.", f"Write </{name}> in this template."
            )
        content = self.source[self.at : end.start()]
        if name in RCDATA:
            self._character_data(name, content)
        else:
            self._write_all(iter(_raw_slots(name, attributes, content, self.at)), self.at)
        self.at = end.start()

    def _character_data(self, name: str, content: str) -> None:
        if "<" in content:
            raise Mistake(
                self.at + content.index("<"), f"No tag can begin in <{name}>.", "Write &lt;."
            )
        for found in re.finditer(SLOT, content):
            refuse_begun(self.source, self.kept, self.at + found.end())
            self._write(TEXT, self.at + found.start(), self.at + found.end())


def _raw_slots(name: str, attributes: dict[str, str], content: str, start: int) -> Sequence[Slot]:
    if name == "script" and "<!--" in content:
        raise Mistake(
            start + content.index("<!--"),
            "<!-- in a script can hide the end of the script.",
            "Write \\u003C!-- in a string, and // for a comment.",
            4,
        )
    if SLOT not in content:
        return ()
    if found := _BEGUN_TAG.search(content):
        raise Mistake(
            start + found.start(),
            "Together with a value this could become a tag.",
            "Put a space behind the <, or make it part of the value.",
            len(found[0]),
        )
    if name == "style":
        return [StyleSlot("<style>")] * content.count(SLOT)
    if name == "script":
        return _script_slots(attributes.get("type", ""), content, start)
    raise Mistake(
        start + content.index(SLOT),
        f"A value cannot stand in <{name}>, where nothing can be escaped.",
        "Put it elsewhere.",
    )


def _script_slots(kind: str, content: str, start: int) -> Sequence[Slot]:
    if SLOT in kind:
        raise Mistake(
            start + content.index(SLOT),
            "How to write a value here depends on the type of the <script>.",
            "Write the type as literal text.",
        )
    from html import unescape

    kind = unescape(kind).strip().lower()
    try:
        if kind in _JAVASCRIPT:
            refuse_in_script(content)
            return [ScriptSlot(place) for place in places(content)]
        if kind in _JSON or kind.endswith("+json"):
            return [ScriptSlot(place) for place in places_in_json(content)]
    except Mistake as mistake:
        mistake.at += start
        raise
    return [RawSlot("a <script> of this type")] * content.count(SLOT)


def _begins_nothing(source: str, at: int) -> Mistake:
    if SLOT in source[at + 1 : at + 3].replace("/", ""):
        return Mistake(
            at, "A value cannot be the name of a tag.", "Use Tag(name) for such an element.", 2
        )
    return Mistake(at, "This < begins neither a tag nor a comment.", "Write &lt;.")


def _unclosed_tag(tag: re.Match[str]) -> Mistake:
    return Mistake(tag.start(), f"The tag <{tag[2]}> has no >.", "Close it.", len(tag[0]))


def _no_space(source: str, at: int, tag: re.Match[str]) -> Mistake:
    if source[at] == SLOT and at == tag.end():
        return Mistake(
            at, "A value cannot be part of a tag's name.", "Put a space before attributes."
        )
    if source[at] == "<":
        return _unclosed_tag(tag)
    return Mistake(at, "A space is missing here.", "Put a space between attributes.")


def _bad_name(at: int) -> Mistake:
    return Mistake(at, "No attribute can begin with this.", "Look for a quote or = too many.")
