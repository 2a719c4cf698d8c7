"""A baked builder runs once; what it returns fills in values as plain calls would."""

# Lambdas in tables have no annotations.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false

import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from importlib import import_module
from threading import Barrier, get_ident
from typing import Any

import pytest
from stario.markup import (
    Comment,
    SafeString,
    aria,
    baked,
    classes,
    data,
    render,
    script_json,
    styles,
    svg,
)
from stario.markup import html as h
from stario.markup.attributes import prefixed
from stario.markup.errors import StarioError

kept: list[Any] = []


def card(title: Any, body: Any = "-", *, cls: Any = None) -> SafeString:
    """A card."""
    return h.Div({"class": cls}, h.H1(title), body)


def link(url: Any, text: Any) -> Any:
    return [h.A({"href": url, "title": text}, text), "{braces} 'quotes' \"too\" \\N{DASH} @x <"]


def code(a: Any, b: Any) -> SafeString:
    return h.Div(h.Script("x = [", a, ", ", [b], SafeString("]")), h.B(a))


def attribute_kinds(a: Any, b: Any, c: Any) -> SafeString:
    return h.Input({"style": a, "data": b, "aria": c, "{x}": a}, {"x": 1})


def test_it_fills_in_values() -> None:
    made = baked(card)
    assert made("a<b", h.P("x"), cls='c"') == SafeString(
        '<div class="c&quot;"><h1>a&lt;b</h1><p>x</p></div>'
    )
    assert made("t").rendered == "<div><h1>t</h1>-</div>"


def test_the_builder_runs_once() -> None:
    runs: list[str] = []

    @baked
    def page(title: Any) -> SafeString:
        runs.append("run")
        return h.P(title)

    page("a")
    page("b")
    assert runs == ["run"]


def test_the_signature_is_the_builders() -> None:
    made = baked(card)
    assert inspect.signature(made) == inspect.signature(card)
    assert inspect.signature(made, follow_wrapped=False).parameters.keys() == {
        "title",
        "body",
        "cls",
    }
    assert (made.__name__, made.__doc__, made.__module__) == ("card", "A card.", __name__)
    assert made(title="x", body=None, cls=["a"]).rendered == '<div class="a"><h1>x</h1></div>'
    for call in (lambda: made(), lambda: made("x", "y", "z"), lambda: made("x", no=1)):  # type: ignore[call-arg]
        with pytest.raises(TypeError, match=r"card\(\)"):
            call()


def test_it_can_be_called_with_parentheses() -> None:
    assert baked()(card)("x") == baked(None)(card)("x") == baked(card)("x")


VALUES: list[Any] = [
    "text",
    "<&>\"'",
    "",
    5,
    2.5,
    None,
    Decimal("1.0"),
    SafeString("<i>&"),
    "https://example.com/?a=1&b=2",
    "{0} {x} %s \\ '''",
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("builder", [card, link, code], ids=lambda builder: builder.__name__)
def test_baked_and_plain_write_the_same(builder: Callable[..., Any], value: Any) -> None:
    for other in VALUES:
        assert baked(builder)(value, other).rendered == render(builder(value, other))


@pytest.mark.parametrize("value", [True, False, ["a", {"b": 1}], {"a": 1}, {"a"}], ids=repr)
def test_an_attribute_takes_all_that_an_attribute_may_hold(value: Any) -> None:
    assert baked(card)("x", cls=value) == card("x", cls=value)


def test_attributes_of_several_values() -> None:
    arguments = ({"color": "red"}, {"id": 1}, {"label": "x"})
    with pytest.raises(StarioError):
        baked(attribute_kinds)(*arguments)  # {x} takes no mapping
    assert baked(attribute_kinds)("a", {"id": 1}, {"label": "x"}) == attribute_kinds(
        "a", {"id": 1}, {"label": "x"}
    )


@pytest.mark.parametrize(
    "arguments",
    [(True,), (b"x",), ({"a": 1},), (h.B,), (object(),), ("x", True), (["x", [b""]],)],
    ids=repr,
)
def test_a_bad_child_is_refused_at_the_call(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(StarioError):
        baked(card)(*arguments)


def test_a_bad_attribute_is_refused_at_the_call() -> None:
    made = baked(link)
    for url in ("javascript:x", b"x", ["a"], " java\nscript:x"):
        with pytest.raises(StarioError):
            made(url, "x")
    with pytest.raises(StarioError):
        baked(card)("x", cls=object())


def test_a_generator_is_a_good_child() -> None:
    assert baked(card)((h.B(n) for n in range(2)), ["x", (1,)]) == SafeString(
        "<div><h1><b>0</b><b>1</b></h1>x1</div>"
    )


def test_a_value_cannot_end_a_script() -> None:
    made = baked(code)
    assert made("</scr", "ipt>").rendered.count("</script>") == 1
    assert "</script>" not in made("</script>", 1).rendered.removesuffix("</script>")[:30]


def test_a_builder_without_parameters_gives_the_same_node_each_time() -> None:
    @baked
    def rule() -> SafeString:
        return h.Hr({"@click": "{x}"})

    assert rule() is rule()
    assert rule().rendered == '<hr @click="{x}"/>'


def test_a_builder_may_return_whatever_is_a_child() -> None:
    assert baked(lambda a: a)("<").rendered == "&lt;"
    assert baked(lambda a: [a, "<", 1])("x").rendered == "x&lt;1"
    assert baked(lambda: "<")().rendered == "&lt;"
    assert baked(lambda a: (h.P(a) for _ in range(2)))("x").rendered == "<p>x</p><p>x</p>"


def test_parameters_may_be_named_like_anything() -> None:
    @baked
    def odd(str: Any, type: Any, _SafeString: Any, _0: Any, x__: Any) -> SafeString:
        return h.P({"id": str}, type, _SafeString, _0, x__)

    assert odd("a", "b", "c", "<", "e").rendered == '<p id="a">bc&lt;e</p>'


def test_a_baked_node_is_a_child_like_any_other() -> None:
    made = baked(card)
    assert h.P(made("x")).rendered == "<p><div><h1>x</h1>-</div></p>"
    assert made(made("x")).rendered == "<div><h1><div><h1>x</h1>-</div></h1>-</div>"


def test_a_builder_may_use_other_baked_functions() -> None:
    inner = baked(card)
    script = baked(code)

    @baked
    def outer(title: Any, cls: Any, a: Any) -> Any:
        return h.Main(inner(h.B(title), ["x", title], cls=cls), script(a, 1))

    assert outer("<", 'c"', "</script>").rendered == (
        '<main><div class="c&quot;"><h1><b>&lt;</b></h1>x&lt;</div>'
        "<div><script>x = [<\\/script>, 1]</script><b>&lt;/script&gt;</b></div></main>"
    )


def test_generators_are_read_once_beside_a_parameter_of_an_outer_builder() -> None:
    inner = baked(card)
    outer = baked(lambda title: inner((h.I(n) for n in "ab"), title))
    assert outer("x").rendered == "<div><h1><i>a</i><i>b</i></h1>x</div>"


def test_a_self_closing_element_takes_a_parameter() -> None:
    assert baked(lambda a: svg.Circle({"r": a}))(1).rendered == '<circle r="1"/>'


@pytest.mark.parametrize("second", [None, "", "x", [], 0], ids=repr)
@pytest.mark.parametrize("first", [None, "", "x", []], ids=repr)
def test_a_self_closing_element_closes_itself_as_in_a_plain_call(first: Any, second: Any) -> None:
    made = baked(lambda a, b: svg.Circle({"r": 1}, a, None, b))
    assert made(first, second) == svg.Circle({"r": 1}, first, None, second)
    outer = baked(lambda b: svg.G(made(None, b)))
    assert outer(second) == svg.G(svg.Circle({"r": 1}, None, second))


def test_a_self_closing_element_with_another_child_stays_open() -> None:
    made = baked(lambda a: svg.Circle(a, "", svg.Title("t")))
    assert made(None).rendered == "<circle><title>t</title></circle>"
    assert baked(lambda a: svg.Circle([a]))(None).rendered == "<circle></circle>"


def test_elements_nest_ten_thousand_deep() -> None:
    def deep(text: Any) -> SafeString:
        node = h.B(text)
        for _ in range(10_000):
            node = h.Div(node)
        return node

    assert baked(deep)("<").rendered == "<div>" * 10_000 + "<b>&lt;</b>" + "</div>" * 10_000


# What cannot be baked, and is said at decoration.


def star(*parts: Any) -> Any:
    return h.P(parts)


def star_star(**attributes: Any) -> Any:
    return h.P(attributes)


def positional(a: Any, /) -> Any:
    return h.P(a)


async def waiting(a: Any) -> Any:
    return h.P(a)


async def generating(a: Any) -> Any:
    yield h.P(a)


def nothing(a: Any) -> Any:
    h.P(a)


def failing(a: Any) -> Any:
    raise LookupError


def closed(a: Any) -> Any:
    return h.Br(a)


@pytest.mark.parametrize(
    "builder",
    [star, star_star, positional, waiting, generating, nothing, failing, closed, print, SafeString],
)
def test_these_builders_are_refused(builder: Any) -> None:
    with pytest.raises(StarioError):
        baked(builder)


MISUSES: list[Callable[[Any], Any]] = [
    lambda a: h.P("unused"),
    lambda a: h.P("x" if a is None else "y"),
    lambda a: h.P({a: "x"}, a),
    lambda a: h.P(classes(a), a),
    lambda a: h.P(classes({"x": a}), a),
    lambda a: h.P({"class": ["x", a]}, a),
    lambda a: h.P({"class": {"x": a}}, a),
    lambda a: h.P(styles({"x": a}), a),
    lambda a: h.P(styles(a), a),
    lambda a: h.P({"style": {"x": a}}, a),
    lambda a: h.P(data({"x": a}), a),
    lambda a: h.P(data(a), a),
    lambda a: h.P({"data": {"x": a}}, a),
    lambda a: h.P(aria({"x": a}), a),
    lambda a: h.P(prefixed("x", {"y": a}), a),
    lambda a: h.P(Comment(a), a),
    lambda a: h.P(script_json(a), a),
    lambda a: h.P(script_json({"x": a}), a),
    lambda a: h.P(str(a), a),
    lambda a: h.P(repr(a), a),
    lambda a: h.P(f"{a}", a),
    lambda a: h.P(f"{a!r}", a),
    lambda a: h.P(f"{a:>5}", a),
    lambda a: h.P("%s" % a, a),  # noqa: UP031
    lambda a: h.P("{}".format(a), a),  # noqa: UP032
    lambda a: h.P("".join([a]), a),
    lambda a: h.P("x" + a, a),
    lambda a: h.P(a + "x", a),
    lambda a: h.P(a % 2, a),
    lambda a: h.P(a * 2, a),
    lambda a: h.P(-a, a),
    lambda a: h.P("x" if a else "y", a),
    lambda a: h.P("x" if not a else "y", a),
    lambda a: h.P("x" if a == "x" else "y", a),
    lambda a: h.P("x" if a != "x" else "y", a),
    lambda a: h.P("x" if a < 5 else "y", a),
    lambda a: h.P("x" if a in ("x",) else "y", a),
    lambda a: h.P("x" if "x" in a else "y", a),
    lambda a: h.P([h.B(x) for x in a], a),
    lambda a: h.P(*a, a),
    lambda a: h.P(a[0], a),
    lambda a: h.P(len(a), a),
    lambda a: h.P(a(), a),
    lambda a: h.P(a.title, a),
    lambda a: h.P(int(a), a),
    lambda a: h.P({"x": 1}[a], a),
    lambda a: h.P(SafeString(a), a),
    lambda a: h.P(SafeString(a)),
    lambda a: h.P(render(a), a),
    lambda a: h.P(render(h.B(a)), a),
    lambda a: h.P(h.B(a).rendered, a),
    lambda a: h.P(f"{h.B(a)}", a),
    lambda a: h.P({"title": h.B(a)}, a),
    lambda a: h.Script(h.B(a)),
    lambda a: h.P(a, True),  # pyright: ignore[reportDeprecated]
    lambda a: h.P(a, h.B),  # type: ignore[arg-type]
    lambda a: h.P("x", {"a": a}),
    lambda a: h.P({"b c": a}),
    lambda a: [a, 1 / 0],
]


@pytest.mark.parametrize("misuse", MISUSES, ids=range(len(MISUSES)))
def test_looking_into_a_parameter_is_refused_at_decoration(misuse: Callable[[Any], Any]) -> None:
    with pytest.raises(StarioError):
        baked(misuse)


def test_the_refusal_names_the_parameter_and_the_builder() -> None:
    with pytest.raises(StarioError, match=r"parameter 'a' .* was used as text") as refusal:
        baked(lambda a: h.P(f"{a}"))
    assert "lambda" in str(refusal.value)


def test_an_exception_of_the_builder_is_the_cause() -> None:
    with pytest.raises(StarioError, match="LookupError") as refusal:
        baked(failing)
    assert isinstance(refusal.value.__cause__, LookupError)


def test_lists_nested_too_deep_are_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(StarioError, match="nested too deep"):
        baked(lambda a: h.P(a, endless))


def test_nothing_of_a_builder_can_be_rendered_elsewhere() -> None:
    def leak(a: Any) -> SafeString:
        kept[:] = [a, h.P(a), h.P({"id": a}), h.Script(a)]
        return h.P(a)

    made = baked(leak)
    for escaped in kept:
        for place in (
            lambda node: render(node),
            lambda node: h.P(node),
            lambda node: h.P("x", [node]),
            lambda node: h.Script(node),
            lambda node: h.P({"title": node}),
            lambda node: made(node),
            lambda node: f"{node}",
        ):
            with pytest.raises(StarioError):
                place(escaped)
            with pytest.raises(StarioError):
                baked(lambda b: [place(escaped), b])  # noqa: B023  # runs at once


def test_an_inner_builder_cannot_take_the_parameter_of_an_outer_one() -> None:
    def outer(a: Any) -> Any:
        inner = baked(lambda b: h.P(a, b))
        return inner(a)

    with pytest.raises(StarioError, match="another builder"):
        baked(outer)


def test_an_attribute_may_be_absent_in_any_call() -> None:
    @baked
    def field(label: Any, name: Any, hint: Any) -> Any:
        return h.Label(label, h.Input({"name": name, "title": hint, "id": name}))

    for _ in range(2):
        assert field("a", "b", "c").rendered == (
            '<label>a<input name="b" title="c" id="b"/></label>'
        )
        assert field("a", None, "c").rendered == '<label>a<input title="c"/></label>'
        assert field("a", 1, True).rendered == '<label>a<input name="1" title id="1"/></label>'
        assert field("a", SafeString("&"), 1.5).rendered == (
            '<label>a<input name="&" title="1.5" id="&"/></label>'
        )


def test_no_child_is_walked_twice_when_an_attribute_is_absent() -> None:
    @baked
    def items(children: Any, css: Any, after: Any) -> Any:
        return h.Section(h.Ul(children), h.P({"class": css}, after))

    for css in ("a", None, ["b"], None):
        rows = (h.Li(number) for number in range(2))
        text = items(rows, css, iter("xy")).rendered
        assert text.startswith("<section><ul><li>0</li><li>1</li></ul>")
        assert text.endswith(">xy</p></section>")


def test_a_parameter_may_have_any_name() -> None:
    @baked
    def odd(self: Any, parameter: Any, _: Any, build: Any, text: Any, error: Any) -> Any:
        return h.P({"a": self, "b": parameter, "c": _}, build, text, error)

    assert odd(None, "b", None, "<", 1, [2]).rendered == '<p b="b">&lt;12</p>'
    assert odd("a", None, 3, "", "", error=None).rendered == '<p a="a" c="3"></p>'


def test_baked_functions_learn_in_many_threads_at_once() -> None:
    @baked
    def row(a: Any, b: Any, c: Any) -> Any:
        return h.P({"a": a, "b": b}, c)

    values = ["x", None, True, 1, SafeString("y")]
    calls = [(a, b, c) for a in values for b in values for c in ("z", None)] * 20
    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(lambda call: row(*call).rendered, calls))
    assert written == [h.P({"a": a, "b": b}, c).rendered for a, b, c in calls]


def test_two_threads_that_learn_at_the_same_moment_do_not_disturb_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = baked(lambda a, b: h.P({"a": a, "b": b}))
    both_wrote = Barrier(2)
    waited: set[int] = set()

    def exec_and_wait(*arguments: Any) -> None:
        exec(*arguments)
        if get_ident() not in waited:
            waited.add(get_ident())
            both_wrote.wait(10)

    module = import_module("stario.markup.baked.function")
    monkeypatch.setattr(module, "exec", exec_and_wait, raising=False)
    with ThreadPoolExecutor(2) as pool:
        written = list(pool.map(lambda call: row(*call).rendered, [(None, "x"), ("x", None)]))
    assert written == ['<p b="x"></p>', '<p a="x"></p>']


@pytest.mark.parametrize("values", [("x", '"<&>', 5, None), (None, 5, '"<&>', "x")])
def test_one_parameter_in_two_places_is_escaped_for_each(values: tuple[Any, ...]) -> None:
    """Whatever came in the calls before: text, numbers, nothing."""

    def both(value: Any, url: Any) -> SafeString:
        return h.P({"title": value}, value, h.A({"href": url, "rel": url}, url), value)

    made = baked(both)
    for value in values:
        for url in values:
            assert made(value, url) == both(value, url)
