"""Markup beside Jinja2 and MarkupSafe, and objects that are not quite what they seem."""

# Lambdas in tables have no annotations.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false

import array
import numbers
import pathlib
import types
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from enum import Enum, Flag, IntEnum, StrEnum
from fractions import Fraction
from typing import Any, NamedTuple
from unittest.mock import Mock, NonCallableMock

import pytest
from jinja2 import Environment
from markupsafe import Markup, escape
from stario.markup import Attrs, Comment, SafeString, baked, classes, data, render, styles, svg
from stario.markup import html as h
from stario.markup.errors import StarioError

NODE = h.B({"title": '"'}, "<&>")
MARKUP = '<b title="&quot;">&lt;&amp;&gt;</b>'

# Ours in theirs.


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        ("{{ node }}", MARKUP),
        ("{{ node|safe }}", MARKUP),
        ("{{ node|escape }}", MARKUP),
        ("<p>{{ '<' }}{{ node }}</p>", f"<p>&lt;{MARKUP}</p>"),
        ("{% for n in nodes %}{{ n }}{% endfor %}", MARKUP * 2),
        ("{{ nodes|join('<') }}", f"{MARKUP}&lt;{MARKUP}"),
        ("{% macro m(x) %}<i>{{ x }}</i>{% endmacro %}{{ m(node) }}", f"<i>{MARKUP}</i>"),
        ("{% set x %}{{ node }}{% endset %}{{ x }}", MARKUP),
        ("{{ node.rendered }}", str(escape(MARKUP))),
        ("{% if node %}yes{% endif %}", "yes"),
    ],
)
def test_a_template_writes_a_node_as_markup(template: str, rendered: str) -> None:
    made = Environment(autoescape=True).from_string(template)
    assert made.render(node=NODE, nodes=[NODE, NODE]) == rendered


def test_markupsafe_takes_a_node_for_markup() -> None:
    assert Markup(NODE) == escape(NODE) == MARKUP
    assert Markup("<p>") + NODE == f"<p>{MARKUP}"
    assert Markup("<").join([NODE, ">"]) == f"{MARKUP}<&gt;"
    assert Markup("") + render(NODE) == str(escape(MARKUP))  # what `render` returns is a plain str


def test_markupsafe_formats_a_node_as_markup() -> None:
    assert Markup("<p>%s</p>") % (NODE,) == f"<p>{MARKUP}</p>"
    assert Markup("<p>{}</p>").format(NODE) == f"<p>{MARKUP}</p>"


# Theirs in ours.


@pytest.mark.parametrize(
    ("call", "rendered"),
    [
        (lambda: h.P(Markup("<i>&</i>")), "<p><i>&</i></p>"),
        (lambda: h.P("<", [Markup("<i>")]), "<p>&lt;<i></p>"),
        (lambda: h.P(escape("<")), "<p>&lt;</p>"),
        (lambda: h.P({"title": Markup('&amp;"')}), '<p title="&amp;&quot;"></p>'),
        (lambda: h.P({"class": Markup("a")}, "x"), '<p class="a">x</p>'),
        (lambda: h.P({"class": [Markup("a&b")]}), '<p class="a&amp;b"></p>'),
        (lambda: h.P({Markup("id"): "x"}), '<p id="x"></p>'),
        (lambda: h.Script(Markup("1<2")), "<script>1<2</script>"),
        (lambda: baked(lambda a: h.P({"id": a}, a))(Markup("<&>")), '<p id="<&>"><&></p>'),
        (lambda: h.P(SafeString(Markup("<i>"))), "<p><i></p>"),
    ],
)
def test_markupsafe_text_is_trusted_as_it_says(call: Callable[[], Any], rendered: str) -> None:
    assert call().rendered == rendered


def test_a_template_is_a_child() -> None:
    template = Environment(autoescape=True).from_string("<i>{{ x }}</i>")
    assert h.P(Markup(template.render(x="<"))).rendered == "<p><i>&lt;</i></p>"
    assert h.P(template.render(x="<")).rendered == "<p>&lt;i&gt;&amp;lt;&lt;/i&gt;</p>"


def test_what_render_returns_is_exactly_a_str() -> None:
    for node in (SafeString(Markup("<i>")), Markup("<i>"), [Markup("<i>")]):
        assert type(render(node)) is str


# Kinds of text and numbers.


class Text(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "not this"

    def replace(self, *_: Any) -> str:  # type: ignore[override]
        return "nor this"


class Kind(StrEnum):
    A = "<a>"


class OldKind(str, Enum):  # noqa: UP042  # the old spelling is what is tested
    A = "<a>"


class Level(IntEnum):
    HIGH = 3


class Loud(int):
    def __str__(self) -> str:
        return '<"5">'


@numbers.Number.register
class Measure:
    """A number as numpy has them: registered, not derived."""

    def __str__(self) -> str:
        return "<1.5>"


@pytest.mark.parametrize(
    ("value", "text", "attribute"),
    [
        (Text("<a>"), "&lt;a&gt;", "&lt;a&gt;"),
        (Kind.A, "&lt;a&gt;", "&lt;a&gt;"),
        (OldKind.A, "&lt;a&gt;", "&lt;a&gt;"),
        (Level.HIGH, "3", "3"),
        (Loud(5), '&lt;"5"&gt;', "&lt;&quot;5&quot;&gt;"),
        (Measure(), "&lt;1.5&gt;", "&lt;1.5&gt;"),
        (Decimal("1E+3"), "1E+3", "1E+3"),
        (Decimal("sNaN"), "sNaN", "sNaN"),
        (Fraction(1, 3), "1/3", "1/3"),
        (float("-inf"), "-inf", "-inf"),
        (-0.0, "-0.0", "-0.0"),
        (10**30, "1" + "0" * 30, "1" + "0" * 30),
    ],
    ids=repr,
)
def test_text_and_numbers_of_every_make_are_escaped(value: Any, text: str, attribute: str) -> None:
    for _ in range(2):
        assert h.P(value).rendered == h.P([value]).rendered == f"<p>{text}</p>"
        assert h.P({"id": value}, "x").rendered == f'<p id="{attribute}">x</p>'
        assert baked(lambda a: h.P({"id": a}, a))(value).rendered == (
            f'<p id="{attribute}">{text}</p>'
        )


class OldName(str, Enum):  # noqa: UP042
    X = "old-name"


def test_an_enum_of_names_is_written_by_its_value_and_spoils_no_other_name() -> None:
    assert h.P({OldName.X: "1"}).rendered == '<p old-name="1"></p>'
    assert h.P({"old-name": "1"}).rendered == '<p old-name="1"></p>'
    assert data({OldName.X: "1"}) == Attrs(' data-old-name="1"')
    assert baked(lambda a: h.P({OldName.X: a}))("1").rendered == '<p old-name="1"></p>'
    assert classes(OldName.X, {OldName.X: True}) == Attrs(' class="old-name old-name"')
    assert styles({OldName.X: OldName.X}) == Attrs(' style="old-name:old-name;"')


# Kinds of iterables.


class Point(NamedTuple):
    x: str
    y: int


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: deque(["<", 1]), "&lt;1"),
        (lambda: UserList(["<", None]), "&lt;"),
        (lambda: Point("<", 2), "&lt;2"),
        (lambda: {"<": 1}.keys(), "&lt;"),
        (lambda: {1: "<"}.values(), "&lt;"),
        (lambda: {1: "<"}.items(), "1&lt;"),
        (lambda: range(3), "012"),
        (lambda: frozenset({"<"}), "&lt;"),
        (lambda: map(str, (1, 2)), "12"),
        (lambda: filter(None, ("", "<")), "&lt;"),
        (lambda: zip("ab", "<>", strict=True), "a&lt;b&gt;"),
        (lambda: reversed(["a", "b"]), "ba"),
        (lambda: enumerate("a"), "0a"),
        (lambda: array.array("d", [1.5]), "1.5"),
        (lambda: iter(["<"]), "&lt;"),
        (lambda: types.MappingProxyType({"<": 1}).keys(), "&lt;"),
    ],
)
def test_every_iterable_is_its_items(make: Callable[[], Any], text: str) -> None:
    assert h.P(make()).rendered == h.P("", [make()]).rendered == f"<p>{text}</p>"
    assert baked(lambda a: h.P(a))(make()).rendered == f"<p>{text}</p>"
    assert h.Script(make()).rendered.count("<") >= 2


class Bits(Flag):
    A = 1


class Stubborn:
    """Each item is the thing itself, as with `collections.UserString`."""

    def __iter__(self) -> Iterator[Any]:
        yield self


async def waiting() -> Any: ...


async def streaming() -> Any:
    yield "x"


@pytest.mark.parametrize(
    "child",
    [
        pathlib.PurePosixPath("/a"),
        timedelta(1),
        Bits.A,
        Counter("a"),
        ChainMap({}),
        OrderedDict({"a": 1}),
        defaultdict(int),
        UserDict({"a": 1}),
        memoryview(b"x"),
        Stubborn(),
        streaming(),
        slice(1),
        pathlib,
        NotImplemented,
        ...,
        type,
        Mock(),
        NonCallableMock(),
    ],
    ids=lambda child: type(child).__name__,
)
def test_what_has_no_obvious_text_is_refused_with_advice(child: Any) -> None:
    places: list[Callable[[Any], object]] = [
        Comment,
        lambda child: h.P("x", child),
        lambda child: h.Script(["x", child]),
        lambda child: h.P({"id": child}),
        baked(lambda a: h.P(a)),
    ]
    for place in places:
        with pytest.raises(StarioError) as refusal:
            place(child)
        assert refusal.value.help_text or refusal.value.example


# Objects that lie or break.


class Broken(Exception):
    pass


class HtmlRaises:
    def __html__(self) -> str:
        raise Broken


class IterRaises:
    def __iter__(self) -> Iterator[str]:
        raise Broken


class StrRaises(int):
    def __str__(self) -> str:
        raise Broken


class AttributeRaises:
    def __getattr__(self, name: str) -> Any:
        raise Broken


def midway() -> Iterator[str]:
    yield "x"
    raise Broken


@pytest.mark.parametrize(
    "make",
    [HtmlRaises, IterRaises, StrRaises, AttributeRaises, midway],
    ids=lambda make: make.__name__,
)
def test_an_exception_of_a_child_is_not_lost(make: Callable[[], Any]) -> None:
    places: list[Callable[[Any], object]] = [
        *(h.P, svg.G, h.Script, render),
        lambda child: h.P("x", [child]),
        baked(lambda a: h.P(a)),
    ]
    for place in places:
        with pytest.raises((Broken, StarioError)) as raised:
            place(make())
        assert isinstance(raised.value, Broken) or isinstance(raised.value.__cause__, Broken)


class HtmlIsText:
    __html__ = "<b>"


class HtmlIsNothing:
    __html__ = None


class HtmlIsBytes:
    def __html__(self) -> Any:
        return b"<b>"


class HtmlOnItsClass:
    @classmethod
    def __html__(cls) -> str:
        return "<b>"


class IterIsNothing:
    __iter__ = None


class TagNameIsANumber:
    tag_name = 5

    def __iter__(self) -> Iterator[str]:
        return iter("x")


class HasEverything:
    def __getattr__(self, name: str) -> Any:
        return 5


class SaysItIsText:
    __class__ = str  # type: ignore[assignment]


class SaysItIsAMapping:
    __class__ = dict  # type: ignore[assignment]


class SaysItIsMarkup:
    __class__ = SafeString  # type: ignore[assignment]


LIARS = [
    HtmlIsText,
    HtmlIsNothing,
    HtmlIsBytes,
    IterIsNothing,
    TagNameIsANumber,
    HasEverything,
    SaysItIsText,
    SaysItIsAMapping,
    SaysItIsMarkup,
]


@pytest.mark.parametrize("liar", LIARS, ids=lambda liar: liar.__name__)
@pytest.mark.parametrize(
    "place",
    [
        h.P,
        h.Script,
        Comment,
        lambda x: h.P("x", [x]),
        lambda x: h.P({"id": x}),
        baked(lambda a: h.P(a)),
    ],
    ids=["alone", "script", "comment", "among others", "attribute", "baked"],
)
def test_an_object_that_lies_is_written_or_refused(place: Any, liar: type[Any]) -> None:
    try:
        node = place(liar())
    except StarioError:
        return
    assert "<b>" not in node.rendered


def test_html_of_a_class_is_not_the_class() -> None:
    with pytest.raises(StarioError, match="class HtmlOnItsClass"):
        h.P(HtmlOnItsClass)  # type: ignore[arg-type]
    assert h.P(HtmlOnItsClass()).rendered == "<p><b></p>"


@pytest.mark.parametrize("value", [5, None, b"<b>", ["<b>"]], ids=repr)
def test_trusted_text_that_is_no_text_is_refused_everywhere(value: Any) -> None:
    for place in (
        lambda: h.P(SafeString(value)),
        lambda: h.P("x", SafeString(value)),
        lambda: h.P({"id": SafeString(value)}),
        lambda: h.P(Attrs(value)),
        lambda: Comment(SafeString(value)),
        lambda: h.Script(SafeString(value)),
        lambda: render(SafeString(value)),
        lambda: baked(lambda a: h.P(a))(SafeString(value)),
    ):
        with pytest.raises(StarioError):
            place()
