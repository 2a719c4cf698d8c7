"""The test server of Datastar's SDK contract, for the official runner and for our own golden tests.

    cd tests && stario serve datastar_sdk_server:bootstrap

`/test` takes, by GET in the query and by POST in the body, the signal `events`: a list of what is
to be sent, which comes back as a stream. All events are made before the first is sent, so that a
list with a mistake is a 400 and no half of a stream.
"""

from collections.abc import AsyncGenerator, Callable
from typing import Any, cast

from stario import App, Context, Span, UrlPath, Writer
from stario.datastar import SSE, events, read_signals
from stario.datastar.event import Event
from stario.exceptions import HttpException, StarioError

TEST = UrlPath("/test")

type Options = dict[str, Any]

# What the contract calls an option, and what we call it.
EVERY_EVENT = {"eventId": "event_id", "retryDuration": "retry"}
TRANSITION = {"useViewTransition": "view_transition"}
ELEMENTS = {
    "selector": "selector",
    "mode": "mode",
    "namespace": "namespace",
    "viewTransitionSelector": "view_transition_selector",
    **TRANSITION,
    **EVERY_EVENT,
}
SIGNALS = {"onlyIfMissing": "only_if_missing", **EVERY_EVENT}
SCRIPT = {"autoRemove": "auto_remove", "attributes": "attributes", **EVERY_EVENT}


async def test(c: Context, w: Writer) -> None:
    signals = await read_signals(c.req)
    wanted = signals.get("events")
    if not isinstance(wanted, list):
        raise HttpException(400, "The signal `events` is a list of events.")
    sse = SSE(w)
    made = [event_of(each) for each in cast("list[object]", wanted)]
    sse.open()
    for event in made:
        sse.send(event)


def event_of(wanted: object) -> Event:
    if not isinstance(wanted, dict):
        raise HttpException(400, "An event is an object.")
    options = cast("Options", wanted)
    make = MAKERS.get(options.get("type", ""))
    if make is None:
        raise HttpException(400, f"An event is one of {', '.join(MAKERS)}.")
    try:
        return make(options)
    except (StarioError, TypeError) as error:
        raise HttpException(400, str(error)) from error


def patch_elements(options: Options) -> Event:
    if options.get("mode") == "remove":
        given = named(options, TRANSITION | EVERY_EVENT)
        return events.remove(options.get("selector", ""), **given)
    return events.patch_elements(options.get("elements", ""), **named(options, ELEMENTS))


def patch_signals(options: Options) -> Event:
    payload = options.get("signals-raw", options.get("signals", {}))
    return events.patch_signals(payload, **named(options, SIGNALS))


def execute_script(options: Options) -> Event:
    return events.execute_script(options.get("script", ""), **named(options, SCRIPT))


MAKERS: dict[str, Callable[[Options], Event]] = {
    "patchElements": patch_elements,
    "patchSignals": patch_signals,
    "executeScript": execute_script,
}


def named(options: Options, names: dict[str, str]) -> Options:
    """The options that are given, under our names."""
    return {ours: options[theirs] for theirs, ours in names.items() if theirs in options}


async def bootstrap(app: App, span: Span) -> AsyncGenerator[None]:
    app.get(TEST, test)
    app.post(TEST, test)
    yield
