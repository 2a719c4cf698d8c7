"""Signals on their way in: untrusted JSON from the query or the body of a request.

Whatever cannot be one JSON object that this server could write again is a 400 with a sentence:
no input may end as an exception in the handler.
"""

from typing import TYPE_CHECKING, Any, cast, overload
from urllib.parse import unquote_to_bytes

from stario.datastar.errors import bad_signals, not_a_request
from stario.datastar.models.invalid import last_read
from stario.datastar.models.model import Signals, signals_of
from stario.http.bodies.json_text import UnreadableJson, read_json

if TYPE_CHECKING:
    from stario.http.request import Request

_PARAMETER = "datastar"
_IN_THE_QUERY = ("GET", "DELETE", "HEAD")

# Far beyond any page, far below where the parser of any supported Python gives up (about 1,000),
# so that what was read can also be walked and written again.
_MAX_DEPTH = 200


@overload
async def read_signals(req: "Request", *, max_size: int | None = None) -> dict[str, Any]: ...
@overload
async def read_signals[T](
    req: "Request", model: type[T] | Signals[T], *, max_size: int | None = None
) -> T: ...
async def read_signals(
    req: "Request", model: type[Any] | Signals[Any] | None = None, *, max_size: int | None = None
) -> Any:
    """Read the signals that Datastar sent, `{}` when there are none, or make them a model.

    GET, DELETE and HEAD carry them in the query parameter `datastar`, other methods in the body,
    whose reading can raise as `Request.body` does; `max_size`, in bytes, replaces the server's
    limit, which leaves room for files. Raises `HttpException(400)` for anything that is not a
    JSON object. The values are the browser's word: check them.

    A model does that: a dataclass or a msgspec Struct, or the `Signals` of one. Raises
    `InvalidSignals` with a sentence for every field that is wrong, and `StarioError` for a class
    that cannot be a model.
    """
    if not hasattr(req, "method"):
        raise not_a_request(req)
    checked = None if model is None else signals_of(model)
    last_read.set(checked)
    sent = _from_query(req) if req.method in _IN_THE_QUERY else await req.body(max_size)
    signals = _object(sent) if sent else {}
    return signals if checked is None else checked.parse(signals)


def _from_query(req: "Request") -> str | bytes:
    text = req.query.get(_PARAMETER) or ""
    # The query replaces what is not UTF-8; only then the raw bytes are worth a look.
    if "\ufffd" in text:
        for pair in req.query_bytes.split(b"&"):
            if pair.startswith(b"datastar="):
                return unquote_to_bytes(pair.removeprefix(b"datastar=").replace(b"+", b" "))
    return text


def _object(sent: str | bytes) -> dict[str, Any]:
    try:
        signals: object = read_json(sent, _MAX_DEPTH)
    except UnreadableJson as error:
        raise bad_signals(f"The signals cannot be read as JSON: {error}.") from None
    if not isinstance(signals, dict):
        raise bad_signals("The signals are not a JSON object.")
    return cast("dict[str, Any]", signals)
