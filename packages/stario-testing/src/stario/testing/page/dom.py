"""HTML as a tree: parsed by justhtml as browsers parse it, found by CSS selectors, written as text.

The nodes are justhtml's: elements with `name`, `attrs`, `children` and `parent`, texts and comments
with `data`. They have no class in common, and so no type here.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, cast

from stario.testing.errors import bad_selector, no_html_library

try:
    from justhtml import JustHTML, Template, Text, query
except ModuleNotFoundError as missing:
    if missing.name != "justhtml":
        raise
    raise no_html_library() from None

type Node = Any

# A name with escapes (CSS Syntax, section 4.3.7), which the library's selectors do not know.
_ESCAPED = re.compile(r"([#.])((?:[\w-]|[^\x00-\x7f]|\\[0-9a-fA-F]{1,6}\s?|\\[^\n0-9a-fA-F])+)")
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))")
_VOID_NAMES = "area base br col embed hr img input link meta source track wbr"
_VOID = frozenset(_VOID_NAMES.split(" "))
_RAW = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext"})
_BLOCK_NAMES = (
    "address article aside blockquote br dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 "
    "h6 header hr li main nav ol option p pre section table tbody td th thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split(" "))
_UNSEEN = frozenset({"script", "style", "template", "head"})


def parse_document(html: str) -> Node:
    """Return the root of a document."""
    return JustHTML(html, sanitize=False).root


def parse_fragment(html: str) -> list[Node]:
    """Return what a piece of HTML has at its top: inside a template, table rows are rows too."""
    document = parse_document(f"<body><template>{html}</template></body>")
    (template, *_) = [one for one in elements(document) if one.name == "template"]
    return taken(template)


def parse_foreign(html: str, name: str) -> list[Node]:
    """Return what a piece of SVG or MathML has at its top."""
    (wrapper, *_) = [one for one in parse_fragment(f"<{name}>{html}</{name}>") if is_element(one)]
    return taken(wrapper)


def taken(node: Node) -> list[Node]:
    """Take the children out of a node."""
    nodes = list(children(node))
    for one in nodes:
        detach(one)
    return nodes


# Looking


def is_element(node: Node) -> bool:
    return not node.name.startswith(("#", "!"))


def children(node: Node) -> list[Node]:
    """Return the child nodes; those of a template are its content."""
    if isinstance(node, Template) and node.template_content is not None:
        node = node.template_content
    return [] if node.children is None else cast("list[Node]", node.children)


def elements(node: Node, *, into_templates: bool = False) -> Iterator[Node]:
    """Yield the elements below a node in the order of the document."""
    if not into_templates and node.name == "template":
        return
    for child in list(children(node)):
        if is_element(child):
            yield child
            yield from elements(child, into_templates=into_templates)


def attribute(node: Node, name: str) -> str | None:
    """Return an attribute; empty for one without a value, None for none."""
    attrs = cast("dict[str, str | None]", node.attrs or {})
    return (attrs[name] or "") if name in attrs else None


def closest(node: Node, accepts: Callable[[Node], object]) -> Node | None:
    """Return the node itself or the nearest element above it that is accepted."""
    current: Node = node
    while current is not None and is_element(current):
        if accepts(current):
            return current
        current = current.parent
    return None


def next_sibling(node: Node) -> Node | None:
    siblings = children(node.parent)
    at = siblings.index(node) + 1
    return siblings[at] if at < len(siblings) else None


def by_id(root: Node, wanted: str) -> Node | None:
    """Return the first element with an id."""
    found = (one for one in elements(root) if wanted and attribute(one, "id") == wanted)
    return next(found, None)


def select(root: Node, selector: str) -> list[Node]:
    """Return what a CSS selector finds, in the order of the document.

    Raises ValueError for a selector that is none, or that the library does not know.
    """
    try:
        found = cast("list[Node]", query(root, _ESCAPED.sub(_unescaped, selector)))
    except (ValueError, TypeError) as error:
        raise bad_selector(selector, str(error)) from None
    return [node for node in found if not _is_in_template(node)]


def _is_in_template(node: Node) -> bool:
    top = node
    while top.parent is not None:
        top = top.parent
    return top.name == "#document-fragment"


def _unescaped(found: re.Match[str]) -> str:
    if "\\" not in found[2]:
        return found[0]
    name = _ESCAPE.sub(lambda one: chr(int(one[1], 16)) if one[1] else one[2], found[2])
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'[id="{quoted}"]' if found[1] == "#" else f'[class~="{quoted}"]'


# Changing


def detach(node: Node) -> None:
    if node.parent is not None:
        children(node.parent).remove(node)
        node.parent = None


def insert(parent: Node, node: Node, before: Node | None) -> None:
    """Put a node among the children of another, at the end or before one of them."""
    detach(node)
    siblings = children(parent)
    siblings.insert(len(siblings) if before is None else siblings.index(before), node)
    holds = isinstance(parent, Template) and parent.template_content is not None
    node.parent = parent.template_content if holds else parent


def copied(node: Node) -> Node:
    return node.clone_node(deep=True)


def text_node(text: str) -> Node:
    return Text(text)


def empty_element() -> Node:
    return parse_fragment("<div></div>")[0]


def emptied(node: Node) -> Node:
    """Return an element of the same kind without attributes and children."""
    empty = node.clone_node(deep=False)
    empty.attrs = {}
    return empty


# Writing


def outer_html(node: Node) -> str:
    """Return a node as the fragment serializer of the HTML standard writes it (section 13.3)."""
    return "".join(_written(node, raw=False))


def inner_html(node: Node) -> str:
    raw = node.name in _RAW
    return "".join(part for child in children(node) for part in _written(child, raw=raw))


def _written(node: Node, *, raw: bool) -> Iterator[str]:
    if node.name == "#text":
        yield (node.data or "") if raw else _escaped(node.data or "")
    elif node.name == "#comment":
        yield f"<!--{node.data or ''}-->"
    elif node.name == "!doctype":
        yield f"<!DOCTYPE {getattr(node.data, 'name', None) or 'html'}>"
    elif not is_element(node):
        yield inner_html(node)
    else:
        attrs = cast("dict[str, str | None]", node.attrs or {})
        yield f"<{node.name}"
        yield from (f' {name}="{_escaped_value(value or "")}"' for name, value in attrs.items())
        yield ">"
        if node.name not in _VOID:
            yield inner_html(node)
            yield f"</{node.name}>"


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("\xa0", "&nbsp;")
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _escaped_value(text: str) -> str:
    return text.replace("&", "&amp;").replace("\xa0", "&nbsp;").replace('"', "&quot;")


def text_of(node: Node, rendered: Callable[[Node], str | None]) -> str:
    """Return the text that a reader sees, with runs of white space as one space.

    `rendered` gives the text of an element whose children do not count, or None.
    """
    return " ".join("".join(_texts(node, rendered)).split())


def _texts(node: Node, rendered: Callable[[Node], str | None]) -> Iterator[str]:
    if node.name == "#text":
        yield node.data or ""
    elif is_element(node) and (text := rendered(node)) is not None:
        yield text
    else:
        for child in children(node):
            if child.name not in _UNSEEN:
                yield from _texts(child, rendered)
                if child.name in _BLOCKS:
                    yield " "
