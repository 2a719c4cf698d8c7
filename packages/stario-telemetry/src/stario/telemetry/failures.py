"""Exceptions as text: the application's frames, without those of the framework.

A frame of a file named `<…>` (frozen modules, `exec`) is left out as well: it has no source. What a
program can make grow without end is cut: frames, the chain of causes, messages, the whole text.
Nothing in here raises: it runs where something failed already.
"""

import os
from traceback import TracebackException

import stario

_FRAMEWORK = tuple(os.path.join(os.path.abspath(path), "") for path in stario.__path__)  # noqa: PTH100, PTH118
# Recursion through two functions is not folded by `traceback`; the innermost frames tell enough.
_MAX_FRAMES = 100
# Exceptions behind the one that was raised. A loop that retries can chain thousands.
_MAX_CAUSES = 20
# Characters. A message may be a whole page, and a group has the tracebacks of many.
_MAX_MESSAGE = 4_096
_MAX_TEXT = 65_536


def traceback_text(exc: BaseException) -> str:
    """Return the traceback of `exc` and of what caused it, as Python prints it."""
    try:
        report = TracebackException.from_exception(exc, lookup_lines=False)
        _keep_what_tells(report)
        text = "".join(report.format()).rstrip("\n")
    except Exception as error:  # a traceback that cannot be told must not replace the failure
        return f"{type(exc).__name__}: {message_of(exc)}\n<no traceback: {type(error).__name__}>"
    return cut(text, _MAX_TEXT)


def message_of(exc: BaseException) -> str:
    """Return `str(exc)`, cut in its middle where it is long, also when it cannot be said."""
    try:
        return cut(str(exc))
    except Exception:
        return f"<{type(exc).__name__} whose str() failed>"


def _keep_what_tells(report: TracebackException) -> None:
    """Take the framework out of the stacks, and the end of chains that are too long."""
    waiting, seen = [(report, 0)], {id(report)}
    while waiting:
        part, depth = waiting.pop()
        part.stack[:] = [f for f in part.stack if _is_application(f.filename)][-_MAX_FRAMES:]
        if depth == _MAX_CAUSES:
            part.__cause__ = part.__context__ = None
        for other in (part.__cause__, part.__context__, *(part.exceptions or ())):
            if other is not None and id(other) not in seen:
                seen.add(id(other))
                waiting.append((other, depth + 1))


def _is_application(filename: str) -> bool:
    if filename.startswith("<") and filename.endswith(">"):
        return False
    return not filename.startswith(_FRAMEWORK)


def cut(text: str, most: int = _MAX_MESSAGE) -> str:
    """Return `text`, or its two ends: what it begins with, and what was raised last."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters …\n{text[-half:]}"
