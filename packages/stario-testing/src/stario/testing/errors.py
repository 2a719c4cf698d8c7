"""The complaints of the test client, each in its own words."""

from collections.abc import Iterable
from typing import Any

from stario.exceptions import StarioError

# Calls that cannot work


def bad_url(url: str, reason: str) -> StarioError:
    return StarioError(
        f"{url!r} is no URL to request: {reason}.",
        context={"url": url},
        help_text="Use a path that starts with a slash, or a whole http:// or https:// URL.",
        example='    await client.get("/users?page=2")',
    )


def bad_method(method: str) -> StarioError:
    return StarioError(
        f"{method!r} is no HTTP method.",
        context={"method": method},
        help_text="Use letters only, for example GET.",
    )


def bad_cookie(name: str, value: str, reason: str) -> StarioError:
    return StarioError(
        f"The cookie {name!r} cannot be sent: {reason}.",
        context={"name": name, "value": value},
        help_text="Encode it first, for example with urllib.parse.quote.",
    )


def bad_field(name: object, value: object) -> StarioError:
    return StarioError(
        f"{name!r} cannot carry a {type(value).__name__}.",
        context={"name": name, "value": value},
        help_text="Forms and queries carry str, int, float, bool, or a list of these.",
    )


def bad_file(name: object, value: object) -> StarioError:
    return StarioError(
        f"The file {name!r} cannot be sent: {value!r}.",
        context={"name": name},
        help_text="Use the payload, (filename, payload) or (filename, payload, content type); "
        "a payload is bytes or str.",
        example='    await client.post("/upload", files={"photo": ("cat.png", data, "image/png")})',
    )


def conflicting_bodies(first: str, second: str) -> ValueError:
    return ValueError(
        f"A request has one body: {first}= and {second}= cannot go together. "
        "Form fields travel beside files as data={...}."
    )


def not_an_app(given: object) -> StarioError:
    return StarioError(
        f"A TestClient takes an App or a bootstrap, not {type(given).__name__}.",
        context={"given": given},
        help_text="Pass the bootstrap of production: an async generator function.",
        example="    async with TestClient(bootstrap) as client:",
    )


def factory_beside_app() -> StarioError:
    return StarioError(
        "app_factory= builds the app for a bootstrap; this TestClient was given a built App.",
        help_text="Leave app_factory out, or pass the bootstrap.",
    )


def bad_timeout(seconds: float) -> StarioError:
    return StarioError(
        f"A timeout is a number of seconds above 0, not {seconds!r}.",
        context={"request_timeout": seconds},
        help_text="Use None for no limit.",
    )


# Right calls at the wrong time


def not_entered() -> RuntimeError:
    return RuntimeError(
        "This TestClient is not open: use it inside `async with TestClient(...) as client:`."
    )


def entered_twice() -> RuntimeError:
    return RuntimeError("A TestClient is entered once; build a new one for every `async with`.")


# What an exchange can come to


def no_answer(method: str, url: str, reason: str) -> RuntimeError:
    return RuntimeError(f"{method} {url}: {reason}.")


def too_late(method: str, url: str, seconds: float) -> TimeoutError:
    return TimeoutError(
        f"{method} {url} was not answered to its end within {seconds:g} s. "
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


def undecodable(coding: str, reason: str) -> RuntimeError:
    return RuntimeError(f"The body with content-encoding {coding!r} cannot be decoded: {reason}.")


def needs_identity(coding: str) -> RuntimeError:
    return RuntimeError(
        f"This stream has content-encoding {coding!r}, and pieces are read as they are. "
        "Leave accept-encoding out, or read it whole with body()."
    )


def never_ended(seconds: float, spans: Iterable[Any], tasks: Iterable[Any]) -> TimeoutError:
    names = [f"span {name!r}" for name in spans] + [f"task {name!r}" for name in tasks]
    return TimeoutError(
        f"Not over after {seconds:g} s: {', '.join(names) or 'work of the app'}. "
        "End every span that is started, for example with `with span:`."
    )


def survivors(names: Iterable[str]) -> RuntimeError:
    return RuntimeError(
        f"Still running after it was cancelled: {', '.join(names)}. "
        "A handler must let asyncio.CancelledError pass."
    )
