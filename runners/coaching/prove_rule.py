"""Tries a check that follows from a lesson before it is proposed, in the sandbox.

It has to be green on the code as it is, and red where a reviewer complained; where that commit is
not known here, or was no reviewer's, red once the rule is broken in one file of its scope.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from bot.coaching.notes import Note, meets_scope
from bot.coaching.rule_check import is_searched, plant_violation, write_command
from bot.coaching.rules import NoRule, Rule
from bot.config.machine import Settings
from bot.config.private_dir import open_state_dir
from bot.config.repository import CheckCommand, RepoConfig
from bot.git.checkout import checkout_tree
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.plan import Check
from bot.text.invisible import make_printable
from bot.text.plain_text import decode_text, is_binary
from runners.checks.check import run_check
from runners.checks.git_source import GitSource
from runners.checks.verdict import Verdict
from runners.sandbox import Sandbox, open_sandbox

TIMEOUT_SECONDS = 60
MAX_FILES = 20_000
"""A repository of more is searched by somebody else's tools."""
_REVIEWED = "#discussion_r"
"""In the address of a comment on a line: the commit of the note is then the one complained of."""


@dataclass(frozen=True, slots=True)
class Proof:
    """`command` is green on the head; `red_on` is where it is red, in words."""

    command: str
    red_on: str


@dataclass(frozen=True, slots=True)
class Trying:
    """Where checks are tried: a commit, its configuration, and what checks run in."""

    repo: Repo
    commit: str
    config: RepoConfig
    sandbox: Sandbox
    room: Path

    def run(self, command: str, tree: str) -> Verdict:
        name = "lesson"
        check = CheckCommand(run=command, timeout=TIMEOUT_SECONDS)
        config = self.config.model_copy(update={"checks": {name: check}, "services": {}})
        with tempfile.TemporaryDirectory(prefix="rule-", dir=self.room) as made:
            folder, index = Path(made) / "tree", Path(made) / "index"
            checkout_tree(self.repo, tree, folder, index)
            source = GitSource(self.repo, self.commit, index, Path(made))
            return run_check(Check("run", name), config, folder, self.sandbox, source=source)


def open_trying(repo: Repo, commit: str, config: RepoConfig, settings: Settings) -> Trying:
    """Raises UserError where the sandbox cannot be had."""
    room = open_state_dir(settings) / "jobs"
    room.mkdir(parents=True, exist_ok=True)
    return Trying(repo, commit, config, open_sandbox(settings, config), room)


def prove_rule(trying: Trying, note: Note, rule: Rule) -> Proof | NoRule:
    command = write_command(rule, note.scope, note.lesson)
    verdict = trying.run(command, trying.repo.resolve_rev(trying.commit, "tree"))
    if not verdict.passed:
        return NoRule(_tell_red_head(verdict))
    complained = _find_complaint(trying.repo, note)
    if complained:
        if _is_red(trying.run(command, complained)):
            return Proof(command, f"commit {note.commit[:12]}, where a reviewer complained")
        return NoRule(f"it is green on {note.commit[:12]}, where a reviewer complained")
    return _prove_by_planting(trying, note, rule, command)


def _tell_red_head(verdict: Verdict) -> str:
    if not _is_red(verdict):
        return f"its command did not work here: {verdict.why}"
    _, *places = verdict.output.strip().splitlines()
    some = make_printable(places[0]) if places else "?"
    return f"the code as it is breaks it already, at {len(places)} places, as {some}"


def _is_red(verdict: Verdict) -> bool:
    """By its own words, not as something is missing: the lesson comes first, then the places."""
    return not verdict.passed and verdict.ran and verdict.exit_code == 1


def _find_complaint(repo: Repo, note: Note) -> str:
    """The tree that a reviewer complained of; empty where there is none here."""
    return repo.resolve_rev(note.commit, "tree") if _REVIEWED in note.origin else ""


def _prove_by_planting(trying: Trying, note: Note, rule: Rule, command: str) -> Proof | NoRule:
    repo, tree = trying.repo, trying.repo.resolve_rev(trying.commit, "tree")
    path = _find_file(trying, note)
    if not path:
        return NoRule("no file of text is in its scope, so nothing can be proved")
    text = decode_text(repo.read_file(tree, path) or b"") or ""
    planted = write_tree(repo, tree, {path: plant_violation(rule, text).encode()})
    verdict = trying.run(command, planted)
    if _is_red(verdict) and f"./{path}" in verdict.output:
        return Proof(command, f"a violation planted in {make_printable(path)}")
    return NoRule(f"it does not notice a violation planted in {make_printable(path)}")


def _find_file(trying: Trying, note: Note) -> str:
    """The first file of text that the lesson is about."""
    entries = trying.repo.list_entries(trying.commit)
    for path in sorted(entries)[:MAX_FILES]:
        if entries[path].kind != "file" or not (is_searched(path) and meets_scope(note, path)):
            continue
        raw = trying.repo.read_file(trying.commit, path) or b""
        if not is_binary(raw) and decode_text(raw) is not None:
            return path
    return ""
