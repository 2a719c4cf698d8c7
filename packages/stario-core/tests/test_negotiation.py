"""Accept-encoding: who wins, what is forgiven, and what it may cost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stario.http.compression import merge_vary, negotiate_content_encoding
from stario.http.compression.negotiate import Negotiator
from stario.http.headers import Headers

ALL = (b"br", b"zstd", b"gzip")


@pytest.mark.parametrize(
    ("accept_encoding", "chosen"),
    [
        (None, None),
        ("", None),
        ("gzip, deflate, br, zstd", b"br"),
        ("gzip, zstd", b"zstd"),
        ("gzip", b"gzip"),
        ("x-gzip", b"gzip"),
        ("GZIP;Q=0.5", b"gzip"),
        ("br;q=0.5, gzip;q=0.9", b"gzip"),
        ("br;q=0.5, gzip;q=0.5", b"br"),
        ("*", b"br"),
        ("*;q=0.1, br;q=0", b"zstd"),
        ("*;q=0", None),
        ("gzip, *;q=0", b"gzip"),
        ("br;q=0, zstd;q=0, gzip;q=0.0", None),
        ("identity", None),
        ("identity, gzip", None),
        ("identity;q=0.5, gzip", b"gzip"),
        ("identity;q=0.5, gzip;q=0.5", None),
        ("identity;q=0, gzip;q=0.1", b"gzip"),
        ("identity;q=0", None),
        ("gzip;q=1.000", b"gzip"),
        ("gzip ; q=0.5 , br; q=0.4", b"gzip"),
        ("gzip;level=9;q=0.5, br;q=0.4", b"gzip"),
        (",, gzip ,,", b"gzip"),
        ("gzip;q=2, zstd;q=0.1", b"zstd"),
        ("gzip;q=-1", None),
        ("gzip;q=", None),
        ("gzip;q=abc", None),
        ("gzip;q=1e0", None),
        ("gzip;q=nan", None),
        ("gzip;q=٠.٥", None),
        ("deflate, compress", None),
        ("brotli", None),
        (";q=1", None),
        (";,=;q=,", None),
    ],
)
def test_the_best_coding_wins(accept_encoding: str | None, chosen: bytes | None) -> None:
    assert negotiate_content_encoding(accept_encoding, ALL) == chosen
    assert Negotiator(ALL)(accept_encoding) == chosen


def test_the_order_of_what_is_available_does_not_decide() -> None:
    assert negotiate_content_encoding(b"gzip, br, zstd", [b"gzip", b"zstd", b"br"]) == b"br"
    assert negotiate_content_encoding(b"gzip, br, zstd", iter([b"gzip", b"zstd"])) == b"zstd"
    assert negotiate_content_encoding("gzip", ()) is None


@given(st.one_of(st.text(), st.text("gzipbrstd*;q=0.1, \t-")))
def test_any_text_gets_an_answer_and_always_the_same(text: str) -> None:
    negotiate = Negotiator(ALL)
    chosen = negotiate_content_encoding(text, ALL)
    assert chosen in (*ALL, None)
    assert negotiate(text) == negotiate(text) == chosen


@given(st.binary())
def test_any_bytes_get_an_answer(data: bytes) -> None:
    assert Negotiator(ALL)(data) == negotiate_content_encoding(data, ALL)


def test_a_negotiator_remembers_a_bounded_number_of_short_values() -> None:
    negotiate = Negotiator(ALL)
    for number in range(1000):
        negotiate(f"gzip;v={number}")
        negotiate("x" * 257 + str(number))
    assert len(negotiate._answers) <= 128
    assert all(len(key) <= 256 for key in negotiate._answers)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], ["accept-encoding"]),
        (["cookie"], ["cookie, accept-encoding"]),
        (["cookie", "origin"], ["cookie, origin, accept-encoding"]),
        (["*"], ["*"]),
        (["cookie, *"], ["cookie, *"]),
        (["Accept-Encoding"], ["Accept-Encoding"]),
        (["cookie,accept-encoding"], ["cookie,accept-encoding"]),
        ([" , cookie,"], ["cookie, accept-encoding"]),
    ],
)
def test_vary_grows_by_a_token_that_is_new(before: list[str], after: list[str]) -> None:
    headers = Headers()
    for line in before:
        headers.add("vary", line)
    merge_vary(headers, b"accept-encoding")
    assert headers.getlist("vary") == after
