"""The name of a download: one for every text, and none that a client or a person could misread."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stario.staticassets.disposition import attachment, safe_name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("report.pdf", 'attachment; filename="report.pdf"'),
        ("a b (1).txt", 'attachment; filename="a b (1).txt"'),
        ("ž.txt", "attachment; filename=\"_.txt\"; filename*=UTF-8''%C5%BE.txt"),
        ('a"b.txt', "attachment; filename=\"a_b.txt\"; filename*=UTF-8''a%22b.txt"),
        ("100%25.txt", "attachment; filename=\"100_25.txt\"; filename*=UTF-8''100%2525.txt"),
        ("/etc/passwd", 'attachment; filename="passwd"'),
        ("..\\..\\boot.ini", 'attachment; filename="boot.ini"'),
        (
            "a\r\nx-injected: 1",
            "attachment; filename=\"a__x-injected_ 1\"; filename*=UTF-8''a__x-injected%3A%201",
        ),
        ("a\u202etxt.exe", 'attachment; filename="a_txt.exe"'),
        ("\ud800", 'attachment; filename="_"'),
        ("", 'attachment; filename="download"'),
        ("..", 'attachment; filename="download"'),
        (" .htaccess. ", 'attachment; filename="htaccess"'),
        ("folder/", 'attachment; filename="download"'),
        ("n" * 300 + ".txt", f'attachment; filename="{"n" * 196}.txt"'),
        ("n." + "x" * 300, f'attachment; filename="n.{"x" * 198}"'),
    ],
)
def test_a_download_has_a_name_that_is_shown_as_it_is(name: str, value: str) -> None:
    assert attachment(name) == value


FIELD = re.compile(
    r"attachment; filename=\"([^\"\\%]+)\"(?:; filename\*=UTF-8''([A-Za-z0-9!#$&+\-.^_`|~%]+))?"
)


@given(st.text())
def test_every_text_is_a_name_that_clients_read_alike(name: str) -> None:
    field = FIELD.fullmatch(attachment(name))
    assert field is not None
    assert field[0].isascii()
    assert field[0].isprintable()
    shown = safe_name(name)
    assert field[1] == shown if field[2] is None else unquote(field[2]) == shown
    assert not {"/", "\\", "\r", "\n", "\0"} & set(shown)
    assert 0 < len(shown) <= 200
