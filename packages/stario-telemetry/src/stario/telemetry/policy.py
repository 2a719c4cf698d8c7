"""What is recorded of an application's traces: which of them, and without which secrets."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from stario.env import bad_setting, read_bool, read_float, read_list
from stario.telemetry.redaction import Redaction

if TYPE_CHECKING:
    from stario.telemetry.sampling import Sample

__all__ = ["SpanPolicy", "span_policy_from_env"]


@dataclass(frozen=True, kw_only=True)
class SpanPolicy:
    """Settings of a tracer that hold before any sink. Raises ValueError for a bad one.

    `sample` is the share of traces that are kept, from 0 to 1; a trace of a trusted caller follows
    the caller's decision instead, unless the share is 1, which keeps all. With `sample_errors` a
    trace outside the sample is written all the same when one of its spans fails before its local
    root ends; without, it records nothing and costs next to nothing. `redact` adds names, with
    wildcards, to those whose values are never recorded.
    """

    sample: float = 1.0
    sample_errors: bool = True
    redact: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.sample, int | float) or not 0 <= self.sample <= 1:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f"sample must be a share from 0 to 1, not {self.sample!r}.")
        if not _are_names(self.redact):
            raise ValueError(f"redact must be a tuple of names, not {self.redact!r}.")

    def make_sample(self) -> "Sample | None":
        """Return the sample, or None where all is kept."""
        if self.sample == 1:
            return None
        from stario.telemetry.sampling import Sample

        return Sample(self.sample, keeps_errors=self.sample_errors)

    def make_redaction(self) -> Redaction:
        return Redaction(self.redact)


def _are_names(given: object) -> bool:
    if not isinstance(given, tuple | list):
        return False
    return all(isinstance(name, str) for name in cast("tuple[object, ...]", given))


def span_policy_from_env() -> SpanPolicy:
    """Read `STARIO_TRACERS_SAMPLE`, `_SAMPLE_ERRORS` and `_REDACT`.

    Raises StarioError for a bad value.
    """
    try:
        return SpanPolicy(
            sample=read_float("STARIO_TRACERS_SAMPLE", 1.0),
            sample_errors=read_bool("STARIO_TRACERS_SAMPLE_ERRORS", True),
            redact=read_list("STARIO_TRACERS_REDACT", ()),
        )
    except ValueError as error:
        raise bad_setting(error, "STARIO_TRACERS_*") from error
