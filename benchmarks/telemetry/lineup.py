"""Who takes part: a script that records spans, what it is told, and what is installed for it."""

from dataclasses import dataclass
from pathlib import Path

PACKAGES = Path(__file__).parent.parent.parent / "packages"

# What is installed for each peer.
REQUIREMENTS = {
    "ours": [
        f"--editable={PACKAGES / 'stario-markup'}",
        f"--editable={PACKAGES / 'stario-core'}",
        f"--editable={PACKAGES / 'stario-telemetry'}",
        "uvloop==0.23.0",
    ],
    "stario-5.1": ["stario==5.1.1", "uvloop==0.23.0"],
    "stario-4.3": ["stario==4.3.0", "uvloop==0.23.0"],
    "opentelemetry": ["opentelemetry-sdk==1.45.2"],
    "logfire": ["logfire==5.4.0"],
}


@dataclass(frozen=True, slots=True)
class Contender:
    """A script in the environment of a peer, and the kind of tracer that it makes."""

    peer: str
    script: str
    kind: str

    @property
    def name(self) -> str:
        return f"{self.peer}, {self.kind}"


SPANS = (
    Contender("ours", "floor.py", "floor"),
    Contender("ours", "ours.py", "noop"),
    Contender("ours", "ours.py", "muted"),
    Contender("ours", "ours.py", "unsampled"),
    Contender("ours", "ours.py", "json"),
    Contender("ours", "ours.py", "sqlite"),
    Contender("stario-4.3", "ours.py", "json"),
    Contender("stario-4.3", "ours.py", "sqlite"),
    Contender("stario-5.1", "ours.py", "json"),
    Contender("stario-5.1", "ours.py", "sqlite"),
    Contender("opentelemetry", "otel.py", "batch"),
    Contender("logfire", "logfire_spans.py", "batch"),
)
SERVED = (
    Contender("ours", "../../http/contenders/raw.py", "raw"),
    Contender("ours", "served4.py", "noop"),
    Contender("ours", "served4.py", "json"),
    Contender("ours", "served4.py", "sqlite"),
    Contender("stario-4.3", "served4.py", "json"),
    Contender("stario-4.3", "served4.py", "sqlite"),
    Contender("stario-5.1", "served5.py", "json"),
    Contender("stario-5.1", "served5.py", "sqlite"),
)
