"""What an answer looks like: HEAD, 204, 304, streams, HTTP/1.0 (RFC 9112, 6.3; RFC 9110, 6.4.1).

`/204`, `/304` and `/404` answer so; `/stream` writes "a" and "b"; `/unread` leaves its body.
"""


def ask(method: bytes, path: bytes, version: bytes = b"1.1", *lines: bytes) -> bytes:
    return b"\r\n".join([method + b" " + path + b" HTTP/" + version, b"Host: a", *lines, b"", b""])


CASES = [
    ("9112 6.3", "GET has a length", ask(b"GET", b"/"), "200 {content-length: 5} GET / | open"),
    (
        "9110 9.3.2",
        "HEAD has the length and no body",
        ask(b"HEAD", b"/"),
        "200 {content-length: 6} - | open",
    ),
    (
        "9110 9.3.2",
        "HEAD and GET in turn stay in step",
        ask(b"HEAD", b"/") + ask(b"GET", b"/"),
        "200 - | 200 GET / | open",
    ),
    (
        "9110 9.3.2",
        "HEAD of a stream has no chunks",
        ask(b"HEAD", b"/stream"),
        "200 {transfer-encoding: chunked} - | open",
    ),
    (
        "9110 9.3.2",
        "HEAD of HTTP/1.0 has no body",
        ask(b"HEAD", b"/", b"1.0"),
        "200 {connection: close} - | closed",
    ),
    (
        "9110 9.3.2",
        "HEAD of a stream of HTTP/1.0",
        ask(b"HEAD", b"/stream", b"1.0"),
        "200 {connection: close} - | closed",
    ),
    ("9110 15.3.5", "204 has no body", ask(b"GET", b"/204"), "204 | open"),
    ("9110 15.3.5", "204 to HEAD has no body", ask(b"HEAD", b"/204"), "204 | open"),
    (
        "9110 15.3.5",
        "204 to HTTP/1.0 closes",
        ask(b"GET", b"/204", b"1.0"),
        "204 {connection: close} | closed",
    ),
    ("9110 15.4.5", "304 has no body", ask(b"GET", b"/304"), "304 | open"),
    ("9110 15.4.5", "304 to HEAD has no body", ask(b"HEAD", b"/304"), "304 | open"),
    (
        "9110 15.3.5",
        "204 and 304 stay in step",
        ask(b"GET", b"/204") + ask(b"GET", b"/304") + ask(b"GET", b"/"),
        "204 | 304 | 200 GET / | open",
    ),
    (
        "9112 7.1",
        "a stream is chunked",
        ask(b"GET", b"/stream"),
        "200 {transfer-encoding: chunked} ab | open",
    ),
    (
        "9112 7.1",
        "streams stay in step",
        ask(b"GET", b"/stream") + ask(b"GET", b"/stream"),
        "200 ab | 200 ab | open",
    ),
    (
        "9112 6.1",
        "a stream to HTTP/1.0 ends with the connection",
        ask(b"GET", b"/stream", b"1.0"),
        "200 {connection: close} ab | closed",
    ),
    (
        "9112 9.6",
        "a stream that closes is chunked",
        ask(b"GET", b"/stream", b"1.1", b"Connection: close"),
        "200 {transfer-encoding: chunked} {connection: close} ab | closed",
    ),
    (
        "9110 15.5.6",
        "a method without a route is 405",
        ask(b"POST", b"/204"),
        "405 {allow: GET, HEAD, OPTIONS} | open",
    ),
    ("9110 15.5.6", "405 to HEAD has no body", ask(b"HEAD", b"/post"), "405 - | open"),
    (
        "9110 9.3.7",
        "OPTIONS tells the methods",
        ask(b"OPTIONS", b"/204"),
        "204 {allow: GET, HEAD, OPTIONS} | open",
    ),
    ("9110 15.5.5", "404 to HEAD has no body", ask(b"HEAD", b"/404"), "404 - | open"),
    ("9110 15.5.5", "404 to GET has one", ask(b"GET", b"/404"), "404 Not found | open"),
    (
        "9110 15.5.5",
        "404 to HTTP/1.0 closes",
        ask(b"GET", b"/404", b"1.0"),
        "404 {connection: close} Not found | closed",
    ),
    ("9110 9.3.2", "a refusal of HEAD has no body", b"HEAD / HTTP/1.1\r\n\r\n", "400 - | closed"),
    ("9110 6.6.1", "a refusal has a date", b"BROKEN\r\n\r\n", "400 {connection: close} | closed"),
]
