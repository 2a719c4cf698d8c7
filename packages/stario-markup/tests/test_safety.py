"""Tables of what must be refused, what must pass, and what no text may become.

The URLs were tried in Chromium: each was clicked as a link, sent as a form, loaded in a frame, an
`<object>` and an `<embed>`, and written by an animation. Those that ran a script somewhere are in
`RUNS_CODE` and `SVG_DOCUMENTS`; `RAN_ELSEWHERE` holds what only older or other browsers run.
"""

# Lambdas in tables have no annotations.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false

import time
from collections.abc import Callable
from typing import Any, cast

import html5lib
import pytest
from stario.markup import Attrs, Comment, SafeString, Tag, baked, classes, data, styles, svg
from stario.markup import html as h
from stario.markup.errors import StarioError

# Names.

FORBIDDEN = (
    "\"'<>/=&`\\ \t\n\r\x0b\x0c\x00\x1b\x7f\x80\x85\x9f\xa0\u1680\u2003\u2028\u2029\u202f\u3000"
)


@pytest.mark.parametrize("character", FORBIDDEN, ids=ascii)
def test_no_place_in_an_attribute_name_takes_what_could_end_it(character: str) -> None:
    for name in (character, f"{character}a", f"a{character}b", f"a{character}", f"é{character}"):
        for build in (
            lambda: h.P({name: "x"}, "y"),  # noqa: B023  # runs at once
            lambda: svg.Circle({"r": 1, name: 2}),  # noqa: B023
            lambda: h.P({"data": {name: None}}),  # noqa: B023
            lambda: baked(lambda a: h.P({name: a})),  # noqa: B023
        ):
            for _ in range(2):  # a refused name is not remembered either
                with pytest.raises(StarioError, match="attribute name"):
                    build()


def test_a_name_is_written_as_its_text_whatever_kind_of_str_it_is() -> None:
    class Forged(str):
        __slots__ = ()

        def __format__(self, spec: str) -> str:
            return 'x onload="1" '

        __str__ = __repr__ = lambda self: "forged"

    for _ in range(2):
        assert h.P({Forged("forged-1"): "x"}).rendered == '<p forged-1="x"></p>'
        assert h.P({"forged-1": "x"}).rendered == '<p forged-1="x"></p>'
    assert baked(lambda a: h.P({Forged("forged-2"): a}))("x").rendered == '<p forged-2="x"></p>'
    assert data({Forged("forged"): "x"}) == Attrs(' data-forged="x"')
    assert Tag(Forged("my-el"))("x").rendered == "<my-el>x</my-el>"
    assert h.P(SafeString(Forged("x"))) == h.P("", SafeString(Forged("x")))


@pytest.mark.parametrize("character", [*FORBIDDEN, *":._@é²١\u212a\ud800"], ids=ascii)
def test_no_place_in_a_tag_name_takes_what_could_end_it(character: str) -> None:
    for name in (character, f"{character}a", f"a{character}b", f"a{character}"):
        with pytest.raises(StarioError, match="tag name"):
            Tag(name)


VOID = [
    *(h.Area, h.Base, h.Br, h.Col, h.Embed, h.Hr, h.Img, h.Input, h.Link, h.Meta, h.Param),
    *(h.Source, h.Track, h.Wbr, Tag("x", empty="void")),
]
NO_CHILDREN: list[Any] = [
    "",
    "x",
    0,
    [],
    (),
    [None],
    SafeString(""),
    h.B(),
    Comment(),
    True,
    b"",
    {""},
]


@pytest.mark.parametrize("factory", VOID, ids=lambda factory: factory.tag_name)
def test_every_void_element_refuses_every_kind_of_child(factory: Any) -> None:
    for child in NO_CHILDREN:
        for arguments in (
            (child,),
            ({"id": "x"}, child),
            (None, child),
            (Attrs(" a"), None, child),
        ):
            with pytest.raises(StarioError, match="always empty"):
                factory(*arguments)


# URLs.

SCRIPT_SCHEMES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "JAVASCRIPT:alert(1)",
    " javascript:alert(1)",
    "\tjavascript:alert(1)",
    "\njavascript:alert(1)",
    "\rjavascript:alert(1)",
    "\x01javascript:alert(1)",
    "\x0bjavascript:alert(1)",
    "\x0cjavascript:alert(1)",
    "\x1fjavascript:alert(1)",
    " \x01\t\n\x1f javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "java\r\nscript:alert(1)",
    "j\na\nv\na\ns\nc\nr\ni\np\nt\n:alert(1)",
    "javascript\t:alert(1)",
    "javascript\n:alert(1)",
    "javascript:\talert(1)",
    "javascript:\nalert(1)",
    "javascript:/*x*/alert(1)",
    "javascript:%61lert(1)",
    "javascript:javascript:alert(1)",
    "javascript:'<script>alert(1)</script>'",
]
HTML_DOCUMENTS = [
    "data:text/html,<script>alert(1)</script>",
    "data:TEXT/HTML,<script>alert(1)</script>",
    "DATA:text/html,<script>alert(1)</script>",
    "data: text/html,<script>alert(1)</script>",
    "data:text/html ,<script>alert(1)</script>",
    " da\tta:text/html,<script>alert(1)</script>",
    "data:text/html;charset=utf-8,<script>alert(1)</script>",
    "data:text/html;charset=utf-7,<script>alert(1)</script>",
    "data:text/html ;x,<script>alert(1)</script>",
    'data:text/html;x="a,b",<script>alert(1)</script>',
    "data:text/html;,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:TEXT/HTML;BASE64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:text/html;charset=utf-8;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data://text/html,<script>alert(1)</script>",
]
XML = "<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>"
XML_DOCUMENTS = [
    f"data:application/xhtml+xml,{XML}",
    f"data:application/xml,{XML}",
    f"data:text/xml,{XML}",
    f"data:text/xml;charset=utf-8,{XML}",
    f"data:Text/XML;base64,{XML}",
    f"data:text/xsl,{XML}",
    f"data:application/rss+xml,{XML}",
    f"data:application/atom+xml,{XML}",
]
RUNS_CODE = [*SCRIPT_SCHEMES, *HTML_DOCUMENTS, *XML_DOCUMENTS]
RAN_ELSEWHERE = [
    "javascript://x%0aalert(1)",
    "data:\ttext/html,<script>alert(1)</script>",
    "data:text/\nhtml,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "VBScript:msgbox(1)",
    "livescript:alert(1)",
    "mocha:alert(1)",
    "data:application/javascript,alert(1)",
    "data:text/javascript;base64,YWxlcnQoMSk=",
    "\x7fjavascript:alert(1)",
    "\xa0javascript:alert(1)",
    "java\x00script:alert(1)",
    "javascript :alert(1)",
]
SVG_DOCUMENTS = [
    f"data:image/svg+xml,{XML}",
    f"data:IMAGE/SVG+XML,{XML}",
    f" data: image/svg+xml ,{XML}",
    f"data:image/svg+xml;charset=utf-8,{XML}",
    f"data:image/svg+xml;base64,{XML}",
]

NAVIGATES: list[Callable[[str], SafeString]] = [
    lambda url: h.A({"href": url}, "x"),
    lambda url: h.A({"HREF": url}, "x"),
    lambda url: h.Area({"href": url}),
    lambda url: h.Form({"action": url, "method": "post"}),
    lambda url: h.Button({"formaction": url}, "x"),
    lambda url: h.Input({"type": "submit", "formAction": url}),
    lambda url: h.Iframe({"src": url}),
    lambda url: h.Embed({"src": url}),
    lambda url: h.Object({"data": url}),
    lambda url: h.Script({"src": url}),
    lambda url: h.Base({"href": url}),
    lambda url: h.Link({"href": url, "rel": "stylesheet"}),
    lambda url: h.Video({"poster": url}),
    lambda url: h.Q({"cite": url}),
    lambda url: h.A({"href": "/", "ping": url}),
    lambda url: h.Body({"background": url}),
    lambda url: h.Img({"src": url, "longdesc": url}),
    lambda url: h.Html({"manifest": url}),
    lambda url: svg.A({"href": url}, "x"),
    lambda url: svg.A({"xlink:href": url}, "x"),
    lambda url: svg.Use({"xlink:href": url}),
    lambda url: svg.Script({"href": url}),
    lambda url: svg.Set({"attributeName": "href", "to": url}),
    lambda url: svg.Animate({"attributeName": "href", "from": url, "to": "#"}),
    lambda url: svg.Animate({"attributeName": "href", "by": url}),
    lambda url: Tag("my-el")({"href": url}),
    lambda url: baked(lambda url: h.A({"href": url}, "x"))(url),
    lambda url: baked(lambda url: svg.Set({"to": url}))(url),
]
FRAMES: list[Callable[[str], SafeString]] = [
    lambda url: h.Iframe({"src": url}),
    lambda url: h.Embed({"src": url}),
    lambda url: h.Object({"data": url}),
    lambda url: Tag("iframe")({"src": url}),
    lambda url: Tag("frame", empty="void")({"src": url}),
    lambda url: h.Iframe({"class": "x"}, {"SRC": url}),
    lambda url: baked(lambda url: h.Iframe({"src": url}))(url),
]


def refused(place: Callable[[str], SafeString], url: str) -> bool:
    for _ in range(2):  # what is remembered of a first time must not help a second one
        try:
            place(url)
        except StarioError as refusal:
            if "would run code" not in refusal.message:
                raise
        else:
            return False
    return True


@pytest.mark.parametrize("url", [*RUNS_CODE, *RAN_ELSEWHERE], ids=ascii)
def test_no_place_takes_a_url_that_runs_code(url: str) -> None:
    assert [number for number, place in enumerate(NAVIGATES) if not refused(place, url)] == []


@pytest.mark.parametrize("url", [url for url in RUNS_CODE if ";" not in url], ids=ascii)
def test_no_value_of_an_animation_runs_code(url: str) -> None:
    for around in ("{}", "{};/a", "/a;{}", "/a; {} ;/b", "\n{}\n"):
        for name in ("values", "VALUES"):
            assert refused(lambda url: svg.Animate({name: url}), around.format(url))  # noqa: B023


@pytest.mark.parametrize("url", SVG_DOCUMENTS, ids=ascii)
def test_a_drawing_runs_its_scripts_in_a_frame_but_not_as_an_image(url: str) -> None:
    assert [number for number, place in enumerate(FRAMES) if not refused(place, url)] == []
    for place in (h.Img, h.Source, svg.Image):
        assert "svg" in place({"src": url}).rendered.lower()
        assert "svg" in place({"href": url}).rendered.lower()


@pytest.mark.parametrize("kind", ["", "text/plain", "image/png", "application/json", "x/y"])
def test_a_script_takes_no_data_url_for_it_runs_whatever_its_type(kind: str) -> None:
    url = f"data:{kind},alert(1)"
    assert refused(lambda url: h.Script({"src": url}), url)
    assert refused(lambda url: svg.Script({"href": url}), url)
    assert refused(lambda url: svg.Script({"xlink:href": url}), url)


def test_a_url_is_looked_at_however_many_came_before() -> None:
    for number in range(3_000):
        h.A({"href": f"/{number}"}, "x")
        svg.Set({"to": number})
    assert refused(lambda url: h.A({"href": url}), SCRIPT_SCHEMES[0])
    assert refused(lambda url: svg.Set({"to": url}), SCRIPT_SCHEMES[0])


HARMLESS_URLS = [
    "",
    ":",
    "/a:b",
    "a/b:c",
    "./javascript:x",
    "../javascript:x",
    "/javascript:x",
    "//javascript:80/x",
    "?q=javascript:x",
    "#javascript:x",
    "?next=data:text/html,x",
    "x:javascript:y",
    "1:2",
    "https://example.com/javascript:x",
    "https://javascript:x@example.com/",
    "javascript",
    "javascript&colon;alert(1)",
    "javascript&#58;alert(1)",
    "&#106;avascript:alert(1)",
    "javascript%3Aalert(1)",
    "java%0ascript:alert(1)",
    "javascript\uff1aalert(1)",
    "javascripts:x",
    "xjavascript:x",
    "web+javascript:x",
    "about:blank",
    "mailto:a@example.com?subject=javascript:x",
    "tel:+1-2",
    "sms:1",
    "blob:https://example.com/6ad5",
    "ftp://example.com",
    "magnet:?xt=urn:x",
    "urn:isbn:1",
    "data:,",
    "data:,text/html,x",
    "data:text/plain,<script>alert(1)</script>",
    "data:text/plain;text/html,x",
    "data:;base64,QQ==",
    "data:image/png;base64,iVBORw0KGgo=",
    "data:image/gif;base64,R0lGODlhAQABAAAAACw=",
    "data:font/woff2;base64,d09GMgABAAAAA",
    "data:audio/mpeg;base64,AAAA",
    "data:video/mp4;base64,AAAA",
    "data:application/pdf;base64,AAAA",
    "data:application/json,{}",
    "data:text/css,a{}",
    "data:text/csv,a",
    "data:text/vtt,WEBVTT",
]


@pytest.mark.parametrize("url", HARMLESS_URLS, ids=ascii)
def test_a_url_that_runs_nothing_is_written_and_read_back(url: str) -> None:
    for name in ("href", "src", "action", "to", "from", "cite", "xlink:href"):
        node = svg.Image({name: url})
        [image] = cast("Any", html5lib).parseFragment(node.rendered, "div")
        assert image.get(name) == url


@pytest.mark.parametrize(
    "value", ["time: 12:30", "0:30;1:00", "a:b;c:d", "translate(1)", "0 0; 1 1"]
)
def test_animations_take_other_values_with_colons(value: str) -> None:
    assert svg.Animate({"values": value, "from": value, "to": value, "by": value})


def test_only_the_author_vouches_for_code() -> None:
    class Trusted:
        def __html__(self) -> str:
            return SCRIPT_SCHEMES[0]

    for url in (SafeString(SCRIPT_SCHEMES[0]), Trusted()):
        assert h.A({"href": url}).rendered == f'<a href="{SCRIPT_SCHEMES[0]}"></a>'
    assert h.P({"data-href": SCRIPT_SCHEMES[0], "title": SCRIPT_SCHEMES[0]})


# Raw text.

PROGRAMS = [
    "if (1 < 2 && 3 > 2) { x = a<b>c; }",
    'x = "<!-"',
    "x = '<' + '!--'",
    "x = '</div>' + \"</p\" + `</${tag}>`",
    "x = /<\\/(scr|sty)/.test('</scrip') // -->",
    "x = a<!b",
    "x = '<![CDATA[' + ']]>'",
    "x = '<?xml ?>'; y = '&amp;&lt;'",
    "for (let i=0;i</script_/.length;i++);".replace("</script_", "</scrip_t"),
    "<",
    "</",
    "</s",
    "<\\/script>",
    "<!-",
    "-->",
    "--!>",
    "<script",
    "<script>",
    "\\u003C!--",
    "\u2028",
    "é😀\t\n  ",
]


@pytest.mark.parametrize("program", PROGRAMS, ids=ascii)
def test_a_program_stays_byte_for_byte(program: str) -> None:
    assert h.Script(program).rendered == f"<script>{program}</script>"
    assert h.Style(program).rendered == f"<style>{program}</style>"


BREAKOUTS = [
    "</script>",
    "</SCRIPT>",
    "</ScRiPt\n>",
    "</script\t/x=y>",
    "</script/>",
    "</script\x0c>",
    "</script",
    "</style>",
    "</STYLE foo>",
    "</style/",
    "x</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "<!--<script></script>",
    "<!-- <SCRIPT ",
    "<!--<script>-->",
    "<!----><script>",
    "<!--",
    "<!--->",
    "<<!--<script",
    "</</script>",
    "<</style",
    "</script</script>",
    "<!<!----",
    "<\\/script></script>",
]


@pytest.mark.parametrize("text", BREAKOUTS, ids=ascii)
@pytest.mark.parametrize("factory", [h.Script, h.Style, Tag("SCRIPT"), Tag("Style")])
def test_no_text_leaves_its_script_or_style(factory: Any, text: str) -> None:
    for pieces in (
        (text,),
        (text[:2], text[2:]),
        ([text[:1]], 1, text),
        (SafeString("<"), text),
        (SafeString(text[:5]), text[5:]),
    ):
        page = factory(*pieces).rendered + "<p>after</p>"
        raw, after = cast("Any", html5lib).parseFragment(page, "div", namespaceHTMLElements=False)
        assert (raw.tag, len(raw), after.tag, after.text) == (
            factory.tag_name.lower(),
            0,
            "p",
            "after",
        )
        assert baked(lambda a: factory(a))(list(pieces)) == factory(*pieces)


COMMENTS = ["-->", "--!>", "->", ">", "<!--", "<!-", "--", "-", "a-", "a--", "a--!", "<!-->", "]]>"]


@pytest.mark.parametrize("text", [*COMMENTS, "\n-->\n<img src=x onerror=alert(1)>"], ids=ascii)
def test_no_text_ends_its_comment(text: str) -> None:
    for page in (f"{Comment(text).rendered}<p>", f"{h.P(Comment(text)).rendered}<p>"):
        root = cast("Any", html5lib).parseFragment(page, "div", namespaceHTMLElements=False)
        assert root[-1].tag == "p"
        assert root.find(".//img") is None
        assert not root.text


def test_svg_style_is_text_where_html_style_would_be_markup() -> None:
    """Inside `<svg>` and `<math>` a parser reads what `<style>` and `<script>` hold as markup."""
    drawing = svg.Svg(svg.Style("<img src=x onerror=alert(1)>"))
    [root] = cast("Any", html5lib).parseFragment(drawing.rendered, "div")
    assert [element.tag.rpartition("}")[2] for element in root.iter()] == ["svg", "style"]


# Text that has no bytes.

LONE = ["\ud800", "a\udfff", "\udc00\ud800", "x" * 300 + "\ud83d"]
PLACES_OF_TEXT: list[Callable[[str], object]] = [
    lambda text: h.P(text),
    lambda text: h.P("x", text),
    lambda text: h.P({"class": "x"}, text),
    lambda text: h.P(["x", (text,)]),
    lambda text: h.P({"title": text}),
    lambda text: h.P({"title": text, "id": 1}, "x"),
    lambda text: h.P({"class": text}, "x"),
    lambda text: h.P({"class": ["x", text]}),
    lambda text: h.P({"style": {"top": text}}),
    lambda text: h.P({"style": {text: "0"}}),
    lambda text: h.P({"data": {"x": text}}),
    lambda text: h.P({"href": text}),
    lambda text: h.P({text: "x"}),
    lambda text: h.P({text: None}),
    lambda text: h.Br({"title": text}),
    lambda text: Comment(text),
    lambda text: h.Script(text),
    lambda text: h.Style("x", text),
    lambda text: classes("x", text),
    lambda text: classes({text: True}),
    lambda text: styles({"top": text}),
    lambda text: data({"x": text}),
    lambda text: Tag(text),
    lambda text: Tag("x")(text),
    lambda text: svg.Circle({"r": text}),
    lambda text: baked(lambda: h.P(text)),
    lambda text: baked(lambda a: h.P(a))(text),
    lambda text: baked(lambda a: h.P({"title": a}))(text),
    lambda text: baked(lambda a: h.P({"class": a}, "x"))(text),
    lambda text: baked(lambda a: h.Script(a))(text),
]


@pytest.mark.parametrize("place", PLACES_OF_TEXT, ids=range(len(PLACES_OF_TEXT)))
@pytest.mark.parametrize("text", LONE, ids=["high", "low", "wrong order", "long"])
def test_a_lone_surrogate_is_refused_when_the_element_is_built(
    place: Callable[[str], object], text: str
) -> None:
    for _ in range(2):
        with pytest.raises(StarioError):
            place(text)


@pytest.mark.parametrize("text", LONE, ids=ascii)
def test_trusted_text_is_refused_for_a_lone_surrogate_too(text: str) -> None:
    class Vouching:
        def __html__(self) -> str:
            return text

    builds: list[Callable[[], object]] = [
        lambda: SafeString(text),
        lambda: Attrs(text),
        lambda: Tag("x", prefix=text),
        lambda: h.P(Vouching()),
    ]
    for build in builds:
        with pytest.raises(StarioError, match="lone surrogate"):
            build()


def test_no_surrogate_is_printable() -> None:
    """Hot paths take `isprintable` for an answer to whether text can be sent."""
    assert not any(chr(code).isprintable() for code in range(0xD800, 0xE000))


# Depth.


def test_ten_thousand_levels_are_written_in_a_moment() -> None:
    def seconds(levels: int) -> float:
        start = time.perf_counter()
        node: SafeString = h.B("x")
        for _ in range(levels):
            node = h.Div({"class": "a"}, node)
        assert node.rendered.endswith("x</b>" + "</div>" * levels)
        return time.perf_counter() - start

    assert seconds(10_000) < 2


PLACES_OF_LISTS: list[Callable[[Any], object]] = [
    h.P,
    h.Script,
    lambda child: h.P("x", child),
    lambda child: h.P({"id": "x"}, child),
    baked(lambda a: h.P(a)),
    baked(lambda a: h.Script(a)),
]


@pytest.mark.parametrize("kind", [list, tuple, iter])
@pytest.mark.parametrize("place", PLACES_OF_LISTS, ids=range(len(PLACES_OF_LISTS)))
def test_lists_ten_thousand_deep_are_refused(
    place: Callable[[Any], object], kind: Callable[[list[Any]], Any]
) -> None:
    nested: Any = "x"
    for _ in range(10_000):
        nested = kind([nested])
    with pytest.raises(StarioError, match="nested too deep"):
        place(nested)
