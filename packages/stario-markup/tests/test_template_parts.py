"""The literal parts of a template are read as a browser reads them, or refused.

No t-string is needed for that: in these tests `§` stands for each slot.
"""

import re

import pytest
from stario.markup.errors import StarioError
from stario.markup.templates.mistakes import Mistake, explained
from stario.markup.templates.plan import Plan
from stario.markup.templates.scanner import plan_of_attribute, plan_of_markup, plan_of_raw_text


def read(source: str) -> Plan:
    return plan_of_markup(source.split("§"))


def refusal(source: str) -> StarioError:
    strings = source.split("§")
    with pytest.raises(Mistake) as refused:
        plan_of_markup(strings)
    return explained(refused.value, strings, ["value"] * (len(strings) - 1))


GOOD = [
    "",
    "plain &amp; text, 5 > 3",
    "<!doctype html><html><head><meta charset=utf-8><title>t</title><body><p>a<p>b",
    "<ul><li>a<li>b</ul><dl><dt>a<dd>b<dt>c</dl>",
    "<ul><li>a<ul><li>b</ul><li>c</ul>",
    "<table><caption>c<colgroup><col><thead><tr><th>a<tbody><tr><td>b<td><p>c<tr><td>d</table>",
    "<select><option>a<option selected>b<optgroup label=x><option>c</select>",
    "<ruby>a<rp>(<rt>b<rp>)</ruby>",
    "<br><br/><img src='a'/><input disabled value=\"x\">",
    "<DIV Class=x></div >",
    "<a\n  href = '/x'\n>x</a>",
    "<svg><circle r=1 /><g><path/></g><foreignObject><div></div></foreignObject></svg>",
    "<svg><title><b>x</b></title><style>a > b</style><a/></svg>",
    "<circle/><g><rect/></g>",
    "<math><mi>x</mi><mo>=</mo></math>",
    "<script>if (a < b && c) '</div>'</script><style>a > b {}</style>",
    "<textarea>\n&lt;</textarea><iframe></iframe><noscript><img src=x></noscript>",
    "<!-- a -- b > c --><!----><!-- <p> -->",
    "<my-element @click='x' :y=1 data-on:click__once=z></my-element>",
    "<p><object><p>x</p></object></p>",
    "<p>a<table></table></p>".replace("</p>", ""),
    "<form><p>a</form><button><p>b</button><h1>c</h1><object><p>d</object>",
    "<datalist><option>a<option>b</datalist><label><select><option>a</select></label>",
    "<template><tr><td>x</td></tr></template>",
]


@pytest.mark.parametrize("source", GOOD)
def test_good_markup_is_kept_as_it_is(source: str) -> None:
    plan = read(source)
    assert (plan.literals, plan.slots, plan.tail) == ((), (), source)


PLACES = [
    ("a§b", "the text between tags"),
    ("<textarea>a§b</textarea>", "the text between tags"),
    ("<svg><title>§</title></svg>", "the text between tags"),
    ("<noscript>§</noscript>", "the text between tags"),
    ("<p a=§>", "the attribute 'a'"),
    ("<p a = '§'>", "the attribute 'a'"),
    ("<br a=§/>", "the attribute 'a'"),
    ('<p Class="§">', "the attribute 'Class'"),
    ("<p a='x§y'>", "part of the attribute 'a'"),
    ("<p §>", "the attributes of a tag"),
    ("<br §/>", "the attributes of a tag"),
    ("<script>x = §</script>", "the code of <script>"),
    ("<script type='module'>'§'</script>", "a string in <script>"),
    ("<script type=' Application/LD+JSON '>[§]</script>", "the code of <script>"),
    ("<script type='importmap'>[\"§\"]</script>", "a string in <script>"),
    ("<script type=text/template>'§'</script>", "a <script> of this type"),
    ("<style>a{color:§}</style>", "<style>"),
    ("<!--§-->", "a comment"),
]


@pytest.mark.parametrize(("source", "place"), PLACES)
def test_each_slot_has_its_place(source: str, place: str) -> None:
    assert [slot.place for slot in read(source).slots] == [place]


def test_white_space_before_an_attribute_belongs_to_its_slot() -> None:
    plan = read("<a \n href=§  b='c' d = \"§\" §>§</a>")
    assert plan.literals == ("<a", "  b='c'", "", ">")
    assert plan.tail == "</a>"


BAD = [
    # tags
    ("a < b", "begins neither"),
    ("a <", "begins neither"),
    ("a <3", "begins neither"),
    ("<>", "begins neither"),
    ("</>", "begins neither"),
    ("<?xml?>", "begins neither"),
    ("<!x>", "begins neither"),
    ("<svg><![CDATA[x]]></svg>", "begins neither"),
    ("<§>", "name of a tag"),
    ("</§>", "name of a tag"),
    ("<h§>", "part of a tag's name"),
    ("<div§></div>", "part of a tag's name"),
    ("<p", "has no >"),
    ("<p ", "has no >"),
    ("<p a", "has no >"),
    ("<p a=b", "has no >"),
    ("<p a='b'", "has no >"),
    ("<p <b>", "has no >"),
    ("</p", "has no >"),
    ("<p></p a>", "has no >"),
    ("<p></p/>", "has no >"),
    ("<p></p §>", "has no >"),
    ("<p/a>", "space is missing"),
    # attributes
    ("<p a='b'c>", "space is missing"),
    ("<p a='b'§>", "space is missing"),
    ("<p §a>", "space is missing"),
    ("<p §§>", "space is missing"),
    ("<p §='x'>", "part of an attribute's name"),
    ("<p a=§b>", "needs quotes"),
    ("<p a=b§>", "needs quotes"),
    ("<p a=§§>", "needs quotes"),
    ("<a href=/u/§>", "needs quotes"),
    ("<br a=b/>", "needs quotes"),
    ("<p a=b'c>", "needs quotes"),
    ("<p a=b`>", "needs quotes"),
    ("<p a=>", "has no value"),
    ("<p a=`b`>", "has no value"),
    ("<p a='b>", "never closed"),
    ('<p a="§>', "never closed"),
    ("<p data-§='x'>", "name"),
    ("<p §x='x'>", "space is missing"),
    ("<p 'a'>", "No attribute"),
    ("<p =a>", "No attribute"),
    ("<p a A='b'>", "twice"),
    ("<p a=§ a='§'>", "twice"),
    # the tree
    ("</p>", "ends no open"),
    ("<b><i></b></i>", "ends no open"),
    ("<div><p>x</div></p>", "ends no open"),
    ("<p><div></div></p>", "ends no open"),
    ("<svg><foreignObject><circle/></foreignObject></svg>", "does not close itself"),
    ("<div><circle/></div>", "does not close itself"),
    ("<math><mi><template><p></template></mi></math>", "ends no open"),
    ("<ul><li>a</ul></li>", "ends no open"),
    ("<br></br>", "ends no open"),
    ("<span><p>x</span>", "ends no open"),
    ("<b><li>x</b>", "ends no open"),
    ("<noscript><p>x</noscript>", "ends no open"),
    ("<svg><desc><p>x</desc></svg>", "ends no open"),
    ("<math><mi><li></mi></math>", "ends no open"),
    ("<div>", "never closed"),
    ("<div><p>", "never closed"),
    ("<div/>", "close itself"),
    ("<script/>", "close itself"),
    ("<my-el/>", "close itself"),
    ("<a><b><a></a></b></a>", "inside a <a>"),
    ("<form><form></form></form>", "inside a <form>"),
    ("<button><button></button></button>", "inside a <button>"),
    ("<p><b><div></div></b></p>", "end the <p>"),
    ("<svg><div></div></svg>", "end the <svg>"),
    ("<g><p>x</p></g>", "end the <svg>"),
    ("<svg><mi><p></p></mi></svg>", "end the <svg>"),
    ("<svg><math><mi><p></p></mi></math></svg>", "end the <svg>"),
    ("<math><desc><p></p></desc></math>", "end the <svg>"),
    ("<select><style></style></select>", "inside a <select>"),
    ("<plaintext>", "not allowed"),
    ("<frameset></frameset>", "not allowed"),
    ("<math><annotation-xml></annotation-xml></math>", "not allowed"),
    # comments and doctypes
    ("<!-- x", "never closed"),
    ("<!-- x ->", "never closed"),
    ("<!-->x-->", "too early"),
    ("<!--->x-->", "too early"),
    ("<!-- --!> -->", "too early"),
    ("<!-- §> -->", "too early"),
    ("<!-- §-> -->", "too early"),
    ("<!-- -§> -->", "too early"),
    ("<!-- §!> -->", "too early"),
    ("<!doctype §>", "doctype"),
    ("<!doctype html", "doctype"),
    # raw text
    ("<script>", "never closed"),
    ("<script></scripty>", "never closed"),
    ("<script></script", "has no >"),
    ("<title>x", "never closed"),
    ("<textarea><b></textarea>", "No tag can begin"),
    ("<script><!-- <script> </script>", "hide the end"),
    ("<script>'<§'</script>", "become a tag"),
    ("<script>'</§'</script>", "become a tag"),
    ("<script>'</scr§'</script>", "become a tag"),
    ("<script>'<!§--'</script>", "become a tag"),
    ("<style></§</style>", "become a tag"),
    ("<script type=x/y><§</script>", "become a tag"),
    ("<script type=§>§</script>", "depends on the type"),
    ("<script type='text/§'>§</script>", "depends on the type"),
    ("<iframe>§</iframe>", "cannot stand in <iframe>"),
    ("<xmp>§</xmp>", "cannot stand in <xmp>"),
    ("<noembed>§</noembed>", "cannot stand in <noembed>"),
    ("<svg><script>§</script></svg>", "inside <svg>"),
    ("<svg><style>§</style></svg>", "inside <svg>"),
    ("<noscript><!-- </noscript> --></noscript>", "end this <noscript> earlier"),
    ("<noscript><p title='</noscript>'></p></noscript>", "end this <noscript> earlier"),
    # character references
    ("&§", "character reference"),
    ("a &am§", "character reference"),
    ("&#x3§", "character reference"),
    ("<title>&§</title>", "character reference"),
    ("<p title='a&§'>", "character reference"),
    ("<a href='/?a=1&§=2'>", "character reference"),
    ("<script>a=&quot;§&quot;</script>", "character reference"),
    # JavaScript
    ("<script>// §</script>", "comment"),
    ("<script>/* § */</script>", "comment"),
    ("<script>/* ' §</script>", "never closed"),
    ("<script>x = /§/</script>", "regular expression"),
    ("<script>x = /[/]§/</script>", "regular expression"),
    ("<script>x = '§</script>", "does not end"),
    ("<script>x = '\n' + §</script>", "does not end"),
    ("<script>x = `§</script>", "never closed"),
    ("<script>x = `${§</script>", "never closed"),
    ("<script>x = '\\§'</script>", "backslash"),
    ("<script>x = §§</script>", "side by side"),
    ("<script>if (x) /'/.test(§); '</script>", "parser could tell"),
    ("<script>{} /'/.test(§); '</script>", "parser could tell"),
    ("<script>x++ /'/ §; '</script>", "parser could tell"),
    ("<script>a\n--> ' §</script>", "comment"),
    ("<script>#!' §</script>", "#!"),
    ('<script type=importmap>{"\\§": 1}</script>', "backslash"),
    ("<b onclick='f(/§/)'></b>", "regular expression"),
    ("<b onclick='f(&quot;§)'></b>", "does not end"),
    ("<b data-on:click='// §'></b>", "comment"),
    ("<b onclick='f(&quot§&quot;)'></b>", "character reference"),
    ("<b onclick='f(&lt=§)'></b>", "no semicolon"),
    ("<iframe srcdoc='<p>§</p>'></iframe>", "escaped twice"),
    ("a\0b", "U\\+0000"),
]


@pytest.mark.parametrize(("source", "message"), BAD)
def test_what_a_browser_could_read_otherwise_is_refused(source: str, message: str) -> None:
    error = refusal(source)
    assert re.search(message, error.message)
    assert error.help_text
    assert "^" in str(error)


SHOWN = [
    ("<p>\n  <a href=/u/§>x</a>\n", "      <a href=/u/{value}>x</a>\n         ^^^^^^^^"),
    ("<p><b></p>", "    <p><b></p>\n          ^^^"),
    ("<p>§ {x} <", "    <p>{value} {x} <\n                   ^"),
    ("<p title=§ §§>", "    <p title={value} {value}{value}>\n                            ^^^^^^^"),
    ("<p", "    <p\n    ^^"),
    ("<b>§</b><script>§", "    <b>{value}</b><script>{value}\n                  ^^^^^^^"),
    ("<p §=x>", "    <p {value}=x>\n       ^^^^^^^"),
]


@pytest.mark.parametrize(("source", "excerpt"), SHOWN)
def test_a_mistake_is_shown_with_a_caret_below(source: str, excerpt: str) -> None:
    assert refusal(source).message.partition("\n")[2] == excerpt


def test_of_a_long_line_only_the_place_is_shown() -> None:
    message = refusal("<b></b>" * 1000 + "<i" + "<b></b>" * 1000).message
    assert len(message) < 300
    line, carets = message.splitlines()[1:]
    assert line[carets.index("^") :].startswith("<i")


SCRIPTS = [
    ("x = §", "c"),
    ("f('§', \"§\", `§`, §)", "sssc"),
    (r"'\'§' + '\\' + §", "sc"),
    ("`a${§}b§${ {a: '§', b: `${§}`} }§`", "cssc" + "s"),
    ("a / 2; b = '§'", "s"),
    ("a[0] / §", "c"),
    ("(a + b) / §; '§'", "cs"),
    ("x = /'[/']/.test(y) + §", "c"),
    ("return /'/ + §", "c"),
    ("x.return / 2 + '§'", "s"),
    ("a // it's\n+ §", "c"),
    ("/* it's */ §", "c"),
    ("'a\\\nb§'", "s"),
    ("x = a => /'/.test(§)", "c"),
    ("@get('/x/§')", "s"),
]


@pytest.mark.parametrize(("script", "expected"), SCRIPTS)
def test_in_a_script_code_and_strings_are_told_apart(script: str, expected: str) -> None:
    for plan in (read(f"<script>{script}</script>"), plan_of_raw_text("script", script.split("§"))):
        names = {"the code of <script>": "c", "a string in <script>": "s"}
        assert "".join(names[slot.place] for slot in plan.slots) == expected


def test_a_template_can_be_the_content_of_a_script() -> None:
    assert plan_of_raw_text("style", ["a{}"]).tail == "a{}"
    for content in ("x</script>", "</SCRIPT", "<!--"):
        with pytest.raises(Mistake):
            plan_of_raw_text("script", [content])


def test_a_template_can_be_the_value_of_an_attribute() -> None:
    plan = plan_of_attribute("p", "title", ['say "', '" & go'])
    assert plan.literals == (' title="say &quot;',)
    assert plan.tail == '&quot; & go"'
    assert plan_of_attribute("p", "title", ["x"]).tail == ' title="x"'
    assert plan_of_attribute("p", "title", ["", ""]).slots[0].place == "the attribute 'title'"
    with pytest.raises(Mistake):
        plan_of_attribute("p", "onclick", ["// ", ""])
