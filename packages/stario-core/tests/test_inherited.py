"""Which descriptors a server inherits: `STARIO_FD`, systemd's variables, and bad ones."""

import os

import pytest
from stario.exceptions import StarioError
from stario.http.config import ServerConfig, server_config_from_env

SYSTEMD = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("STARIO_") or name in SYSTEMD:
            monkeypatch.delenv(name)


def systemd_passes(monkeypatch: pytest.MonkeyPatch, count: str, pid: int | None = None) -> None:
    for name, value in zip(
        SYSTEMD, (str(pid or os.getpid()), count, "http:https", "17"), strict=True
    ):
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("text", "fds"), [("3", (3,)), ("3,4", (3, 4)), (" 7 , 3 ", (7, 3)), ("0", (0,)), ("", ())]
)
def test_stario_fd_names_descriptors(
    text: str, fds: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STARIO_FD", text)
    assert server_config_from_env().fds == fds


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("three", "STARIO_FD is 'three', but takes descriptors such as 3 or 3,4."),
        ("3,", "STARIO_FD is '3,', but takes descriptors"),
        ("3;4", "STARIO_FD is '3;4', but takes descriptors"),
        ("3.0", "STARIO_FD is '3.0', but takes descriptors"),
        ("-1", "fds must be numbers of open descriptors, 0 or more; got -1."),
        ("3,4,3", "fds must be different descriptors"),
    ],
)
def test_a_bad_stario_fd_is_a_stario_error(
    text: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STARIO_FD", text)
    with pytest.raises(StarioError) as caught:
        server_config_from_env()
    assert sentence in caught.value.message


def test_systemd_passes_descriptors_from_3_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once: a child of this process, or a second server, is not meant."""
    systemd_passes(monkeypatch, "2")
    assert server_config_from_env().fds == (3, 4)
    assert not set(SYSTEMD) & set(os.environ)
    assert server_config_from_env().fds == ()


def test_descriptors_for_another_process_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor what says nothing, or nobody; the variables go all the same."""
    systemd_passes(monkeypatch, "1", pid=os.getppid())
    assert server_config_from_env().fds == ()
    assert "LISTEN_FDS" not in os.environ
    systemd_passes(monkeypatch, "0")
    assert server_config_from_env().fds == ()
    monkeypatch.setenv("LISTEN_FDS", "1")
    assert server_config_from_env().fds == ()


def test_stario_fd_goes_before_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    systemd_passes(monkeypatch, "2")
    monkeypatch.setenv("STARIO_FD", "9")
    assert server_config_from_env().fds == (9,)
    assert "LISTEN_FDS" not in os.environ


@pytest.mark.parametrize("count", ["", "-1", "two", "²", "1025"])
def test_a_bad_count_from_systemd_is_a_stario_error(
    count: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    systemd_passes(monkeypatch, count)
    with pytest.raises(StarioError, match="LISTEN_FDS is"):
        server_config_from_env()


def test_descriptors_and_a_path_exclude_each_other() -> None:
    with pytest.raises(StarioError, match="and on the path 's'") as caught:
        ServerConfig(fds=(3,), unix_socket="s")
    assert "STARIO_UNIX_SOCKET" in str(caught.value.help_text)


@pytest.mark.parametrize("fds", [(True,), ("3",), (None,), (3.0,)])
def test_descriptors_are_whole_numbers(fds: tuple[int, ...]) -> None:
    with pytest.raises(StarioError, match="fds must be numbers"):
        ServerConfig(fds=fds)
