"""A form as it comes: signals from Datastar, fields from a browser that runs no script."""

from stario.datastar import Signals, read_signals
from stario.http.request import Request

_MAX_BYTES = 65_536  # a message of 2,000 characters takes 24,000 at worst


async def read_form[T](req: Request, signals: Signals[T]) -> T:
    """Read a model. Raises InvalidSignals with a sentence for each field that is wrong, and
    HttpException for what is no form.
    """
    if is_plain_form(req):
        fields = await req.form(_MAX_BYTES)
        return signals.parse(fields.as_dict())
    return await read_signals(req, signals, max_size=_MAX_BYTES)


def is_plain_form(req: Request) -> bool:
    return req.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
