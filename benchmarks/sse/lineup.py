"""Who takes part: the server's script, and what is installed for it, pinned."""

from dataclasses import dataclass

from environments import OURS, PACKAGES

# What is installed for each peer.
REQUIREMENTS = {
    "ours": [*OURS, f"--editable={PACKAGES / 'stario-datastar'}"],
    "stario-5.1": ["stario==5.1.1", "uvloop==0.23.0"],
    "stario-4.3": ["stario==4.3.0", "uvloop==0.23.0"],
    "starlette": [
        "starlette==1.10.0",
        "sse-starlette==3.7.0",
        "uvicorn==0.54.0",
        "httptools==0.9.0",
        "uvloop==0.23.0",
    ],
}
CODINGS = ("identity", "zstd", "gzip", "br")


@dataclass(frozen=True, slots=True)
class Contender:
    """A server, with the arguments of its script, and the codings that its streams know."""

    name: str
    peer: str
    script: str
    arguments: tuple[str, ...] = ()
    codings: tuple[str, ...] = CODINGS


RAW = Contender("raw", "ours", "raw.py", codings=("identity",))
CONTENDERS = (
    RAW,
    Contender("shared follow", "ours", "ours.py", ("follow",)),
    Contender("shared relay", "ours", "ours.py", ("relay",)),
    Contender("private", "ours", "ours.py", ("private",)),
    Contender("stario 5.1", "stario-5.1", "stario5.py"),
    Contender("stario 4.3", "stario-4.3", "stario4.py"),
    Contender("sse-starlette on uvicorn", "starlette", "starlette_app.py", codings=("identity",)),
)
