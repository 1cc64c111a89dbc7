"""A value that a settings file cannot have is told in words of TOML, with what to write."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from support.processor_time import require_within

from bot.config.machine import Settings, parse_settings
from bot.config.repository import RepoConfig, parse_repo_config
from bot.config.toml import Table, _find_tables
from bot.errors import UserError

MODELS = 'models = ["openai-chat:x"]'


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ('[tiers.local]\nmodels = "a:b"', "tiers.local.models: must be a list", 'models = ["a:b"]'),
        ("[tiers.local]\nmodels = []", "tiers.local.models: must not be empty", ""),
        (f"[tiers.locl]\n{MODELS}", "tiers.locl: no such name in [tiers]", "Did you mean local?"),
        ('[tiers]\nlocal = "x"', "tiers.local: is a table", "Write [tiers.local], and its keys"),
        ('sandbox = "bwarp"', "sandbox: must be one of bwrap, docker, podman", "mean bwrap?"),
        (
            f"[tiers.local]\n{MODELS}\ntimeout = 0",
            "tiers.local.timeout: must be greater than 0",
            "",
        ),
        ('[github]\nhalted = "maybe"', "github.halted: must be true or false", ""),
        ('[github]\ngit_url = "ftp://x"', "github.git_url: ", ""),
        ('[github]\nport = "x"', "github.port: must be a whole number, without quotes", ""),
    ],
)
def test_a_machines_setting(text: str, what: str, hint: str) -> None:
    """Nothing of what the library calls it."""
    with pytest.raises(UserError) as raised:
        parse_settings(text)
    assert what in raised.value.what
    assert hint in raised.value.hint
    for jargon in (
        "Input should",
        "Tuple",
        "dictionary",
        "pattern",
        "[key]",
        "function",
        "literal",
    ):
        assert jargon not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ('[checks]\ntest = "pytest"', "checks.test: is a table", "Write [checks.test], and its"),
        ('[checks.test]\nrun = ["x"]', "checks.test.run: must be text in quotes", ""),
        ("[checks.test]", "checks.test.run: is missing", "Add `run = ...` under [checks.test]."),
        ('[checks.Test]\nrun = "x"', "checks.Test: a name has a to z, 0 to 9", ""),
        ('[setup]\ncommand = " "', "setup.command: must not be empty", ""),
        ('[checks.a]\nrun = "x"\ndir = "../b"', "checks.a.dir: a path of the repository", ""),
        ('[checks.a]\nrun = "x"\ndir = "/b"', "checks.a.dir: a folder of the repository", ""),
        ('image = "--env-file=/etc/passwd"', "image: the name of an image, python:3.12", ""),
        ('image = "a b"', "image: the name of an image", ""),
        (
            '[services.a]\nrun = "x"\nimage = "--privileged"',
            "services.a.image: the name of an image",
            "",
        ),
        ("[limits]\nlocal_attempts = 99", "limits.local_attempts: must be less than", ""),
    ],
)
def test_a_repositorys_setting(text: str, what: str, hint: str) -> None:
    """The same for the repository's file."""
    with pytest.raises(UserError) as raised:
        parse_repo_config(text)
    assert what in raised.value.what
    assert hint in raised.value.hint
    assert "function" not in str(raised.value)


def test_a_long_check_is_read_in_time() -> None:
    """A comment is looked for in its last line alone; so it is with many of them before."""
    text = f'[checks.a]\nrun = """{"# " * 60_000}\npytest"""\n'
    config = require_within(2, lambda: parse_repo_config(text))
    assert config.checks["a"].run.endswith("pytest")


VALUES = (
    "3", "-1", "1.5", '"x"', '""', "true", "[]", "[1]", '["x"]', "{a = 1}", "{env = 3}",
    '{enw = "X"}', '"\\u0000"', '"/x y"', "9999999999999999999999", "nan",
)  # fmt: skip
JARGON = re.compile(
    r"Input|constrained|Reference|Tuple|tuple|union|dictionary|must match|function-|literal|instance"
    r"|tagged|-str|Value error|\[key\]"
)


def list_keys(kind: type[Table], before: str = "") -> Iterator[str]:
    for name, field in kind.model_fields.items():
        table = next(iter(_find_tables(field.annotation)), None)
        yield f"{before}{name}"
        if table and "tuple" not in str(field.annotation):
            entry = ("local" if name == "tiers" else "x") if "dict" in str(field.annotation) else ""
            yield from [f"{before}{name}.{entry}"] if entry else []
            yield from list_keys(table, f"{before}{name}.{entry}{'.' * bool(entry)}")


@pytest.mark.parametrize("parse", [parse_settings, parse_repo_config])
def test_no_value_of_any_key_is_answered_in_the_librarys_words(
    parse: Callable[[str], Table],
) -> None:
    """A key may take several forms of value: what is told names the key as the file has it."""
    kind = Settings if parse is parse_settings else RepoConfig
    told = []
    for key in list_keys(kind):
        for value in VALUES:
            with suppress(UserError):
                parse(f"{key} = {value}\n")
                continue
            with pytest.raises(UserError) as raised:
                parse(f"{key} = {value}\n")
            told += [(key, value, raised.value.what)] if JARGON.search(raised.value.what) else []
    assert not told


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("3", "setup_env.A: must be text in quotes, or is a table"),
        ("{env = 3}", "setup_env.A.env: must be text in quotes"),
        ('{enw = "X"}', "setup_env.A.env: is missing; setup_env.A.enw: no such key"),
    ],
)
def test_a_value_of_two_forms_is_one_fault_where_it_stands(value: str, what: str) -> None:
    with pytest.raises(UserError) as raised:
        parse_settings(f"[setup_env]\nA = {value}\n")
    assert raised.value.what == what
