"""The `vary` field of RFC 9110, section 12.5.5, grown by one token at a time."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stario.http.headers import Headers


def merge_vary(headers: "Headers", token: bytes) -> None:
    """Add `token` to `vary`: never twice, never beside `*`, whatever stood there is kept."""
    name = token.decode("latin-1")
    present = _tokens(headers.getlist("vary"))
    folded = {one.lower() for one in present}
    if "*" in folded or name.lower() in folded:
        return
    headers.set("vary", ", ".join([*present, name]))


def _tokens(lines: list[str]) -> list[str]:
    found = (token.strip(" \t") for line in lines for token in line.split(","))
    return [token for token in found if token]
