"""A URL attribute must not run code: `javascript:` and its kin are refused, however disguised.

The rule, for the attributes named below:

* `javascript:`, `vbscript:`, `livescript:` and `mocha:` are refused.
* `data:` is for images, sound, video, fonts, plain text, style sheets, JSON and files to download.
  Every other type is refused: what a browser shows as a document can hold scripts. An SVG drawing
  is an image, except in the elements that make a document of it. A script takes no `data:` URL: it
  would run whatever the type.
* Everything else passes, relative URLs and unknown schemes among it.

Browsers drop tabs and line ends anywhere in a URL, and control characters and spaces before it
(URL standard, basic URL parser), so `\\x01java\\nscript:` is a script. We drop all of them before
we read the scheme.
"""

# Where a browser navigates to the value, loads it as a document, or could be made to: the last four
# are what SVG's animation elements write into the `href` of another element.
_NAMES = """
    action background cite codebase data formaction href icon longdesc manifest ping poster profile
    src xlink:href from to by values
"""
URL_ATTRIBUTES = frozenset(_NAMES.split())

HARMLESS_STARTS = ("https:", "http:", "mailto:", "/", "?", "#")
"""What most URLs begin with."""

MANY_URLS = frozenset({"values"})
"""The names of the attributes that hold many URLs, with semicolons between."""

_SCHEMES_THAT_RUN_CODE = frozenset({"javascript", "vbscript", "livescript", "mocha"})

_HARMLESS_KINDS = ("audio/", "font/", "image/", "model/", "video/", "application/font-")
_HARMLESS_TYPES = frozenset(
    {
        "",  # text/plain is what a data: URL without a type has
        "application/gzip",
        "application/json",
        "application/octet-stream",
        "application/pdf",
        "application/wasm",
        "application/x-font-ttf",
        "application/x-font-woff",
        "application/zip",
        "text/calendar",
        "text/css",
        "text/csv",
        "text/markdown",
        "text/plain",
        "text/vcard",
        "text/vtt",
    }
)
_DRAWING = "image/svg+xml"

FRAMES = frozenset({"embed", "frame", "iframe", "object"})

_IGNORED = dict.fromkeys([*range(0x21), *range(0x7F, 0xA1)])


def runs_code(name: str, url: str, element: str = "") -> bool:
    """Whether a browser would run code if it followed `url`.

    `name` is that of the attribute and `element` that of the element, both in lower case.
    """
    if name in MANY_URLS:
        return any(_runs_code(part, element) for part in url.split(";"))
    return _runs_code(url, element)


def _runs_code(url: str, element: str) -> bool:
    if url.startswith(HARMLESS_STARTS):
        return False
    scheme, _, rest = url.partition(":")
    scheme = scheme.translate(_IGNORED).lower()
    if scheme == "data":
        return element == "script" or not _is_harmless(_media_type(rest), element)
    return bool(rest) and scheme in _SCHEMES_THAT_RUN_CODE


def _is_harmless(media_type: str, element: str) -> bool:
    if media_type == _DRAWING:
        return element not in FRAMES
    return media_type in _HARMLESS_TYPES or media_type.startswith(_HARMLESS_KINDS)


def _media_type(data: str) -> str:
    return data.partition(",")[0].partition(";")[0].translate(_IGNORED).lower()
