"""Where text goes: an open text file, or standard output where none is given."""

from io import BufferedIOBase, RawIOBase


def require_text_file(name: str, output: object) -> None:
    """Raise TypeError for what takes no text, such as a path or a binary file."""
    is_binary = isinstance(output, RawIOBase | BufferedIOBase)
    if output is not None and (is_binary or not callable(getattr(output, "write", None))):
        raise no_text_file(name, output)


def no_text_file(name: str, output: object) -> TypeError:
    return TypeError(
        f"{name} must be an open text file, or None for standard output, not {output!r}."
    )
