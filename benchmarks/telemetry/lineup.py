"""Who takes part: a script that records spans, what it is told, and what is installed for it."""

from dataclasses import dataclass

from environments import OURS

# What is installed for each peer.
REQUIREMENTS = {
    "ours": OURS,
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
        return f"{self.peer} {self.kind}"


FLOOR = Contender("ours", "floor.py", "floor")
SPANS = (
    FLOOR,
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
RAW = Contender("ours", "../../http/contenders/raw.py", "raw")
SERVED = (
    RAW,
    Contender("ours", "served4.py", "noop"),
    Contender("ours", "served4.py", "json"),
    Contender("ours", "served4.py", "sqlite"),
    Contender("stario-4.3", "served4.py", "json"),
    Contender("stario-4.3", "served4.py", "sqlite"),
    Contender("stario-5.1", "served5.py", "json"),
    Contender("stario-5.1", "served5.py", "sqlite"),
)
