"""Expect: 100-continue (RFC 9110, 10.1.1)."""


def post(*lines: bytes, version: bytes = b"1.1", path: bytes = b"/", body: bytes = b"") -> bytes:
    return b"\r\n".join([b"POST " + path + b" HTTP/" + version, b"Host: a", *lines, b"", body])


LENGTH = b"Content-Length: 3"

CASES = [
    *(
        (
            "9110 10.1.1",
            f"{value!r} is answered by 100",
            post(b"Expect:" + value, LENGTH),
            "100 | waits",
        )
        for value in [
            b" 100-continue",
            b"100-continue",
            b" 100-Continue",
            b" 100-CONTINUE",
            b" 100-continue ",
            b"\t100-continue\t",
        ]
    ),
    ("9110 10.1.1", "EXPECT is Expect", post(b"EXPECT: 100-continue", LENGTH), "100 | waits"),
    (
        "9110 10.1.1",
        "chunks may be expected",
        post(b"Expect: 100-continue", b"Transfer-Encoding: chunked"),
        "100 | waits",
    ),
    *(
        ("9110 10.1.1", f"{value!r} is ignored", post(b"Expect:" + value, LENGTH), "waits")
        for value in [
            b"",
            b" 200-ok",
            b" 100",
            b" continue",
            b" 100-continues",
            b" x100-continue",
            b" 100 continue",
        ]
    ),
    (
        "9110 10.1.1",
        "an unknown expectation is ignored",
        post(b"Expect: x", LENGTH, body=b"abc"),
        "200 POST / abc | open",
    ),
    (
        "9110 10.1.1",
        "two expectations are ignored",
        post(b"Expect: 100-continue", b"Expect: 100-continue", LENGTH),
        "waits",
    ),
    (
        "9110 10.1.1",
        "HTTP/1.0 expects nothing",
        post(b"Expect: 100-continue", LENGTH, version=b"1.0"),
        "waits",
    ),
    (
        "9110 10.1.1",
        "HTTP/1.0 gets its answer alone",
        post(b"Expect: 100-continue", LENGTH, version=b"1.0", body=b"abc"),
        "200 POST / abc | closed",
    ),
    ("9110 10.1.1", "no body is no wait", post(b"Expect: 100-continue"), "200 POST / | open"),
    (
        "9110 10.1.1",
        "an empty body is no wait",
        post(b"Expect: 100-continue", b"Content-Length: 0"),
        "200 POST / | open",
    ),
    (
        "9110 10.1.1",
        "a GET expects as well",
        b"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
        "100 | waits",
    ),
    (
        "9110 10.1.1",
        "an answer without the body closes",
        post(b"Expect: 100-continue", LENGTH, path=b"/unread"),
        "200 {connection: close} unread | closed",
    ),
    (
        "9110 10.1.1",
        "413 comes before the body",
        post(b"Expect: 100-continue", b"Content-Length: 300000"),
        "413 {connection: close} | closed",
    ),
    (
        "9110 10.1.1",
        "a bad head comes before 100",
        post(b"Expect: 100-continue", b"Content-Length: x"),
        "400 | closed",
    ),
    (
        "9110 10.1.1",
        "308 comes before 100",
        post(b"Expect: 100-continue", LENGTH, path=b"/a/"),
        "308 {connection: close} | closed",
    ),
]
