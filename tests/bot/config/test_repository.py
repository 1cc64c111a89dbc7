"""`.bricklayer.toml`: what it may say of approval, protection, CI and limits, and how it is told."""

import pytest

from bot.config.repository import RepoConfig, parse_repo_config
from bot.errors import UserError


def test_a_repository_that_says_nothing_asks_for_a_yes_to_what_is_risky() -> None:
    config = parse_repo_config("")
    assert config == RepoConfig()
    assert (config.approval.mode, config.protect.paths, config.ci.rounds) == ("risky", (), 3)


def test_every_table_of_the_loop_is_read() -> None:
    config = parse_repo_config(
        "[approval]\nmode = 'always'\n[protect]\npaths = ['src/money/', '*.sql']\n"
        "[limits]\nfiles = 3\nlines = 40\n[ci]\nwait = 60\nsettle = 2\ngrace = 5\nrounds = 1\n"
        "require = ['test*']\nignore = ['tide']\n"
    )
    assert config.approval.mode == "always"
    assert config.protect.paths == ("src/money/", "*.sql")
    assert (config.limits.files, config.limits.lines) == (3, 40)
    assert config.ci.model_dump() == {
        "wait": 60, "settle": 2, "grace": 5, "rounds": 1, "dispatch": (),
        "require": ("test*",), "ignore": ("tide",),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[approval]\nmode = 'sometimes'", "approval.mode"),
        ("[approval]\nmod = 'never'", "Did you mean mode?"),
        ("[protect]\npath = []", "Did you mean paths?"),
        ("[protect]\npaths = ['']", "protect.paths.0"),
        ("[protect]\npaths = 'src/'", "protect.paths"),
        ("[ci]\nwait = 0", "ci.wait"),
        ("[ci]\nrounds = 11", "ci.rounds"),
        ("[ci]\ndispatch = 'ci.yml'", "ci.dispatch"),
        ("[ci]\ndispatch = ['../ci.yml']", "ci.dispatch"),
        ("[ci]\ndispatch = ['bricklayer.yml']", "not the bot's"),
        ("[ci]\nrequire = ['']", "ci.require.0"),
        ("[ci]\nignore = 'tide'", "ci.ignore"),
        ("[limits]\nfiles = -1", "limits.files"),
        ("label = ''", "label"),
        ("label = ' bricklayer'", "label"),
        ("label = 'brick\u200blayer'", "label"),
        ("[aproval]\n", "Did you mean approval?"),
    ],
)
def test_a_wrong_value_is_told_with_its_key(text: str, told: str) -> None:
    with pytest.raises(UserError) as wrong:
        parse_repo_config(text)
    assert told in str(wrong.value)
