"""What is replaced where: in text, in quoted attribute values, in `<script>` and `<style>`.

They ask before they replace, since a replacement that finds nothing costs twice the scan. Callers
on a hot path ask first, too, with `in` tests written out in place: most text is clean, and a call
costs more than three scans of a short string. They ask `isascii` as well, since text beyond ASCII
may hold what no encoding can send, and then `isprintable`: no surrogate is, and most text is.
"""

from stario.markup.complaints import lone_surrogate

_AT_ONCE = 65_536  # characters: the encoder would take up to three bytes for each of a whole page


def escape_text(text: str) -> str:
    """Escape `&`, `<` and `>`: what text between tags needs. Quotes stay.

    Raises StarioError for a lone surrogate, here and in the other two.
    """
    if not text.isascii() and not text.isprintable():
        require_sendable(text)
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    return text


def escape_attribute(text: str) -> str:
    """Escape `&`, `<`, `>` and `"`: what a value between double quotes needs."""
    text = escape_text(text)
    return text.replace('"', "&quot;") if '"' in text else text


def escape_raw_text(element: str, text: str) -> str:
    r"""Keep `text` from ending the raw text element (`script` or `style`) that it stands in.

    A backslash goes into `</script`, where JavaScript, JSON and CSS ignore it inside a string. A
    script also has `<!--` written as `\u003C!--`, since it could swallow the end tag (HTML
    section 13.1.3, restrictions on script contents).
    """
    if not text.isascii():
        require_sendable(text)
    if "<" not in text:
        return text
    import re  # a script with "<" in its text is rare, and `re` would be half of our import time

    comment = r"\\u003C!--" if element == "script" else r"<\\!--"
    text = re.sub(f"<(?=/{element})", r"<\\", text, flags=re.IGNORECASE)
    return re.sub("<!--", comment, text)


def require_sendable(text: str) -> None:
    """Refuse a lone surrogate (U+D800 to U+DFFF), for which UTF-8 has no bytes."""
    start = 0
    try:
        if len(text) <= _AT_ONCE:
            text.encode()
        else:
            for start in range(0, len(text), _AT_ONCE):
                text[start : start + _AT_ONCE].encode()
    except UnicodeEncodeError as error:
        raise lone_surrogate(text, start + error.start) from None
