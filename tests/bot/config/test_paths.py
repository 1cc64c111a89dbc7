"""Paths out of the environment and the settings: absolute, or told to be wrong."""

import os
import pwd
from pathlib import Path

import pytest

from bot.config.machine import find_settings_file, parse_settings, read_settings, state_dir
from bot.config.paths import (
    find_cache_home,
    find_config_home,
    find_home,
    find_state_home,
    resolve_path,
)
from bot.errors import UserError

BASES = {
    "XDG_CONFIG_HOME": (find_config_home, ".config"),
    "XDG_CACHE_HOME": (find_cache_home, ".cache"),
    "XDG_STATE_HOME": (find_state_home, ".local/state"),
}


@pytest.mark.parametrize("variable", BASES)
@pytest.mark.parametrize("relative", ["", "state", "./state", "../state", "~/state", "~"])
def test_a_base_folder_that_is_relative_is_ignored(
    variable: str, relative: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The XDG specification: consider the path invalid and ignore it."""
    find, default = BASES[variable]
    monkeypatch.setenv(variable, relative)
    assert find() == home / default


@pytest.mark.parametrize("variable", BASES)
def test_a_base_folder_that_is_absolute_counts(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(tmp_path))
    assert BASES[variable][0]() == tmp_path


@pytest.mark.parametrize("home", [None, "", "relative", ".", "~"])
def test_a_home_that_is_none_is_looked_up(
    home: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unset, empty or relative: then the system's record of the account counts."""
    if home is None:
        monkeypatch.delenv("HOME")
    else:
        monkeypatch.setenv("HOME", home)
    assert find_home() == Path(pwd.getpwuid(os.getuid()).pw_dir)


def test_an_account_without_a_home_is_told_to_set_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container that runs under a number has no record of its account."""
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)
    with pytest.raises(UserError, match="HOME: this account has no home folder"):
        find_state_home()


@pytest.mark.parametrize(
    ("text", "end"),
    [("~", ""), ("~/keys/app.pem", "keys/app.pem"), ("~//keys", "keys")],
)
def test_a_tilde_is_the_home_folder(text: str, end: str, home: Path) -> None:
    assert resolve_path(text, where="key") == home / end


def test_a_relative_path_is_meant_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve_path("replies.md", where="models") == tmp_path / "replies.md"
    assert resolve_path("/a/b", where="models") == Path("/a/b")


@pytest.mark.parametrize("text", ["", "a\0b", "~nobody-of-that-name/x"])
def test_what_no_file_system_has_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="token_file: "):
        resolve_path(text, where="token_file")


@pytest.mark.parametrize("url", ["sqlite:///brick.sqlite", "sqlite+pysqlite:///./a.sqlite"])
def test_a_database_file_must_be_the_same_from_everywhere(url: str) -> None:
    with pytest.raises(UserError, match=r"database_url: .*absolute path"):
        parse_settings(f'database_url = "{url}"')


@pytest.mark.parametrize("url", ["sqlite:////a/b.sqlite", "sqlite:///:memory:", "postgresql:///b"])
def test_any_other_database_is_left_to_its_driver(url: str) -> None:
    assert parse_settings(f'database_url = "{url}"').database_url == url


@pytest.mark.parametrize("text", ["state", "./state", "../state", "a/b"])
def test_a_state_folder_must_be_the_same_from_everywhere(text: str) -> None:
    """From two working folders it would be two databases."""
    with pytest.raises(UserError, match=r"state_dir: .*absolute path"):
        parse_settings(f'state_dir = "{text}"')


@pytest.mark.parametrize(
    "table",
    [
        'state_dir = "a\\u0000b"',
        'toolchains = ["a\\u0000b"]',
        '[github]\nprivate_key_file = "\\u0000"',
        '[github]\ntoken_file = "\\u0000"',
    ],
)
def test_no_path_of_the_settings_holds_nul(table: str) -> None:
    with pytest.raises(UserError):
        parse_settings(table)


def test_a_state_folder_may_begin_with_a_tilde(home: Path) -> None:
    assert state_dir(parse_settings('state_dir = "~/brick"')) == home / "brick"


def test_the_settings_file_may_be_named_with_a_tilde_or_from_here(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "mine.toml").write_text('state_dir = "/brick"')
    monkeypatch.setenv("BRICKLAYER_CONFIG", "~/mine.toml")
    assert state_dir(read_settings()) == Path("/brick")
    monkeypatch.chdir(home)
    monkeypatch.setenv("BRICKLAYER_CONFIG", "mine.toml")
    assert find_settings_file() == home / "mine.toml"


@pytest.mark.parametrize("named", ["none.toml", "/", "~nobody-of-that-name/x", "x" * 5000])
def test_a_settings_file_that_is_none_is_told(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRICKLAYER_CONFIG", named)
    with pytest.raises(UserError, match=r"BRICKLAYER_CONFIG|no account"):
        find_settings_file()


@pytest.mark.parametrize("raw", [b"\xff\xfe", None])
def test_a_settings_file_nobody_can_read_is_told(raw: bytes | None, home: Path) -> None:
    """No text, or a folder in its place."""
    path = home / ".config/bricklayer/bricklayer.toml"
    path.parent.mkdir(parents=True)
    path.mkdir() if raw is None else path.write_bytes(raw)
    with pytest.raises(UserError, match=r"not UTF-8|cannot be read"):
        read_settings()
