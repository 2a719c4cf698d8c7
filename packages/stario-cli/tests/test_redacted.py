"""Values on a page: short, and without what their names call secret."""

from collections import UserDict
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest
from stario.cli.development.redacted import (
    HIDDEN,
    hiding_in_paths,
    is_secret,
    shown,
    without_secrets,
)
from stario.http.headers import Headers

SECRET = "hunter2"


@dataclass
class User:
    name: str
    password: str


@pytest.mark.parametrize(
    "name",
    [
        *("password", "PASSWORD", "db_passwd", "new_pwd", "access_token", "csrftoken", "cookie"),
        *("Set-Cookie", "authorization", "api_key", "apikey", "X-API-Key", "client_secret"),
        *("session", "session_id", "private_key", "credentials", "jwt"),
    ],
)
def test_a_name_of_a_secret_hides_its_value(name: str) -> None:
    """As a variable, a key, a field of another object, or a word in a text."""
    assert is_secret(name)
    assert shown(name, SECRET) == HIDDEN
    for value in (
        {name: SECRET},
        [{"inner": {name: SECRET}}],
        UserDict({name: SECRET}),
        f"a text with {name}={SECRET}&x=1",
        f'{{"{name}": "{SECRET} and more"}}',
        f"{name}: {SECRET}".encode(),
        (name, SECRET),
    ):
        assert SECRET not in shown("value", value), value


def test_objects_are_searched_as_well() -> None:
    """A dataclass, header fields, whose repr is their own."""
    assert SECRET not in shown("user", User("ada", SECRET))
    assert "ada" in shown("user", User("ada", SECRET))
    headers = Headers()
    headers.set("cookie", f"sid={SECRET}; theme=dark")
    headers.set("accept", "text/html")
    assert SECRET not in shown("headers", headers)
    assert "text/html" in shown("headers", headers)


@pytest.mark.parametrize("name", ["name", "author", "compass", "key", "path", "broken", "c"])
def test_other_names_hide_nothing(name: str) -> None:
    """Too much hidden would help nobody."""
    assert not is_secret(name)
    assert shown(name, "value") == "'value'"


class Hostile:
    def __repr__(self) -> str:
        raise LookupError


class Endless:
    def __repr__(self) -> str:
        return repr(self)


@pytest.mark.parametrize(
    "value",
    [
        *("x" * 10_000_000, b"x" * 10_000_000, list(range(1_000_000)), 10**5000),
        *({n: n for n in range(100_000)}, Hostile(), Endless(), [[[[[[[[1]]]]]]]]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_whatever_it_is_a_value_is_short(value: object) -> None:
    """Also where its repr fails, or never ends."""
    assert 0 < len(shown("value", value)) <= 301


def test_a_circle_ends() -> None:
    """A list that holds itself has no last level."""
    circle: list[object] = []
    circle.append({"x": circle})
    assert len(shown("circle", circle)) <= 301


def test_a_text_keeps_what_is_no_secret() -> None:
    """Only the value goes."""
    assert without_secrets("a=1&token=abc&b=2") == f"a=1&token={HIDDEN}&b=2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/reset/a b/x", "/reset/‹hidden›/x"),
        ("<Context GET /reset/a%20b>", "<Context GET /reset/‹hidden›>"),
        ("/reset/a%20bc", "/reset/a%20bc"),
        ("a b", "a b"),
        ("/file/7", "/file/7"),
    ],
)
def test_a_secret_segment_is_hidden_in_paths_alone(text: str, expected: str) -> None:
    hide = hiding_in_paths({"token": "a b", "number": "7"}, "/reset/a%20b/7")
    assert hide(text) == expected


@pytest.mark.parametrize("raw", ["s3cret" * 60, "%733cret" * 60])
def test_where_a_text_is_cut_the_start_of_a_secret_is_not_left(raw: str) -> None:
    """Whether it stands on its own, in a container, or among other attributes of a span."""
    path = f"/reset/{raw}"
    hide = hiding_in_paths({"token": unquote(raw)}, path)
    values: list[object] = [
        path,
        [path, 1],
        {"path": path},
        path.encode(),
        Path(path),
        "x" * 1190 + path,
    ]
    for value in values:
        assert "3cret" not in hide(f"path={shown('path', value)}, n=1")
    assert hide(path[:100]) == f"/reset/{HIDDEN}"
    assert hide("/reset/else…, /reset/other") == "/reset/else…, /reset/other"


@pytest.mark.parametrize("params", [{}, {"number": "7"}, {"token": ""}])
def test_a_path_without_secrets_stays(params: dict[str, str]) -> None:
    assert hiding_in_paths(params, "/items/7/")("/items/7/") == "/items/7/"
