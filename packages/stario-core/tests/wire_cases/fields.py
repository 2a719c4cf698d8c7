"""Header fields: names, colons, values, line ends (RFC 9112, 5, and RFC 9110, 5).

The app under test shows the lines of the field X, joined with `|`.
"""


def with_line(text: bytes) -> bytes:
    return b"GET / HTTP/1.1\r\nHost: a\r\n" + text + b"\r\n\r\n"


def with_name(name: bytes) -> bytes:
    return with_line(name + b": a")


def with_value(value: bytes) -> bytes:
    return with_line(b"X:" + value)


CASES = [
    # Names
    *(
        ("9110 5.6.2", f"{name!r} is a name", with_name(name), "200 GET / | open")
        for name in [
            b"a",
            b"A-B",
            b"a_b",
            b"a.b",
            b"1",
            b"!#$%&'*+-.^_`|~",
            b"a" * 5000,
            b"Content_Length",
            b"Transfer_Encoding",
        ]
    ),
    *(
        ("9110 5.6.2", f"{name!r} is no name", with_name(name), "400 | closed")
        for name in [
            b"",
            b" ",
            b"a b",
            b"a\tb",
            b"a\x00b",
            b"a\x01",
            b"a\x0b",
            b"a\x1b",
            b"a\x7f",
            b"a\x80",
            b"caf\xc3\xa9",
            b"\xe2\x84\xaaeep-alive",
            b"a\xa0",
            b"(a)",
            b"<a>",
            b"a@b",
            b"a,b",
            b"a;b",
            b"a\\b",
            b'"a"',
            b"a/b",
            b"[a]",
            b"a?b",
            b"a=b",
            b"{a}",
            b"X\r",
            b"X\n",
            b"X\r\n",
        ]
    ),
    # The colon
    *(
        ("9112 5.1", f"{text!r} is refused", with_line(text), "400 | closed")
        for text in [
            b"X : a",
            b"X\t: a",
            b"X  : a",
            b"X\x0b: a",
            b"X\xa0: a",
            b" X: a",
            b"\tX: a",
            b": a",
            b":",
            b"::",
            b"X",
            b"X a",
            b"Xa",
            b"X;a",
            b"X = a",
            b"Content-Length : 5",
            b"Transfer-Encoding : chunked",
            b"Transfer-Encoding\t: chunked",
            b"Transfer-Encoding\x0b: chunked",
        ]
    ),
    # Values
    *(
        ("9110 5.5", f"{value!r} is a value", with_value(value), f"200 GET / x={seen} | open")
        for value, seen in [
            (b" a", "a"),
            (b"a", "a"),
            (b"   a", "a"),
            (b"\ta", "a"),
            (b" \t a", "a"),
            (b" a ", "a"),
            (b" a\t", "a"),
            (b" a \t ", "a"),
            (b" a b", "a b"),
            (b" a\tb", "a\tb"),
            (b" a  b", "a  b"),
            (b" a: b", "a: b"),
            (b" :", ":"),
            (b" a,b", "a,b"),
            (b' "a', '"a'),
            (b" a\\", "a\\"),
            (b" \xe9", "é"),
            (b" \xc3\xa9", "Ã©"),
            (b" \x80\xff", "\x80ÿ"),
            (b" \xa0a\xa0", "\xa0a\xa0"),
            (b" \x85a\x85", "\x85a\x85"),
            (b" %00", "%00"),
            (b" \\r\\n", "\\r\\n"),
            (b" " + b"a" * 60_000, "a" * 60_000),
        ]
    ),
    *(
        ("9110 5.5", f"{value!r} is empty", with_value(value), "200 GET / x= | open")
        for value in [b"", b" ", b"\t", b"  \t  "]
    ),
    *(
        ("9110 5.5", f"{value!r} is no value", with_value(b" " + value), "400 | closed")
        for value in [
            *(bytes([control]) for control in range(32) if control not in (9, 10, 13)),
            b"\x7f",
            b"a\x00b",
            b"a\x00",
            b"a\x0bb",
            b"a\x0cb",
            b"a\x1b[31m",
            b"a\x7fb",
        ]
    ),
    # Line ends
    *(
        ("9112 2.2", f"{text!r} is refused", with_line(text), "400 | closed")
        for text in [
            b"X: a\rb",
            b"X: a\r",
            b"X: \ra",
            b"X:\ra",
            b"X\r: a",
            b"X: a\r\r",
            b"X: a\nY: b",
            b"X: a\rY: b",
            b"X: a\n\rY: b",
            b"X: a\r\r\nY: b",
            b"X: a\n\r\nY: b",
            b"X\n: a",
            b"X:\n a",
            b"X: a\n",
            b"X: a\rContent-Length: 5",
            b"X: a\nContent-Length: 5",
            b"X: a\rTransfer-Encoding: chunked",
            b"X: a\nTransfer-Encoding: chunked",
            b"\nTransfer-Encoding: chunked",
            b"X: a\x00\r\nTransfer-Encoding: chunked",
        ]
    ),
    *(
        (
            "9112 2.2",
            f"a head that ends in {end!r}",
            b"GET / HTTP/1.1\r\nHost: a" + end,
            "400 | closed",
        )
        for end in [
            b"\n\n",
            b"\n\r\n",
            b"\r\n\n",
            b"\r\r\n",
            b"\r\n\r\r\n",
            b"\r\n\rX",
            b"\r\n \r\n\r\n",
        ]
    ),
    # Folding
    *(
        ("9112 5.2", f"{text!r} is folded, so refused", with_line(text), "400 | closed")
        for text in [
            b"X: a\r\n b",
            b"X: a\r\n\tb",
            b"X: a\r\n  b\r\n  c",
            b"X:\r\n a",
            b"X: a\r\n ",
            b"X: a\r\n \r\nY: b",
            b"X: a\n b",
            b"X: a\r b",
            b"Content-Length:\r\n 5",
            b"Content-Length: 1\r\n 0",
            b"Transfer-Encoding:\r\n chunked",
            b"Transfer-Encoding: chunked\r\n ",
            b"Transfer-Encoding: identity,\r\n chunked",
            b"Connection:\r\n close",
        ]
    ),
    (
        "9112 5.2",
        "a folded Host is refused",
        b"GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n",
        "400 | closed",
    ),
    # Lines
    ("9110 5.3", "two lines are two", with_line(b"X: a\r\nX: b"), "200 GET / x=a|b | open"),
    ("9110 5.3", "two equal lines are two", with_line(b"X: a\r\nX: a"), "200 GET / x=a|a | open"),
    (
        "9110 5.3",
        "order is kept",
        with_line(b"X: c\r\nY: d\r\nX: a\r\nx: b"),
        "200 GET / x=c|a|b | open",
    ),
    ("9110 5.1", "names have no case", with_line(b"x: a"), "200 GET / x=a | open"),
    (
        "9110 5.3",
        "an empty line among others stays",
        with_line(b"X: a\r\nX:\r\nX: b"),
        "200 GET / x=a||b | open",
    ),
    # What looks like a field of framing to a careless reader
    *(
        (
            "9110 5.1",
            f"{name!r} is not what it looks like",
            with_line(name + b": 5"),
            "200 GET / | open",
        )
        for name in [
            b"X-Content-Length",
            b"Content-Length-X",
            b"Content-Lengt",
            b"Content-Lengthh",
            b"ContentLength",
            b"Transfer-Encodin",
            b"Transfer-Encodings",
            b"X-Transfer-Encoding",
            b"Connectio",
            b"Connections",
            b"Proxy-Connection",
        ]
    ),
    *(
        (
            "9110 5.6.2",
            f"{name!r} folds to nothing known",
            with_line(name + b": chunked"),
            "400 | closed",
        )
        for name in [
            "Transfer-Encod\u0131ng".encode(),
            "\uff34ransfer-Encoding".encode(),
            "Transfer\u2010Encoding".encode(),
            "Content-Length\u200b".encode(),
            "Ho\u017ft".encode(),
            b"\xd4ransfer-encoding",
        ]
    ),
]
