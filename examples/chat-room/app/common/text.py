"""What people write, tidied before it is kept. Escaping is for the views, which always do it."""

import re

_BLANK_LINES = re.compile(r"\n{3,}")


def one_line(text: str) -> str:
    """Make a name of a text: white space and control characters are one space."""
    return " ".join("".join(map(printed, text)).split())


def paragraphs(text: str) -> str:
    """Make a message of a text: lines without spaces at their ends, at most one blank between."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tidied = "\n".join("".join(map(printed, line)).rstrip() for line in lines)
    return _BLANK_LINES.sub("\n\n", tidied).strip()


def is_visible(text: str) -> bool:
    """Tell whether there is something to see: spaces and joiners of no width alone are nothing."""
    return any(character.isprintable() and not character.isspace() for character in text)


def printed(character: str) -> str:
    """Return the character, or a space for one that controls a terminal or breaks a line."""
    is_control = character < " " or "\x7f" <= character <= "\x9f" or character in "\u2028\u2029"
    return " " if is_control else character
