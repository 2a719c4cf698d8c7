"""Transfer-Encoding, alone and beside Content-Length (RFC 9112, 6).

No reader between client and server may understand it otherwise than we do.
"""

CHUNKS = b"3\r\nabc\r\n0\r\n\r\n"
SMUGGLED = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


def post(*lines: bytes, body: bytes = CHUNKS, version: bytes = b"1.1") -> bytes:
    return b"\r\n".join([b"POST / HTTP/" + version, b"Host: a", *lines, b"", body])


def coded(value: bytes) -> bytes:
    return post(b"Transfer-Encoding:" + value)


CASES = [
    *(
        ("9112 6.1", f"{value!r} is chunked", coded(value), "200 POST / abc | open")
        for value in [
            b" chunked",
            b"chunked",
            b"  chunked",
            b"\tchunked",
            b" chunked ",
            b" Chunked",
            b" CHUNKED",
            b" cHuNkEd",
        ]
    ),
    *(
        (
            "9110 5.1",
            f"{name.decode()} is Transfer-Encoding",
            post(name + b": chunked"),
            "200 POST / abc | open",
        )
        for name in [b"transfer-encoding", b"TRANSFER-ENCODING", b"tRANSFER-eNCODING"]
    ),
    *(
        ("9112 6.1", f"{value!r} is refused", coded(value), "400 | closed")
        for value in [
            b"",
            b" ",
            b" ,",
            b" chunked\t",
            b" chunked,",
            b" ,chunked",
            b" , chunked",
            b" chunked, chunked",
            b" chunked,chunked",
            b" chunked chunked",
            b" chunkedchunked",
            b" identity",
            b" identity, chunked",
            b" chunked, identity",
            b" gzip",
            b" gzip, chunked",
            b" chunked, gzip",
            b" deflate, chunked",
            b" compress, chunked",
            b" br, chunked",
            b" xchunked",
            b" chunkedx",
            b" x chunked",
            b" chunked x",
            b" chunke",
            b" chunk",
            b" hunked",
            b" chunked;",
            b" chunked;q=1",
            b" chunked; q=0.5",
            b" chunked;a=b",
            b" chunked=1",
            b" chunked:",
            b' "chunked"',
            b" 'chunked'",
            b" (chunked)",
            b" [chunked]",
            b" chunked-",
            b" -chunked",
            b" chunked\\",
            b" ch\tunked",
            b" c hunked",
            b" \x0bchunked",
            b" chunked\x0b",
            b" \x0cchunked",
            b" chunked\x0c",
            b" \x00chunked",
            b" chunked\x00",
            b" chunked\x1f",
            b" chunked\x7f",
            b" \xa0chunked",
            b" chunked\xa0",
            b" \x85chunked",
            b" chunked\xff",
            b" \xe1\xb4\x84hunked",
            b" chun\xe2\x84\xaaed",
            b" cow",
            b" none",
            b" trailers",
            b" 3",
        ]
    ),
    *(
        ("9112 6.3", f"{lines!r} are refused", post(*lines), "400 | closed")
        for lines in [
            (b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
            (b"Transfer-Encoding: chunked", b"transfer-encoding: chunked"),
            (b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"),
            (b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked"),
            (b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked"),
            (b"Transfer-Encoding: x", b"Transfer-Encoding: chunked"),
            (b"Transfer-Encoding:", b"Transfer-Encoding: chunked"),
            (b"Transfer-Encoding: chunked", b"Transfer-Encoding:"),
            (b"Transfer-Encoding: chunked", b"X: a", b"TRANSFER-ENCODING: x"),
            (b"Content-Length: 3", b"Transfer-Encoding: chunked"),
            (b"Transfer-Encoding: chunked", b"Content-Length: 3"),
            (b"Content-Length: 0", b"Transfer-Encoding: chunked"),
            (b"Transfer-Encoding: chunked", b"Content-Length: 0"),
            (b"Transfer-Encoding: chunked", b"Content-Length:"),
            (b"Transfer-Encoding: chunked", b"Content-Length: x"),
            (b"Content-Length: 18", b"Transfer-Encoding: chunked"),
            (b"Content-Length: 3", b"Transfer-Encoding: identity"),
            (b"Content-Length: 3", b"Transfer-Encoding: x"),
            (b"Content-Length: 3", b"Transfer-Encoding:"),
            (b"Content-Length: 3", b"Transfer-Encoding: xchunked"),
            (b"Content-Length: 3", b"Transfer-Encoding:\x0bchunked"),
            (b"Content-Length: 3", b"TRANSFER-ENCODING: CHUNKED"),
            (b"content-length: 3", b"x: y", b"transfer-encoding: chunked"),
            (b"Content-Length: 3", b"Transfer-Encoding: chunked", b"Content-Length: 3"),
            (b"Transfer-Encoding: chunked", b"Content-Length: 3", b"Transfer-Encoding: chunked"),
            (b"Content-Length: 3", b"X: a\r\n Transfer-Encoding: chunked"),
            (b"Content-Length: 3", b"X: a\rTransfer-Encoding: chunked"),
            (b"Content-Length: 3", b"X: a\nTransfer-Encoding: chunked"),
            (b"Content-Length: 3", b"Transfer-Encoding : chunked"),
            (b"Content-Length: 3", b" Transfer-Encoding: chunked"),
            (b"Content-Length: 3", b"Transfer-Encoding\n: chunked"),
            (b"Content-Length: 3", b"Transfer-Encoding\x00: chunked"),
            (b"Content-Length: 3", b"Transfer-\xc4\x95ncoding: chunked"),
        ]
    ),
    # What a front that believes the other field would take for the body
    *(
        ("9112 11.2", f"{lines!r} smuggle nothing", post(*lines, body=SMUGGLED), "400 | closed")
        for lines in [
            (b"Content-Length: 43", b"Transfer-Encoding: chunked"),
            (b"Transfer-Encoding: chunked", b"Content-Length: 43"),
            (b"Content-Length: 43", b"Transfer-Encoding: chunked, identity"),
            (b"Content-Length: 43", b"Transfer-Encoding:\tchunked"),
            (b"Content-Length: 43", b"Transfer-Encoding: x", b"Transfer-Encoding: chunked"),
            (b"Content-Length: 0", b"Content-Length: 43"),
            (b"Content-Length: 43, 0",),
        ]
    ),
    (
        "9112 6.1",
        "HTTP/1.0 has no chunks",
        post(b"Transfer-Encoding: chunked", version=b"1.0"),
        "400 | closed",
    ),
    (
        "9112 6.1",
        "HTTP/1.0 has no other coding",
        post(b"Transfer-Encoding: gzip", version=b"1.0"),
        "400 | closed",
    ),
    (
        "9112 6.1",
        "HTTP/1.0 may not have both",
        post(b"Transfer-Encoding: chunked", b"Content-Length: 3", version=b"1.0"),
        "400 | closed",
    ),
    (
        "9112 6.1",
        "HTTP/1.0 that would live on has no chunks",
        post(b"Transfer-Encoding: chunked", b"Connection: keep-alive", version=b"1.0"),
        "400 | closed",
    ),
    (
        "9112 6.1",
        "GET may be chunked",
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
        "200 GET / abc | open",
    ),
    (
        "9112 6.1",
        "HEAD may be chunked",
        b"HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
        "200 - | open",
    ),
    (
        "9112 6.1",
        "a GET with a bad coding is refused",
        b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n",
        "400 | closed",
    ),
    (
        "9110 10.1.4",
        "TE is not Transfer-Encoding",
        post(b"TE: chunked", b"Content-Length: 3", body=b"abc"),
        "200 POST / abc | open",
    ),
    (
        "9110 10.1.4",
        "TE: trailers asks for no trailers of ours",
        post(b"TE: trailers", b"Content-Length: 3", body=b"abc"),
        "200 POST / abc | open",
    ),
    (
        "9110 8.4",
        "Content-Encoding is no framing",
        post(b"Content-Encoding: chunked", b"Content-Length: 3", body=b"abc"),
        "200 POST / abc | open",
    ),
    (
        "9112 6.1",
        "OPTIONS * may be chunked",
        b"OPTIONS * HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
        "204 | open",
    ),
    (
        "9112 6.1",
        "a bad target with chunks is refused",
        b"POST * HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
        "400 | closed",
    ),
]
