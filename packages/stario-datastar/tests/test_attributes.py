"""Every attribute, byte for byte."""

from collections.abc import Callable
from typing import Any

import pytest
from stario.datastar import DatastarAttributes, data
from stario.exceptions import StarioError
from stario.markup import Attrs, render
from stario.markup import html as h

ROWS: list[tuple[Attrs, str]] = [
    (data.text("$t"), 'data-text="$t"'),
    (data.effect("$t"), 'data-effect="$t"'),
    (data.show("$t"), 'data-show="$t"'),
    (data.animate("$t"), 'data-animate="$t"'),
    (data.custom_validity("$t"), 'data-custom-validity="$t"'),
    (data.replace_url("$t"), 'data-replace-url="$t"'),
    (data.view_transition("$t"), 'data-view-transition="$t"'),
    (data.attr("title", "$x"), 'data-attr:title="$x"'),
    (data.attrs({"open": "$o"}), "data-attr=\"{'open':$o}\""),
    (data.bind("email"), 'data-bind="email"'),
    (data.bind("myVal"), 'data-bind="myVal"'),
    (
        data.bind("is_on", prop="checked", event="change"),
        "data-bind:is-on__case.snake__prop.checked__event.change",
    ),
    (data.class_("hidden", "!$e"), 'data-class:hidden="!$e"'),
    (data.classes({"a-b": "$p"}), "data-class=\"{'a-b':$p}\""),
    (data.computed("full_name", "$a"), 'data-computed:full-name__case.snake="$a"'),
    (
        data.computeds({"a": "1", "b_c": "2"}),
        'data-computed:a__case.snake="1" data-computed:b-c__case.snake="2"',
    ),
    (data.ignore(), "data-ignore"),
    (data.ignore(self_only=True), "data-ignore__self"),
    (data.ignore_morph(), "data-ignore-morph"),
    (data.indicator("saving"), 'data-indicator="saving"'),
    (data.init("x"), 'data-init="x"'),
    (
        data.init("x", delay=0.5, view_transition=True),
        'data-init__delay.500ms__viewtransition="x"',
    ),
    (data.json_signals(), "data-json-signals"),
    (
        data.json_signals(include="^a", terse=True),
        "data-json-signals__terse=\"{'include':'^a'}\"",
    ),
    (
        data.on("click", '$a && "b" < 3'),
        'data-on:click="$a &amp;&amp; &quot;b&quot; &lt; 3"',
    ),
    (data.on("myEvent", "x", case="camel"), 'data-on:my-event__case.camel="x"'),
    (
        data.on(
            "keydown",
            "x",
            debounce=("300ms", "leading"),
            throttle=1,
            prevent=True,
            stop=True,
            once=True,
            target="window",
        ),
        'data-on:keydown__once__window__prevent__stop__debounce.300ms.leading__throttle.1s="x"',
    ),
    (
        data.on_intersect("x", threshold=0.5, once=True),
        'data-on-intersect__threshold.50__once="x"',
    ),
    (data.on_intersect("x", threshold="half"), 'data-on-intersect__half="x"'),
    (data.on_intersect("x", threshold="75"), 'data-on-intersect__threshold.75="x"'),
    (data.on_interval("x"), 'data-on-interval="x"'),
    (data.on_interval("x", duration="1s"), 'data-on-interval="x"'),
    (
        data.on_interval("x", duration="2s", leading=True),
        'data-on-interval__duration.2s.leading="x"',
    ),
    (
        data.on_signal_patch("x", debounce="1s", include="a"),
        "data-on-signal-patch__debounce.1s=\"x\" data-on-signal-patch-filter=\"{'include':'a'}\"",
    ),
    (data.nonce("aB3-_+/=="), 'data-nonce="aB3-_+/=="'),
    (data.preserve_attr(["a", "b"]), 'data-preserve-attr="a b"'),
    (data.ref("el_x"), 'data-ref="el_x"'),
    (
        data.signal("my_count", "0", if_missing=True),
        'data-signals:my-count__case.snake__ifmissing="0"',
    ),
    (data.signal("myCount", "0"), 'data-signals:my-count="0"'),
    (
        data.signals({"a_b": 1, "c": {"d": "it's"}}, if_missing=True),
        """data-signals__ifmissing='{"a_b":1,"c":{"d":"it&#39;s"}}'""",
    ),
    (data.signals({"u": '<b>&"'}), """data-signals='{"u":"&lt;b&gt;&amp;\\""}'"""),
    (data.signals({"ui.open": True}), """data-signals='{"ui":{"open":true}}'"""),
    (data.style("width", "$w"), 'data-style:width="$w"'),
    (data.styles({"a": "$b"}), "data-style=\"{'a':$b}\""),
    (
        data.match_media("is_dark", "'x'"),
        "data-match-media:is-dark__case.snake=\"'x'\"",
    ),
    (data.on_raf("d()", throttle="100ms"), 'data-on-raf__throttle.100ms="d()"'),
    (
        data.on_resize("l()", debounce="50ms", throttle="100ms"),
        'data-on-resize__debounce.50ms__throttle.100ms="l()"',
    ),
    (data.persist(), "data-persist"),
    (data.persist(session=True), "data-persist__session"),
    (
        data.persist(include="d", storage_key="k", session=True),
        "data-persist:k__session=\"{'include':'d'}\"",
    ),
    (
        data.query_string(filter_empty=True, history=True),
        "data-query-string__filter__history",
    ),
    (
        data.scroll_into_view(behavior="smooth", horizontal="end", vertical="center", focus=True),
        "data-scroll-into-view__smooth__hend__vcenter__focus",
    ),
    # Beyond the contract's examples
    (data.on_interval("x", leading=True), 'data-on-interval__duration.1s.leading="x"'),
    (data.on_intersect("x", threshold=1), 'data-on-intersect__threshold.100="x"'),
    (
        data.on_intersect(
            "x", exit=True, delay=1, debounce=2, throttle=3, threshold="full", view_transition=True
        ),
        'data-on-intersect__full__exit__delay.1s__debounce.2s__throttle.3s__viewtransition="x"',
    ),
    (
        data.on("scroll", "x", passive=True, capture=True, delay=1, view_transition=True),
        'data-on:scroll__passive__capture__delay.1s__viewtransition="x"',
    ),
    (data.on("myEvent", "x"), 'data-on:my-event="x"'),
    (data.on("a_b", "x"), 'data-on:a-b="x"'),
    (data.on("a_", "x", once=True), 'data-on:a-__once="x"'),
    (data.on("my:event", "x"), 'data-on:my:event="x"'),
    (data.on("my_event", "x", case="snake"), 'data-on:my-event__case.snake="x"'),
    (
        data.on("DOMContentLoaded", "x", case="pascal"),
        'data-on:d-o-m-content-loaded__case.pascal="x"',
    ),
    (data.bind("a", prop="valueAsNumber"), "data-bind:a__case.snake__prop.value-as-number"),
    (data.bind("_a", event="input.blur"), "data-bind:_a__event.input.blur"),
    (data.preserve_attr("open"), 'data-preserve-attr="open"'),
    (data.signals({}), "data-signals='{}'"),
    (data.signals({"a": "a@b.c"}), """data-signals='{"a":"a@b.c"}'"""),
    # The client would take this for an action, though it is inside a string.
    (data.signals({"a": "@get(1)"}), """data-signals='{"a":"\\u0040get(1)"}'"""),
    (data.signals({"a": "ż"}), """data-signals='{"a":"ż"}'"""),
]


@pytest.mark.parametrize(("attribute", "text"), ROWS, ids=[text for _, text in ROWS])
def test_an_attribute_is_written_byte_for_byte(attribute: Attrs, text: str) -> None:
    assert attribute.rendered == f" {text}"


def test_attributes_go_into_a_tag_like_any() -> None:
    button = h.Button({"type": "button"}, data.on("click", "$n++"), data.show("$n < 3"), "More")
    expected = '<button type="button" data-on:click="$n++" data-show="$n &lt; 3">More</button>'
    assert render(button) == expected


@pytest.mark.parametrize("prefix", ["data-star-", "data-star"])
def test_a_prefix_gets_its_hyphen(prefix: str) -> None:
    own = DatastarAttributes(prefix)
    assert own.text("$t").rendered == ' data-star-text="$t"'
    assert own.signals({"a": 1}).rendered == """ data-star-signals='{"a":1}'"""


def test_an_empty_prefix_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        DatastarAttributes("")
    with pytest.raises(StarioError):
        DatastarAttributes('x"')


KEYED: list[Callable[[Any], object]] = [
    lambda key: data.attr(key, "x"),
    lambda key: data.class_(key, "x"),
    lambda key: data.style(key, "x"),
    lambda key: data.on(key, "x"),
    lambda key: data.bind("a", prop=key),
    lambda key: data.bind("a", event=key),
    lambda key: data.persist(storage_key=key),
]


BAD_KEYS = ['a"', "a'", "a<b", "a>b", "a/b", "a=b", "a&b", "a`b", "a__b", "a__once", 'x"onclick="']


@pytest.mark.parametrize("write", KEYED)
@pytest.mark.parametrize(
    "key", [*BAD_KEYS, "", " ", "a b", "a\tb", "a\nb", "a\x00", "a\x7f", "a\xa0b", 1]
)
def test_a_key_that_could_leave_the_attribute_name_is_refused(
    write: Callable[[Any], object], key: Any
) -> None:
    with pytest.raises(StarioError, match="cannot be part of an attribute name"):
        write(key)


@pytest.mark.parametrize("expression", [None, 1, True, b"x", ["x"]])
def test_an_expression_is_text(expression: Any) -> None:
    with pytest.raises(StarioError, match="must be a str"):
        data.on("click", expression)


BAD_CALLS: list[Callable[[Any], object]] = [
    lambda d: d.on("click", "x", passive=True, prevent=True),
    lambda d: d.on("click", "x", target="body"),
    lambda d: d.on("click", "x", case="title"),
    lambda d: d.on("click", "x", delay=-1),
    lambda d: d.on_intersect("x", threshold=1.1),
    lambda d: d.on_intersect("x", threshold=-0.1),
    lambda d: d.on_intersect("x", threshold=float("nan")),
    lambda d: d.on_intersect("x", threshold=True),
    lambda d: d.on_intersect("x", threshold="101"),
    lambda d: d.on_intersect("x", threshold="half__once"),
    lambda d: d.on_interval("x", duration="1 s"),
    lambda d: d.scroll_into_view(behavior="fast"),
    lambda d: d.scroll_into_view(horizontal="left"),
    lambda d: d.scroll_into_view(vertical="top"),
    lambda d: d.attrs([("a", "b")]),
    lambda d: d.computeds([("a", "b")]),
    lambda d: d.signals({"a b": 1}),
    lambda d: d.signals({"a": float("nan")}),
    lambda d: d.signals({"a": float("inf")}),
    lambda d: d.signals({"a": 1, "a.b": 2}),
]


@pytest.mark.parametrize("call", BAD_CALLS)
def test_a_call_that_cannot_work_is_refused(call: Callable[[Any], object]) -> None:
    with pytest.raises(StarioError):
        call(data)


@pytest.mark.parametrize("payload", [None, [], "{}", 1])
def test_signals_are_a_mapping(payload: Any) -> None:
    with pytest.raises(TypeError, match="mapping"):
        data.signals(payload)


@pytest.mark.parametrize("bad", ["", "a b", "a'", 'a"', "=a", "ä", None, 5])
def test_what_cannot_be_a_nonce_is_refused(bad: Any) -> None:
    with pytest.raises(StarioError, match="nonce"):
        data.nonce(bad)
