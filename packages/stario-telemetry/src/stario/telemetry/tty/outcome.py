"""What a span came to, as far as the view tells spans apart."""

from stario.telemetry.spans import RecordingSpan


def is_bad(span: RecordingSpan) -> bool:
    """Say whether a span is one that somebody has to look at: failed, or answered with a 5xx."""
    return span.failed or status_of(span) >= 500


def status_of(span: RecordingSpan) -> int:
    """Return the status code of the answer, or 0."""
    status = span.attributes.get("response.status_code")
    return status if isinstance(status, int) else 0
