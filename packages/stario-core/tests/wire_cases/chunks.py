"""Chunk framing: sizes, line ends, extensions (RFC 9112, 7.1)."""

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunked(body: bytes) -> bytes:
    return HEAD + body


def sized(size: bytes) -> bytes:
    return HEAD + size + b"\r\nabcdefghij\r\n0\r\n\r\n"


CASES = [
    ("9112 7.1", "a body of no chunks is empty", chunked(b"0\r\n\r\n"), "200 POST / | open"),
    ("9112 7.1", "one chunk is a body", chunked(b"3\r\nabc\r\n0\r\n\r\n"), "200 POST / abc | open"),
    (
        "9112 7.1",
        "chunks are joined",
        chunked(b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"),
        "200 POST / abc | open",
    ),
    (
        "9112 7.1",
        "a chunk may hold line ends",
        chunked(b"4\r\n\r\n\r\n\r\n0\r\n\r\n"),
        "200 POST / \r\n\r\n | open",
    ),
    (
        "9112 7.1",
        "a chunk may look like the last",
        chunked(b"5\r\n0\r\n\r\n\r\n0\r\n\r\n"),
        "200 POST / 0\r\n\r\n | open",
    ),
    (
        "9112 7.1",
        "a request follows the last chunk",
        chunked(b"1\r\na\r\n0\r\n\r\n") + chunked(b"1\r\nb\r\n0\r\n\r\n"),
        "200 POST / a | 200 POST / b | open",
    ),
    (
        "9112 7.1",
        "thousands of one-byte chunks are a body",
        chunked(b"1\r\na\r\n" * 5000 + b"0\r\n\r\n"),
        "200 POST / " + "a" * 5000 + " | open",
    ),
    (
        "9112 7.1",
        "a chunk may be large",
        chunked(b"186a0\r\n" + b"a" * 100_000 + b"\r\n0\r\n\r\n"),
        "200 POST / " + "a" * 100_000 + " | open",
    ),
    (
        "9112 7.1",
        "HTTP/1.1 beyond the last chunk is a request",
        chunked(b"0\r\n\r\nx"),
        "200 POST / | 400 | closed",
    ),
    *(
        ("9112 7.1", f"{size!r} is ten", sized(size), "200 POST / abcdefghij | open")
        for size in [b"a", b"A", b"0a", b"0A", b"00000000000a", b"0" * 40 + b"A"]
    ),
    (
        "9112 7.1",
        "the last chunk may have many zeros",
        chunked(b"1\r\na\r\n00000000\r\n\r\n"),
        "200 POST / a | open",
    ),
    (
        "9110 15.5.14",
        "a chunk over the limit is refused",
        chunked(b"30d41\r\n" + b"a" * 200_001 + b"\r\n0\r\n\r\n"),
        "413 | open",
    ),
    *(
        ("9112 7.1", f"{size!r} is no size", sized(size), "400 | closed")
        for size in [
            b"",
            b" ",
            b" a",
            b"\ta",
            b"a ",
            b"a\t",
            b"a b",
            b"+a",
            b"-a",
            b"-1",
            b"+1",
            b"0xa",
            b"0Xa",
            b"xa",
            b"ah",
            b"g",
            b"z",
            b"1z",
            b"a.0",
            b".a",
            b"a,",
            b"1,0",
            b"1_0",
            b"'a'",
            b'"a"',
            b"#a",
            b"\\xa",
            b"%61",
            b"a\x00",
            b"\x00a",
            b"a\x0b",
            b"\x0ca",
            b"\xb9",
            b"\xd9\xa1",
            b"\xef\xbc\x91",
            b"a\xa0",
            b"10000000000000000",
            b"1000000000000000a",
            b"fffffffffffffffff",
            b"f" * 4000,
            b"a\r",
            b"a\n",
            b"\ra",
            b"\na",
            b"a\r\r\n",
        ]
    ),
    # Line ends
    *(
        ("9112 7.1", f"{body!r} is refused", chunked(body), "400 | closed")
        for body in [
            b"3\nabc\r\n0\r\n\r\n",
            b"3\rabc\r\n0\r\n\r\n",
            b"3xyz\r\n0\r\n\r\n",
            b"3\r\nabc\n0\r\n\r\n",
            b"3\r\nabc\r0\r\n\r\n",
            b"3\r\nabc0\r\n\r\n",
            b"3\r\nabcd\r\n0\r\n\r\n",
            b"3\r\nabcdefgh\r\n0\r\n\r\n",
            b"3\r\nabc\r\r\n0\r\n\r\n",
            b"3\r\nabc\n\r0\r\n\r\n",
            b"3\r\nabc\r\n\r\n0\r\n\r\n",
            b"3\r\nabc\r\n0\n\r\n",
            b"3\r\nabc\r\n0\r\r\n",
            b"3\r\nabc\r\n0\r\n\n",
            b"3\r\nabc\r\n0\n\n",
            b"4\r\nabc\r\n0\r\n\r\n",
            b"\r\n3\r\nabc\r\n0\r\n\r\n",
            b"\n3\r\nabc\r\n0\r\n\r\n",
            b"2\r\nabc\r\n0\r\n\r\n",
            b"0\r\nx\r\n",
            b"xyz",
            b"xyz\r\n",
            b"{}\r\n",
            b"GET / HTTP/1.1\r\n",
            b"\x00",
        ]
    ),
    # Extensions are allowed, and ignored
    *(
        (
            "9112 7.1.1",
            f"{text!r} is an extension",
            chunked(b"3" + text + b"\r\nabc\r\n0\r\n\r\n"),
            "200 POST / abc | open",
        )
        for text in [
            b";a",
            b";a=b",
            b";a=1",
            b';a="b"',
            b';a="b c"',
            b';a="b;c=d"',
            b';a="\\""',
            b';a="\\\\"',
            b";a;b",
            b";a=b;c=d",
            b';a="b";c',
            b";a=b;c",
            b";" + b"a" * 5000,
            b";a=" + b"b" * 5000,
            b';a="' + b"b" * 5000 + b'"',
        ]
    ),
    (
        "9112 7.1.1",
        "the last chunk may have an extension",
        chunked(b"3\r\nabc\r\n0;a=b\r\n\r\n"),
        "200 POST / abc | open",
    ),
    *(
        (
            "9112 7.1.1",
            f"{text!r} is no extension",
            chunked(b"3" + text + b"\r\nabc\r\n0\r\n\r\n"),
            "400 | closed",
        )
        for text in [
            b";a\x00",
            b";\x00",
            b";a=\x00",
            b";a\x0b",
            b";a=\x7f",
            b";a\n",
            b";a\nb",
            b";a\rb",
            b";a=b\n",
            b";a=b\rc",
            b';a="b\n"',
            b';a="b\r"',
            b';a="b\r\n"',
            b';a="b',
            b';a="b"c',
            b";a b",
            b";a=b c",
            b";a=\xff",
            b";\xff",
            b";a@b",
            b";a=(b)",
            b" ;a",
            b"; a",
            b"=a",
            b",a",
            b":a",
        ]
    ),
    (
        "9112 7.1.1",
        "extensions without end are refused",
        chunked(b"3;" + b"a" * 60_000),
        "400 | closed",
    ),
    (
        "9112 7.1.1",
        "quoted extensions without end are refused",
        chunked(b'3;a="' + b"b" * 60_000),
        "400 | closed",
    ),
    (
        "9112 7.1.1",
        "long extensions of short chunks are refused",
        chunked((b"1;" + b"a" * 500 + b"\r\na\r\n") * 200 + b"0\r\n\r\n"),
        "400 | closed",
    ),
    # Unfinished
    *(
        ("9112 8", f"{body!r} waits for more", chunked(body), "waits")
        for body in [
            b"",
            b"3",
            b"3\r",
            b"3\r\n",
            b"3\r\nab",
            b"3\r\nabc",
            b"3\r\nabc\r",
            b"3\r\nabc\r\n",
            b"3\r\nabc\r\n0",
            b"3\r\nabc\r\n0\r\n",
            b"3\r\nabc\r\n0\r\n\r",
            b"3;a",
            b'3;a="b',
            b"ffffffffffffffff\r\nabc",
        ]
    ),
]
