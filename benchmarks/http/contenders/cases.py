"""What is asked of every contender, and what the table on the page holds."""

import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

USER = {"id": "42", "name": "Ada Lovelace", "email": "ada@example.com", "active": True, "age": 36}
ROWS = [
    {
        "id": number,
        "name": f"Item {number} <b>&",
        "price": f"{number * 3.5:.2f}",
        "stock": number % 7,
    }
    for number in range(50)
]

_BROWSER = b"""\
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8
Accept-Language: en-GB,en;q=0.9
Cache-Control: max-age=0
Connection: keep-alive
Cookie: session=3f2a9c; theme=dark
Sec-Ch-Ua: "Chromium";v="156", "Not=A?Brand";v="24"
Sec-Ch-Ua-Mobile: ?0
Sec-Ch-Ua-Platform: "Linux"
Sec-Fetch-Dest: document
Sec-Fetch-Mode: navigate
Upgrade-Insecure-Requests: 1
""".replace(b"\n", b"\r\n")

# About a kilobyte, as signals of a page with a form and a list come.
SIGNALS = {
    "user": USER,
    "filters": {"query": "blue shoes", "page": 2, "sizes": [38, 39, 40], "inStock": True},
    "items": [
        {"id": number, "title": f"Item {number}", "price": number * 3.5, "picked": number % 3 == 0}
        for number in range(14)
    ],
    "note": "x" * 120,
}
_SIGNALS = json.dumps(SIGNALS, separators=(",", ":")).encode()

# Scripts of 20 and 100 KB, which are in memory where a server keeps files there.
_SCRIPT = b"".join(b"export const row%04d = (item) => item;\n" % number for number in range(2700))
FILE_NAME = "app.js"
FILES = {FILE_NAME: _SCRIPT[: 20 * 1024], "bundle.js": _SCRIPT[: 100 * 1024]}


def files() -> TemporaryDirectory[str]:
    """Return a directory that holds the scripts, as long as nobody closes it."""
    directory = TemporaryDirectory()
    for name, content in FILES.items():
        (Path(directory.name) / name).write_bytes(content)
    return directory


def _with_body(body: bytes) -> bytes:
    return b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)


@dataclass(frozen=True, slots=True)
class Case:
    """One request, and the share of the raw limit that it is meant to reach."""

    name: str
    method: str
    target: str
    fields: bytes
    body: bytes
    aim: float

    @property
    def request(self) -> bytes:
        line = f"{self.method} {self.target} HTTP/1.1\r\nHost: localhost\r\n".encode()
        return b"%b%b\r\n%b" % (line, self.fields, self.body)


CASES = (
    Case("hello", "GET", "/hello", b"", b"", 0.80),
    Case("hello, 13 browser headers", "GET", "/hello", _BROWSER, b"", 0.80),
    Case("/users/{id} to JSON", "GET", "/users/42", b"", b"", 0.60),
    Case(
        "POST 1 KB of JSON, parsed and echoed",
        "POST",
        "/json",
        _with_body(_SIGNALS),
        _SIGNALS,
        0.80,
    ),
    Case("POST 1 KB, echoed", "POST", "/echo", _with_body(_SIGNALS), _SIGNALS, 0.80),
    Case("static file, 20 KB, from memory", "GET", f"/static/{FILE_NAME}", b"", b"", 0.70),
    Case(
        "static file, 20 KB, 13 browser headers", "GET", f"/static/{FILE_NAME}", _BROWSER, b"", 0.70
    ),
    Case("static file, 100 KB, from memory", "GET", "/static/bundle.js", b"", b"", 0.70),
    Case("page of 50 rows, plain calls", "GET", "/page", b"", b"", 0.06),
    Case("page of 50 rows, baked", "GET", "/baked", b"", b"", 0.13),
)
