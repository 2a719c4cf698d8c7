"""The mistakes in the syntax of a template: what is wrong, and what to write instead.

Each function makes the `Mistake` for the place `at`.
"""

import re
from collections.abc import Sequence

from stario.markup.templates.mistakes import SLOT, Mistake


def holds_nul() -> Mistake:
    """U+0000 stands for the slots while a template is read, and no HTML may hold it."""
    return Mistake(0, "A template cannot hold the character U+0000.", "Remove it.")


def begins_nothing(source: str, at: int) -> Mistake:
    """A `<` that is text, or followed by a value."""
    if SLOT in source[at + 1 : at + 3].replace("/", ""):
        return Mistake(
            at,
            "A value cannot be the name of a tag.",
            "Use Tag(name) for such an element, and &lt; for the sign.",
            2,
        )
    return Mistake(at, "This < begins neither a tag nor a comment.", "Write &lt;.")


def bad_doctype(at: int) -> Mistake:
    """A doctype with a value in it, or without an end."""
    return Mistake(at, "A doctype holds no value, and ends with >.", "Write <!doctype html>.", 9)


def unclosed_comment(at: int) -> Mistake:
    """A comment without `-->`."""
    return Mistake(at, "This comment is never closed.", "Close it with -->.", 4)


def comment_ends_early(at: int) -> Mistake:
    """A comment that ends before its `-->`, or might with some value."""
    return Mistake(at, "This comment could end too early.", "Put no > after - or !.", 4)


def unclosed_tag(tag: re.Match[str]) -> Mistake:
    """A start tag without `>`."""
    return Mistake(tag.start(), f"The tag <{tag[2]}> has no >.", "Write > at its end.", len(tag[0]))


def unclosed_end_tag(tag: re.Match[str]) -> Mistake:
    """An end tag with anything else than its name in it."""
    return Mistake(
        tag.start(),
        f"The end tag </{tag[2]}> has no >.",
        "Nothing else can stand in it.",
        len(tag[0]),
    )


def no_space(source: str, at: int, tag: re.Match[str]) -> Mistake:
    """Something that follows a tag's name or an attribute at once."""
    if source[at] == SLOT and at == tag.end():
        return Mistake(
            at, "A value cannot be part of a tag's name.", "Put a space before attributes."
        )
    if source[at - 1 : at + 1] == f"{SLOT}=":
        return part_of_name(at - 1, "")
    if source[at] == "<":
        return unclosed_tag(tag)
    return Mistake(at, "A space is missing here.", "Put a space between attributes.")


def bad_name(at: int) -> Mistake:
    """A sign that no attribute's name begins with."""
    return Mistake(at, "No attribute can begin with this.", "Look for a quote or = too many.")


def part_of_name(at: int, name: str) -> Mistake:
    """A value that is an attribute's name, or continues `name`."""
    return Mistake(
        at,
        "A value cannot be part of an attribute's name.",
        "Pass a mapping among the attributes: <div {attributes}>.",
        len(name) + 1,
    )


def twice(at: int, name: str) -> Mistake:
    """An attribute that the tag has already."""
    return Mistake(
        at,
        f"The attribute {name!r} stands in this tag twice.",
        "Browsers take the first. Remove one.",
        len(name),
    )


def no_value(at: int, name: str) -> Mistake:
    """An attribute with `=` and nothing after it."""
    return Mistake(at, f"The attribute {name!r} has no value.", f'Write {name}="…".', len(name))


def unclosed_value(at: int, end: int, name: str, quote: str) -> Mistake:
    """A value whose second quote is missing."""
    return Mistake(
        at, f"The value of {name!r} is never closed.", f"Close it with {quote}.", end - at
    )


def needs_quotes(at: int, end: int, name: str) -> Mistake:
    """A value without quotes that is more than a word or a slot."""
    return Mistake(
        at,
        f"The value of {name!r} needs quotes.",
        f'Put all of it in quotes: {name}="…".',
        end - at,
    )


def unclosed_element(at: int, length: int, name: str) -> Mistake:
    """An element without its end tag."""
    return Mistake(at, f"<{name}> is never closed.", f"Write </{name}> in this template.", length)


def ends_nothing(
    at: int, length: int, name: str, open_ones: Sequence[str], is_void: bool
) -> Mistake:
    """An end tag without its start tag, or out of order."""
    if is_void:
        advice = f"<{name}> is always empty and has no end tag."
    elif open_ones:
        advice = f"Open here: {', '.join(f'<{each}>' for each in open_ones)}."
    else:
        advice = (
            f"No <{name}> is open here. Each template must close what it opens, and no more. "
            "A <p> ends by itself where a block such as <div> begins."
        )
    return Mistake(at, f"</{name}> ends no open element.", advice, length)


def closes_itself(at: int, length: int, name: str) -> Mistake:
    """`<div/>`, which is only a start tag in HTML."""
    return Mistake(
        at, f"<{name}/> does not close itself in HTML.", f"Write <{name}></{name}>.", length
    )


def not_allowed(at: int, length: int, name: str, why: str) -> Mistake:
    """An element that no template can hold."""
    return Mistake(at, f"<{name}> is not allowed here.", why, length)


def ends_foreign(at: int, length: int, name: str) -> Mistake:
    """An element of HTML in a drawing or a formula."""
    return Mistake(
        at,
        f"<{name}> would end the <svg> or <math> around it.",
        "HTML inside SVG stands in <foreignObject>.",
        length,
    )


def in_itself(at: int, length: int, name: str) -> Mistake:
    """A link in a link, and the like."""
    return Mistake(
        at,
        f"A <{name}> cannot stand inside a <{name}>.",
        "The HTML parser would end the outer one or drop the inner one. Close it first.",
        length,
    )


def in_select(at: int, length: int, name: str) -> Mistake:
    """An element in a `<select>`."""
    return Mistake(
        at,
        f"A <{name}> cannot stand inside a <select>.",
        "Some HTML parsers drop its tag and read its content as markup.",
        length,
    )


def ends_paragraph(at: int, length: int, name: str) -> Mistake:
    """A block in a `<p>` in which something else is open."""
    return Mistake(
        at,
        f"<{name}> would end the <p> around it.",
        "Close what is open in the <p>, and the <p> itself, before it.",
        length,
    )


def ends_element(at: int, name: str) -> Mistake:
    """An end tag in what should be the content of that element."""
    return Mistake(at, f"This would end the <{name}>.", "Write <\\/ in a string.")


def ends_noscript_early(at: int, length: int) -> Mistake:
    """`</noscript>` in a comment or an attribute, where browsers with scripts don't see these."""
    return Mistake(
        at,
        "A browser that runs scripts would end this <noscript> earlier.",
        "Leave </noscript> out of comments and attributes in it.",
        length,
    )


def tag_in_text(at: int, name: str) -> Mistake:
    """A tag in an element that takes only text."""
    return Mistake(at, f"No tag can begin in <{name}>.", "Write &lt;.")


def value_in_foreign_code(at: int, name: str) -> Mistake:
    """A value in a `<script>` or `<style>` of SVG."""
    return Mistake(
        at,
        f"A value cannot stand in a <{name}> inside <svg> or <math>.",
        f"Put the <{name}> outside of it.",
    )


def hides_end(at: int) -> Mistake:
    """`<!--` in a script (HTML section 13.1.3, restrictions on script contents)."""
    return Mistake(
        at,
        "<!-- in a script can hide the end of the script.",
        "Write \\u003C!-- in a string, and // for a comment.",
        4,
    )


def could_become_tag(at: int, length: int) -> Mistake:
    """The beginning of a tag in raw text, and a value after it."""
    return Mistake(
        at,
        "Together with a value this could become a tag.",
        "Put a space after the <, or make it part of the value.",
        length,
    )


def nothing_is_escaped(at: int, name: str) -> Mistake:
    """A value in raw text that is no script and no style sheet."""
    return Mistake(
        at, f"A value cannot stand in <{name}>, where nothing can be escaped.", "Put it elsewhere."
    )


def unknown_type(at: int) -> Mistake:
    """A value in a script whose type is a value, too."""
    return Mistake(
        at,
        "How to write a value here depends on the type of the <script>.",
        "Write the type as literal text.",
    )
