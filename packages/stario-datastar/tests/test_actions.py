"""Every action, byte for byte."""

import inspect
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import pytest
from stario import UrlPath
from stario.datastar import DatastarActions, Signal, at
from stario.datastar.fetch import FetchOptions
from stario.exceptions import StarioError

ROWS = [
    (at.get("/x"), "@get('/x')"),
    (at.get("/x?y=1", {"q": ["a", "b"]}), "@get('/x?y=1&q=a&q=b')"),
    (at.get("/x?", {"a": 1}), "@get('/x?a=1')"),
    (at.get("/x", {}), "@get('/x')"),
    (
        at.post("/x", content_type="form", selector="#f"),
        "@post('/x', {contentType: 'form', selector: '#f'})",
    ),
    (
        at.get("/x", include=["a.b", "c"]),
        r"@get('/x', {filterSignals: {'include':'^(?:a\\.b|c)(?:\\.|$)'}})",
    ),
    (
        at.post(
            "/x",
            exclude="^_",
            headers={"X": "1"},
            open_when_hidden=True,
            payload={"t": "el.value", "n": 1, "z": None},
            retry="always",
            retry_interval_ms=5,
            retry_scaler=1.5,
            retry_max_wait_ms=9,
            retry_max_count=3,
            request_cancellation="disabled",
        ),
        "@post('/x', {filterSignals: {'exclude':'^_'}, headers: {'X':'1'}, openWhenHidden: true, "
        "payload: {'t':el.value,'n':1,'z':null}, retry: 'always', retryInterval: 5, "
        "retryScaler: 1.5, retryMaxWait: 9, retryMaxCount: 3, requestCancellation: 'disabled'})",
    ),
    (at.peek("() => $x"), "@peek(() => $x)"),
    (at.set_all("true", include="a"), "@setAll(true, {'include':'a'})"),
    (at.set_all("true"), "@setAll(true)"),
    (at.toggle_all(), "@toggleAll()"),
    (at.clipboard("a'b"), r"@clipboard('a\'b')"),
    (at.clipboard("x", True), "@clipboard('x', true)"),
    (
        at.intl("number", "$x", {"style": "currency"}, ["en", "pl"]),
        "@intl('number', $x, {'style':'currency'}, ['en', 'pl'])",
    ),
    (at.intl("number", "$x", None, "en"), "@intl('number', $x, undefined, 'en')"),
    (at.fit("$x", 0, 1, 0, 100, True), "@fit($x, 0, 1, 0, 100, true, false)"),
    # Beyond the contract's examples
    (at.put("/x"), "@put('/x')"),
    (at.patch("/x"), "@patch('/x')"),
    (at.delete("/x"), "@delete('/x')"),
    (at.query("/x"), "@query('/x')"),
    (at.get("/x#top", {"a": "b c", "n": None}), "@get('/x?a=b+c#top')"),
    (at.get("/x", {"n": None}), "@get('/x')"),
    (at.get("/x?a=1&", {"b": "&"}), "@get('/x?a=1&b=%26')"),
    (at.get("/it's"), r"@get('/it\'s')"),
    (at.get("/x", include=None, retry=None), "@get('/x')"),
    (at.get("/x", open_when_hidden=False), "@get('/x', {openWhenHidden: false})"),
    (at.get("/x", retry_max_count=0), "@get('/x', {retryMaxCount: 0})"),
    (at.get("/x", headers={"X": "it's"}), r"@get('/x', {headers: {'X':'it\'s'}})"),
    (at.get("/x", {"q": ("a", None, "b")}), "@get('/x?q=a&q=b')"),
    (at.get("/@all(x)"), r"@get('/\u0040all(x)')"),
    (at.toggle_all("^a", "b$"), "@toggleAll({'include':'^a','exclude':'b$'})"),
    (at.intl("number", "$x"), "@intl('number', $x)"),
    (at.intl("number", "$x", {"digits": 2}), "@intl('number', $x, {'digits':2})"),
]


@pytest.mark.parametrize(("action", "text"), ROWS, ids=[text for _, text in ROWS])
def test_an_action_is_written_byte_for_byte(action: str, text: str) -> None:
    assert action == text


class Reference:
    """Any object that is written as a signal stands for that signal."""

    def __str__(self) -> str:
        return "$second.name"


@pytest.mark.parametrize(
    ("url", "queries", "target"),
    [
        ("/s", {"q": "$query"}, "'/s?q=' + encodeURIComponent($query)"),
        ("/s", {"q": "$a.b"}, "'/s?q=' + encodeURIComponent($a.b)"),
        ("/s", {"q": "$_my-name"}, "'/s?q=' + encodeURIComponent($_my-name)"),
        ("/s", {"q": Reference()}, "'/s?q=' + encodeURIComponent($second.name)"),
        ("/s?p=1", {"q": "$q", "r": 2}, "'/s?p=1&q=' + encodeURIComponent($q) + '&r=2'"),
        ("/s#top", {"q": "$q"}, "'/s?q=' + encodeURIComponent($q) + '#top'"),
        (
            "/it's",
            {"q": ["x y", "$a", "$b"], "n": None},
            r"'/it\'s?q=x+y&q=' + encodeURIComponent($a) + '&q=' + encodeURIComponent($b)",
        ),
    ],
)
def test_a_query_value_that_is_one_signal_is_read_by_the_client(
    url: str, queries: dict[str, Any], target: str
) -> None:
    assert at.get(url, queries) == f"@get({target})"
    assert at.post(url, queries, retry="never") == f"@post({target}, {{retry: 'never'}})"


NO_SIGNALS = ["$", "$5", "$1.50", "$a b", "a$b", "$a+$b", "$a__b", "$a\n", "$a()", "$a.", "$a[0]"]


@pytest.mark.parametrize("text", [*NO_SIGNALS, "$é", "'$a'"])
def test_everything_else_in_a_query_is_text(text: str) -> None:
    assert at.get("/s", {"q": text}) == f"@get('/s?q={quote_plus(text)}')"


def test_text_that_looks_like_a_signal_goes_into_the_url() -> None:
    link = UrlPath("/s").href(query={"q": "$query"})
    assert at.get(link) == "@get('/s?q=%24query')"


BAD_CALLS: list[Callable[[Any], object]] = [
    lambda at: at.post("/x", selector="#f"),
    lambda at: at.post("/x", selector="#f", content_type="json"),
    lambda at: at.post(None),
    lambda at: at.post(b"/x", {"a": 1}),
    lambda at: at.post("/x", {"a": "\ud800"}),
    lambda at: at.get("/x", ["a"]),
    lambda at: at.get("/x", "q=1"),
    lambda at: at.get("/x", {"a": {"b": 1}}),
    lambda at: at.post("/x", payload={"a": float("nan")}),
    lambda at: at.post("/x", headers={"X": 1}),
    lambda at: at.post("/x", headers=[("X", "1")]),
    lambda at: at.post("/x", retry_scaler=float("inf")),
    lambda at: at.post("/x", retry_interval_ms=True),
    lambda at: at.post("/x", retry_interval_ms="5"),
    lambda at: at.get("/x", include=[""]),
    lambda at: at.get("/x", include=Signal("a")),
    lambda at: at.set_all(True),
    lambda at: at.set_all(None),
    lambda at: at.peek(lambda: 1),
    lambda at: at.intl("number", 5),
    lambda at: at.fit(5, 0, 1, 0, 1),
    lambda at: at.fit("$x", 0, float("nan"), 0, 1),
]


@pytest.mark.parametrize("call", BAD_CALLS)
def test_an_action_that_cannot_work_is_refused(call: Callable[[Any], object]) -> None:
    with pytest.raises(StarioError):
        call(at)


@pytest.mark.parametrize("queries", [None, {"a": 1}])
def test_a_path_is_no_url_before_it_is_made_one(queries: Any) -> None:
    path: Any = UrlPath("/x")
    with pytest.raises(StarioError, match=r"must be a str, not UrlPath.\n.*\n.*href\(\)"):
        at.get(path, queries)


def test_an_option_that_does_not_exist_is_a_type_error() -> None:
    anything: Any = at
    with pytest.raises(TypeError, match="contentType"):
        anything.get("/x", contentType="form")


def test_options_are_keyword_only() -> None:
    anything: Any = at
    with pytest.raises(TypeError):
        anything.get("/x", None, "form")


def test_all_requests_take_the_same_options() -> None:
    methods = ("get", "post", "put", "patch", "delete", "query")
    signatures = {str(inspect.signature(getattr(DatastarActions, name))) for name in methods}
    assert len(signatures) == 1
    assert list(FetchOptions.__annotations__) == [
        "content_type",
        "include",
        "exclude",
        "selector",
        "headers",
        "open_when_hidden",
        "payload",
        "retry",
        "retry_interval_ms",
        "retry_scaler",
        "retry_max_wait_ms",
        "retry_max_count",
        "request_cancellation",
    ]
