"""Connection, Upgrade and HTTP/1.0: who closes after the answer.

RFC 9112, 9, and RFC 9110, 7.6.1 and 7.8.
"""


def get(*lines: bytes, version: bytes = b"1.1", path: bytes = b"/") -> bytes:
    return b"\r\n".join([b"GET " + path + b" HTTP/" + version, b"Host: a", *lines, b"", b""])


WEBSOCKET = (
    b"Upgrade: websocket",
    b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)

CASES = [
    ("9112 9.3", "HTTP/1.1 lives on", get(), "200 GET / | open"),
    *(
        ("9112 9.6", f"{lines!r} close", get(*lines), "200 {connection: close} GET / | closed")
        for lines in [
            (b"Connection: close",),
            (b"Connection:close",),
            (b"Connection: Close",),
            (b"Connection: CLOSE",),
            (b"CONNECTION: close",),
            (b"Connection: close ",),
            (b"Connection:\tclose\t",),
            (b"Connection: close, X",),
            (b"Connection: X, close",),
            (b"Connection: X,close,Y",),
            (b"Connection: X ,\tclose ,Y",),
            (b"Connection: , close",),
            (b"Connection: close,",),
            (b"Connection: keep-alive, close",),
            (b"Connection: close, keep-alive",),
            (b"Connection: close", b"Connection: keep-alive"),
            (b"Connection: keep-alive", b"Connection: close"),
            (b"Connection: X", b"Y: z", b"connection: close"),
        ]
    ),
    *(
        ("9112 9.3", f"{lines!r} live on", get(*lines), "200 GET / | open")
        for lines in [
            (b"Connection: keep-alive",),
            (b"Connection: Keep-Alive",),
            (b"Connection: KEEP-ALIVE",),
            (b"Connection:",),
            (b"Connection: ,",),
            (b"Connection: x",),
            (b"Connection: closed",),
            (b"Connection: xclose",),
            (b"Connection: close-x",),
            (b"Connection: TE, x", b"TE: trailers"),
            (b"Connection: keep-alive", b"Keep-Alive: timeout=5, max=1"),
            (b"Keep-Alive: timeout=0",),
            (b"Proxy-Connection: close",),
            (b"Connection: upgrade",),
            (b"Upgrade: h2c",),
            (b"Upgrade: websocket",),
            (b"Upgrade: h2c", b"Connection: keep-alive"),
            (b"Connection: keep-alive", b"HTTP2-Settings: AAMAAABkAAQAAP__"),
            (b"Upgrade-Insecure-Requests: 1",),
        ]
    ),
    *(
        ("9110 7.8", f"{lines[:2]!r} are refused", get(*lines), "400 | closed")
        for lines in [
            (b"Connection: Upgrade", *WEBSOCKET),
            (b"Connection: keep-alive, Upgrade", *WEBSOCKET),
            (b"Connection: upgrade", b"Upgrade: WebSocket"),
            (b"connection: UPGRADE", b"upgrade: websocket"),
            (
                b"Connection: Upgrade, HTTP2-Settings",
                b"Upgrade: h2c",
                b"HTTP2-Settings: AAMAAABkAAQAAP__",
            ),
            (b"Connection: Upgrade", b"Upgrade: h2c"),
            (b"Connection: Upgrade", b"Upgrade: HTTP/2.0, SHTTP/1.3"),
            (b"Connection: Upgrade", b"Upgrade: TLS/1.0"),
            (b"Connection: X", b"Connection: Upgrade", b"Upgrade: x"),
            (b"Connection: Upgrade, close", b"Upgrade: websocket"),
        ]
    ),
    (
        "9110 7.8",
        "an upgrade with a body is refused",
        b"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n"
        b"Content-Length: 3\r\n\r\nabc",
        "400 | closed",
    ),
    (
        "9110 7.8",
        "bytes behind an upgrade are not read",
        get(b"Connection: Upgrade", b"Upgrade: x") + get(path=b"/b"),
        "400 | closed",
    ),
    # HTTP/1.0
    ("9112 9.3", "HTTP/1.0 closes", get(version=b"1.0"), "200 {connection: close} GET / | closed"),
    (
        "9112 9.3",
        "HTTP/1.0 closes though it asks to live on",
        get(b"Connection: keep-alive", version=b"1.0"),
        "200 {connection: close} GET / | closed",
    ),
    (
        "9112 9.3",
        "HTTP/1.0 that asks so closes",
        get(b"Connection: close", version=b"1.0"),
        "200 {connection: close} GET / | closed",
    ),
    (
        "9112 9.3",
        "HTTP/1.0 with a list closes",
        get(b"Connection: keep-alive, x", version=b"1.0"),
        "200 {connection: close} GET / | closed",
    ),
    (
        "9110 7.8",
        "what the parser takes for an upgrade loses no body",
        b"POST / HTTP/1.1\r\nHost: a\r\nProxy-Connection: upgrade\r\nUpgrade: x\r\n"
        b"Content-Length: 3\r\n\r\nabc",
        "400 | closed",
    ),
    (
        "9110 7.8",
        "HTTP/1.0 has no upgrades",
        get(b"Connection: upgrade", b"Upgrade: h2c", version=b"1.0"),
        "200 {connection: close} GET / | closed",
    ),
    (
        "9110 7.8",
        "HTTP/1.0 may not ask for an upgrade with a body",
        b"POST / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc",
        "400 | closed",
    ),
    (
        "9112 9.3",
        "nothing behind HTTP/1.0 is answered",
        get(version=b"1.0") + get(path=b"/b"),
        "200 GET / | closed",
    ),
    (
        "9112 9.3",
        "nothing behind HTTP/1.0 that would live on is answered",
        get(b"Connection: keep-alive", version=b"1.0") + get(path=b"/b"),
        "200 GET / | closed",
    ),
    (
        "9112 9.6",
        "nothing behind close is answered",
        get(b"Connection: close") + get(path=b"/b"),
        "200 GET / | closed",
    ),
    (
        "9112 9.6",
        "garbage behind close is not answered",
        get(b"Connection: close") + b"garbage\r\n\r\n",
        "200 GET / | closed",
    ),
]
