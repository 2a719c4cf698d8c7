"""A page as what it can run: its code blocks and hidden comments, in their order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from pages.errors import PageError

_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)$")
_HIDDEN = re.compile(r"\s*<!--\s*(?P<kind>run|check|not run):(?P<rest>.*)$")
_LEADS = {  # how a comment begins
    **dict.fromkeys(("python", "toml", "yaml", "ini", "nginx", "caddyfile", "dockerfile"), "#"),
    **dict.fromkeys(("bash", "text"), "#"),
    **dict.fromkeys(("javascript", "js"), "//"),
    "sql": "--",
    "css": "/*",
    "html": "<!--",
}
_PATH = re.compile(
    r"(?P<path>(?:[\w.{}-]+/)*(?:[\w{}-]*\.[\w.-]*\w|Dockerfile|Caddyfile|Makefile))"
    r"\s*(?P<continued>\(continued\))?\s*(?:\*/|-->)?$"
)
RUN, CHECK = "run", "check"


@dataclass(frozen=True, slots=True)
class Block:
    """One block: `language` is the first word behind the fence, `run` or `check` for hidden Python.

    `line` is that of its first line of code, from 1. `reason` tells why it is not run.
    """

    page: Path
    line: int
    language: str
    text: str
    reason: str | None = None

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def path(self) -> str | None:
        """The file that the block is, when its first line says so."""
        found = self._first()
        return found["path"] if found else None

    @property
    def is_continued(self) -> bool:
        found = self._first()
        return bool(found and found["continued"])

    def _first(self) -> re.Match[str] | None:
        first = self.text.partition("\n")[0].strip()
        lead = _LEADS.get(self.language)
        if lead is None or not first.startswith(lead):
            return None
        return _PATH.match(first.removeprefix(lead).strip())


@dataclass(frozen=True, slots=True)
class Page:
    """A Markdown file. Raises PageError for a fence or comment that does not end."""

    path: Path
    blocks: tuple[Block, ...]

    @classmethod
    def read(cls, path: Path) -> "Page":
        return cls(path, tuple(_blocks(path, path.read_text("utf-8").split("\n"))))

    @property
    def not_run(self) -> list[Block]:
        return [block for block in self.blocks if block.reason is not None]

    def of(self, *languages: str) -> list[Block]:
        """The blocks in these languages."""
        return [block for block in self.blocks if block.language in languages]


def _blocks(path: Path, lines: list[str]) -> Iterator[Block]:
    reason: str | None = None
    number = 0
    while number < len(lines):
        if hidden := _HIDDEN.match(lines[number]):
            begin, text = number, [hidden["rest"]]
            while "-->" not in text[-1]:
                number += 1
                if number == len(lines):
                    raise PageError(f"{path}:{begin + 1}", "this comment has no end")
                text.append(lines[number])
            text[-1] = text[-1].partition("-->")[0]
            if hidden["kind"] == "not run":
                reason = " ".join(" ".join(text).split())
                if not reason:
                    raise PageError(f"{path}:{begin + 1}", "`not run:` needs its reason")
            else:
                yield Block(path, begin + 1, hidden["kind"], _unindented(text))
        elif fence := _FENCE.match(lines[number]):
            begin, text = number, list[str]()
            end = re.compile(rf"\s*{fence['fence'][0]}{{{len(fence['fence'])},}}\s*$")
            while True:
                number += 1
                if number == len(lines):
                    raise PageError(f"{path}:{begin + 1}", "this block has no end")
                if end.match(lines[number]):
                    break
                text.append(lines[number].removeprefix(fence["indent"]))
            language = (fence["info"].split() or [""])[0].lower()
            if not language.startswith("{"):  # a directive of MyST
                yield Block(path, begin + 2, language, "\n".join([*text, ""]), reason)
                reason = None
        number += 1
    if reason is not None:
        raise PageError(str(path), f"`not run: {reason}` stands before no block")


def _unindented(text: list[str]) -> str:
    """Python of a comment: its first line stands behind the `run:`, the others may be indented."""
    first, rest = text[0].strip(), dedent("\n".join(text[1:]))
    return f"{first}\n{rest}\n"
