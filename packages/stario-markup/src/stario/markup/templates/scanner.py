"""The literal parts of a template, read as the HTML tokenizer reads them (HTML section 13.2.5).

The strings are joined by `SLOT` and read once from left to right. What comes out is a `Plan`, or a
`Mistake` where a browser could read on otherwise. White space before an attribute with a slot
belongs to the slot, which may write nothing.
"""

import re
from collections.abc import Iterator, Sequence

from stario.markup.escape import require_sendable
from stario.markup.names import checked_name
from stario.markup.templates import attribute_values, raw_text, syntax
from stario.markup.templates.mistakes import SLOT
from stario.markup.templates.plan import Plan
from stario.markup.templates.references import refuse_begun
from stario.markup.templates.slots import (
    TEXT,
    AttributeSlot,
    AttributesSlot,
    CommentSlot,
    Slot,
)
from stario.markup.templates.tree import RAW, RCDATA, Tree

_OPENING = re.compile("[<\0]")
_TAG = re.compile("<(/?)([A-Za-z][A-Za-z0-9:._-]*)")
_SPACE = re.compile("[\t\n\f\r ]*")
_NAME = re.compile("[^\"'<>/=&`\\\\\x00-\x20\x7f-\xa0]+")
_EQUALS = re.compile("[\t\n\f\r ]*=[\t\n\f\r ]*")
_UNQUOTED = re.compile("[^\"'<>=`\0\t\n\f\r ]+")
_ONE_SLOT = re.compile("\0")
_VALUE_ENDS = re.compile("[\t\n\f\r >/]|\\Z")


def plan_of_markup(strings: Sequence[str]) -> Plan:
    """The plan of a template that begins and ends as text between tags. Raises Mistake."""
    return _Scanner(_joined(strings)).markup()


def plan_of_attribute(element: str, name: str, strings: Sequence[str]) -> Plan:
    """The plan of a template that is the value of an attribute. Raises Mistake."""
    source = _joined(strings)
    if source == SLOT:
        return Plan([""], [AttributeSlot(element, name)], "")
    slots = attribute_values.slots_of(element, name, source, '"', 0) if SLOT in source else ()
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
        raise syntax.ends_element(found.start(), element)
    *literals, tail = source.split(SLOT)
    return Plan(literals, raw_text.slots_of(element, {}, source, 0), tail)


def _joined(strings: Sequence[str]) -> str:
    for string in strings:
        if SLOT in string:
            raise syntax.holds_nul()
        require_sendable(string)
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
        if name := self.tree.foreign_code:
            raise syntax.value_in_foreign_code(self.at, name)
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
            raise syntax.begins_nothing(self.source, self.at)

    def _doctype(self) -> None:
        end = self.source.find(">", self.at)
        if end == -1 or SLOT in self.source[self.at : end]:
            raise syntax.bad_doctype(self.at)
        self.at = end + 1

    def _comment(self) -> None:
        start, end = self.at + 4, self.source.find("-->", self.at + 4)
        if end == -1:
            raise syntax.unclosed_comment(self.at)
        content = self.source[start:end]
        filled = content.replace(SLOT, "--")  # the worst that values could do
        if content.startswith((">", "->")) or "-->" in filled or "--!>" in filled:
            raise syntax.comment_ends_early(self.at)
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
            raise syntax.unclosed_end_tag(tag)
        name = tag[2].lower()
        element = self.tree.end(name, self.at, tag.end() - self.at)
        inside = self.source[element.at + element.length : self.at]
        if name == "noscript" and "</noscript" in inside.lower():
            raise syntax.ends_noscript_early(element.at, element.length)
        self.at = space.end() + 1

    def _start_tag(self, tag: re.Match[str]) -> None:
        name = tag[2].lower()
        start, in_foreign = self.at, self.tree.in_foreign
        attributes, closes_itself = self._attributes(tag)
        self.tree.start(name, closes_itself, start, tag.end() - start)
        if not in_foreign and not closes_itself and name in RCDATA | RAW:
            self._content(tag, attributes)

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
                raise syntax.unclosed_tag(tag)
            if begin == at:
                raise syntax.no_space(self.source, at, tag)
            if self.source[begin] == SLOT:
                self._write(AttributesSlot(tag[2]), at, begin + 1)
                at = begin + 1
            else:
                at = self._attribute(tag, at, begin, attributes)

    def _attribute(
        self, tag: re.Match[str], space: int, begin: int, attributes: dict[str, str]
    ) -> int:
        """Read the attribute at `begin`, and return where it ends."""
        name = self._name(tag, begin, attributes)
        value, start, end = self._value(name, begin, begin + len(name))
        attributes[name.lower()] = value
        if value == SLOT:
            self._write(AttributeSlot(tag[2], checked_name(name)), space, end)
        elif SLOT in value:
            element, quote = tag[2].lower(), self.source[start - 1]
            slots = attribute_values.slots_of(element, checked_name(name), value, quote, start)
            self._write_all(iter(slots), start)
        return end

    def _name(self, tag: re.Match[str], begin: int, attributes: dict[str, str]) -> str:
        found = _NAME.match(self.source, begin)
        if found is None:
            raise syntax.unclosed_tag(tag) if self.source[begin] == "<" else syntax.bad_name(begin)
        if self.source.startswith(SLOT, found.end()):
            raise syntax.part_of_name(begin, found[0])
        if found[0].lower() in attributes:
            raise syntax.twice(begin, found[0])
        return found[0]

    def _value(self, name: str, begin: int, end: int) -> tuple[str, int, int]:
        """The value of the attribute whose name ends at `end`, its start, and what is next."""
        equals = _EQUALS.match(self.source, end)
        if equals is None:
            return "", end, end
        start = equals.end()
        quote = self.source[start : start + 1]
        if quote not in ('"', "'"):
            return self._unquoted(name, begin, start)
        close = self.source.find(quote, start + 1)
        if close == -1:
            raise syntax.unclosed_value(begin, start + 1, name, quote)
        return self.source[start + 1 : close], start + 1, close + 1

    def _unquoted(self, name: str, begin: int, start: int) -> tuple[str, int, int]:
        """The same for a value without quotes: a slot, or literal text."""
        is_slot = self.source.startswith(SLOT, start)
        found = (_ONE_SLOT if is_slot else _UNQUOTED).match(self.source, start)
        if found is None:
            raise syntax.no_value(begin, name)
        if not _VALUE_ENDS.match(self.source, found.end()) or found[0].endswith("/"):
            raise syntax.needs_quotes(begin, found.end(), name)
        return found[0], start, found.end()

    def _content(self, tag: re.Match[str], attributes: dict[str, str]) -> None:
        """Read the content of an element in which no other can begin."""
        name = tag[2].lower()
        end = _end_of(name).search(self.source, self.at)
        if end is None:
            raise syntax.unclosed_element(tag.start(), len(tag[0]), name)
        content = self.source[self.at : end.start()]
        if name in RCDATA:
            self._character_data(name, content)
        else:
            self._write_all(iter(raw_text.slots_of(name, attributes, content, self.at)), self.at)
        self.at = end.start()

    def _character_data(self, name: str, content: str) -> None:
        if "<" in content:
            raise syntax.tag_in_text(self.at + content.index("<"), name)
        for found in re.finditer(SLOT, content):
            refuse_begun(self.source, self.kept, self.at + found.end())
            self._write(TEXT, self.at + found.start(), self.at + found.end())
