"""What each place of a template takes, and how the value is written there.

A slot appends exactly one text for its value (a child of the text may append many, or holes). Where
only text makes sense, `str` and numbers are taken, None is nothing where that is harmless, and an
object that vouches for its markup is written as it is.
"""

from collections.abc import Mapping
from typing import Any, cast

from stario.markup.attributes import attribute_parts, vocabulary_of
from stario.markup.children import part_of
from stario.markup.comment import Comment
from stario.markup.complaints import not_attributes
from stario.markup.escape import escape_attribute
from stario.markup.holes import NotKnownYet, Placeholder, Unfinished, misused, unfinished
from stario.markup.templates.refusals import not_part
from stario.markup.trusted import Attrs
from stario.markup.urls import URL_ATTRIBUTES
from stario.markup.values import markup_of, text_of


class Slot:
    """A place that takes one text. `place` names it in errors."""

    def __init__(self, place: str) -> None:
        self.place = place

    def append(self, parts: list[Any], value: Any) -> None:
        """Write `value` at the end of `parts`."""
        parts.append(self.written(value))

    def written(self, value: Any) -> str:
        """The text for `value`, which must be known."""
        if isinstance(value, Placeholder):
            raise misused(value, f"in {self.place}")
        if isinstance(value, Unfinished):
            raise unfinished(self.place)
        return self.text(value)

    def text(self, value: Any) -> str:
        """The text that is written for `value`."""
        raise NotImplementedError


class TextSlot(Slot):
    """Between tags: whatever is a child."""

    def append(self, parts: list[Any], value: Any) -> None:
        parts.append(part_of(value))


TEXT = TextSlot("the text between tags")


class AttributeSlot(Slot):
    """A whole attribute of `element`, its name included."""

    def __init__(self, element: str, name: str) -> None:
        super().__init__(f"the attribute {name!r}")
        self.name = name
        self.vocabulary = vocabulary_of(element)
        self.prefix = f' {name}="'
        self.is_url = name.lower() in URL_ATTRIBUTES

    def append(self, parts: list[Any], value: Any) -> None:
        if type(value) is str and not (self.is_url and ":" in value):
            parts.append(f'{self.prefix}{escape_attribute(value)}"')
        else:
            parts += attribute_parts(self.vocabulary, {self.name: value})


class AttributesSlot(Slot):
    """Any attributes of `element`: a mapping, `Attrs` or None."""

    def __init__(self, element: str) -> None:
        super().__init__("the attributes of a tag")
        self.vocabulary = vocabulary_of(element)

    def append(self, parts: list[Any], value: Any) -> None:
        if type(value) is dict or isinstance(value, Mapping):
            parts += self._parts(cast("Mapping[str, Any]", value))
        else:
            super().append(parts, value)

    def _parts(self, attributes: Mapping[str, Any]) -> list[Any]:
        try:
            return [self.vocabulary.text_of(attributes)]
        except NotKnownYet:
            return attribute_parts(self.vocabulary, attributes)

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, Attrs):
            return value.rendered
        raise not_attributes(value)


class PartSlot(Slot):
    """Part of an attribute's value between `quote` signs."""

    def __init__(self, name: str, quote: str) -> None:
        super().__init__(f"part of the attribute {name!r}")
        self.name = name
        self.quote = quote

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        if (markup := markup_of(value)) is not None:
            return self.keep_quote(markup)
        if (text := text_of(value)) is None:
            raise not_part(value, self.place)
        return self.keep_quote(escape_attribute(self.plain(text)))

    def plain(self, text: str) -> str:
        """The value of the attribute, before it is escaped."""
        return text

    def keep_quote(self, text: str) -> str:
        """`text` without the quote that would end the value."""
        return text.replace(self.quote, "&quot;" if self.quote == '"' else "&#39;")


class CommentSlot(Slot):
    """In a comment."""

    def text(self, value: Any) -> str:
        return Comment(value).rendered[4:-3]
