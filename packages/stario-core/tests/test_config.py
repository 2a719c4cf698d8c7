"""The settings of the server: defaults, ranges, the environment, and the sentences of refusal."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from stario.exceptions import StarioError
from stario.http.compression import CompressionConfig
from stario.http.config import (
    RequestPolicy,
    ServerConfig,
    ServerOptions,
    request_policy_from_env,
    server_config_from_env,
)

POLICY_DEFAULTS = {
    "max_header_bytes": 65536,
    "max_header_fields": 100,
    "max_body_bytes": 10485760,
    "header_timeout": 5.0,
    "body_timeout": 30.0,
    "keep_alive_timeout": 5.0,
    "max_pipelined_requests": 8,
    "write_timeout": 30.0,
    "min_body_rate": 240,
}
SERVER_DEFAULTS = {
    "host": "127.0.0.1",
    "port": 8000,
    "unix_socket": None,
    "unix_socket_mode": 0o660,
    "requests": RequestPolicy(),
    "compression": CompressionConfig(),
    "graceful_shutdown_timeout": 5.0,
    "backlog": 2048,
    "reuse_addr": True,
    "event_loop": "auto",
    "max_connections": None,
    "ssl_certfile": None,
    "ssl_keyfile": None,
    "fds": (),
    "blocked_after": 0.25,
    "trusted_proxies": (),
    "proxy_headers": "x-forwarded",
    "trusted_hosts": (),
    "trusted_callers": (),
}
NAN = float("nan")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that this machine sets may change a test."""
    import os

    for name in os.environ:
        if name.startswith("STARIO_"):
            monkeypatch.delenv(name)


def fields_of(config: RequestPolicy | ServerConfig) -> dict[str, object]:
    return {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}


def test_the_defaults_are_those_of_the_contract() -> None:
    assert fields_of(RequestPolicy()) == POLICY_DEFAULTS
    assert fields_of(ServerConfig()) == SERVER_DEFAULTS


def test_an_empty_environment_gives_the_defaults() -> None:
    assert request_policy_from_env() == RequestPolicy()
    assert server_config_from_env() == ServerConfig()


def test_none_means_the_default_objects() -> None:
    """And the narrow properties are the same objects, for those who dislike None."""
    config = ServerConfig(requests=None, compression=None)
    assert config.requests == RequestPolicy()
    assert config.request_policy is config.requests
    assert config.compression_config is config.compression


def test_given_objects_are_kept() -> None:
    policy, compression = RequestPolicy(max_body_bytes=1), CompressionConfig(min_size=1)
    config = ServerConfig(requests=policy, compression=compression)
    assert config.requests is policy
    assert config.compression is compression


def test_settings_are_values() -> None:
    """Equal settings are equal objects, and none changes under the server's feet."""
    assert ServerConfig(port=1) == ServerConfig(port=1) != ServerConfig(port=2)
    assert "port=8000" in repr(ServerConfig())
    with pytest.raises(dataclasses.FrozenInstanceError):
        ServerConfig().port = 1  # pyright: ignore[reportAttributeAccessIssue]


def test_the_options_of_serve_are_the_arguments_of_the_config() -> None:
    """They are written twice, for type checkers; this keeps them one."""
    assert ServerOptions.__annotations__.keys() == SERVER_DEFAULTS.keys()
    assert not ServerOptions.__required_keys__


@pytest.mark.parametrize(
    "options",
    [
        {"max_header_bytes": 256},
        {"max_header_fields": 1},
        {"max_body_bytes": 1},
        {"max_pipelined_requests": 1},
        {"header_timeout": 0.001},
        {"write_timeout": float("inf")},
        {"body_timeout": 1},
        {"min_body_rate": 0},
    ],
)
def test_a_policy_at_the_edge_is_accepted(options: Mapping[str, Any]) -> None:
    assert fields_of(RequestPolicy(**options)) == {**POLICY_DEFAULTS, **options}


@pytest.mark.parametrize(
    ("options", "accepted"),
    [
        ({"max_header_bytes": 255}, "a whole number, 256 or more"),
        ({"max_header_fields": 0}, "a whole number, 1 or more"),
        ({"max_header_fields": True}, "a whole number, 1 or more"),
        ({"max_body_bytes": 0}, "a whole number, 1 or more"),
        ({"max_body_bytes": 10.5}, "a whole number, 1 or more"),
        ({"max_pipelined_requests": 0}, "a whole number, 1 or more"),
        ({"min_body_rate": -1}, "a whole number, 0 or more"),
        *(
            ({name: value}, "more than 0 seconds")
            for name in ("header_timeout", "body_timeout", "keep_alive_timeout", "write_timeout")
            for value in (0, -1.0, NAN, "5")
        ),
    ],
)
def test_a_policy_out_of_range_is_refused(options: Mapping[str, Any], accepted: str) -> None:
    """The sentence names the setting, the value and what is accepted."""
    ((name, value),) = options.items()
    with pytest.raises(StarioError) as caught:
        RequestPolicy(**options)
    assert caught.value.message.startswith(f"{name} must be {accepted}")
    assert caught.value.message.endswith(f"got {value!r}.")
    assert list(caught.value.context) == [name]


@pytest.mark.parametrize(
    "options",
    [
        {"port": 1},
        {"port": 65535},
        {"backlog": 1},
        {"max_connections": 1},
        {"graceful_shutdown_timeout": 0},
        {"unix_socket_mode": 0},
        {"unix_socket_mode": 0o7777},
        {"event_loop": "asyncio"},
        {"event_loop": "uvloop"},
        {"ssl_certfile": "cert.pem"},
        {"ssl_certfile": Path("cert.pem"), "ssl_keyfile": "key.pem"},
        {"unix_socket": "/run/app.sock", "host": " "},
        {"host": "::1"},
        {"trusted_proxies": ("127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8", "unix", "*")},
        {"trusted_proxies": ("::ffff:10.0.0.0/104", "0.0.0.0/0", "10.1.0.0/255.255.0.0")},
        {"proxy_headers": "forwarded"},
        {"trusted_hosts": ("example.com", "*.Example.com", "127.0.0.1", "[::1]", "localhost")},
    ],
)
def test_a_config_at_the_edge_is_accepted(options: Mapping[str, Any]) -> None:
    assert fields_of(ServerConfig(**options)) == {**SERVER_DEFAULTS, **options}


@pytest.mark.parametrize(
    ("options", "accepted"),
    [
        ({"port": 0}, "a number from 1 to 65535"),
        ({"port": 65536}, "a number from 1 to 65535"),
        ({"port": -1}, "a number from 1 to 65535"),
        ({"port": "8000"}, "a number from 1 to 65535"),
        ({"port": 80.5}, "a number from 1 to 65535"),
        ({"port": True}, "a number from 1 to 65535"),
        ({"port": 10**5000}, "a number from 1 to 65535"),
        ({"host": ""}, "a host name or address"),
        ({"host": " \t"}, "a host name or address"),
        *(({"host": bad}, "a host name or address") for bad in (None, 5, b"127.0.0.1")),
        *(
            ({"unix_socket": bad}, "the text of a path, not blank")
            for bad in ("", " ", Path("/run/app.sock"), b"s", 5)
        ),
        ({"unix_socket_mode": -1}, "a number from 0 to 0o7777"),
        ({"unix_socket_mode": "660"}, "a number from 0 to 0o7777"),
        ({"unix_socket_mode": 0o10000}, "a number from 0 to 0o7777"),
        ({"backlog": 0}, "a whole number, 1 or more"),
        ({"max_connections": 0}, "a whole number, 1 or more"),
        ({"graceful_shutdown_timeout": -0.1}, "0 seconds or more"),
        ({"graceful_shutdown_timeout": NAN}, "0 seconds or more"),
        ({"graceful_shutdown_timeout": None}, "0 seconds or more"),
        ({"event_loop": "trio"}, "one of auto, asyncio, uvloop"),
        ({"event_loop": "AUTO"}, "one of auto, asyncio, uvloop"),
        ({"ssl_keyfile": "key.pem"}, "used with an ssl_certfile"),
        *(
            ({"trusted_proxies": ("10.0.0.1", bad)}, "addresses, networks such as 10.0.0.0/8")
            for bad in (
                *("", " ", "10.0.0.1/8", "10.0.0.0/33", "10.0.0", "010.0.0.1", "fd00::1/8"),
                *("localhost", "127.0.0.1:80", "[::1]", "fe80::1%eth0", "fe80::%1/64", "UNIX"),
                *("**", "::ffff:10.0.0.1/104", "１０.0.0.1", 5, None, b"10.0.0.1"),
            )
        ),
        *(
            ({"trusted_proxies": bad}, "a tuple of addresses")
            for bad in ("127.0.0.1", ["127.0.0.1"], None, 5)
        ),
        ({"proxy_headers": "X-Forwarded"}, "one of x-forwarded, forwarded"),
        ({"proxy_headers": ""}, "one of x-forwarded, forwarded"),
        *(({"reuse_addr": bad}, "one of True, False") for bad in ("no", None, 2)),
        *(({"fds": bad}, "a tuple of numbers of open descriptors") for bad in (3, [3], "3", None)),
        *(
            ({"requests": bad}, "a RequestPolicy(...), or None")
            for bad in ({}, {"max_body_bytes": 1}, RequestPolicy, CompressionConfig(), True)
        ),
        *(
            ({"compression": bad}, "a CompressionConfig(...), or None")
            for bad in (False, "gzip", RequestPolicy())
        ),
        *(
            ({"trusted_hosts": ("a.example", bad)}, 'names such as "example.com"')
            for bad in (
                *("", " ", "*", "*.", "*.*.example", "a.*.example", "*example", ".example"),
                *("*..example", "a.example:80", "a.example:", "https://a.example", "a.example/"),
                *("user@a.example", "a b", "::1", "[::1", "[::1]:80", "*.[::1]", "bücher.example"),
                *("a.example\n", "a,b:c", "a" * 600, 5, None),
            )
        ),
        ({"trusted_hosts": "a.example"}, "a tuple of names"),
        ({"trusted_hosts": ["a.example"]}, "a tuple of names"),
    ],
)
def test_a_config_out_of_range_is_refused(options: Mapping[str, Any], accepted: str) -> None:
    with pytest.raises(StarioError) as caught:
        ServerConfig(**options)
    (name,) = options
    assert caught.value.message.startswith(f"{name} must be {accepted}")
    assert name in caught.value.context


def test_arguments_are_keywords() -> None:
    with pytest.raises(TypeError):
        cast("Any", ServerConfig)("127.0.0.1")
    with pytest.raises(TypeError):
        cast("Any", RequestPolicy)(65536)


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("STARIO_HOST", " 0.0.0.0 ", "host", "0.0.0.0"),
        ("STARIO_PORT", "80", "port", 80),
        ("STARIO_LOOP", "AsyncIO", "event_loop", "asyncio"),
        ("STARIO_UNIX_SOCKET", "/run/app.sock", "unix_socket", "/run/app.sock"),
        ("STARIO_UNIX_SOCKET_MODE", "600", "unix_socket_mode", 0o600),
        ("STARIO_UNIX_SOCKET_MODE", "0o777", "unix_socket_mode", 0o777),
        ("STARIO_BACKLOG", "1", "backlog", 1),
        ("STARIO_REUSE_ADDR", "off", "reuse_addr", False),
        ("STARIO_GRACEFUL_SHUTDOWN_TIMEOUT", "0", "graceful_shutdown_timeout", 0.0),
        ("STARIO_MAX_CONNECTIONS", "100", "max_connections", 100),
        ("STARIO_SSL_CERTFILE", "cert.pem", "ssl_certfile", Path("cert.pem")),
        ("STARIO_BLOCKED_AFTER", "0", "blocked_after", 0.0),
        ("STARIO_TRUSTED_PROXIES", "unix", "trusted_proxies", ("unix",)),
        ("STARIO_TRUSTED_PROXIES", " ::1 , 10.0.0.0/8,", "trusted_proxies", ("::1", "10.0.0.0/8")),
        ("STARIO_PROXY_HEADERS", "Forwarded", "proxy_headers", "forwarded"),
        ("STARIO_TRUSTED_CALLERS", "10.0.0.0/8", "trusted_callers", ("10.0.0.0/8",)),
        (
            "STARIO_TRUSTED_HOSTS",
            "a.example,*.b.example",
            "trusted_hosts",
            ("a.example", "*.b.example"),
        ),
        ("STARIO_PORT", "", "port", 8000),
        ("STARIO_HOST", "  ", "host", "127.0.0.1"),
    ],
)
def test_a_variable_of_the_server_is_read(
    variable: str, text: str, field: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, text)
    assert fields_of(server_config_from_env()) == {**SERVER_DEFAULTS, field: value}


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("MAX_HEADER_BYTES", "256", "max_header_bytes", 256),
        ("MAX_HEADER_FIELDS", "7", "max_header_fields", 7),
        ("MAX_BODY_BYTES", "1", "max_body_bytes", 1),
        ("HEADER_TIMEOUT", "0.5", "header_timeout", 0.5),
        ("BODY_TIMEOUT", "1e-3", "body_timeout", 0.001),
        ("KEEP_ALIVE_TIMEOUT", "75", "keep_alive_timeout", 75.0),
        ("WRITE_TIMEOUT", "60", "write_timeout", 60.0),
        ("MIN_BODY_RATE", "0", "min_body_rate", 0),
        ("MAX_PIPELINED_REQUESTS", "1", "max_pipelined_requests", 1),
    ],
)
def test_a_variable_of_the_requests_is_read(
    variable: str, text: str, field: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By both functions."""
    monkeypatch.setenv(f"STARIO_REQUESTS_{variable}", text)
    policy = request_policy_from_env()
    assert fields_of(policy) == {**POLICY_DEFAULTS, field: value}
    assert server_config_from_env() == ServerConfig(requests=policy)


def test_compression_and_tls_come_from_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STARIO_COMPRESS_GZIP_LEVEL", "-1")
    monkeypatch.setenv("STARIO_SSL_CERTFILE", "cert.pem")
    monkeypatch.setenv("STARIO_SSL_KEYFILE", "key.pem")
    assert server_config_from_env() == ServerConfig(
        compression=CompressionConfig(gzip_level=-1),
        ssl_certfile=Path("cert.pem"),
        ssl_keyfile=Path("key.pem"),
    )


@pytest.mark.parametrize(
    ("variable", "text", "sentence"),
    [
        ("STARIO_PORT", "http", "STARIO_PORT is 'http', but takes a whole number."),
        ("STARIO_PORT", "0", "port must be a number from 1 to 65535; got 0."),
        ("STARIO_LOOP", "trio", "STARIO_LOOP is 'trio', but takes one of auto, asyncio, uvloop."),
        ("STARIO_REUSE_ADDR", "maybe", "STARIO_REUSE_ADDR is 'maybe', but takes 1, true"),
        ("STARIO_UNIX_SOCKET", " ", "STARIO_UNIX_SOCKET is '', but takes a path"),
        ("STARIO_UNIX_SOCKET_MODE", "888", "STARIO_UNIX_SOCKET_MODE is '888', but takes octal"),
        ("STARIO_BACKLOG", "0", "backlog must be a whole number, 1 or more; got 0."),
        (
            "STARIO_MAX_CONNECTIONS",
            "0",
            "max_connections must be a whole number",
        ),
        ("STARIO_SSL_CERTFILE", "", "STARIO_SSL_CERTFILE is '', but takes a path"),
        ("STARIO_SSL_KEYFILE", "key.pem", "ssl_keyfile must be used with an ssl_certfile"),
        ("STARIO_GRACEFUL_SHUTDOWN_TIMEOUT", "soon", "but takes a number."),
        ("STARIO_BLOCKED_AFTER", "-1", "blocked_after must be 0 seconds or more"),
        ("STARIO_REQUESTS_HEADER_TIMEOUT", "0", "header_timeout must be more than 0 seconds"),
        ("STARIO_REQUESTS_MAX_BODY_BYTES", "10MB", "but takes a whole number."),
        ("STARIO_COMPRESS_BROTLI_LEVEL", "12", "brotli_level must be"),
        (
            "STARIO_TRUSTED_PROXIES",
            "::1,10.0.0.1/8",
            'behind it), "unix" or "*"; got \'10.0.0.1/8\'.',
        ),
        ("STARIO_PROXY_HEADERS", "x-real-ip", "but takes one of x-forwarded, forwarded."),
        ("STARIO_TRUSTED_HOSTS", "*", "without port (none for all hosts); got '*'."),
    ],
)
def test_a_bad_variable_is_a_stario_error(
    variable: str, text: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(StarioError) as caught:
        server_config_from_env()
    assert sentence in caught.value.message
