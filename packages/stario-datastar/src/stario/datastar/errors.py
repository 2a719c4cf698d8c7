"""What this package complains about, in full sentences.

Each function makes one error; the code that found the fault says `raise bad_key(key)` and no more.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from stario.exceptions import HttpException, StarioError, StarioRuntime
from stario.markup.errors import shown

_JSON_IN_HELP = "Datastar sends the signals as one JSON object."


class UnknownSignal(StarioError, AttributeError):
    """A name that a model of signals does not have."""


def not_text(what: str, value: object) -> StarioError:
    return StarioError(
        f"{what} must be a str, not {type(value).__name__}.",
        context={"value": value},
        help_text="Expressions are JavaScript source: write '1' for the number, \"'x'\" for text.",
    )


def no_javascript_for(value: object) -> StarioError:
    return StarioError(
        f"A value of type {type(value).__name__} cannot be written as JavaScript.",
        context={"value": value},
        help_text="Use None, bool, int, a finite float, str, list, tuple or a mapping of these.",
    )


def no_url(value: object) -> StarioError:
    return StarioError(
        f"The URL of an action must be a str, not {type(value).__name__}.",
        context={"url": value},
        help_text="A UrlPath makes one with href().",
        example='at.get(SEARCH.href(query={"q": "tea"}))',
    )


def no_queries(value: object) -> StarioError:
    return StarioError(
        f"The queries of an action are a mapping, not {type(value).__name__}.",
        context={"queries": value},
        example='at.get("/search", {"q": "$query", "tag": ["a", "b"]})',
    )


def mapping_in_a_query(value: object) -> StarioError:
    return StarioError(
        "A mapping cannot be a value of a query.",
        context={"value": value},
        help_text="Give each of its values a name of its own; a list repeats its name.",
    )


def not_a_mapping(value: object) -> StarioError:
    return StarioError(
        f"A JavaScript object is written from a mapping, not from {type(value).__name__}.",
        context={"value": value},
        example='js_object({"method": "\'GET\'", "limit": 10})',
    )


def nested_too_deep(what: str) -> StarioError:
    return StarioError(
        f"{what} is nested too deeply to be written.",
        help_text="Does a list or a mapping contain itself?",
    )


def bad_filter(name: object) -> StarioError:
    return StarioError(
        "A signal filter is a regular expression, or a list of the names of signals.",
        context={"filter": name},
        example='include=["email", "address"]',
    )


def bad_time(time: object) -> StarioError:
    return StarioError(
        "This is not a time that Datastar can wait for.",
        context={"time": time},
        help_text="Use seconds as an int or a float from 0, or a whole number with ms or s.",
        example='delay=0.5   delay=2   delay="300ms"',
    )


def bad_flags(kind: str, value: object, flags: tuple[str, ...]) -> StarioError:
    return StarioError(
        f"A {kind} is a time, or a tuple of a time and flags.",
        context={kind: value},
        help_text=f"The flags are {' and '.join(flags)}, each at most once.",
        example=f'{kind}=("300ms", "{flags[0]}")',
    )


def bad_threshold(threshold: object) -> StarioError:
    return StarioError(
        "The threshold is the visible share of the element.",
        context={"threshold": threshold},
        help_text='Use a number from 0.0 to 1.0, "half", "full", or whole percents such as "75".',
    )


def not_one_of(what: str, value: object, choices: tuple[str, ...]) -> StarioError:
    return StarioError(
        f"{what} is not one that Datastar knows.",
        context={"value": value},
        help_text=f"Use one of {', '.join(choices)}.",
    )


def passive_cannot_prevent() -> StarioError:
    return StarioError(
        "A passive listener cannot prevent the default action of its event.",
        help_text="Drop passive=True or prevent=True.",
    )


def bad_signal_name(name: object) -> StarioError:
    if isinstance(name, str) and name.startswith("$"):
        return StarioError(
            "This is not the name of a signal, but an expression.",
            context={"name": name},
            help_text="A name has no $: data.bind('email'), and data.text('$email').",
        )
    return StarioError(
        "This is not the name of a signal.",
        context={"name": name},
        help_text=(
            "A name is segments joined with dots. A segment is ASCII letters, digits and _, with "
            "hyphens only inside, and never two underscores in a row. Data with other keys can be "
            "sent in a list, or as one JSON text."
        ),
        example='"email"   "my_count"   "ui.isOpen"',
    )


def unknown_signal(model: str, name: str, known: Iterable[str]) -> AttributeError:
    if name.startswith("__"):  # Python asks for these: copy, pickle, doctest
        return AttributeError(name)
    names = sorted(known)
    near = get_close_matches(name, names, 1)
    it_has = f"It has {', '.join(names)}." if names else "There is nothing below this signal."
    return UnknownSignal(
        f"{model or 'This model'} has no signal {name!r}.",
        help_text=f"Did you mean {near[0]!r}? {it_has}" if near else it_has,
    )


def bad_limits(limits: object) -> StarioError:
    return StarioError(
        "These limits are not valid.",
        context={"limits": limits},
        help_text=(
            "Lengths are whole numbers from 0. No lower limit is above an upper one. A pattern is "
            "a regular expression for str, a message is a str. multiple_of is not supported."
        ),
    )


def no_model(model: object) -> StarioError:
    return StarioError(
        "A model of signals is a dataclass or a msgspec Struct, and has no InitVar.",
        context={"model": model},
        example="@dataclass\nclass Draft:\n    title: str = ''\n\nS = Signals(Draft)",
    )


def unresolved(model: type, error: Exception) -> StarioError:
    return StarioError(
        f"The annotations of {model.__name__} cannot be resolved: {error}.",
        help_text="What they name has to exist at run time, in the module of the model.",
    )


def unsupported(path: str, annotation: object, reason: str = "") -> StarioError:
    return StarioError(
        f"{path} cannot be read from signals. {reason}".rstrip(),
        context={"annotation": annotation},
        help_text=(
            "Supported are str, int, float, bool, None, Decimal, UUID, date, datetime, time, "
            "Literal, Enum, list, tuple, set, frozenset, dict[str, ...], dataclasses, msgspec "
            "Structs, FileSignal, Any, and unions, with Limits in Annotated."
        ),
    )


def does_not_fit(path: str, value: object, sentence: str) -> StarioError:
    return StarioError(
        f"This value does not fit {path}: {sentence}",
        context={"value": value},
    )


def bad_errors(errors: object) -> StarioError:
    return StarioError(
        "The errors of a form are a mapping from fields to sentences, with at least one.",
        context={"errors": errors},
        example="raise InvalidSignals({'title': 'That title is taken.'})",
    )


def errors_of_a_class(model: type) -> StarioError:
    return StarioError(
        f"The errors of a form are shown by the Signals of its model, not by {model.__name__}.",
        example=f"raise InvalidSignals(errors, model=Signals({model.__name__}))",
    )


def hyphens_with_capitals(name: str) -> StarioError:
    return StarioError(
        "An attribute name cannot carry a signal name with both hyphens and capitals.",
        context={"name": name},
        help_text="HTML lower-cases attribute names. Use one style, or data.signals({...}).",
    )


def bad_key(key: object) -> StarioError:
    return StarioError(
        "This key cannot be part of an attribute name.",
        context={"key": key},
        help_text=(
            "No white space, control characters or \" ' < > / = & `, no two underscores in a row, "
            "and no underscore before a modifier. Where the method has a form that takes a "
            "mapping, it takes any name."
        ),
        example="data.classes({'block__element': '$active'})",
    )


def contradiction(name: object) -> StarioError:
    return StarioError(
        "Two keys of these signals contradict each other.",
        context={"name": name},
        help_text="A dotted key is a path: 'a.b' cannot stand beside a value for 'a' or for 'a.b'.",
    )


def no_signals(payload: object) -> TypeError:
    return TypeError(f"Signals are a mapping of names to values, not {type(payload).__name__}.")


def not_json(error: Exception) -> StarioError:
    return StarioError(
        f"These signals cannot be written as JSON: {error}.",
        help_text="Use None, bool, int, finite float, str, list and dict.",
    )


def selector_without_form() -> StarioError:
    return StarioError(
        "A selector says which form is sent, so it needs content_type='form'.",
        example="at.post('/x', content_type='form', selector='#profile')",
    )


def not_encodable(value: object) -> StarioError:
    return StarioError(
        "This query value holds half a surrogate pair, which no URL can carry.",
        context={"value": value},
    )


def unknown_option(names: list[str]) -> TypeError:
    return TypeError(f"Datastar actions have no option {', '.join(names)}.")


def breaks_the_line(what: str, value: object) -> StarioError:
    return StarioError(
        f"The {what} of an event is one line of text.",
        context={"value": value},
        help_text="Remove CR, LF and NUL: in an event stream they would start something new.",
    )


def empty_selector() -> StarioError:
    return StarioError("The selector is empty.", example="sse.remove('#message-7')")


def bad_retry(retry: object) -> StarioError:
    return StarioError(
        "The retry of an event is a positive whole number of milliseconds.",
        context={"retry": retry},
    )


def not_a_writer(given: object) -> StarioError:
    return StarioError(
        f"SSE() takes the writer of the response, not {type(given).__name__}.",
        context={"given": given},
        example="async def handler(c: Context, w: Writer) -> None:\n    sse = SSE(w)",
    )


def not_a_request(given: object) -> StarioError:
    return StarioError(
        f"read_signals() takes a request, not {type(given).__name__}.",
        context={"given": given},
        example="signals = await read_signals(c.req)",
    )


def bad_ping(ping: object) -> StarioError:
    return StarioError(
        "The ping of a stream is a number of seconds above 0, or None for no pings.",
        context={"ping": ping},
        example="SSE(w, ping=15)",
    )


def not_an_event_stream(content_type: object) -> StarioRuntime:
    return StarioRuntime(
        "This response has started as something other than an event stream.",
        context={"content_type": content_type},
        help_text="Use SSE(w) before anything else is written, or answer without SSE.",
    )


def bad_script_attributes(attributes: object) -> StarioError:
    return StarioError(
        f"The attributes of a script are a mapping, not {type(attributes).__name__}.",
        context={"attributes": attributes},
        example='sse.execute_script(code, attributes={"type": "module"})',
    )


def event_in_an_event(event: object) -> StarioError:
    return StarioError(
        "This is already an event, and cannot be the content of another one.",
        context={"content": event},
        help_text="Send it with sse.send(event).",
    )


def not_made_by_events(value: object) -> StarioError:
    return StarioError(
        f"send() takes an event made by stario.datastar.events, not {type(value).__name__}.",
        context={"value": value},
        example="sse.send(events.patch_elements(view(state)))",
    )


def stream_is_over() -> StarioRuntime:
    return StarioRuntime(
        "This response is completed; no event can follow.",
        help_text="Send events before w.end(), and not after responses.*.",
    )


def not_a_subscription(given: object) -> StarioError:
    return StarioError(
        f"sse.loop() takes a subscription, not {type(given).__name__}.",
        context={"given": given},
        help_text="Hand over what relay.subscribe() returns, as it is.",
        example='sse.loop(c, relay.subscribe("room.*", latest=True))',
    )


def subscription_is_entered(subscription: object) -> StarioRuntime:
    return StarioRuntime(
        "This subscription has been entered already; sse.loop() enters and leaves it itself.",
        context={"subscription": subscription},
        help_text="Hand over what relay.subscribe() returns, without `async with`.",
        example='async with sse.loop(c, relay.subscribe("room.*", latest=True)) as changes:',
    )


def loop_not_entered() -> StarioRuntime:
    return StarioRuntime(
        "The loop of a stream was iterated outside its block.",
        help_text="Enter it first: its subscription begins there, before the state is read.",
        example="async with sse.loop(c, subscription) as changes:",
    )


def bad_nonce(value: object) -> StarioError:
    return StarioError(
        f"A nonce is base64 text; {shown(value)} is not.",
        help_text="Make one for each page, and send it in the page's content-security-policy.",
        example="nonce = secrets.token_urlsafe(16)",
    )


def not_a_relay(given: object) -> StarioError:
    return StarioError(
        f"sse.follow() takes a relay or a Replay before its subjects, not {type(given).__name__}.",
        context={"given": given},
        example='await sse.follow(c, relay, "room.*")',
    )


def not_an_event(subject: str, data: object) -> StarioError:
    return StarioError(
        f"What was published on {shown(subject)} is not an Event but a {type(data).__name__}.",
        context={"data": data},
        help_text=(
            "For sse.follow() publish what stario.datastar.events makes; other data is for "
            "sse.loop()."
        ),
        example="relay.publish(subject, events.patch_elements(view(state)))",
    )


def not_by_the_replay(subject: str, data: object) -> StarioError:
    return StarioError(
        f"What was published on {shown(subject)} was not published by the Replay that is followed.",
        context={"data": data},
        help_text=(
            "Publish it with the publish() of that very Replay, on subjects that nobody else uses: "
            "an event has no number but from there."
        ),
        example="history = Replay(relay)\nhistory.publish(subject, event)",
    )


def first_is_no_event(made: object) -> StarioError:
    return StarioError(
        f"first= of sse.follow() is an Event or a function that makes one, not {shown(made)}.",
        help_text="Make the current state with stario.datastar.events.",
        example="first=lambda: events.patch_elements(view(state))",
    )


def bad_replay_bound(name: str, bound: object) -> StarioError:
    return StarioError(
        f"{name} of a Replay must be a whole number of at least 1, not {shown(bound)}.",
        help_text="It is how much is kept for browsers that come back.",
    )


def bad_signals(reason: str) -> HttpException:
    return HttpException(400, f"{reason} {_JSON_IN_HELP}")
