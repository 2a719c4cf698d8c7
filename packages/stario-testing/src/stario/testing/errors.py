"""The complaints of the test client, each in its own words."""

from collections.abc import Iterable
from reprlib import repr as shortened

from stario.exceptions import StarioError

# Calls that cannot work


def bad_url(url: str, reason: str) -> StarioError:
    return StarioError(
        f"{url!r} is no URL to request: {reason}.",
        context={"url": url},
        help_text="Use a path that starts with a slash, or a whole http:// or https:// URL.",
        example='    await client.get("/users?page=2")',
    )


def bad_base_url(url: object, reason: str) -> StarioError:
    return StarioError(
        f"{url!r} is no base_url: {reason}.",
        context={"base_url": url},
        help_text="Use an origin such as http://testserver, and write paths in full.",
    )


def bad_location(url: str, location: str) -> StarioError:
    return StarioError(
        f"{url} redirects to {location!r}, which is no http URL.",
        context={"location": location},
        help_text="Pass follow_redirects=False to look at this answer.",
    )


def bad_method(method: object) -> StarioError:
    return StarioError(
        f"{method!r} is no HTTP method.",
        context={"method": method},
        help_text="Use letters only, for example GET.",
    )


def bad_cookie(name: object, value: object, reason: str) -> StarioError:
    return StarioError(
        f"The cookie {name!r} cannot be sent: {reason}.",
        context={"name": name, "value": value},
        help_text="Give a str, encoded where needed, for example with urllib.parse.quote.",
    )


def bad_field(name: object, value: object) -> StarioError:
    return StarioError(
        f"{name!r} cannot carry a {type(value).__name__}.",
        context={"name": name, "value": value},
        help_text="Forms and queries carry str, int, float, bool, or a list of these; "
        "write str(value) for others.",
    )


def bad_name(argument: str, name: object) -> StarioError:
    return StarioError(
        f"A name in {argument}= is a str, not {name!r}.",
        context={"name": name},
    )


def bad_file(name: object, value: object) -> StarioError:
    return StarioError(
        f"The file {name!r} cannot be sent: {value!r}.",
        context={"name": name},
        help_text="Use the payload, (filename, payload) or (filename, payload, content type); "
        "a payload is bytes or str, so read a file first.",
        example='    await client.post("/upload", files={"photo": ("cat.png", data, "image/png")})',
    )


def conflicting_bodies(first: str, second: str) -> ValueError:
    return ValueError(
        f"A request has one body: {first}= and {second}= cannot go together. "
        "Form fields travel beside files as data={...}."
    )


def not_an_app(given: object) -> StarioError:
    what = f"the class {given.__name__}" if isinstance(given, type) else type(given).__name__
    return StarioError(
        f"A TestClient takes an App or a bootstrap, not {what}.",
        context={"given": given},
        help_text="Pass the bootstrap of production: an async generator function.",
        example="    async with TestClient(bootstrap) as client:",
    )


def factory_beside_app() -> StarioError:
    return StarioError(
        "app_factory= builds the app for a bootstrap; this TestClient was given a built App.",
        help_text="Leave app_factory out, or pass the bootstrap.",
    )


def bad_timeout(name: str, seconds: object) -> StarioError:
    return StarioError(
        f"A timeout is a number of seconds above 0, not {seconds!r}.",
        context={name: seconds},
        help_text="Use None for no limit; for a request, None is the limit of its client.",
    )


def bad_count(name: str, number: object) -> StarioError:
    return StarioError(
        f"{name} is a whole number from 0 on, not {number!r}.", context={name: number}
    )


def bad_argument(name: str, given: object, wanted: str) -> StarioError:
    return StarioError(
        f"{name}= takes {wanted}, not {shortened(given)}.", context={"type": type(given).__name__}
    )


def async_predicate() -> TypeError:
    return TypeError(
        "until() takes a plain function; this one returned a coroutine, which is never awaited."
    )


# Right calls at the wrong time


def not_entered() -> RuntimeError:
    return RuntimeError(
        "This TestClient is not open: use it inside `async with TestClient(...) as client:`."
    )


def entered_plainly() -> TypeError:
    return TypeError("A TestClient is asynchronous: use `async with TestClient(...) as client:`.")


def other_loop() -> RuntimeError:
    return RuntimeError(
        "This TestClient was entered on another event loop. Give the fixture that enters it, and "
        "the tests that use it, the same loop scope."
    )


def entered_twice() -> RuntimeError:
    return RuntimeError("A TestClient is entered once; build a new one for every `async with`.")


# What an exchange can come to


def no_answer(method: str, url: str, reason: str) -> RuntimeError:
    return RuntimeError(f"{method} {url}: {reason}.")


def too_late(method: str, url: str, seconds: float, arrived: str) -> TimeoutError:
    return TimeoutError(
        f"{method} {url} was not answered to its end within {seconds:g} s{arrived}. "
        "The exchange was disconnected. Pass timeout= to wait longer."
    )


def too_many_redirects(limit: int, url: str) -> RuntimeError:
    return RuntimeError(
        f"More than {limit} redirects; the last one goes to {url}. "
        "Pass follow_redirects=False to look at the first answer."
    )


def error_status(status: int, phrase: str, url: str, body: str) -> RuntimeError:
    excerpt = f": {body[:200]!r}" if body else ""
    return RuntimeError(f"{status} {phrase} for {url}{excerpt}".replace("  ", " "))


def with_failure(error: RuntimeError, failure: str | None) -> RuntimeError:
    """Return the error with the traceback of the handler as a note, where there is one."""
    if failure is not None:
        error.add_note(f"The handler raised:\n{failure}")
    return error


def add_no_json(error: ValueError, status: int, url: str, media_type: str, body: str) -> None:
    """Say beside the parser's complaint what was no JSON."""
    error.add_note(f"{url} answered {status} with {media_type or 'no type'}: {body[:200]!r}")


def undecodable(coding: str, reason: str) -> RuntimeError:
    return RuntimeError(f"The body with content-encoding {coding!r} cannot be decoded: {reason}.")


def needs_identity(coding: str) -> RuntimeError:
    return RuntimeError(
        f"This stream has content-encoding {coding!r}, and pieces are read as they are. "
        "Leave accept-encoding out, or read it whole with body()."
    )


def never_ended(seconds: float, work: Iterable[str]) -> TimeoutError:
    return TimeoutError(
        f"Not over after {seconds:g} s: {', '.join(work) or 'work of the app'}. "
        "End every span that is started, for example with `with span:`."
    )


def survivors(names: Iterable[str]) -> RuntimeError:
    return RuntimeError(
        f"Still running after it was cancelled: {', '.join(names)}. "
        "A handler must let asyncio.CancelledError pass."
    )


def phase_too_long(phase: str, seconds: float, waits: object) -> TimeoutError:
    where = "" if waits is None else f"; it waits at {waits}"
    return TimeoutError(
        f"The {phase} of the bootstrap was not over after {seconds:g} s{where}. "
        "Pass lifespan_timeout= to wait longer."
    )


# Streams of events


def no_event_stream(
    name: str, status: int, kind: str, location: str | None, body: str
) -> RuntimeError:
    target = "" if location is None else f" to {location}"
    excerpt = f": {body!r}" if body else ""
    return RuntimeError(
        f"{name} answered {status}{target} with {kind or 'no content type'}{excerpt}. A stream of "
        "events is a 200 with text/event-stream."
    )


def stream_ended(name: str, wanted: str, so_far: str) -> RuntimeError:
    return RuntimeError(f"{name} ended before {wanted} came; {so_far}.")


def no_event(name: str, wanted: str, seconds: float, so_far: str, handlers: str) -> TimeoutError:
    where = f"; the handler is {handlers}" if handlers else ""
    return TimeoutError(
        f"{name} did not send {wanted} within {seconds:g} s; {so_far}{where}. "
        "Pass timeout= to wait longer."
    )


def no_signals(text: str) -> ValueError:
    return ValueError(f"The signals of this event are no JSON object: {text[:200]!r}")


# Pages


def no_html_library() -> ImportError:
    return ImportError(
        "A page needs an HTML parser, which is an extra: pip install 'stario-testing[page]'"
    )


def bad_selector(selector: str, reason: str) -> ValueError:
    return ValueError(f"{selector!r} is no CSS selector that can be used here: {reason}.")


def no_page(name: str, status: int, kind: str, body: str) -> RuntimeError:
    return RuntimeError(
        f"{name} answered {status} with {kind or 'no content type'}, which is no page: "
        f"{body[:200]!r}"
    )


def no_element(selector: str, ids: list[str], html: str) -> LookupError:
    known = f"The ids are {', '.join(ids[:30])}." if ids else f"The page is {html[:300]!r}"
    return LookupError(f"No element for {selector!r}. {known}")


def no_such_signal(name: str, names: list[str], expressions: list[str]) -> KeyError:
    unread = f"; not evaluated: {', '.join(map(repr, expressions[:5]))}" if expressions else ""
    return KeyError(f"no signal {name!r}; there are {', '.join(names) or 'none'}{unread}")


def not_a_control(selector: str, name: str) -> ValueError:
    return ValueError(
        f"{selector!r} is a <{name}>, which cannot be filled: name an input, a textarea, a select, "
        "or an element with data-bind."
    )


def not_checkable(selector: str, kind: str, value: object) -> ValueError:
    return ValueError(f"{selector!r} is a {kind}: fill it with True or False, not {value!r}.")


def no_option(selector: str, value: str, values: list[str]) -> ValueError:
    return ValueError(
        f"{selector!r} has no option {value!r}; there are {', '.join(map(repr, values)) or 'none'}."
    )


def not_a_form(selector: str, name: str) -> ValueError:
    return ValueError(f"{selector!r} is a <{name}>, and no form.")


def not_a_plain_action(selector: str, what: str, expression: str | None) -> ValueError:
    if expression is None:
        return ValueError(
            f"{selector!r} has no {what}, and is neither a link nor a button of a form. Send its "
            'request yourself: await page.post("/url").'
        )
    return ValueError(
        f"The {what} of {selector!r} is more than one plain action: {expression!r}. Expressions "
        "are not evaluated: set page.signals, and send the request yourself: "
        'await page.post("/url").'
    )


def not_in_time(seconds: float, state: str) -> TimeoutError:
    return TimeoutError(f"The predicate was not true of the page within {seconds:g} s. {state}")


def no_more_to_come(state: str) -> RuntimeError:
    return RuntimeError(
        f"The predicate is not true of the page, and no stream is open to change it. {state}"
    )


def no_subscription(url: str) -> ValueError:
    return ValueError(
        f'The page {url} opens no stream by a plain `data-init`. Name it: page.stream("/url").'
    )


# Servers, leaks and fixtures


def not_a_bootstrap(given: object) -> StarioError:
    return StarioError(
        f"It takes a bootstrap to start an app, not {shortened(given)}.",
        help_text="Pass the bootstrap of production: an async generator function.",
    )


def did_not_start(error: BaseException) -> RuntimeError:
    return RuntimeError(f"The live server did not start: {error!r}")


def did_not_stop(url: str, seconds: float) -> RuntimeError:
    return RuntimeError(f"The live server at {url} did not end within {seconds:g} s.")


def left_open(found: Iterable[str]) -> AssertionError:
    return AssertionError("Left open:\n" + "\n".join(f"  {one}" for one in found))
