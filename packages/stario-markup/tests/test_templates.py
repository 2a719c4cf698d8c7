"""A t-string is a node: its literal parts are markup, its values are escaped by their place."""

# Lambdas in tables have no annotations.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false

import string.templatelib
import subprocess
import sys
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from stario.markup import Attrs, SafeString, baked, render, svg
from stario.markup import html as h
from stario.markup.errors import StarioError
from stario.markup.templates import fill

if TYPE_CHECKING:
    from collections.abc import Callable

NASTY = "<a href='x'>&\"</script>{$`\\\n"


class Vouching:
    def __html__(self) -> str:
        return "<i>\"'</i>"


class VouchingList(list[str]):
    def __html__(self) -> str:
        return "<i>"


TEXT: list[tuple[Any, str]] = [
    ("<&>\"'", "&lt;&amp;&gt;\"'"),
    (5, "5"),
    (2.5, "2.5"),
    (Decimal("1.0"), "1.0"),
    (date(2024, 2, 29), "2024-02-29"),
    (None, ""),
    ("", ""),
    (SafeString("<b>"), "<b>"),
    (Vouching(), "<i>\"'</i>"),
    (h.B("x"), "<b>x</b>"),
    (["a<", [1, h.B("x")], None], "a&lt;1<b>x</b>"),
    (VouchingList("<"), "<i>"),
]


@pytest.mark.parametrize(("value", "written"), TEXT, ids=repr)
def test_between_tags_a_value_is_a_child(value: Any, written: str) -> None:
    assert render(t"<p>{value}</p>") == f"<p>{written}</p>"
    assert render(t"<textarea>{value}</textarea>") == f"<textarea>{written}</textarea>"


def test_a_template_stands_wherever_a_node_stands() -> None:
    name, items = "<Ada>", ["a", "b&"]
    assert render(t"<b>{name}</b>", t"{name}") == "<b>&lt;Ada&gt;</b>&lt;Ada&gt;"
    assert h.Div(t"<b>{name}</b>").rendered == "<div><b>&lt;Ada&gt;</b></div>"
    assert h.P(*[t"{1}"]).rendered == h.P({}, t"1").rendered == "<p>1</p>"
    assert render(t"<ul>{[t'<li>{i}</li>' for i in items]}</ul>") == (
        "<ul><li>a</li><li>b&amp;</li></ul>"
    )
    assert render(t"<ul>{(t'<li>{i}</li>' for i in items)}</ul>") == (
        "<ul><li>a</li><li>b&amp;</li></ul>"
    )
    assert svg.Svg(t"<g><circle r={1}/></g>").rendered == '<svg><g><circle r="1"/></g></svg>'
    assert render(t"") == render(t"{None}") == ""


def test_no_module_has_to_be_imported() -> None:
    program = "\n".join(
        [
            "import sys; from stario.markup import render",
            "print(render(t'<p>{1}</p>'), 'string.templatelib' in sys.modules)",
        ]
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert run.stdout == "<p>1</p> False\n"


ATTRIBUTES: list[Any] = [
    "a\"<&>'",
    "",
    1,
    2.5,
    True,
    False,
    None,
    Decimal(1),
    SafeString("&amp;"),
    Vouching(),
]


@pytest.mark.parametrize("value", ATTRIBUTES, ids=repr)
def test_a_whole_attribute_is_what_a_tag_would_write(value: Any) -> None:
    plain = h.P({"id": "x", "title": value, "lang": "en"}).rendered
    plain = plain.replace('id="x"', "id=x").replace('lang="en"', "lang='en'")
    assert render(t"<p id=x title={value} lang='en'></p>") == plain
    assert render(t"<p id=x title='{value}' lang='en'></p>") == plain
    assert render(t"<p id=x title = \"{value}\" lang='en'></p>") == plain


def test_some_attributes_take_more() -> None:
    assert render(t"<p class={['a', {'b': 1, 'c': 0}]} style={ {'top': 0} }>") == (
        '<p class="a b" style="top:0;">'
    )
    assert render(t"<p data={ {'id': 1} } aria={ {'label': '<'} }>") == (
        '<p data-id="1" aria-label="&lt;">'
    )


def test_among_the_attributes_stands_a_mapping() -> None:
    attributes = {"id": "<", "hidden": True, "lang": None}
    assert render(t"<p {attributes}>") == '<p id="&lt;" hidden>'
    assert render(t"<p {Attrs(' a')} {None} {attributes} b>") == '<p a id="&lt;" hidden b>'


PARTS: list[tuple[Any, str, str]] = [
    ("a\"<&>'", "a&quot;&lt;&amp;&gt;'", "a&quot;&lt;&amp;&gt;&#39;"),
    (1, "1", "1"),
    (None, "", ""),
    (SafeString("&lt;\"'"), "&lt;&quot;'", '&lt;"&#39;'),
    (Vouching(), "<i>&quot;'</i>", '<i>"&#39;</i>'),
]


@pytest.mark.parametrize(("value", "double", "single"), PARTS, ids=repr)
def test_part_of_an_attribute_is_text(value: Any, double: str, single: str) -> None:
    assert render(t'<p class="card {value}">') == f'<p class="card {double}">'
    assert render(t"<p class='card {value}'>") == f"<p class='card {single}'>"


URLS: list[tuple[Callable[[Any], Any], Any, str]] = [
    (lambda v: t"<img src={v}>", "/a?b=1&c", "/a?b=1&amp;c"),
    (lambda v: t'<img src="{v}/c">', "https://x/a b?é", "https://x/a b?é/c"),
    (lambda v: t'<img src="/{v}/c">', "a/b?c#d é%&", "/a/b%3Fc%23d%20%C3%A9%25%26/c"),
    (lambda v: t'<img src="/x?q={v}">', "a/b&c=d", "/x?q=a%2Fb%26c%3Dd"),
    (lambda v: t'<img src="#{v}">', "a/b", "#a%2Fb"),
    (lambda v: t'<img src="/{v}">', "/evil.example", "/%2Fevil.example"),
    (lambda v: t'<img src="/{v}">', SafeString("a?b&amp;c"), "/a?b&amp;c"),
    (lambda v: t'<img src="/u/{v}">', 7, "/u/7"),
    (lambda v: t'<img src="/u/{v}">', None, "/u/"),
    (lambda v: t'<img src="/u/{v}">', "\ud800", "/u/%3F"),
    (lambda v: t'<img src="mailto:{v}">', "a b@c.de?cc=x", "mailto:a%20b@c.de%3Fcc%3Dx"),
    (lambda v: t'<img src="tel:{v}">', "+44 1", "tel:+44%201"),
]


@pytest.mark.parametrize(("make", "value", "url"), URLS)
def test_a_url_is_encoded_from_its_second_part_on(
    make: Callable[[Any], Any], value: Any, url: str
) -> None:
    assert render(make(value)) == f'<img src="{url}">'


JS, REST = "javascript:alert(1)", "script:alert(1)"

RUN_CODE: list[Callable[[], Any]] = [
    lambda: t"<a href={JS}>x</a>",
    lambda: t"<a href='{JS}'>x</a>",
    lambda: t"<a href=' {JS}'>x</a>",
    lambda: t"<a href='{JS}/x'>x</a>",
    lambda: t"<a href='java{REST}'>x</a>",
    lambda: t"<a href='{'java'}{REST}'>x</a>",
    lambda: t"<a href='{'java'}script:{1}'>x</a>",
    lambda: t"<a href='{'JAVA\tscript'}:x'>x</a>",
    lambda: t"<a href='{'javascript'}&colon;x'>x</a>",
    lambda: t"<a href='&#106;avascript:{1}'>x</a>",
    lambda: t"<a href='{SafeString('&#106;ava')}{REST}'>x</a>",
    lambda: t"<a href='data:{'text/html'},x'>x</a>",
    lambda: t"<svg><animate values='1;{JS}'/></svg>",
    lambda: h.A({"href": t"{JS}"}),
    lambda: h.A({"href": t"{'java'}{REST}"}),
    lambda: h.A({"HREF": t"java{REST}"}),
]


@pytest.mark.parametrize("make", RUN_CODE)
def test_a_url_that_runs_code_is_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(StarioError, match="would run code"):
        render(make())


def test_a_script_gets_literals() -> None:
    data = {"a": [1, None, True, "</script>&\u2028"]}
    assert render(t"<script>const d = {data}; f({NASTY[:3]}, {None})</script>") == (
        '<script>const d = {"a":[1,null,true,"\\u003c/script\\u003e\\u0026\\u2028"]}; '
        'f("\\u003ca ", null)</script>'
    )
    assert render(t"<script type=importmap>{data} </script>").startswith(
        '<script type=importmap>{"a":[1'
    )
    assert render(t"<script>a-{-1}; b{1}c; return{2}.x</script>") == (
        "<script>a- -1; b 1 c; return 2 .x</script>"
    )
    assert render(t"<script>f({SafeString('x => 1')})</script>") == "<script>f(x => 1)</script>"


def test_in_a_string_of_a_script_a_value_is_text() -> None:
    written = (
        "\\u003ca href=\\u0027x\\u0027\\u003e\\u0026\\u0022\\u003c/script\\u003e"
        "\\u007b\\u0024\\u0060\\u005c\\u000a"
    )
    for quote in "'\"`":
        q = SafeString(quote)
        source = string.templatelib.Template(
            f"<script>f({q.rendered}",
            string.templatelib.Interpolation(NASTY, "value"),
            f"{q.rendered})</script>",
        )
        assert render(source) == f"<script>f({quote}{written}{quote})</script>"
    assert render(t'<script type="application/json">"{NASTY}"</script>') == (
        f'<script type="application/json">"{written}"</script>'
    )


def test_part_of_a_handler_is_javascript() -> None:
    assert render(t"<b onclick=\"f({NASTY[:3]}, '{"'"}', {1})\"></b>") == (
        "<b onclick=\"f(&quot;\\u003ca &quot;, '\\u0027', 1)\"></b>"
    )
    assert render(t"<b data-on:click='@get(\"/x/{'")'}\")'></b>") == (
        "<b data-on:click='@get(\"/x/\\u0022)\")'></b>"
    )
    assert render(t"<b onclick='f(&quot;{'"'}&quot;, {"it's"})'></b>") == (
        "<b onclick='f(&quot;\\u0022&quot;, &quot;it&#39;s&quot;)'></b>"
    )
    assert render(t"<b onclick={'f("x")'}></b>") == '<b onclick="f(&quot;x&quot;)"></b>'


def test_other_scripts_are_text_that_cannot_end_them() -> None:
    values = ["</script>", "<!-- <script>", "a < b", "x<", "</scr", "<!-"]
    for value in values:
        written = render(t"<script type=text/x>{value}/script>--</script>")
        assert written.lower().count("</script") == 1
        assert "<!--" not in written
    assert render(t"<script type=text/x>{'a < b'}</script>") == "<script type=text/x>a < b</script>"


@pytest.mark.parametrize("value", [1, 2.5, "#c00", "10px", "1px solid red", "Arial, x", "-1em"])
def test_css_takes_plain_values(value: Any) -> None:
    assert render(t"<style>p{{a:{value}}}</style>") == f"<style>p{{a:{value}}}</style>"
    assert render(t"<p style='a:{value}'>") == f"<p style='a:{value}'>"


CSS = ["", " ", "a;b", "a:b", "url(x)", "}", "</style>", "\\3c", "'", '"', "/*", "é", "a\nb", "@x"]


@pytest.mark.parametrize("value", [*CSS, None, True, [1], b"x"], ids=repr)
def test_css_takes_nothing_else(value: Any) -> None:
    with pytest.raises(StarioError, match="plain CSS"):
        render(t"<style>p{{a:{value}}}</style>")
    with pytest.raises(StarioError, match="plain CSS"):
        render(t"<p style='a:{value}'>")
    assert render(t"<p style='a:{SafeString('url(x)')}'>") == "<p style='a:url(x)'>"


def test_a_comment_cannot_be_ended() -> None:
    assert render(t"<!-- {'--> <b>'} -->") == "<!-- --&gt; &lt;b&gt; -->"
    assert render(t"<!--{None}{1}-->") == "<!--1-->"


def test_conversions_and_formats_come_first_and_make_text() -> None:
    price, text, safe = 3.14159, "<é>", SafeString("<b>")
    assert render(t"{price:.2f} {price!r:>9} {text!r} {text!a}") == (
        "3.14   3.14159 '&lt;é&gt;' '&lt;\\xe9&gt;'"
    )
    assert render(t"{safe!s}") == "&lt;b&gt;"
    assert render(t"<p title={True!s} hidden={None:}>") == '<p title="True">'
    assert render(t"{text=}") == "text='&lt;é&gt;'"
    width = 5
    assert render(t"{1:>{width}}|{1:<3}") == "    1|1  "


def test_one_template_serves_values_of_all_kinds() -> None:
    def row(a: Any, b: Any, c: Any) -> str:
        return render(t"<p title={a} class='x {b}'>{c}<a href='/{b}?{c}'>{c:>3}</a></p>")

    plain = row("<", "b", "1")
    assert plain == "<p title=\"&lt;\" class='x b'>1<a href='/b?1'>  1</a></p>"
    for _ in range(500):
        assert row("<", "b", "1") == plain
        assert row(None, 2, 3) == "<p class='x 2'>3<a href='/2?3'>  3</a></p>"
    assert any("class='x " in "".join(strings) for strings in fill._compiled)
    with pytest.raises(StarioError, match="'bool' cannot be a child") as refusal:
        render(often(True))
    assert "slot='{value} in the text between tags'" in str(refusal.value)


def often(value: Any) -> Any:
    for n in range(300):
        render(t"<p id={n}>{n}</p>")
    return t"<p id={1}>{value}</p>"


@pytest.mark.parametrize(
    "value",
    [*(value for value, _ in TEXT), SafeString("x"), True, b"", {"a": 1}, object(), "a:b", "é&"],
    ids=repr,
)
def test_a_compiled_template_writes_what_it_wrote_at_first(value: Any) -> None:
    def outcomes() -> list[Any]:
        makers: list[Callable[[], Any]] = [
            lambda: t"<p>{value}</p>",
            lambda: t"<p title={value} href={value}>",
            lambda: t"<p class='a {value}'>",
            lambda: t"<p {value}>",
            lambda: t"<a href='{value}{value}/{value}?{value}'></a>",
            lambda: t"<script>f({value}, '{value}')</script>",
            lambda: t"<style>{value}</style><!--{value}-->",
        ]
        found: list[Any] = []
        for make in makers:
            try:
                found.append(render(make()))
            except StarioError as error:
                found.append(str(error))
        return found

    fill._plans.clear()
    fill._compiled.clear()
    first = outcomes()
    for _ in range(fill._OFTEN):
        assert outcomes() == first


BAD: list[Callable[[], Any]] = [
    lambda: t"<p>{True}</p>",
    lambda: t"<p>{b'x'}</p>",
    lambda: t"<p>{object()}</p>",
    lambda: t"<p>{h.B}</p>",  # type: ignore[str-format]
    lambda: t"<p title={b'x'}>",
    lambda: t"<p title={['a']}>",
    lambda: t"<p class='a {True}'>",
    lambda: t"<p class='a {['b']}'>",
    lambda: t"<p class='a { {'b': 1} }'>",
    lambda: t"<p class='a {t'b'}'>",
    lambda: t"<p {'a'}>",
    lambda: t"<p {SafeString('a')}>",
    lambda: t"<p {[('a', 'b')]}>",
    lambda: t"<p { {'a b': 1} }>",
    lambda: t"<a href='/{True}'></a>",
    lambda: t"<script>{object()}</script>",
    lambda: t"<script>{float('nan')}</script>",
    lambda: t"<script>'{None}'</script>",
    lambda: t"<script>'{['x']}'</script>",
    lambda: t"<script type=text/x>{None}</script>",
    lambda: t"<!-- {True} -->",
    lambda: t"{1:x>q}",
    lambda: t"{object():>5}",
    lambda: h.P({"title": t"a {True}"}),
    lambda: h.P({"title": t"{['x']}"}),
    lambda: h.Script(t"// {1}"),
]


@pytest.mark.parametrize("make", BAD)
def test_a_bad_value_is_refused_and_its_slot_named(make: Callable[[], Any]) -> None:
    with pytest.raises(StarioError) as refusal:
        render(make())
    assert " in " in refusal.value.context.get("slot", "") or "comment" in str(refusal.value)


LONE = "\ud800"

UNSENDABLE: list[Callable[[], Any]] = [
    lambda: t"<p>{LONE}</p>",
    lambda: t"<p title={LONE}>",
    lambda: t"<p title='x {LONE}'>",
    lambda: t"<p { ({'title': LONE}) }>",
    lambda: t"<a href={LONE}></a>",
    lambda: t"<b onclick='f({LONE})'></b>",
    lambda: t"<script>'{LONE}'</script>",
    lambda: t"<script>{[LONE]}</script>",
    lambda: t"<script type=text/x>{LONE}</script>",
    lambda: t"<!--{LONE}-->",
    lambda: t"<p>\ud800</p>",
    lambda: h.P({"title": t"{LONE}"}),
    lambda: h.P({"title": t"x {LONE}"}),
    lambda: h.P({"title": t"\ud800"}),
    lambda: h.Script(t"'{LONE}'"),
    lambda: h.Script(t"\ud800"),
]


@pytest.mark.usefixtures("both_ways")
@pytest.mark.parametrize("make", UNSENDABLE, ids=range(len(UNSENDABLE)))
def test_a_lone_surrogate_is_refused_where_it_is_written(make: Callable[[], Any]) -> None:
    for _ in range(3):
        with pytest.raises(StarioError, match="surrogate"):
            h.Div(make())


def test_the_error_of_a_value_tells_slot_place_and_value() -> None:
    user = {"name": b"Ada"}
    with pytest.raises(StarioError) as refusal:
        render(t"<p>{[t"<b title='x {user['name']}'></b>"]}</p>")
    text = str(refusal.value)
    assert "value=b'Ada'" in text
    assert "{user['name']} in part of the attribute 'title'" in text


def test_the_error_of_a_template_points_at_the_place() -> None:
    user = "x"
    with pytest.raises(StarioError) as refusal:
        render(t"<p>{user}\n<a href=/u/{user.upper()}>")
    assert "<a href=/u/{user.upper()}>\n       ^^^^^^^^" in str(refusal.value)


def test_a_template_can_be_the_value_of_an_attribute() -> None:
    name = 'a"/<b'
    assert h.A({"href": t"/u/{name}?q={name}", "id": t"{name}", "class": t"x {name}"}).rendered == (
        '<a href="/u/a%22/%3Cb?q=a%22%2F%3Cb" id="a&quot;/&lt;b" class="x a&quot;/&lt;b"></a>'
    )
    assert h.A({"id": t"{None}", "hidden": t"{True}", "lang": t"en"}).rendered == (
        '<a hidden lang="en"></a>'
    )
    assert h.B({"data-on:click": t'@get("/x/{name}")'}).rendered == (
        '<b data-on:click="@get(&quot;/x/a\\u0022/\\u003cb&quot;)"></b>'
    )


def test_a_template_can_be_the_content_of_a_script() -> None:
    assert h.Script(t"f({'</script>'})").rendered == ('<script>f("\\u003c/script\\u003e")</script>')
    assert h.Style({"media": "all"}, [t"p{{top:{1}px}}"]).rendered == (
        '<style media="all">p{top:1px}</style>'
    )


# Under @baked


def test_a_builder_may_return_a_template() -> None:
    @baked
    def card(title: Any, css: Any, items: Any = None) -> Any:
        return t"<div class={css} id='x'><h1>{title}</h1>{h.P({'class': css}, items)}</div>"

    assert card("<", ["a"], [t"<b>{1}</b>"]).rendered == (
        '<div class="a" id=\'x\'><h1>&lt;</h1><p class="a"><b>1</b></p></div>'
    )
    assert card("<", None).rendered == "<div id='x'><h1>&lt;</h1><p></p></div>"


def test_a_compiled_template_takes_a_parameter_too() -> None:
    def box(css: Any, child: Any) -> Any:
        return t"<p class={css}>{child}{(n for n in 'ab')}</p>"

    for _ in range(300):
        assert render(box("a", "b")) == '<p class="a">bab</p>'

    def outer(css: Any, child: Any) -> Any:
        return h.Div(box(css, child))

    def around(child: Any) -> Any:
        return t"<i>{box('a', h.B(child))}</i>"

    made = baked(outer)
    assert made(["x", "y"], "<").rendered == '<div><p class="x y">&lt;ab</p></div>'
    assert baked(around)("<").rendered == '<i><p class="a"><b>&lt;</b>ab</p></i>'


MISUSES: list[Callable[[Any], Any]] = [
    lambda a: t"<p class='x {a}'>",
    lambda a: t"<p {a}>",
    lambda a: t"<a href='/{a}'></a>",
    lambda a: t"<script>f({a})</script>",
    lambda a: t"<script>'{a}'</script>",
    lambda a: t"<script type=x/y>{a}</script>",
    lambda a: t"<style>{a}</style>",
    lambda a: t"<p style='x:{a}'>",
    lambda a: t"<b onclick='f({a})'></b>",
    lambda a: t"<!-- {a} -->",
    lambda a: t"{a!r}",
    lambda a: t"{a!s}",
    lambda a: t"{a:>5}",
    lambda a: t"<p class='x {h.B(a)}'>",
    lambda a: t"<script>{h.B(a)}</script>",
    lambda a: t"{h.B(a)!s}",
    lambda a: h.P({"title": t"x {a}"}),
    lambda a: h.P({"title": t"{a}"}),
    lambda a: h.Script(t"f({a})"),
    lambda a: render(t"{a}"),
    lambda a: render(t"<p title={a}>"),
]


@pytest.mark.parametrize("misuse", MISUSES, ids=range(len(MISUSES)))
def test_elsewhere_a_parameter_is_refused(misuse: Callable[[Any], Any]) -> None:
    for _ in range(2):
        with pytest.raises(StarioError, match=r"@baked|builder"):
            baked(misuse)


def test_a_parameter_cannot_leak_through_a_template() -> None:
    kept: list[Any] = []

    def leak(a: Any) -> Any:
        kept[:] = [t"<p>{a}</p>", t"<p title={a}>"]
        return kept[0]

    baked(leak)
    for template in kept:
        with pytest.raises(StarioError):
            render(template)


# The plans that are kept


def test_the_plans_that_are_kept_are_bounded() -> None:
    made = [string.templatelib.Template(f"<p id='{n}'></p>") for n in range(fill._MANY + 10)]
    for template in made:
        render(template)
    assert len(fill._plans) <= fill._MANY
    long = string.templatelib.Template("x" * (fill._LONG + 1))
    assert render(long) == long.strings[0]
    assert long.strings not in fill._plans


def test_templates_nested_too_deep_are_refused() -> None:
    node: Any = "x"
    for _ in range(5_000):
        node = t"<b>{node}</b>"
    with pytest.raises(StarioError, match="nested too deep"):
        render(node)
    with pytest.raises(StarioError, match="nested too deep"):
        render([node])


OF_ATTRIBUTES: list[Callable[[Any], Any]] = [
    lambda text: h.P({"title": text}),
    lambda text: h.Img({"alt": text}),
    lambda text: baked(lambda a: h.P({"title": a}))(text),
]


@pytest.mark.parametrize("place", OF_ATTRIBUTES)
def test_values_of_attributes_nested_too_deep_are_refused(place: Callable[[Any], Any]) -> None:
    text: Any = "x"
    for _ in range(5_000):
        text = t"{text}"
    with pytest.raises(StarioError, match="nested too deep"):
        place(text)
