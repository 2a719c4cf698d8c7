"""A URL attribute must not run code: `javascript:` and its kin are refused, however disguised.

The rule, for the attributes named below:

* `javascript:`, `vbscript:`, `livescript:` and `mocha:` are refused.
* `data:` is for images, sound, video, fonts, plain text, style sheets, JSON and files to download.
  Every other type is refused: what a browser shows as a document can hold scripts. An SVG drawing
  is an image, except in the attribute `data`, where `<object>` makes a document of it.
* Everything else passes, relative URLs and unknown schemes among it.

Browsers drop tabs and line ends anywhere in a URL, and control characters and spaces in front of it
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

_IGNORED = dict.fromkeys([*range(0x21), *range(0x7F, 0xA1)])


def runs_code(name: str, url: str) -> bool:
    """Whether a browser that follows `url`, found in the attribute `name`, would run code."""
    if name == "values":
        return any(_runs_code(name, part) for part in url.split(";"))
    return _runs_code(name, url)


def _runs_code(name: str, url: str) -> bool:
    scheme, _, rest = url.partition(":")
    scheme = scheme.translate(_IGNORED).lower()
    if scheme == "data":
        return not _is_harmless(name, _media_type(rest))
    return bool(rest) and scheme in _SCHEMES_THAT_RUN_CODE


def _is_harmless(name: str, media_type: str) -> bool:
    if media_type == _DRAWING:
        return name != "data"
    return media_type in _HARMLESS_TYPES or media_type.startswith(_HARMLESS_KINDS)


def _media_type(data: str) -> str:
    return data.partition(",")[0].partition(";")[0].translate(_IGNORED).lower()
