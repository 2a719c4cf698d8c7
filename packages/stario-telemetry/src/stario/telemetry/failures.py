"""Exceptions as text: the application's frames, without those of the framework.

A frame of a file named `<…>` (frozen modules, `exec`) is left out as well: it has no source.
"""

import os
from traceback import TracebackException

import stario

_FRAMEWORK = tuple(os.path.join(os.path.abspath(path), "") for path in stario.__path__)  # noqa: PTH100, PTH118
# Recursion through two functions is not folded by `traceback`; the innermost frames tell enough.
_MAX_FRAMES = 100


def traceback_text(exc: BaseException) -> str:
    """Return the traceback of `exc` and of what caused it, as Python prints it."""
    report = TracebackException.from_exception(exc, lookup_lines=False)
    _keep_application_frames(report, seen=set())
    return "".join(report.format()).rstrip("\n")


def message_of(exc: BaseException) -> str:
    """Return `str(exc)`, also when the exception cannot say it."""
    try:
        return str(exc)
    except Exception:
        return f"<{type(exc).__name__} whose str() failed>"


def _keep_application_frames(report: TracebackException, seen: set[int]) -> None:
    if id(report) in seen:
        return
    seen.add(id(report))
    report.stack[:] = [f for f in report.stack if _is_application(f.filename)][-_MAX_FRAMES:]
    for other in (report.__cause__, report.__context__, *(report.exceptions or ())):
        if other is not None:
            _keep_application_frames(other, seen)


def _is_application(filename: str) -> bool:
    if filename.startswith("<") and filename.endswith(">"):
        return False
    return not filename.startswith(_FRAMEWORK)
