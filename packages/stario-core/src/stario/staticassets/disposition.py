"""The name under which a client saves a body: `content-disposition` (RFC 6266).

A name may come from whoever uploaded the file, so every text gives one: what a header, a shell or a
person could misread becomes `_`, and folders before it are cut off.
"""

import re
from unicodedata import category
from urllib.parse import quote

from stario.exceptions import StarioError
from stario.markup.errors import shown

# Left as they are by RFC 8187, section 3.2.1, beside letters and digits.
_ATTR_CHARS = "!#$&+-.^_`|~"
# What every client reads alike between two quotes; some decode a % there (RFC 6266, appendix D).
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 !#$&'()+,\-.;=@\[\]^_`{}~]")
_LENGTH_MAX = 200
_UNNAMED = "download"


def attachment(name: str) -> str:
    """Return the field's value that makes a client save the body under this name.

    Raises StarioError for a name that is not text.
    """
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise not_a_name(name)
    name = safe_name(name)
    plain = _NOT_PLAIN.sub("_", name)
    value = f'attachment; filename="{plain}"'
    return value if plain == name else f"{value}; filename*=UTF-8''{quote(name, _ATTR_CHARS)}"


def safe_name(name: str) -> str:
    """Return the last part of a path, without control characters and marks that reverse text."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join("_" if _is_unseen(character) else character for character in last)
    return _shortened(shown.strip(" .")) or _UNNAMED


def _is_unseen(character: str) -> bool:
    """Tell whether this is a control, a format such as U+202E, a surrogate, or ends a line."""
    return category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _shortened(name: str) -> str:
    """Cut a long name before its suffix."""
    if len(name) <= _LENGTH_MAX:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > _LENGTH_MAX // 2:
        return name[:_LENGTH_MAX]
    return stem[: _LENGTH_MAX - len(suffix) - 1] + dot + suffix


def not_a_name(name: object) -> StarioError:
    return StarioError(
        f"The name of a download is text, not {shown(name)}.",
        example='await responses.file(c, w, path, download="report.pdf")',
    )
