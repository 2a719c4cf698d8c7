"""Every environment variable that Stario reads, as the help texts list them.

A test compares the names with what the sources read, and the defaults with what they fall back on.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable's name, its default as text ("unset" where there is none), and its meaning."""

    name: str
    default: str
    meaning: str


UNSET = "unset"

VARIABLES = (
    Variable("STARIO_HOST", "127.0.0.1", "address to listen on"),
    Variable("STARIO_PORT", "8000", "port to listen on, 1 to 65535"),
    Variable("STARIO_LOOP", "auto", "event loop: auto, asyncio, uvloop"),
    Variable("STARIO_UNIX_SOCKET", UNSET, "listen on this path instead of a port"),
    Variable("STARIO_UNIX_SOCKET_MODE", "660", "its permissions, octal"),
    Variable("STARIO_FD", UNSET, "listening sockets that it inherits, such as 3 or 3,4"),
    Variable("STARIO_BACKLOG", "2048", "connections that may wait to be accepted"),
    Variable("STARIO_REUSE_ADDR", "1", "take a port that was just in use (TCP)"),
    Variable("STARIO_GRACEFUL_SHUTDOWN_TIMEOUT", "5.0", "seconds for work in hand at the end"),
    Variable("STARIO_BLOCKED_AFTER", "0.25", "seconds; what blocks the loop longer is told"),
    Variable("STARIO_MAX_CONNECTIONS", UNSET, "connections at a time"),
    Variable("STARIO_SSL_CERTFILE", UNSET, "certificate, PEM; when set, the server speaks TLS"),
    Variable("STARIO_SSL_KEYFILE", UNSET, "its key, PEM"),
    Variable("STARIO_TRUSTED_PROXIES", UNSET, "addresses, networks, unix or *, between commas"),
    Variable("STARIO_PROXY_HEADERS", "x-forwarded", "what they write: x-forwarded, forwarded"),
    Variable("STARIO_TRUSTED_HOSTS", UNSET, "hosts, *.example.com too; unset answers for all"),
    Variable("STARIO_TRUSTED_CALLERS", UNSET, "as proxies; whose traceparent is followed"),
    Variable("STARIO_REQUESTS_MAX_HEADER_BYTES", "65536", "bytes of a request's head"),
    Variable("STARIO_REQUESTS_MAX_HEADER_FIELDS", "100", "header fields of a request"),
    Variable("STARIO_REQUESTS_MAX_BODY_BYTES", "10485760", "bytes of a request's body"),
    Variable("STARIO_REQUESTS_HEADER_TIMEOUT", "5.0", "seconds for a request's head"),
    Variable("STARIO_REQUESTS_BODY_TIMEOUT", "30.0", "seconds between two pieces of a body"),
    Variable("STARIO_REQUESTS_KEEP_ALIVE_TIMEOUT", "5.0", "seconds between two requests"),
    Variable("STARIO_REQUESTS_WRITE_TIMEOUT", "30.0", "seconds for a client that takes nothing"),
    Variable("STARIO_REQUESTS_MIN_BODY_RATE", "240", "bytes a second of a body, 0 is off"),
    Variable("STARIO_REQUESTS_MAX_PIPELINED_REQUESTS", "8", "requests waiting on a connection"),
    Variable("STARIO_COMPRESS_MIN_SIZE", "512", "bytes; smaller bodies are sent plain"),
    Variable("STARIO_COMPRESS_ZSTD_LEVEL", "3", "1 to 22, negative is off"),
    Variable("STARIO_COMPRESS_ZSTD_WINDOW_LOG", UNSET, "window, power of two"),
    Variable("STARIO_COMPRESS_BROTLI_LEVEL", "4", "0 to 11, negative is off"),
    Variable("STARIO_COMPRESS_BROTLI_WINDOW_LOG", UNSET, "window, power of two, 10 to 24"),
    Variable("STARIO_COMPRESS_GZIP_LEVEL", "6", "1 to 9, negative is off"),
    Variable("STARIO_COMPRESS_GZIP_WINDOW_BITS", UNSET, "window, power of two, 9 to 15"),
    Variable("STARIO_COMPRESS_STREAM_WINDOW_LOG", UNSET, "window of streams, 10 to 24, or none"),
    Variable("STARIO_TRACER", "auto", "auto, tty, json, noop, sqlite, module:callable, or a,b"),
    Variable("STARIO_TRACERS_SAMPLE", "1.0", "share of traces that are kept, from 0 to 1"),
    Variable("STARIO_TRACERS_SAMPLE_ERRORS", "1", "keep those that fail as well"),
    Variable("STARIO_TRACERS_REDACT", UNSET, "more names of attributes to hide, *_iban too"),
    Variable("STARIO_TRACERS_JSON_FLUSH_INTERVAL", "0.125", "seconds between two writes"),
    Variable("STARIO_TRACERS_JSON_MAX_PENDING_SPANS", "65536", "spans that may wait"),
    Variable("STARIO_TRACERS_JSON_MAX_BATCH_SPANS", "512", "spans in one write"),
    Variable("STARIO_TRACERS_SQLITE", "stario-traces.sqlite3", "path of the database"),
    Variable("STARIO_TRACERS_SQLITE_FLUSH_INTERVAL", "0.25", "seconds between two writes"),
    Variable("STARIO_TRACERS_SQLITE_MAX_PENDING_SPANS", "65536", "spans that may wait"),
    Variable("STARIO_TRACERS_SQLITE_MAX_BATCH_SPANS", "1024", "spans in one write"),
    Variable("STARIO_TRACERS_SQLITE_MAX_SPANS", UNSET, "spans to keep; unset keeps all"),
    Variable("STARIO_TRACERS_SQLITE_MAX_AGE", UNSET, "seconds to keep them; unset keeps all"),
    Variable("STARIO_TRACERS_SQLITE_MAX_BYTES", UNSET, "bytes of the database; unset keeps all"),
    Variable("NO_COLOR", UNSET, "present, even empty: no ANSI codes"),
    Variable("FORCE_COLOR", UNSET, "not empty, not 0: colours in tty traces to a file or pipe"),
)


def listing() -> str:
    """Return the table as lines of a help text: name, default in brackets, meaning."""
    width = max(len(variable.name) for variable in VARIABLES)
    return "\n".join(f"  {v.name:<{width}}  {v.meaning} [{v.default}]" for v in VARIABLES)
