"""Facts of the wire as tables: status lines, request targets, paths, hosts."""

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stario.http.wire import (
    decode_path,
    host_name,
    phrase,
    raw_path,
    split_target,
    status_forbids_body,
    status_line,
)


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (100, b"HTTP/1.1 100 Continue\r\n"),
        (200, b"HTTP/1.1 200 OK\r\n"),
        (308, b"HTTP/1.1 308 Permanent Redirect\r\n"),
        (413, b"HTTP/1.1 413 Content Too Large\r\n"),
        (422, b"HTTP/1.1 422 Unprocessable Content\r\n"),
        (431, b"HTTP/1.1 431 Request Header Fields Too Large\r\n"),
        (299, b"HTTP/1.1 299 \r\n"),
        (999, b"HTTP/1.1 999 \r\n"),
    ],
)
def test_a_status_line_has_the_standard_phrase(status: int, line: bytes) -> None:
    """Empty for an unknown status; the space before it stays (RFC 9112, 4)."""
    assert status_line(status) == line
    assert phrase(status).encode() == line[13:-2]


def test_only_these_statuses_forbid_a_body() -> None:
    """RFC 9110, 6.4.1."""
    forbidding = {status for status in range(100, 600) if status_forbids_body(status)}
    assert forbidding == {*range(100, 200), 204, 304}


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/", "/", b""),
        (b"/a/b", "/a/b", b""),
        (b"/a?x=1", "/a", b"x=1"),
        (b"/a?", "/a", b""),
        (b"/?a?b", "/", b"a?b"),
        (b"/a?b/%2F%zz", "/a", b"b/%2F%zz"),
        (b"//x", "//x", b""),
        (b"//evil.example/a", "//evil.example/a", b""),
        (b"/a//b/", "/a//b/", b""),
        (b"/./../a", "/./../a", b""),
        (b"/%2e%2E/a", "/../a", b""),
        (b"/a%2Fb", "/a%2Fb", b""),
        (b"/a%2fb", "/a%2Fb", b""),
        (b"/a%252Fb", "/a%2Fb", b""),
        (b"/a%25b", "/a%b", b""),
        (b"/caf%C3%A9", "/café", b""),
        (b"/%F0%9F%98%80", "/😀", b""),
        (b"/a+b", "/a+b", b""),
        (b"/a%0D%0Ab", "/a\r\nb", b""),
        (b"/a%3Fb?c", "/a?b", b"c"),
        (b"/a%23b", "/a#b", b""),
        (b"*", "*", b""),
        (b"http://a.example", "/", b""),
        (b"http://a.example/", "/", b""),
        (b"http://a.example/b?c=d", "/b", b"c=d"),
        (b"HTTPS://A.EXAMPLE:80/B%2Fc", "/B%2Fc", b""),
        (b"http://a.example?x", "/", b"x"),
        (b"http://a.example/?", "/", b""),
        (b"http://a.example?", "/", b""),
        (b"http://[::1]:80/x", "/x", b""),
        (b"http://user:pa%20ss@a.example:80/x", "/x", b""),
    ],
)
def test_a_target_has_a_path_and_a_query(target: bytes, path: str, query: bytes) -> None:
    """Origin-form, absolute-form and `*` (RFC 9112, 3.2)."""
    assert split_target(target) == (path, query)


@pytest.mark.parametrize(
    "target",
    [
        b"/a#b",
        b"/a?b#c",
        b"/#",
        b"http://a.example/#b",
        b"http://a.example#b",
        b"/%",
        b"/%4",
        b"/%zz",
        b"/a%",
        b"/%u0041",
        b"/% 41",
        b"/%+4",
        b"/%00",
        b"/a%00b",
        b"/%ff",
        b"/%c0%af",
        b"/%C3/%A9",
        b"/%C3",
        b"/%ed%a0%80",
        b"/\xc3\xa9",
        b"/a?\xc3\xa9",
        b"a",
        b"a/b",
        b"**",
        b"?a",
        b"ftp://a.example/",
        b"file:///etc/passwd",
        b"javascript:alert(1)",
        b"http://",
        b"http:///a",
        b"http://:80/",
        b"http://a@b@a.example/",
        b"http://user@/",
        b"http://a.example:65536/",
        b"http://[::1/",
        b"http:/a",
        b"a.example:80",
        b"http://a.example:80:90/",
        b"http://a b/",
    ],
)
def test_a_target_that_no_server_may_accept_is_refused(target: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - what is refused matters, the words do not
        split_target(target)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_segments_come_out_as_they_were_encoded(segments: list[str]) -> None:
    """An encoded slash cannot make two segments of one."""
    target = "/" + "/".join(quote(segment, safe="") for segment in segments)
    path, query = split_target(target.encode())
    assert path == "/" + "/".join(segment.replace("/", "%2F") for segment in segments)
    assert query == b""


@given(st.binary(min_size=1))
@example(b"http://a?")
@example(b"http://a/%2f?#")
@example(b"http://a/\xff")
def test_any_target_is_split_or_refused(target: bytes) -> None:
    """Nothing but ValueError comes out, and a path has as many slashes as were sent."""
    try:
        path, query = split_target(target)
    except ValueError:
        return
    assert path.count("/") == raw_path(target).count("/")
    assert "\0" not in path or b"\0" in target
    assert target.endswith(query)


@given(
    st.from_regex(rb"(?s)https?://[a-z]{0,3}(:[0-9]{0,2})?[/?#%a-z0-9@\xff]{0,9}", fullmatch=True)
)
def test_any_absolute_target_is_split_or_refused(target: bytes) -> None:
    """Its path is used, and starts with a slash."""
    try:
        path, _ = split_target(target)
    except ValueError:
        return
    assert path.startswith("/")
    assert raw_path(target).startswith("/")


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/a%2fb?x", "/a%2fb"),
        (b"/%2e/", "/%2e/"),
        (b"http://a.example/%41?x", "/%41"),
        (b"http://a.example", "/"),
        (b"*", "*"),
    ],
)
def test_a_raw_path_is_what_was_sent(target: bytes, path: str) -> None:
    assert raw_path(target) == path


@given(st.text(st.characters(max_codepoint=127)))
def test_a_path_without_escapes_is_itself(path: str) -> None:
    if "%" not in path and "\0" not in path:
        assert decode_path(path) == path


@pytest.mark.parametrize(
    ("field", "host"),
    [
        (b"a.example", "a.example"),
        (b"A.Example:8000", "a.example"),
        (b"a.example:", "a.example"),
        (b"a.example:65535", "a.example"),
        (b"a.example.", "a.example."),
        (b"127.0.0.1:80", "127.0.0.1"),
        (b"[::1]", "[::1]"),
        (b"[::FFFF:127.0.0.1]:80", "[::ffff:127.0.0.1]"),
        (b"[v1.fe80::a]:1", "[v1.fe80::a]"),
        (b"a_b", "a_b"),
        (b"xn--bcher-kva.example", "xn--bcher-kva.example"),
        (b"a%20b", "a%20b"),
        (b"", ""),
        (b":80", ""),
    ],
)
def test_a_host_is_in_lower_case_without_its_port(field: bytes, host: str) -> None:
    assert host_name(field) == host


@pytest.mark.parametrize(
    "field",
    [
        b"a b",
        b" a",
        b"a\t",
        b"a/b",
        b"a?b",
        b"a#b",
        b"a@b",
        b"user@a.example:80",
        b"a\\b",
        b"a,b:x",
        b"a:80:90",
        b"a:65536",
        b"a:99999999999999999999",
        b"a:8o",
        b"a:-1",
        b"a:+80",
        b"a: 80",
        b"::1",
        b"[::1",
        b"::1]",
        b"[::1]x",
        b"[::1]:x",
        b"[]",
        b"[:]",
        b"[1.2.3.4]",
        b"[12345::]",
        b"[1::2::3]",
        b"a" * 513,
        b"[a.example]",
        b"[:::]",
        b"[1:2:3:4:5:6:7:8:9]",
        b"[::1.2.3.256]",
        b"[::1%25eth0]",
        b"a%2",
        b"a%zz",
        b"caf\xc3\xa9",
        b"a\0",
        b'a"',
        b"<a>",
        b"a\n",
    ],
)
def test_a_malformed_host_is_refused(field: bytes) -> None:
    """RFC 9110, 7.2: `uri-host [":" port]`. Whatever is rebuilt from a Host is plain text then."""
    with pytest.raises(ValueError, match="malformed Host"):
        host_name(field)


@given(st.binary())
def test_any_host_is_plain_or_refused(field: bytes) -> None:
    try:
        host = host_name(field)
    except ValueError:
        return
    assert host == host.lower()
    assert not set(host) & set(" \t\r\n\0/?#@\\<>\"'&") - set("'&")
