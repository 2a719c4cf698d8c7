"""Files from an input that is bound to a signal: they arrive inside the signals, in base64."""

from binascii import Error as BadBase64
from binascii import a2b_base64
from collections.abc import Mapping
from typing import Any, TypedDict, cast

from stario.datastar.models import sentences
from stario.datastar.models.kinds import Kind, Wrong, passed
from stario.datastar.models.limits import LENGTHS, MAX_FILE, Limits, length_checks

_MAX_NAME = 1_000  # characters; file systems take 255
_FOUR_TO_THREE = 3 / 4


class FileSignal(TypedDict):
    """A file from an input that is bound to a signal; the signal holds a list of these."""

    name: str
    contents: str
    """The content in base64."""
    mime: str | None


def file_bytes(file: FileSignal, max_size: int = MAX_FILE) -> bytes:
    """Decode the content of a file of at most `max_size` bytes, 1 MiB unless it is given.

    Raises `ValueError` for a larger one, before anything is decoded, and for what is not a file.
    """
    contents = file.get("contents") if isinstance(file, Mapping) else None  # pyright: ignore[reportUnnecessaryIsInstance]
    if not isinstance(contents, str):
        raise ValueError("This is not a FileSignal. A bound input sends a list of them.")
    if len(contents) * _FOUR_TO_THREE - contents.count("=", -2) > max_size:
        raise ValueError(f"The file is larger than {max_size} bytes.")
    try:
        return a2b_base64(contents.encode("ascii"), strict_mode=True)
    except (BadBase64, UnicodeEncodeError) as error:
        raise ValueError("The content of the file is not base64.") from error


def file(limits: Limits) -> Kind:
    """Make the kind of a file; its lengths are bytes of the content."""
    longest = MAX_FILE if limits.max_length is None else limits.max_length
    checks = length_checks(limits, MAX_FILE, "byte")
    too_long = sentences.at_most(longest, "byte")

    def read(value: Any) -> FileSignal:
        sent = _file_in(value)
        if len(sent["contents"]) * _FOUR_TO_THREE - 2 > longest:
            raise Wrong(too_long)
        try:
            content = file_bytes(sent, longest + 2)
        except ValueError:
            raise Wrong(sentences.BROKEN_FILE) from None
        passed(checks, content)
        return sent

    return Kind(read, natural=frozenset((dict,)), takes=LENGTHS, hashable=False)


def _file_in(value: Any) -> FileSignal:
    if not isinstance(value, Mapping):
        raise Wrong(sentences.FILE)
    sent = cast("Mapping[str, Any]", value)
    name, contents, mime = sent.get("name"), sent.get("contents"), sent.get("mime")
    if not isinstance(name, str) or len(name) > _MAX_NAME or not isinstance(contents, str):
        raise Wrong(sentences.FILE)
    if mime is not None and (not isinstance(mime, str) or len(mime) > _MAX_NAME):
        raise Wrong(sentences.FILE)
    return FileSignal(name=name, contents=contents, mime=mime)
