"""Requests behind each other: order, and what a fault among them ends (RFC 9112, 9.3.2)."""

GET = b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n"
A, B, C = GET % b"/a", GET % b"/b", GET % b"/c"
POST = b"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
CHUNKED = b"POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
CLOSE = b"GET /z HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

CASES = [
    ("9112 9.3.2", "two are answered in order", A + B, "200 GET /a | 200 GET /b | open"),
    (
        "9112 9.3.2",
        "kinds of bodies are answered in order",
        A + POST + CHUNKED + B,
        "200 GET /a | 200 POST /p abc | 200 POST /c abc | 200 GET /b | open",
    ),
    (
        "9112 9.3.2",
        "a slow one holds up the next",
        GET % b"/slow" + A,
        "200 slow | 200 GET /a | open",
    ),
    (
        "9112 9.3.2",
        "slow ones stay in order",
        GET % b"/slow" + A + GET % b"/slow" + B,
        "200 slow | 200 GET /a | 200 slow | 200 GET /b | open",
    ),
    ("9112 9.3.2", "a hundred are answered", A * 100, "200 GET /a | " * 100 + "open"),
    (
        "9112 9.3.2",
        "a hundred behind a slow one are answered",
        GET % b"/slow" + A * 100,
        "200 slow | " + "200 GET /a | " * 100 + "open",
    ),
    (
        "9112 9.3.2",
        "more than a read are answered",
        POST * 600,
        "200 POST /p abc | " * 600 + "open",
    ),
    (
        "9112 9.3.2",
        "the last one may close",
        A + B + CLOSE,
        "200 GET /a | 200 GET /b | 200 GET /z | closed",
    ),
    (
        "9112 9.6",
        "nothing behind a close is answered",
        A + CLOSE + B + C,
        "200 GET /a | 200 GET /z | closed",
    ),
    (
        "9112 9.6",
        "a slow close holds up nothing",
        GET % b"/slow" + CLOSE + B,
        "200 slow | 200 GET /z | closed",
    ),
    ("9112 9.6", "a body behind a close is not answered", CLOSE + POST, "200 GET /z | closed"),
    # A fault behind good ones
    *(
        (
            "9112 3",
            f"{fault!r} behind good ones",
            A + POST + fault + B,
            "200 GET /a | 200 POST /p abc | 400 | closed",
        )
        for fault in [
            b"BROKEN\r\n\r\n",
            b"\x00",
            b"GET\r\n\r\n",
            b"GET /% HTTP/1.1\r\nHost: a\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
            b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
            b"CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n",
            b"POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            b"POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        ]
    ),
    (
        "9112 9.3.2",
        "a fault waits for a slow answer",
        GET % b"/slow" + b"BROKEN\r\n\r\n",
        "200 slow | 400 | closed",
    ),
    (
        "9112 9.3.2",
        "a fault waits for slow answers",
        (GET % b"/slow") * 3 + b"BROKEN\r\n\r\n" + A,
        "200 slow | 200 slow | 200 slow | 400 | closed",
    ),
    ("9112 9.3.2", "a fault at once is the only answer", b"BROKEN\r\n\r\n" + A + B, "400 | closed"),
    (
        "9112 9.3.2",
        "a second fault is not answered",
        b"BROKEN\r\n\r\nBROKEN\r\n\r\n",
        "400 | closed",
    ),
    (
        "9112 9.3.2",
        "a fault behind a fault in a body",
        CHUNKED.replace(b"\r\n3\r\n", b"\r\nx\r\n") + A,
        "400 | closed",
    ),
    (
        "9112 9.3.2",
        "a large head behind a good one",
        A + b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100_000,
        "200 GET /a | 431 | closed",
    ),
    # Bodies that nobody reads
    (
        "9112 9.3.2",
        "an unread body is no request",
        POST.replace(b"/p", b"/unread") + A,
        "200 unread | 200 GET /a | open",
    ),
    (
        "9112 9.3.2",
        "an unread chunked body is no request",
        CHUNKED.replace(b"/c", b"/unread") + A,
        "200 unread | 200 GET /a | open",
    ),
    (
        "9112 9.3.2",
        "a body to a 405 is no request",
        POST.replace(b"/p", b"/204") + A,
        "405 | 200 GET /a | open",
    ),
    (
        "9112 9.3.2",
        "a body that looks like a request is none",
        b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(B) + B + A,
        "200 unread | 200 GET /a | open",
    ),
    (
        "9112 9.3.2",
        "a broken unread body ends the connection",
        b"POST /unread HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n" + A,
        "200 unread | closed",
    ),
    # Unfinished
    ("9112 8", "the last one may be unfinished", A + b"GET /b HT", "200 GET /a | waits"),
    ("9112 8", "the last body may be unfinished", A + POST[:-1], "200 GET /a | waits"),
]
