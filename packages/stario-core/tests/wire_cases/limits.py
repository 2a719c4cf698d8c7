"""What is too much: heads, fields, bodies (RFC 6585, 5, and RFC 9110, 15.5.14).

A head may have 65,536 bytes, counted as target, names, values and 40, and 100 fields; a body of the
app under test 200,000 bytes.
"""

HOST = b"Host: a\r\n"


def get(rest: bytes, target: bytes = b"/") -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\n" + HOST + rest + b"\r\n"


# What a request for `/` with one more field X has beside the value of X.
BESIDE = 40 + len(b"/") + len(b"Hosta") + len(b"X")

CASES = [
    (
        "6585 5",
        "a head at the limit is read",
        get(b"X: " + b"a" * (65536 - BESIDE) + b"\r\n"),
        f"200 GET / x={'a' * (65536 - BESIDE)} | open",
    ),
    (
        "6585 5",
        "a head one byte over is refused",
        get(b"X: " + b"a" * (65537 - BESIDE) + b"\r\n"),
        "431 | closed",
    ),
    ("6585 5", "a value without end is refused", get(b"X: " + b"a" * 200_000), "431 | closed"),
    ("6585 5", "a name without end is refused", get(b"a" * 200_000), "431 | closed"),
    ("6585 5", "a target without end is refused", b"GET /" + b"a" * 200_000, "431 | closed"),
    ("6585 5", "a query without end is refused", b"GET /?" + b"a" * 200_000, "431 | closed"),
    ("6585 5", "a URL without end is refused", b"GET http://a/" + b"a" * 200_000, "431 | closed"),
    (
        "6585 5",
        "a target over the limit is refused",
        get(b"", b"/" + b"a" * 70_000),
        "431 | closed",
    ),
    ("6585 5", "a name over the limit is refused", get(b"a" * 70_000 + b": b\r\n"), "431 | closed"),
    (
        "6585 5",
        "fields over the limit are refused",
        get((b"Y: " + b"a" * 1000 + b"\r\n") * 80),
        "431 | closed",
    ),
    (
        "6585 5",
        "white space over the limit is refused",
        get(b"Y:" + b" " * 200_000),
        "431 | closed",
    ),
    ("6585 5", "a method without end is refused", b"A" * 200_000, "400 | closed"),
    ("6585 5", "100 fields are read", get(b"y: z\r\n" * 99), "200 GET / | open"),
    ("6585 5", "101 fields are refused", get(b"y: z\r\n" * 100), "431 | closed"),
    ("6585 5", "101 equal fields are refused", get(b"X: a\r\n" * 100), "431 | closed"),
    ("6585 5", "101 empty fields are refused", get(b"y:\r\n" * 100), "431 | closed"),
    ("6585 5", "thousands of fields are refused", get(b"y:\r\n" * 5000), "431 | closed"),
    ("6585 5", "fields without end are refused", get(b"y:\r\n" * 50_000), "431 | closed"),
    (
        "6585 5",
        "a large head behind a good request",
        get(b"") + get(b"y: z\r\n" * 100),
        "200 GET / | 431 | closed",
    ),
    (
        "9110 15.5.14",
        "a body at the limit is read",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + b"a" * 200_000,
        "200 POST / " + "a" * 200_000 + " | open",
    ),
    (
        "9110 15.5.14",
        "a declared body one byte over is refused",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200001\r\n\r\n",
        "413 {connection: close} | closed",
    ),
    (
        "9110 15.5.14",
        "a chunked body one byte over is refused",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n"
        + b"a" * 200_000
        + b"\r\n1\r\na\r\n",
        "413 | waits",
    ),
    (
        "9110 15.5.14",
        "the little that is left of a large body is skipped",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n30d41\r\n"
        + b"a" * 200_001
        + b"\r\n0\r\n\r\n",
        "413 | open",
    ),
    (
        "9110 15.5.14",
        "no body is over the limit that nobody reads",
        b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n",
        "200 {connection: close} unread | closed",
    ),
]
