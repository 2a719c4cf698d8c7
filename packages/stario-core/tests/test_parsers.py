"""Our own parsers beside the plainest ones that could be written after their specifications.

A model here is slow, takes only what its grammar names, and shares nothing with what it is compared
to. Where the input is outside the grammar, the claim is about what must never happen.
"""

import re
from collections.abc import Callable
from fractions import Fraction
from ipaddress import IPv6Address
from time import process_time
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, quote, unquote

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from stario.cookies import parse_cookie_headers, set_cookie
from stario.http.compression import negotiate_content_encoding
from stario.http.headers import Headers
from stario.http.query import ParsedQuery
from stario.http.wire import decode_path, host_name, raw_path, split_target
from stario.staticassets.ranges import UNSATISFIABLE, ByteRange, Unsatisfiable, parse_range

if TYPE_CHECKING:
    from stario.http.writer import Writer

ASCII = st.characters(max_codepoint=127)


# The query string: what forms send, as the standard library reads it


def as_utf_8(octets: str) -> str:
    return octets.encode("latin-1").decode("utf-8", "replace")


@given(st.one_of(st.binary(), st.text("ab=&+%20cC3A9;#?/\0").map(str.encode)))
@example(b"a=%C3&b=%A9&%c3%a9=+&=&==&a")
@example(b"a=%F\xff&\xc3\xa9")
def test_a_query_is_read_as_the_standard_library_reads_it(raw: bytes) -> None:
    """With `&` alone between pairs, blank values kept, and bad bytes replaced."""
    octets = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    pairs = [(as_utf_8(key), as_utf_8(value)) for key, value in octets]
    lists: dict[str, list[str]] = {}
    for key, value in pairs:
        lists.setdefault(key, []).append(value)
    query = ParsedQuery(raw)
    assert query.as_lists() == lists
    assert list(query.as_lists()) == list(lists)  # in the order of their first appearance
    assert query.items() == [(key, value) for key, values in lists.items() for value in values]


@given(st.binary(), st.binary())
def test_a_pair_is_read_the_same_whatever_stands_beside_it(left: bytes, right: bytes) -> None:
    """An ampersand always separates, also behind a broken escape or half of a character."""
    both = ParsedQuery(left + b"&" + right)
    for key in {*ParsedQuery(left).as_lists(), *ParsedQuery(right).as_lists()}:
        assert both.getlist(key) == [
            *ParsedQuery(left).getlist(key),
            *ParsedQuery(right).getlist(key),
        ]


# Cookies: RFC 6265, 4.1.1 and 4.2.1

TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]"
COOKIE_NAMES = st.from_regex(f"{TOKEN}{{1,6}}", fullmatch=True).filter(lambda name: name[0] != "$")
OCTETS = r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{0,6}"
COOKIE_VALUES = st.from_regex(OCTETS, fullmatch=True)


@given(st.dictionaries(COOKIE_NAMES, st.tuples(COOKIE_VALUES, st.booleans())))
def test_every_cookie_that_the_rfc_allows_is_found(cookies: dict[str, tuple[str, bool]]) -> None:
    pairs = [f'{name}="{v}"' if quotes else f"{name}={v}" for name, (v, quotes) in cookies.items()]
    found = parse_cookie_headers(["; ".join(pairs)])
    assert found == {name: value for name, (value, _) in cookies.items()}


JUNK = st.text(st.one_of(st.sampled_from('="\\;, \t$a\0\n'), st.characters(max_codepoint=255)))


@given(COOKIE_NAMES, COOKIE_VALUES, JUNK, JUNK)
def test_a_good_cookie_is_found_behind_any_line_and_before_any_junk(
    name: str, value: str, before: str, after: str
) -> None:
    """A line ends what it left open, and a pair that is behind a good one cannot take it back.

    Unless that has its name: later ones win.
    """
    assume(name not in parse_cookie_headers([f"{after}"]))
    assert parse_cookie_headers([before, f"{name}={value}; {after}"])[name] == value


def cookie_line(name: str, value: str) -> str:
    class Fresh:
        started = False
        headers = Headers()

    set_cookie(cast("Writer", Fresh), name, value, secure=True)
    return Fresh.headers.get("set-cookie", "")


@given(
    COOKIE_NAMES,
    st.text(st.characters(max_codepoint=255).filter(lambda c: c >= " " and c != "\x7f")),
    JUNK,
)
def test_what_was_set_is_read_back_among_junk(name: str, value: str, junk: str) -> None:
    pair = cookie_line(name, value).partition("; Path=")[0]
    assume(name not in parse_cookie_headers([junk]))
    assert parse_cookie_headers([junk, f"{pair}; {junk}"])[name] == value


def grows_linearly(parse: Callable[[str], object], piece: str) -> None:
    """Four times the text may take up to ten times as long; a square would take sixteen times."""
    text = piece * (60_000 // len(piece) + 1)

    def seconds(line: str) -> float:
        best = 60.0
        for _ in range(2):
            start = process_time()
            parse(line)
            best = min(best, process_time() - start)
        return best

    assert seconds(text * 4) < 10 * seconds(text) + 0.1


PIECES = st.text('="\\;, \t%&*q.0a[]:-', min_size=1, max_size=6)


@settings(max_examples=20)
@given(PIECES)
@example('a="\\"; ')
@example('a="')
@example('a="b; ')
@example('a="x"    ')
@example('"\\')
def test_cookies_take_linear_time(piece: str) -> None:
    grows_linearly(lambda line: parse_cookie_headers([line]), piece)


@settings(max_examples=8)
@given(PIECES)
@example("gzip;q=0.5,")
@example("a;q=0")
@example("q=0;")
def test_the_other_fields_take_linear_time(piece: str) -> None:
    grows_linearly(lambda line: ParsedQuery(line.encode()), piece)
    grows_linearly(lambda line: parse_range(f"bytes={line}", 1000), piece)
    grows_linearly(lambda line: negotiate_content_encoding(line, (b"br", b"gzip")), piece)


# Ranges: RFC 9110, 14.1.1, 14.1.2 and 14.2; one range, and 416 for what is not


def range_by_the_rfc(value: str, size: int) -> "range | Unsatisfiable | None":
    """Return the positions of the bytes that are asked for."""
    unit, equals, text = value.partition("=")
    if not equals or unit.strip(" \t").lower() != "bytes":
        return None
    specs = [spec.strip(" \t") for spec in text.split(",") if spec.strip(" \t")]
    found = re.fullmatch("([0-9]*)-([0-9]*)", specs[0]) if len(specs) == 1 else None
    if found is None:
        return UNSATISFIABLE
    every = range(size)
    first, last = found.groups()
    if not first:
        wanted = every[max(size - int(last or "0"), 0) :]
    elif last and int(last) < int(first):
        wanted = every[:0]
    else:
        wanted = every[int(first) : int(last) + 1 if last else None]
    return wanted if len(wanted) else UNSATISFIABLE


NUMBERS = st.one_of(st.just(""), st.integers(0, 30).map(str), st.integers(0, 10**25).map(str))
SPECS = st.one_of(
    st.tuples(NUMBERS, NUMBERS).map("-".join), st.text("0123456789- \t+a٣", max_size=5)
)
LISTS = st.lists(SPECS, max_size=3).flatmap(
    lambda specs: st.sampled_from([",", ", ", " ,\t", ",,"]).map(lambda comma: comma.join(specs))
)
UNITS = st.sampled_from(
    ["bytes", "Bytes", "BYTES", " bytes", "bytes ", "byte", "items", "", "bytes;"]
)


@given(st.builds("{}={}".format, UNITS, LISTS), st.integers(0, 25))
@example("bytes=0-0,", 1)
@example("bytes=-0", 5)
@example("bytes=00-0009", 5)
def test_a_range_is_what_the_rfc_says(value: str, size: int) -> None:
    wanted = range_by_the_rfc(value, size)
    part = parse_range(value, size)
    if isinstance(wanted, range):
        assert part == ByteRange(wanted[0], wanted[-1])
    else:
        assert part is wanted


# Accept-Encoding: RFC 9110, 12.4.2 and 12.5.3

OFFERED = ("br", "zstd", "gzip")  # in the order that decides a tie
QVALUES = st.one_of(
    st.none(),
    st.from_regex(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?", fullmatch=True),
)
CODINGS = st.sampled_from([*OFFERED, "identity", "*", "deflate", "GZIP", "Br", "Identity"])


def coding_by_the_rfc(wanted: dict[str, Fraction]) -> str | None:
    """Return the coding with the highest weight; none where no coding is liked as much.

    The weight of what is not named is that of `*`, and 0 without one. A plain body is always
    acceptable to us, but wins only where `identity` is named.
    """
    weights = {coding: wanted.get(coding, wanted.get("*", Fraction(0))) for coding in OFFERED}
    best = max(weights.values())
    if best == 0 or wanted.get("identity", Fraction(0)) >= best:
        return None
    return next(coding for coding in OFFERED if weights[coding] == best)


@given(
    st.dictionaries(CODINGS, QVALUES),
    st.sampled_from([",", ", ", " , ", ",\t,"]),
    st.sampled_from([";q=", "; q=", " ;\tQ="]),
)
@example({"gzip": "0", "*": None}, ",", ";q=")
@example({"identity": "0.001", "*": "0."}, ",", ";q=")
def test_the_coding_with_the_highest_weight_is_chosen(
    entries: dict[str, str | None], comma: str, weight: str
) -> None:
    text = comma.join(name if q is None else f"{name}{weight}{q}" for name, q in entries.items())
    wanted = {name.lower(): Fraction(1 if q is None else q) for name, q in entries.items()}
    chosen = negotiate_content_encoding(text, [name.encode() for name in OFFERED])
    assert (None if chosen is None else chosen.decode()) == coding_by_the_rfc(wanted)


@given(st.text("gzipbrstd*;=q0.19 \t,-"), st.sampled_from([",", ", ,"]))
def test_an_entry_that_is_none_changes_nothing_of_the_others(junk: str, comma: str) -> None:
    """Nor does it choose what its sender refused, or never named."""
    assume(
        not {"gzip", "x-gzip", "identity", "*", "zstd", "br"} & set(re.findall(r"[a-z*-]+", junk))
    )
    offered = [name.encode() for name in OFFERED]
    assert negotiate_content_encoding(junk, offered) is None
    text = f"gzip;q=0.5{comma}{junk}{comma}zstd;q=0.4"
    assert negotiate_content_encoding(text, offered) == b"gzip"


@pytest.mark.parametrize(
    "q", ["2", "1.1", "1.001", "-0", "+1", ".5", "0,5", "1e0", "٠", "", "0.5x"]
)
def test_a_weight_that_is_none_takes_its_entry_with_it(q: str) -> None:
    assert negotiate_content_encoding(f"gzip;q={q}", [b"gzip"]) is None
    assert negotiate_content_encoding(f"br;q={q}, gzip;q=0.1", [b"gzip", b"br"]) == b"gzip"


# Host: RFC 9110, 7.2, with the grammar of RFC 3986, 3.2.2

REG_NAMES = st.from_regex(r"([A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2}){0,12}", fullmatch=True)
LITERALS = st.one_of(
    st.ip_addresses(v=6).map(lambda one: f"[{one}]"),
    st.ip_addresses(v=6).map(lambda one: f"[{one.exploded.upper()}]"),
    st.ip_addresses(v=4).map(lambda one: f"[::ffff:{one}]"),
)
PORTS = st.one_of(st.just(""), st.just(":"), st.integers(0, 65535).map(":{}".format))


@given(st.one_of(REG_NAMES, st.ip_addresses(v=4).map(str), LITERALS), PORTS)
def test_a_host_that_the_grammar_allows_is_taken(host: str, port: str) -> None:
    assert host_name(f"{host}{port}".encode()) == host.lower()


@given(st.one_of(st.binary(), st.text("a1.:[]%@/ -").map(str.encode)))
@example(b"[:]")
@example(b"[1.2.3.4]")
@example(b"[::1.2.3]")
@example(b"[12345::]")
def test_a_host_that_the_grammar_does_not_allow_is_refused(field: bytes) -> None:
    try:
        host = host_name(field)
    except ValueError:
        return
    text = field.decode("ascii").lower()
    assert re.fullmatch(re.escape(host) + "(:[0-9]*)?", text)
    if host.startswith("[") and host[1] != "v":
        IPv6Address(host[1:-1])
    elif not host.startswith("["):
        assert re.fullmatch(r"([a-z0-9._~!$&'()*+,;=-]|%[0-9a-f]{2})*", host)


# Request targets: RFC 9112, 3.2

ESCAPES = ("%2F", "%2f", "%25", "%252F", "%", "%C3%A9", "%c3", "%2e", "%00", "%5C")
PATHS = st.one_of(
    st.text(ASCII),
    st.text("/%25fF0aA.\\;:~"),
    st.lists(st.sampled_from([*ESCAPES, "/", "a", "..", "\\"])).map("".join),
)


@given(PATHS.map("/{}".format))
def test_a_path_keeps_its_segments_and_decodes_each_once(path: str) -> None:
    """As a split, and then the library's decoding of each segment, would have it."""
    try:
        decoded = decode_path(path)
    except ValueError:
        return
    segments = [unquote(one, errors="strict").replace("/", "%2F") for one in path.split("/")]
    assert decoded == "/".join(segments)


@given(PATHS)
def test_only_what_has_no_meaning_is_refused(path: str) -> None:
    """A broken escape, bytes that are no UTF-8, and NUL."""
    broken = re.search("%(?![0-9A-Fa-f]{2})", path) is not None
    try:
        whole = "\0" not in unquote(path, errors="strict")
    except UnicodeDecodeError:
        whole = False
    if broken or not whole:
        with pytest.raises(ValueError):  # noqa: PT011 - the words do not matter
            decode_path(path)
    else:
        decode_path(path)


@given(PATHS.map("/{}".format))
def test_decoding_twice_is_decoding_once_where_no_percent_was_encoded(path: str) -> None:
    assume("%25" not in path)
    try:
        decoded = decode_path(path)
    except ValueError:
        return
    if decoded.isascii():
        assert decode_path(decoded) == decoded


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_an_encoded_text_is_one_segment_that_comes_back(text: str) -> None:
    target = f"/{quote(text, safe='')}?{quote(text)}"
    path, query = split_target(target.encode())
    assert path == "/" + text.replace("/", "%2F")
    assert raw_path(target.encode()) == target.partition("?")[0]
    assert query.decode() == quote(text)


# What is written: a value is one line, or nothing


@given(st.lists(st.tuples(st.text(), st.text())))
def test_fields_are_lines_of_their_own_or_refused(fields: list[tuple[str, str]]) -> None:
    headers, taken = Headers(), 0
    for name, value in fields:
        for call in (headers.add, headers.set, headers.setdefault):
            before = headers.items()
            try:
                cast("Any", call)(name, value)
            except ValueError:
                assert headers.items() == before
    block = b"".join(b"%b: %b\r\n" % (name.encode(), value) for name, value in headers.wire_items())
    taken = len(headers.wire_items())
    assert block.count(b"\r") == block.count(b"\n") == taken
    assert b"\0" not in block
    assert len(re.findall(rb"(?m)^[!#$%&'*+.^_`|~0-9a-z-]+: ", block)) == taken
