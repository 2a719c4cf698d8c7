"""The sentences: what was wrong, with which value, and what to write instead."""

from stario.markup.errors import StarioError, shown


class Shown:
    """A value in an error, shown in short."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __repr__(self) -> str:
        return shown(self.value, longest=200)


def _kind(value: object) -> str:
    if isinstance(value, type):
        return f"The class {value.__name__}"
    return f"{type(value).__name__!r}"


def not_renderable(child: object) -> StarioError:
    """Say why `child` cannot stand between tags."""
    return StarioError(
        f"{_kind(child)} cannot be a child.",
        context={"child": Shown(child)},
        help_text=_advice(child),
    )


def _advice(child: object) -> str:
    if isinstance(child, bool):
        return (
            "Write `x if condition else None` for `condition and x`, and str(...) to show a bool."
        )
    if isinstance(child, bytes | bytearray | memoryview):
        return "Decode it to str first."
    if hasattr(child, "keys"):
        return "Attributes come before the first child, as arguments of their own."
    if callable(child):
        return "Call it, and pass what it returns."
    if hasattr(child, "__aiter__") or hasattr(child, "__await__"):
        return "Views are not async: await the data first, then build the markup."
    return "Pass text, a number, markup, or an iterable of these; str(...) makes text of anything."


def uncalled(tag: object, name: str) -> StarioError:
    """Say that a tag was passed where its element was meant."""
    return StarioError(
        f"The tag <{name}> was passed as a child without being called.",
        context={"child": Shown(tag)},
        help_text="Call it to build the element, even an empty one: put () after it.",
    )


def attributes_are_no_child(item: object) -> StarioError:
    """Say where attributes belong: they came too late, in a list or where there is no tag."""
    return StarioError(
        "Attributes were passed where a child belongs.",
        context={"attributes": Shown(item)},
        help_text="Attributes come first, as arguments of the tag, then the children. A parameter "
        "of a @baked builder is a child or one value, never attributes.",
        example='    h.Div({"class": "card"}, "text")',
    )


def children_in_void(name: str, child: object) -> StarioError:
    """Say that an element which is always empty was given a child."""
    return StarioError(
        f"<{name}> is always empty and cannot have children.",
        context={"child": Shown(child)},
        help_text="Pass attributes only, and put the content beside it.",
    )


def nested_too_deep() -> StarioError:
    """Say that lists in lists, or templates in templates, went beyond what can be walked."""
    return StarioError(
        "Lists or templates are nested too deep.",
        help_text="Look for a list that holds itself, and flatten what is nested by hundreds. "
        "Elements may nest without limit.",
    )


def lone_surrogate(text: str, index: int) -> StarioError:
    """Say that a text cannot be encoded."""
    return StarioError(
        f"The text holds the lone surrogate U+{ord(text[index]):04X}, which UTF-8 cannot encode.",
        context={"text": Shown(text), "index": index},
        help_text="It is half of a character, as a rule from JSON or from a file name. Repair the "
        'text where it comes in: text.encode("utf-8", "replace").decode().',
    )


def html_is_not_text(value: object, markup: object) -> StarioError:
    """Say that `__html__` broke its promise."""
    return StarioError(
        f"{_kind(value)} has an __html__() that returned {_kind(markup)}.",
        context={"value": Shown(value)},
        help_text="__html__() returns a str of trusted markup.",
    )


def not_markup_text(value: object) -> StarioError:
    """Say that a SafeString or an Attrs was made of something that is not text."""
    return StarioError(
        "SafeString and Attrs hold a str, nothing else.",
        context={"value": Shown(value)},
        help_text="Pass the trusted markup as text: SafeString('<b>ok</b>').",
    )


def bad_tag_name(name: object) -> StarioError:
    """Say what a tag may be called."""
    return StarioError(
        "A tag name is an ASCII letter, then ASCII letters, digits or hyphens.",
        context={"name": Shown(name)},
        help_text="Never take a tag name from a user.",
        example='    Tag("my-element")',
    )


def bad_empty_mode(empty: object) -> StarioError:
    """Say which endings there are."""
    return StarioError(
        "Unknown way to write an empty tag.",
        context={"empty": Shown(empty)},
        help_text='Use "normal", "void" or "self_closing_when_empty".',
    )


def bad_attribute_name(name: object) -> StarioError:
    """Say what an attribute may be called."""
    return StarioError(
        "An attribute name is a non-empty str without white space, control characters "
        "and \" ' < > / = & ` \\.",
        context={"name": Shown(name)},
        help_text="Put what comes from users into values, never into names.",
    )


def bad_attribute_value(name: str, value: object) -> StarioError:
    """Say what an attribute may hold."""
    return StarioError(
        f"The attribute {name!r} cannot hold {_kind(value)}.",
        context={"value": Shown(value)},
        help_text=_advice_on_value(value),
    )


def _advice_on_value(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return "Decode it to str first."
    from stario.markup.trusted import Attrs  # which needs this module

    if isinstance(value, Attrs):
        return "Attrs are attributes with their names: pass them as an argument of the tag."
    return (
        "Use str, a number, True, False, None or a SafeString; str(...) makes text of a date. "
        "A list is for class; a mapping for class, style, data and aria."
    )


def url_runs_code(name: str, url: str) -> StarioError:
    """Say that a link would have run a script."""
    return StarioError(
        f"The URL in {name!r} would run code in the page.",
        context={"url": Shown(url)},
        help_text="Check links from users to start with https:// or /. If the code is yours, wrap "
        "it in SafeString.",
    )


def bad_class(token: object) -> StarioError:
    """Say what a class list is made of."""
    return StarioError(
        f"{_kind(token)} is not a class.",
        context={"token": Shown(token)},
        help_text="Use str, None, False, or a mapping of names to conditions.",
        example='    classes("card", {"active": is_active})',
    )


def bad_style_name(name: object) -> StarioError:
    """Say what a style property may be called."""
    return StarioError(
        "A style property is a non-empty str that does not start with @ and has no : ; { }.",
        context={"name": Shown(name)},
        example='    styles({"max-width": "20rem", "--gap": 2})',
    )


def bad_style_value(name: str, value: object) -> StarioError:
    """Say what a style property may hold."""
    return StarioError(
        f"The style {name!r} cannot hold {_kind(value)}.",
        context={"value": Shown(value)},
        help_text="Use str, int, float, or None and False to leave it out.",
    )


def not_a_mapping(what: str, value: object) -> StarioError:
    """Say that names and values were expected."""
    return StarioError(
        f"{what} takes a mapping of names to values, not {_kind(value)}.",
        context={"value": Shown(value)},
        example=f'    {what}({{"name": "value"}})',
    )


def bad_comment(content: object) -> StarioError:
    """Say what a comment may hold."""
    return StarioError(
        f"A comment cannot hold {_kind(content)}.",
        context={"content": Shown(content)},
        help_text="Use str, a number, None, or a SafeString for text that is written as it is.",
    )


def not_attributes(value: object) -> StarioError:
    """Say what can stand for several attributes."""
    return StarioError(
        f"{_kind(value)} cannot stand for attributes.",
        context={"value": Shown(value)},
        help_text="Use a mapping of names to values, Attrs, or None.",
    )


def not_json(value: object, why: object = "") -> StarioError:
    """Say that a value has no form in JSON; `why` is what the encoder said of something in it."""
    return StarioError(
        f"{_kind(value)} cannot be written as JSON{f': {why}' if why else ''}.",
        context={"value": Shown(value)},
        help_text="Use dict with str keys, list, str, int, finite float, bool and None; str(...) "
        "makes text of a date.",
    )


def not_deferrable(children: object) -> StarioError:
    """Say what can be deferred."""
    return StarioError(
        f"{_kind(children)} cannot be deferred.",
        context={"children": Shown(children)},
        help_text="Pass an iterable of children, or a function without arguments that returns "
        "children.",
        example="    h.Table(deferred(row(each) for each in accounts))",
    )


def written_twice(children: object) -> StarioError:
    """Say that an iterator has nothing left for a second time."""
    return StarioError(
        "Deferred children were written a second time, but an iterator gives them only once.",
        context={"children": Shown(children)},
        help_text="Pass a function that makes a new iterator, or a list.",
        example="    deferred(lambda: (row(each) for each in accounts))",
    )


def deferred_is_no_text(value: object) -> StarioError:
    """Say that text is needed where children were to be built later."""
    return StarioError(
        "Deferred children can stand between tags only: attributes, scripts, styles and comments "
        "need their text at once.",
        context={"value": Shown(value)},
        help_text="Pass the text itself; render(...) builds it.",
    )


def bad_chunk_size(size: object) -> StarioError:
    """Say how large a chunk can be."""
    return StarioError(
        "The size of a chunk is a number of bytes, 1 or more.",
        context={"size": Shown(size)},
        help_text="Leave it out for 16 KiB.",
    )
