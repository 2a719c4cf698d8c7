"""Trailers: read, limited, and dropped (RFC 9112, 7.1.2, and RFC 9110, 6.5)."""

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
GET = b"GET /b HTTP/1.1\r\nHost: b\r\n\r\n"


def trailed(*lines: bytes) -> bytes:
    return HEAD + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


CASES = [
    *(
        (
            "9112 7.1.2",
            f"{lines!r} are dropped",
            trailed(*lines) + GET,
            "200 POST / abc | 200 GET /b | open",
        )
        for lines in [
            (b"Y: a",),
            (b"Y:",),
            (b"Y: a", b"Z: b"),
            (b"Y: a", b"Y: a"),
            (b"Expires: 0",),
            (b"Y: " + b"a" * 5000,),
            (b"y: z",) * 100,
        ]
    ),
    # Fields that must not be trailers do not count (RFC 9110, 6.5.1)
    *(
        (
            "9110 6.5.1",
            f"{line!r} does not count",
            trailed(line) + GET,
            "200 POST / abc | 200 GET /b | open",
        )
        for line in [
            b"X: a",
            b"Host: evil.example",
            b"Expect: 100-continue",
            b"Authorization: Basic YTpi",
            b"Cookie: a=b",
            b"Content-Type: text/html",
            b"Content-Encoding: gzip",
            b"Trailer: X",
            b"Upgrade: h2c",
            b"TE: trailers",
        ]
    ),
    *(
        ("9110 6.5.1", f"{line!r} frames nothing", trailed(line) + GET, want)
        for line, want in [
            (b"Content-Length: 0", "400 | closed"),
            (b"Content-Length: 5", "400 | closed"),
            (b"Content-Length: x", "400 | closed"),
            (b"Content-Length: 99999999999999999999", "400 | closed"),
            (b"Transfer-Encoding: chunked", "400 | closed"),
            (b"Transfer-Encoding: identity", "400 | closed"),
            (b"Connection: close", "200 POST / abc | 200 GET /b | open"),
            (b"Connection: upgrade\r\nUpgrade: h2c", "200 POST / abc | 200 GET /b | open"),
        ]
    ),
    *(
        ("9112 7.1.2", f"{line!r} is no trailer", trailed(line), "400 | closed")
        for line in [
            b"a",
            b" ",
            b": a",
            b"a b: c",
            b"Y : a",
            b" Y: a",
            b"Y: a\r\n b",
            b"Y: a\x00",
            b"Y: a\rb",
            b"Y: a\nb",
            b"Y: \x0b",
            b"Y\xe9: a",
            b"Y: a\n",
            b"\nY: a",
            b"3\r\nabc",
            b"GET /b HTTP/1.1\r\nHost: b",
        ]
    ),
    ("9112 7.1.2", "101 trailers are too many", trailed(*[b"y: z"] * 101), "431 | closed"),
    (
        "9112 7.1.2",
        "thousands of trailers are too many",
        trailed(*[b"y: z"] * 2000),
        "431 | closed",
    ),
    (
        "9112 7.1.2",
        "trailers without end are refused",
        HEAD + b"y: " + b"z" * 60_000,
        "400 | closed",
    ),
    ("9112 7.1.2", "a trailer name without end is refused", HEAD + b"y" * 60_000, "400 | closed"),
    ("9112 7.1.2", "a trailer waits for its line end", HEAD + b"Y: a", "waits"),
    ("9112 7.1.2", "trailers wait for the empty line", HEAD + b"Y: a\r\n", "waits"),
    (
        "9112 7.1.2",
        "unread trailers are dropped too",
        trailed(b"Y: a").replace(b"POST /", b"POST /unread", 1) + GET,
        "200 unread | 200 GET /b | open",
    ),
]
