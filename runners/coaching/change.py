"""The change that a report proposes: lessons that end, and checks that lessons become."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.coaching.notes import COACHING_PATH, CoachingFile, Note, name_lesson, render_notes
from bot.coaching.read_coaching import read_coaching, read_commit_day
from bot.coaching.rules import NoRule, Rule, derive_rule
from bot.config.machine import Settings
from bot.config.repository import RepoConfig, parse_repo_config
from bot.errors import UserError
from bot.git.repo import Repo
from bot.ledger import NOTE, name_ingredient
from bot.pass_rate import PassRate
from bot.text.escape import inline_text, link_to
from runners.coaching.prove_rule import TIMEOUT_SECONDS, Proof, open_trying, prove_rule
from runners.coaching.report import CoachingReport, LessonReport, name_marker
from runners.onboarding.write_config import quote_lines
from runners.project import CONFIG

AskRule = Callable[[Note], Rule | NoRule]
_READ = "it helps, and a check can see to it, as the planner reads it"
TITLE = "Coaching: what earned its place, and what did not"


@dataclass(frozen=True, slots=True)
class Step:
    """One lesson's part of the change. `proof` is of the check that it becomes."""

    report: LessonReport
    proof: Proof | None = None

    @property
    def mark(self) -> str:
        """Stands in the pull request, so that what a person declined is not proposed again."""
        return f"{name_ingredient(NOTE, self.report.id)} {self.report.proposal}"


@dataclass(frozen=True, slots=True)
class Change:
    """`files` are whole texts by path. `left_out` says of a lesson why its step is not taken."""

    steps: tuple[Step, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    left_out: tuple[tuple[LessonReport, str], ...] = ()


def make_change(
    repo: Repo,
    report: CoachingReport,
    settings: Settings,
    declined: str = "",
    ask: AskRule | None = None,
) -> Change:
    """`declined` is the text of all pull requests of these that people closed.

    `ask` reads a rule from a lesson whose words are of no known form; without it they stay.

    Raises UserError where the repository's configuration or the sandbox cannot be used.
    """
    commit, file = report.commit, read_coaching(repo, report.commit)
    today = read_commit_day(repo, commit)
    notes = join_notes(file, today)
    config = (repo.read_file(commit, CONFIG) or b"").decode(errors="replace")
    steps, left_out = list[Step](), list[tuple[LessonReport, str]]()
    # The same words in several sections are one lesson, whose scope is all of theirs.
    once = {found.id: found for found in reversed(report.lessons) if not found.lesson.expired}
    for found in reversed(once.values()):
        each = replace(found, proposal="promote", why=_READ) if ask and found.is_unread else found
        if each.proposal == "keep":
            continue
        step = Step(each)
        if step.mark in declined:
            left_out.append((each, "a person closed the pull request that proposed it"))
            continue
        if each.proposal == "promote":
            proof = _prove(repo, commit, notes[each.id], config, settings, ask)
            if isinstance(proof, NoRule):
                left_out.append((each, proof.why))
                continue
            step = Step(each, proof)
        steps.append(step)
    ended = {step.report.id for step in steps if step.proof is None}
    files = _write_files(file, config, steps, notes, ended, today - dt.timedelta(days=1))
    return Change(tuple(steps), files, tuple(left_out))


def join_notes(file: CoachingFile, day: dt.date) -> dict[str, Note]:
    """By the ids of their words, those that are not over; a lesson that stands twice once."""
    notes: dict[str, Note] = {}
    for note in file.notes:
        if note.expires is None or note.expires >= day:
            name = name_lesson(note.lesson)
            scope = (*notes[name].scope, *note.scope) if name in notes else note.scope
            notes[name] = replace(notes.get(name, note), scope=tuple(dict.fromkeys(scope)))
    return notes


def _prove(  # noqa: PLR0913, PLR0917  # what is proved, where, and who reads it
    repo: Repo, commit: str, note: Note, text: str, settings: Settings, ask: AskRule | None
) -> Proof | NoRule:
    rule = derive_rule(note.lesson)
    if isinstance(rule, NoRule) and ask:
        rule = ask(note)
    if isinstance(rule, NoRule):
        return rule
    config = parse_repo_config(text)
    proof = prove_rule(open_trying(repo, commit, config, settings), note, rule)
    if isinstance(proof, Proof) and not _takes(text, note, proof):
        return NoRule(f"{CONFIG} is of a form to which no check can be added: add it by hand")
    return proof


def _takes(text: str, note: Note, proof: Proof) -> bool:
    """Whether the configuration is one with the check, too: it may be written as one line."""
    try:
        before, after = parse_repo_config(text), parse_repo_config(text + _write_check(note, proof))
    except UserError:
        return False
    return set(after.checks) == {*before.checks, name_check(note)}


def name_check(note: Note) -> str:
    return f"note-{name_lesson(note.lesson)}"


def _write_files(  # noqa: PLR0913, PLR0917  # both files as they are, and what is done to them
    file: CoachingFile,
    config: str,
    steps: Sequence[Step],
    notes: Mapping[str, Note],
    ended: Collection[str],
    day: dt.date,
) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    if ended:
        parts = tuple(
            replace(part, expires=day)
            if isinstance(part, Note)
            and name_lesson(part.lesson) in ended
            and (part.expires is None or part.expires > day)
            else part
            for part in file.parts
        )
        files[COACHING_PATH] = render_notes(replace(file, parts=parts)).encode()
    added = "".join(_write_check(notes[s.report.id], s.proof) for s in steps if s.proof)
    if added:
        files[CONFIG] = (config + added).encode()
    return files


def _write_check(note: Note, proof: Proof) -> str:
    """As a person would add it at the file's end."""
    return (
        f"\n# {name_marker(name_lesson(note.lesson))}\n# {note.lesson}\n# {note.origin}\n"
        f"[checks.{name_check(note)}]\nrun = {quote_lines(proof.command.splitlines())}\n"
        f"timeout = {TIMEOUT_SECONDS}\n"
    )


def write_body(change: Change, config: RepoConfig) -> str:
    """What the pull request says: each lesson with its numbers, and what was proved."""
    lines = [
        "How often attempts passed that were shown a lesson, against attempts from which it was",
        "left out by a draw. Merge this, change it, or close it: what is closed is not proposed",
        "again.",
        "",
    ]
    for step in change.steps:
        lines += [*_describe_step(step), ""]
    promoted = [f"note-{step.report.id}" for step in change.steps if step.proof]
    if promoted:
        names = ", ".join(f"`{name}`" for name in promoted)
        where = "`[approval] required_checks`"
        more = "add it there" if config.approval.required_checks is not None else "name it there"
        lines += [f"Plans may name {names} from then on; to have each plan do so, {more}: {where}."]
    return "\n".join(lines).rstrip() + "\n"


def _describe_step(step: Step) -> Iterator[str]:
    report, judged = step.report, step.report.judgement
    yield f"### {report.proposal.capitalize()}: {inline_text(report.lesson.lesson)}"
    yield ""
    yield f"- {report.why} ({link_to('from', report.lesson.origin)}, shown {report.uses} times)"
    yield f"- {describe_rates(judged.shown, judged.left_out)}; {describe_points(judged.difference)}"
    if step.proof:
        yield f"- the check is green on the code as it is, and red on {step.proof.red_on}"
    yield f"- `{step.mark}`"


def describe_rates(shown: PassRate, left_out: PassRate) -> str:
    return f"passed with it: {_describe_rate(shown)}; without: {_describe_rate(left_out)}"


def describe_points(difference: tuple[float, float, float]) -> str:
    apart, low, high = (100 * each for each in difference)
    return f"{apart:+.0f} points, {low:+.0f} to {high:+.0f} at 95 %"


def _describe_rate(rate: PassRate) -> str:
    if not rate.runs:
        return "no attempt yet"
    return f"{rate.passed} of {rate.runs} ({rate.low:.0%} to {rate.high:.0%})"
