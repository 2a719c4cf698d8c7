"""A URL attribute must not run code: `javascript:` and its kin are refused, however disguised.

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

# data: URLs are for images, fonts, plain text and downloads. These types are documents or scripts.
_DATA_THAT_RUNS_CODE = frozenset(
    {
        "application/ecmascript",
        "application/javascript",
        "application/x-ecmascript",
        "application/x-javascript",
        "application/xhtml+xml",
        "application/xml",
        "text/ecmascript",
        "text/html",
        "text/javascript",
        "text/xml",
    }
)

_IGNORED = dict.fromkeys([*range(0x21), *range(0x7F, 0xA1)])


def runs_code(name: str, url: str) -> bool:
    """Whether a browser that follows `url`, found in the attribute `name`, would run code."""
    if name == "values":
        return any(map(_runs_code, url.split(";")))
    return _runs_code(url)


def _runs_code(url: str) -> bool:
    scheme, _, rest = url.partition(":")
    scheme = scheme.translate(_IGNORED).lower()
    if scheme == "data":
        return _media_type(rest) in _DATA_THAT_RUNS_CODE
    return bool(rest) and scheme in _SCHEMES_THAT_RUN_CODE


def _media_type(data: str) -> str:
    return data.partition(",")[0].partition(";")[0].translate(_IGNORED).lower()
