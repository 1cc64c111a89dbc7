"""The commands in a comment: lines that begin with `/word`, each with arguments of its shape."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.coaching.notes import MAX_LESSON_CHARACTERS as LONGEST_NOTE
from bot.errors import find_nearest
from bot.text.invisible import has_hidden, make_printable, strip_hidden
from bot.text.top_level_lines import Line, top_level_lines
from bot.text.visible_markdown import visible_markdown
from bot.ticket.model_choices import TIER_WORDS, parse_choice

MAX_COMMENT_CHARS = 1 << 16
"""GitHub takes no more: https://github.com/orgs/community/discussions/27190"""
# Each is answered in the status comment; a hostile comment may hold thousands.
MAX_COMMANDS = 10
MAX_ARGUMENT_CHARACTERS = 8_000
"""Behind a command; of more nothing is read."""
# A quick look before the Markdown is parsed: most comments have no command. Before the slash there
# may be indentation, and characters that are not seen, but no word.
_BEGINS = re.compile(r"(?:^|[\r\n])[^\w\r\n/]{0,40}/")
# A letter of any alphabet: a word that only looks like a command is answered, not passed over.
_COMMAND = re.compile(r"/([^\W\d_][^\s/]{0,39})(?:\s+(.*))?", re.DOTALL)
_HASH = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
_TASK = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


# Prow's, GitLab's and Azure Pipelines', as far as they resemble one of ours:
# https://prow.k8s.io/command-help https://docs.gitlab.com/user/project/quick_actions/
# https://learn.microsoft.com/en-us/azure/devops/pipelines/repos/github#comment-triggers
_OF_OTHERS = frozenset(
    {
        *("assign", "azp", "cc", "check-cla", "close", "deploy", "easycla", "hold", "joke", "kind"),
        *("label", "lgtm", "lifecycle", "merge", "milestone", "override", "ok-to-test", "priority"),
        *("rebase", "remove", "remove-label", "reopen", "restart", "retest", "retest-required"),
        *("retitle", "review", "run", "skip", "squash", "test", "tide", "title", "triage"),
        *("unapprove", "unassign", "uncc", "unhold", "unlabel", "update-branch"),
    }
)


@dataclass(frozen=True, slots=True)
class Command:
    """`args` have their shape: a hash in lower case, a task's id, or `TIER=MODEL` each.

    `text` is what a note says, without what its page would hide.
    """

    name: str
    args: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class UnknownCommand:
    """`quoted` is the line, made printable; `close` the command that may be meant, or empty."""

    quoted: str
    close: str = ""


@dataclass(frozen=True, slots=True)
class MalformedCommand:
    """A known command with something it does not take. `why` is a clause: it takes ..."""

    quoted: str
    why: str


def may_hold_command(body: str) -> bool:
    """Whether it is worth to ask who wrote it; nothing is parsed for that."""
    return len(body) <= MAX_COMMENT_CHARS and _BEGINS.search(body) is not None


def parse_commands(body: str) -> tuple[Command | UnknownCommand | MalformedCommand, ...]:
    """All commands of a comment, in order; after MAX_COMMANDS one that says there are too many."""
    if not may_hold_command(body):
        return ()
    found: list[Command | UnknownCommand | MalformedCommand] = []
    for line in top_level_lines(body):
        if not (command := _COMMAND.fullmatch(strip_hidden(line.text))):
            continue
        if len(found) == MAX_COMMANDS:
            found.append(
                MalformedCommand(
                    make_printable(command[0]), f"a comment holds at most {MAX_COMMANDS} commands"
                )
            )
            break
        if (read := _read(line, command[1], command[2] or "")) is not None:
            found.append(read)
    return tuple(found)


def without_commands(body: str) -> str:
    """The comment without the lines that are commands: what is left are words."""
    if not may_hold_command(body):
        return body
    lines = {line.text for line in top_level_lines(body)}
    commands = {text for text in lines if _COMMAND.fullmatch(strip_hidden(text))}
    kept = [line for line in body.splitlines() if line.strip(" \t") not in commands]
    return "\n".join(kept)


def _read(line: Line, word: str, rest: str) -> Command | UnknownCommand | MalformedCommand | None:
    """None for another bot's command, or what is close to none of ours: it is not said to us."""
    name, quoted = word.lower(), make_printable(strip_hidden(line.text))
    if name not in _KNOWN:
        close = "" if name in _OF_OTHERS else find_nearest(name, _KNOWN)
        return UnknownCommand(quoted, close) if close else None
    if len(rest) > MAX_ARGUMENT_CHARACTERS:
        return MalformedCommand(quoted, f"it takes at most {MAX_ARGUMENT_CHARACTERS} characters")
    if has_hidden(line.text):
        return MalformedCommand(quoted, "it has invisible characters")
    # What Markdown and HTML show on the page may be something else than their source.
    if line.html or not (line.plain or name in {"note", "plan", "dismiss"}):
        return MalformedCommand(quoted, "it takes plain words, without Markdown or HTML")
    read = _KNOWN[name](name, rest)
    return read if isinstance(read, Command) else MalformedCommand(quoted, read)


def _read_bare(name: str, rest: str) -> Command | str:
    return "it takes no arguments" if rest.strip() else Command(name)


def _at_most_one(shape: re.Pattern[str], why: str) -> Callable[[str, str], Command | str]:
    def read(name: str, rest: str) -> Command | str:
        words = rest.split()
        if len(words) > 1 or not all(map(shape.fullmatch, words)):
            return why
        return Command(name, tuple(word.lower() for word in words))

    return read


def _tier(name: str, rest: str) -> Command | str:
    pairs = [parse_choice(word) for word in rest.split()]
    tiers = [pair.partition("=")[0] for pair in pairs]
    if not pairs or not all(pairs):
        return f"it takes TIER=MODEL, with a tier out of {', '.join(TIER_WORDS)}"
    return (
        "it names one tier twice" if len(set(tiers)) < len(tiers) else Command(name, tuple(pairs))
    )


def _note(name: str, rest: str) -> Command | str:
    text = " ".join(visible_markdown(rest).split())
    if not text:
        return "it takes the lesson, in a sentence"
    if len(text) > LONGEST_NOTE:
        return f"a lesson has at most {LONGEST_NOTE} characters"
    return Command(name, text=text)


def _dismiss(name: str, rest: str) -> Command | str:
    """With why, for people; what it says is counted, not read."""
    return Command(name, text=" ".join(visible_markdown(rest).split()))


def _plan(name: str, rest: str) -> Command | str:
    text = " ".join(visible_markdown(rest).split())
    return Command(name, text=text) if text else "it takes what is to be planned, in words"


_task = _at_most_one(_TASK, "it takes the id of one task, as the plan writes it")
_KNOWN: Mapping[str, Callable[[str, str], Command | str]] = {
    "approve": _at_most_one(_HASH, "it takes the hash of a plan: 7 to 64 hexadecimal digits"),
    "retry": _task,
    "cancel": _read_bare,
    "pause": _read_bare,
    "resume": _read_bare,
    "status": _read_bare,
    "explain": _task,
    "tier": _tier,
    "update": _read_bare,
    "note": _note,
    "plan": _plan,
    "confirm": _read_bare,
    "dismiss": _dismiss,
}
