"""Text that is written as it is: `SafeString` for markup, `Attrs` for attributes.

Only these two, and objects with `__html__`, are ever trusted. Both are values: frozen, hashable,
equal when their text is. The text stands in `_text`, a slot, which the hot paths of this package
read directly; `rendered` is the read-only face of it. Inside the package the test is for the exact
type, `Node` first: nearly all markup comes from tags.
"""

from stario.markup.complaints import not_markup_text
from stario.markup.escape import require_sendable

TYPE_CHECKING = False


class _Trusted:
    __slots__ = ("_text",)
    _kind: str  # which values can be equal, and the name in the repr
    __match_args__ = ("rendered",)

    def __init__(self, rendered: str) -> None:
        if type(rendered) is not str:
            rendered = _exact(rendered)
        if not rendered.isascii():
            require_sendable(rendered)
        self._text = rendered

    @property
    def rendered(self) -> str:
        """The text."""
        return self._text

    def __eq__(self, other: object) -> bool:
        if isinstance(other, _Trusted) and other._kind is self._kind:
            return self._text == other._text
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self._kind, self._text))

    def __repr__(self) -> str:
        return f"{self._kind}({self._text!r})"

    def __str__(self) -> str:
        return self._text


def _exact(text: object) -> str:
    if not issubclass(type(text), str):
        raise not_markup_text(text)
    return str.__str__(text)  # type: ignore[arg-type]  # a subclass of str, as was just seen


class SafeString(_Trusted):
    """Markup that is trusted and written unescaped: what every tag returns.

    Build one yourself only from text that no user can influence. Raises StarioError for anything
    but a str, and for lone surrogates.
    """

    __slots__ = ()
    _kind = "SafeString"

    def __html__(self) -> str:
        """The markup, for template engines that ask for it."""
        return self._text

    def __html_format__(self, spec: str) -> "SafeString":
        """The markup, for `Markup.format` of MarkupSafe."""
        return self


class Node(SafeString):
    """What a tag returns: a SafeString that needs no check, since we wrote its text.

    It is made without one and given it by `node`, or by a hot path in the same two steps, which
    take less than a call of an `__init__` in Python.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        def __init__(self) -> None: ...
    else:
        __init__ = object.__init__


def node(text: str) -> Node:
    """The Node of `text`."""
    made = Node()
    made._text = text
    return made


class Attrs(_Trusted):
    """Attributes as trusted text, with the space before them: `Attrs(' hidden')`."""

    __slots__ = ()
    _kind = "Attrs"
