"""Writes `.bricklayer.toml` from what was found, as a person would have written it."""

import json
import shlex
from collections.abc import Iterator, Sequence

from bot.config.repository import KNOWN_SERVICES, RepoConfig, parse_repo_config
from bot.errors import UserError
from bot.text.invisible import make_printable
from runners.onboarding.found import FoundCheck, Part
from runners.onboarding.name_checks import name_parts

HEAD = """\
# What Bricklayer may run in this repository, and what must pass. It counts once it is committed.
# `bricklayer check` tries it. Completion in editors: `bricklayer schema repository --write`.
"""
EXAMPLE = """
# No command that tests this repository was found: write it here, and take out the "# ".
# [checks.test]
# run = "make test"
# timeout = 300
"""


def write_config(parts: Sequence[Part], images: Sequence[str] = ()) -> tuple[str, RepoConfig]:
    """The text of the file, and what it means. `images` are those of services that CI starts.

    What the configuration does not take, a folder of a strange name say, is left out.
    """
    parts = [part for part in parts if _is_accepted([part])]
    text = _compose(parts) + "".join(_services(images))
    return text, parse_repo_config(text)


def _services(images: Sequence[str]) -> Iterator[str]:
    """In comments: whether this machine has the program, only its person knows."""
    names = [name for name in KNOWN_SERVICES if name in images]
    if names:
        yield "\n# CI starts these. What [setup] or the machine installs, each check may have:\n"
        yield from (f"# [services.{name}]\n" for name in names)


def _is_accepted(parts: Sequence[Part]) -> bool:
    try:
        parse_repo_config(_compose(parts))
    except UserError:
        return False
    return True


def _compose(parts: Sequence[Part]) -> str:
    lines = [HEAD]
    checks = [line for name, part in name_parts(parts) for line in _check(name, part)]
    lines += [*checks, *_setup(parts), *_env(parts)]
    return "\n".join(lines if checks else [*lines, EXAMPLE.strip("\n"), ""])


def _check(name: str, part: Part) -> Iterator[str]:
    found = part.check
    if found is None:
        return
    yield f"[checks.{name}]  # found by {make_printable(found.why)}"
    yield f"run = {quote_toml(found.run)}"
    if part.folder:
        yield f"dir = {quote_toml(part.folder)}"
    yield f"timeout = {found.timeout}  # seconds"
    if found.git:
        yield "git = true"
    yield ""


def _setup(parts: Sequence[Part]) -> Iterator[str]:
    commands = [line for part in parts for line in _setup_lines(part)]
    if not commands:
        return
    yield "[setup]  # has the network; runs again when a lock file changes"
    lines = list(dict.fromkeys(commands))
    command = quote_lines(["set -e", *lines]) if len(lines) > 1 else quote_toml(lines[0])
    yield f"command = {command}"
    if any(part.language in {"java", "rust"} for part in parts):
        yield "timeout = 3600  # seconds"
    if any(part.setup_git for part in parts):
        yield "git = true  # its version is read from git's tags"
    if any(part.submodules for part in parts):
        yield "submodules = true"
    if writable := [path for part in parts for path in part.writable]:
        yield f"writable = [{', '.join(quote_toml(path) for path in dict.fromkeys(writable))}]"
    yield ""


def _setup_lines(part: Part) -> Iterator[str]:
    if not part.folder or not part.setup:
        yield from part.setup
        return
    folder = shlex.quote(part.folder)
    yield f"(cd {folder} && {' && '.join(part.setup)})"


def _env(parts: Sequence[Part]) -> Iterator[str]:
    variables = dict(pair for part in parts for pair in part.env)
    if variables:
        yield "[env]"
        yield from (f"{name} = {quote_toml(value)}" for name, value in variables.items())
        yield ""


def quote_toml(text: str) -> str:
    """A basic string: https://toml.io/en/v1.0.0#string. It escapes as JSON does, and DEL too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def quote_lines(lines: Sequence[str]) -> str:
    """Lines as they are, where a literal string of TOML can hold them."""
    text = "\n".join(lines)
    if "'''" in text or not text.replace("\n", "").isprintable():
        return quote_toml(text)
    return f"'''\n{text}\n'''"


def describe_check(check: FoundCheck) -> str:
    return f"{make_printable(check.run, 200)} ({make_printable(check.why)})"
