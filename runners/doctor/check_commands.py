"""Checks that cannot be found, as far as their lines tell: no program, folder, target or script."""

import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator

from bot.config.repository import RepoConfig
from bot.errors import find_nearest
from bot.text.listed import join_first
from runners.doctor.finding import Finding
from runners.onboarding.detect_compiled import MAKEFILES

# What a shell does itself: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_14
_BUILTINS = frozenset(
    {".", ":", "[", "cd", "command", "echo", "eval", "exec", "exit", "export", "false", "for",
     "if", "printf", "pwd", "read", "set", "test", "time", "trap", "true", "type", "ulimit",
     "umask", "unset", "until", "wait", "while", "case", "{", "(", "!",
     "do", "done", "elif", "else", "esac", "fi", "then", "}", ")"}
)  # fmt: skip
_ASSIGNED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_TARGET = re.compile(r"^([\w./-]{1,100}(?:[ \t]+[\w./-]{1,100}){0,20})[ \t]*::?(?!=)", re.MULTILINE)
_ANY_TARGET = re.compile(r"^(?:-?include|\.DEFAULT|%)|^[^\s#:]*%", re.MULTILINE)
_NPM = re.compile(r"(?:npm|pnpm) (?:run |run-script )?(?:-s |--silent )?(?P<name>[\w:.-]{1,100})")
_NPM_OWN = frozenset({"ci", "exec", "i", "install", "x", "dlx", "audit", "run", "run-script"})
_MAX_SEGMENTS = 50

Read = Callable[[str], str | None]


def examine_checks(
    config: RepoConfig, folders: frozenset[str], read: Read, missing: Callable[[str], str]
) -> Iterator[Finding]:
    """`folders` and `read` are the commit's; `missing` says why checks find no such program.

    What `[setup]` brings is not known before it ran, so then a program is not looked for.
    """
    for name in config.checks:
        if why := _find_fault(name, config, folders, read, missing):
            what, hint = why
            yield Finding(f"[checks.{name}]: {what}", good=False, hint=hint)


def _find_fault(
    name: str,
    config: RepoConfig,
    folders: frozenset[str],
    read: Read,
    missing: Callable[[str], str],
) -> tuple[str, str] | None:
    check = config.checks[name]
    folder = check.dir.strip("/")
    if folder and folder not in folders:
        near = find_nearest(folder, folders)
        hint = f"Did you mean {near}?" if near else "Name a folder of the repository, or none."
        return f"there is no folder {folder}, which it names as `dir`", hint
    prefix = f"{folder}/" if folder else ""
    for words in list_commands(check.run):
        program = words[0]
        if program == "cd":
            break  # what follows is meant for that folder
        if program == "git" and not check.git:
            what = "it runs git where there is no repository"
            return what, f"Set git = true under [checks.{name}]: a copy is made for it."
        if program == "make" and (found := _find_target(words[1:], prefix, read)):
            return found
        if found := _find_script(" ".join(words), prefix, read):
            return found
        if config.setup is None and _PLAIN.fullmatch(program) and (why := missing(program)):
            return f"checks find no {program}", f"{why[0].upper()}{why[1:]}."
    return None


def list_commands(run: str) -> Iterator[list[str]]:
    """Words of each simple command, as far as its line is plain; builtins but `cd` are left out."""
    for segment in re.split(r"\n|;|&&|\|\|?", run, maxsplit=_MAX_SEGMENTS)[:_MAX_SEGMENTS]:
        try:
            words = shlex.split(segment, comments=True)
        except ValueError:
            return
        while words and _ASSIGNED.match(words[0]):
            words.pop(0)
        if words and (words[0] == "cd" or words[0] not in _BUILTINS):
            yield words


def _find_target(words: list[str], prefix: str, read: Read) -> tuple[str, str] | None:
    """A target that the makefile of the folder does not have; None where that cannot be told."""
    plain = [word for word in words if _PLAIN.fullmatch(word)]
    if len(plain) != len(words):
        return None
    texts = (read(f"{prefix}{name}") for name in MAKEFILES)
    text = next((found for found in texts if found is not None), None)
    if text is None:
        hint = "Correct `run`, or name the folder that has one as `dir`."
        return f"there is no makefile in {prefix or 'the root'}", hint
    if _ANY_TARGET.search(text):
        return None
    targets = {target for found in _TARGET.finditer(text) for target in found[1].split()}
    for word in plain:
        if word not in targets and read(f"{prefix}{word}") is None:
            near = find_nearest(word, targets)
            return f"make knows no target {word}", f"Did you mean {near}?" if near else _name(
                targets
            )
    return None


def _find_script(line: str, prefix: str, read: Read) -> tuple[str, str] | None:
    found = _NPM.match(line)
    text = read(f"{prefix}package.json") if found else None
    if found is None or found["name"] in _NPM_OWN or text is None:
        return None
    is_script = " run" in line or found["name"] in {"test", "start"}
    try:
        scripts = json.loads(text).get("scripts") or {}
        absent = is_script and found["name"] not in scripts
    except (ValueError, RecursionError, AttributeError, TypeError):
        return f"{prefix}package.json cannot be read", "Correct it: npm could not, either."
    if not absent:
        return None
    near = find_nearest(found["name"], scripts)
    what = f"{prefix}package.json has no script {found['name']}"
    return what, f"Did you mean {near}?" if near else _name(scripts)


def _name(known: Iterable[str]) -> str:
    names = join_first(sorted(known), 8)
    return f"There are: {names}." if names else "It has none: write one first."
