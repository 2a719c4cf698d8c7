"""Who takes part: the server's script, and what is installed for it, pinned."""

from dataclasses import dataclass

from environments import OURS

# What is installed for each peer.
REQUIREMENTS = {
    "ours": OURS,
    "stario-5.1": ["stario==5.1.1", "uvloop==0.23.0"],
    "stario-4.3": ["stario==4.3.0", "uvloop==0.23.0"],
    "blacksheep": ["blacksheep==2.6.4", "granian==2.8.7", "uvloop==0.23.0"],
    "starlette": ["starlette==1.10.0", "uvicorn==0.54.0", "httptools==0.9.0", "uvloop==0.23.0"],
}


@dataclass(frozen=True, slots=True)
class Contender:
    """A server; `pages` and `files` tell whether its script has pages of HTML and static files."""

    name: str
    peer: str
    script: str
    pages: bool = False
    files: bool = False

    def answers(self, target: str) -> bool:
        """Tell whether its script has something there."""
        if target in ("/page", "/baked"):
            return self.pages
        return self.files or not target.startswith("/static/")


RAW = Contender("raw", "ours", "raw.py", pages=True, files=True)
CONTENDERS = (
    RAW,
    Contender("stario", "ours", "stario4.py", pages=True, files=True),
    Contender("stario 5.1", "stario-5.1", "stario5.py"),
    Contender("stario 4.3", "stario-4.3", "stario4.py", pages=True, files=True),
    Contender("blacksheep on granian", "blacksheep", "blacksheep_app.py"),
    Contender("starlette on uvicorn", "starlette", "starlette_app.py", files=True),
)
