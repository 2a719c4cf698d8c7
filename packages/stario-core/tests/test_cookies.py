"""Cookies: what is written cannot be forged, what is read cannot be broken by one bad pair."""

from datetime import UTC, datetime, timedelta, timezone
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, cast

import pytest
import stario.responses as responses
from hypothesis import given
from hypothesis import strategies as st
from stario.cookies import delete_cookie, parse_cookie_headers, set_cookie
from stario.exceptions import StarioError, StarioRuntime

if TYPE_CHECKING:
    from conftest import WireFactory
    from stario import Context, Writer


class Lines:
    """Stands in for a writer: it keeps its header lines."""

    started = False

    def __init__(self) -> None:
        self.headers = self
        self.lines: list[tuple[str, str]] = []

    def add(self, name: str, value: str) -> None:
        self.lines.append((name, value))

    @property
    def writer(self) -> "Writer":
        return cast("Writer", self)


def set_line(name: str, value: str, **options: Any) -> str:
    kept = Lines()
    assert set_cookie(kept.writer, name, value, **options) is kept
    ((header, line),) = kept.lines
    assert header == "set-cookie"
    return line


def delete_line(name: str, **options: Any) -> str:
    kept = Lines()
    assert delete_cookie(kept.writer, name, **options) is kept
    return kept.lines[0][1]


EPOCH = "Thu, 01 Jan 1970 00:00:00 GMT"


@pytest.mark.parametrize(
    ("name", "value", "options", "line"),
    [
        ("sid", "x", {"httponly": True}, "sid=x; HttpOnly; Path=/; SameSite=lax"),
        ("n", "v", {"samesite": "none"}, "n=v; Path=/; SameSite=none; Secure"),
        ("n", "v", {"samesite": "Strict"}, "n=v; Path=/; SameSite=strict"),
        ("p", "v", {"path": "", "samesite": None}, "p=v"),
        ("sid", "a b", {"path": "", "samesite": None}, 'sid="a b"'),
        ("m", "v", {"max_age": 0}, "m=v; Max-Age=0; Path=/; SameSite=lax"),
        ("m", "v", {"max_age": -1, "path": "/a"}, "m=v; Max-Age=-1; Path=/a; SameSite=lax"),
        ("__Secure-a", "1", {"secure": True}, "__Secure-a=1; Path=/; SameSite=lax; Secure"),
        (
            "__Host-Http-a",
            "1",
            {"secure": True, "httponly": True},
            "__Host-Http-a=1; HttpOnly; Path=/; SameSite=lax; Secure",
        ),
        ("__Secure-a", "1", {"samesite": "none"}, "__Secure-a=1; Path=/; SameSite=none; Secure"),
        ("__Host-a", "1", {"secure": True}, "__Host-a=1; Path=/; SameSite=lax; Secure"),
        (
            "all",
            "v",
            {
                "secure": True,
                "samesite": "strict",
                "path": "/p",
                "max_age": 5,
                "httponly": True,
                "expires": 0,
                "domain": "x.com",
            },
            f"all=v; Domain=x.com; expires={EPOCH}; HttpOnly; Max-Age=5; Path=/p;"
            " SameSite=strict; Secure",
        ),
    ],
)
def test_set_cookie_writes_one_line(
    name: str, value: str, options: dict[str, Any], line: str
) -> None:
    assert set_line(name, value, **options) == line


def test_delete_cookie_writes_an_empty_value_that_is_over() -> None:
    assert delete_line("sid") == 'sid=""; Max-Age=0; Path=/; SameSite=lax'
    line = 'sid=""; Domain=x.com; HttpOnly; Max-Age=0; Path=/a; SameSite=none; Secure'
    options = {"path": "/a", "domain": "x.com", "httponly": True, "samesite": "none"}
    assert delete_line("sid", **options) == line


@pytest.mark.parametrize(
    "expires",
    [
        0,
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))),
        datetime(1970, 1, 1),
        EPOCH,
    ],
)
def test_a_time_is_written_as_an_http_date(expires: datetime | int | str) -> None:
    assert f"; expires={EPOCH};" in set_line("a", "b", expires=expires)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain!#$%&'*+-.^_`|~:09", "plain!#$%&'*+-.^_`|~:09"),
        ("", '""'),
        ('a"b', r'"a\"b"'),
        ("a\\b", r'"a\\b"'),
        ("a;b,c", r'"a\073b\054c"'),
        ("()/<=>?@[]{}", '"()/<=>?@[]{}"'),
        ("é", r'"\351"'),
        ("\x80", r'"\200"'),
    ],
)
def test_a_value_of_other_characters_is_quoted(value: str, text: str) -> None:
    assert set_line("a", value, path="", samesite=None) == f"a={text}"


@pytest.mark.parametrize("name", ["", " ", "a b", "a=b", "a;b", "a,b", "é", "a\n", '"a"', "a\0"])
def test_a_bad_name_is_refused(name: str) -> None:
    for call in (lambda: set_line(name, "v"), lambda: delete_line(name)):
        with pytest.raises(StarioError):
            call()


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b=1", "a\n", "a\0", "\t", "\x7f", "€"])
def test_a_value_that_cannot_be_sent_is_refused(value: str) -> None:
    with pytest.raises(StarioError):
        set_line("a", value)


@pytest.mark.parametrize("value", [5, None, b"v", True])
def test_what_is_no_text_is_no_name_no_value_and_no_samesite(value: Any) -> None:
    with pytest.raises(StarioError, match="The value of a cookie is text, not"):
        set_line("a", value)
    with pytest.raises(StarioError, match="cannot be the name"):
        set_line(value, "v")
    if value is not None:
        with pytest.raises(StarioError, match="not a value of SameSite"):
            set_line("a", "v", samesite=value)


@pytest.mark.parametrize(
    "options",
    [
        {"path": "/; Domain=evil.com"},
        {"path": "/\r\nx: y"},
        {"path": "/é"},
        {"domain": "x.com; Secure"},
        {"domain": "x.com\n"},
        {"expires": "now; Domain=evil.com"},
        {"expires": "now\r\n"},
        {"expires": 10**20},
        {"expires": 1.5j},
        {"max_age": "1; Domain=evil.com"},
        {"max_age": []},
        {"max_age": float("inf")},
        {"max_age": float("nan")},
        {"max_age": 10**5000},
        {"expires": 10**5000},
        {"expires": -(10**5000)},
        {"expires": float("nan")},
        {"expires": "x" * 1025},
        {"path": "/" + "x" * 1024},
        {"path": 5},
        {"path": ["/"]},
        {"path": "app"},
        {"path": " /"},
        {"path": "https://x.com/"},
        {"domain": 5},
        {"domain": b"x.com"},
        {"domain": "x.com:8000"},
        {"domain": "x.com/"},
        {"domain": "https://x.com"},
        {"domain": "user@x.com"},
        {"domain": "x.com."},
        {"domain": "..x.com"},
        {"domain": "x..com"},
        {"domain": "."},
        {"domain": "-x.com"},
        {"domain": "x com"},
        {"domain": "*.x.com"},
        {"domain": "[::1]"},
        {"domain": "münchen.de"},
        {"domain": "x" * 64 + ".com"},
        {"domain": "x." * 127 + "com"},
        {"samesite": ""},
        {"samesite": "lax; Domain=evil.com"},
        {"samesite": "Nοne"},  # a Greek omicron
    ],
)
def test_an_attribute_that_cannot_be_sent_is_refused(options: dict[str, Any]) -> None:
    kept = Lines()
    with pytest.raises(StarioError):
        set_cookie(kept.writer, "a", "b", **options)
    assert kept.lines == []


async def test_a_cookie_after_the_head_comes_too_late(site: "WireFactory") -> None:
    """It would be in no answer, and nobody would be told."""

    async def late(_c: "Context", w: "Writer") -> None:
        responses.text(w, "hello")
        for call in (lambda: set_cookie(w, "sid", "x"), lambda: delete_cookie(w, "sid")):
            with pytest.raises(StarioRuntime, match="'sid' comes too late"):
                call()

    site.app.get("/", late)
    answer = await site.connect().answer_to(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.endswith(b"\r\n\r\nhello")


@pytest.mark.parametrize(
    "domain", ["x.com", ".x.com", "localhost", "a_b.x-y.com", "xn--mnchen-3ya.de", "127.0.0.1"]
)
def test_a_domain_is_a_host_name_and_goes_out_as_it_was_given(domain: str) -> None:
    """With a dot in front as of old, which browsers ignore."""
    assert set_line("a", "b", domain=domain) == f"a=b; Domain={domain}; Path=/; SameSite=lax"
    assert f"; Domain={domain};" in delete_line("a", domain=domain)


@pytest.mark.parametrize("options", [{"domain": "x.com:1"}, {"path": "a"}, {"samesite": "no"}])
def test_a_deletion_that_browsers_would_ignore_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(StarioError):
        delete_line("a", **options)


def test_a_cookie_that_browsers_would_forget_is_refused() -> None:
    """At 4,096 bytes of name and value, as they are sent: quotes and escapes count."""
    assert len(set_line("a", "x" * 4095, path="", samesite=None)) == len("=") + 4096
    for value in ("x" * 4096, "x " * 2047, "é" * 1024, '"' * 2047, "x" * 10_000_000):
        kept = Lines()
        with pytest.raises(StarioError, match="browsers forget") as caught:
            set_cookie(kept.writer, "a", value)
        assert kept.lines == []
        assert len(str(caught.value)) < 1000
    with pytest.raises(StarioError):
        set_line("a" * 4097, "")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("__Secure-a", {}),
        ("__secure-a", {}),
        ("__Host-a", {}),
        ("__Host-a", {"secure": True, "path": "/a"}),
        ("__Host-a", {"secure": True, "path": ""}),
        ("__HOST-a", {"secure": True, "domain": "x.com"}),
        ("__Http-a", {"secure": True}),
        ("__http-a", {"httponly": True}),
        ("__Host-Http-a", {"secure": True}),
        ("__Host-HTTP-a", {"secure": True, "httponly": True, "path": "/a"}),
    ],
)
def test_a_prefix_must_keep_its_promise(name: str, options: dict[str, Any]) -> None:
    for call in (lambda: set_line(name, "v", **options), lambda: delete_line(name, **options)):
        with pytest.raises(StarioError, match="promises"):
            call()


@pytest.mark.parametrize(
    ("line", "cookies"),
    [
        ("a=1; bad; c=3", {"a": "1", "c": "3"}),
        ('x="a;b"; y=2', {"x": "a;b", "y": "2"}),
        ('j={"a":1}; c=x y', {"j": '{"a":1}', "c": "x y"}),
        ("a=b=c; a=", {"a": ""}),
        ("", {}),
        (";;; ;", {}),
        ("=v; a=1", {"a": "1"}),
        (" =v; a=1", {"a": "1"}),
        ("a b=1; c=2", {"c": "2"}),
        ("é=1; c=2", {"c": "2"}),
        ('"a"=1; c=2', {"c": "2"}),
        ("$Version=1; $a=2; b=3", {"b": "3"}),
        ("a=x\0y; b=2", {"b": "2"}),
        ("a=x\ty; b=2", {"b": "2"}),
        ('a="\\012"; b=2', {"b": "2"}),
        (" a = 1 ;b=2;\tc\t=\t3 ", {"a": "1", "b": "2", "c": "3"}),
        ("a=1,b=2", {"a": "1,b=2"}),
        ("__Host-a=1; a=2", {"__Host-a": "1", "a": "2"}),
        ('a="b; c=3', {"a": '"b', "c": "3"}),
        ('a="x; sid=1; b=2"y; c=3', {"a": '"x', "sid": "1", "b": '2"y', "c": "3"}),
        ('a=x"; sid=1; b="', {"a": 'x"', "sid": "1", "b": '"'}),
        ('a="b"c; d=1', {"a": '"b"c', "d": "1"}),
        ('a= "b" ; c=1', {"a": "b", "c": "1"}),
        ('a="\\"\\\\\\073\\x"', {"a": '"\\;x'}),
        ('a="\\', {"a": '"\\'}),
        ('a=""; b=""', {"a": "", "b": ""}),
        ('nope; x="1;2"; =; y="3', {"x": "1;2", "y": '"3'}),
    ],
)
def test_a_line_is_read_pair_by_pair(line: str, cookies: dict[str, str]) -> None:
    assert parse_cookie_headers([line]) == cookies


@pytest.mark.parametrize("line", ["a=1; b=2", b"a=1"])
def test_a_line_that_is_not_in_a_list_is_refused(line: Any) -> None:
    """It would be read letter by letter, and have no cookie."""
    with pytest.raises(StarioError, match="from a list of lines"):
        parse_cookie_headers(line)


def test_later_lines_win() -> None:
    assert parse_cookie_headers(["a=1", "a=2; b=3"]) == {"a": "2", "b": "3"}
    assert parse_cookie_headers([]) == {}


NAMES = st.from_regex("[A-Za-z0-9!#%&'*+.^_`|~-]{1,9}", fullmatch=True).filter(
    lambda name: not name.startswith("__")
)
VALUES = st.text(
    st.characters(max_codepoint=255).filter(lambda c: c >= " " and c != "\x7f"), max_size=20
)


@given(st.dictionaries(NAMES, VALUES))
def test_what_is_set_is_read_back(cookies: dict[str, str]) -> None:
    pairs = [set_line(name, value, path="", samesite=None) for name, value in cookies.items()]
    assert parse_cookie_headers(["; ".join(pairs)]) == cookies


@given(VALUES)
def test_values_are_quoted_as_the_standard_library_quotes_them(value: str) -> None:
    quoted = SimpleCookie({"a": value})["a"].OutputString()
    assert set_line("a", value, path="", samesite=None) == quoted


@given(st.lists(st.text()))
def test_any_text_is_read_without_a_complaint(lines: list[str]) -> None:
    for name, value in parse_cookie_headers(lines).items():
        assert name
        assert not any(c < " " or c == "\x7f" for c in name + value)


@given(st.text(st.sampled_from('ab=;"\\ 01')), st.text(st.sampled_from('ab;"\\ 01')))
def test_nothing_that_is_unquoted_before_a_pair_can_hide_it(before: str, value: str) -> None:
    line = before.replace('"', "") + "; sid=1; x=" + value
    assert parse_cookie_headers([line])["sid"] == "1"
