"""What the failing jobs of CI printed, as much of it as a round's plan has room for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.failures.actions_log import FailedStep, read_failed_steps
from bot.github.ci_logs import Annotation, JobOutput
from bot.github.types import CheckRun
from bot.text.invisible import make_printable
from bot.text.listed import join_first
from bot.text.secrets import redact
from runners.checks.failure_digest import BYTES_PER_TOKEN, digest_failure, failure_key

MAX_JOBS = 8
"""Failing jobs whose logs are read; of a matrix most fail alike."""
MAX_PARTS = 8
"""Failures that share the room; of more the names alone."""
MAX_NAMES, MAX_NAME_CHARACTERS = 4, 60
_ACTIONS_OWN = ".github"
"""The path of an annotation of Actions about the job, not about a file."""


@dataclass(frozen=True, slots=True)
class JobFailure:
    """What one job has to show: the output of its failed steps, and what stands at which line.

    `missing` says why there is nothing, `said` what the runner says then.
    """

    name: str
    steps: tuple[FailedStep, ...] = ()
    annotations: tuple[str, ...] = ()
    missing: str = ""
    said: str = ""

    @property
    def is_shown(self) -> bool:
        return bool(self.steps or self.annotations)

    def parts(self) -> Iterator[tuple[str, str]]:
        """Titles and texts; of the annotations those that no step has printed with their file."""
        yield from ((step.title, step.output) for step in self.steps)
        printed = "\n".join(step.output for step in self.steps)
        new = [note for note in self.annotations if not _is_printed(note, printed)]
        if new:
            yield "annotations", "\n".join(new)


def _is_printed(note: str, printed: str) -> bool:
    where, _, message = note.partition(": ")
    first = message.partition("\n")[0]
    return where.rpartition(":")[0] in printed and first in printed


def list_job_failures(
    failed: Sequence[CheckRun], outputs: Mapping[int, JobOutput], secrets: Sequence[str]
) -> tuple[JobFailure, ...]:
    """Of the first failing jobs. To a model it is material, not instructions."""
    return tuple(
        _find_failure(run.name, outputs.get(run.id, JobOutput()), secrets)
        for run in failed[:MAX_JOBS]
    )


def name_unread(failed: Sequence[CheckRun]) -> str:
    """A line that names failing jobs whose logs are not read; empty where all are."""
    rest = failed[MAX_JOBS:]
    names = _list_names([run.name for run in rest])
    return f"\n\n{len(rest)} more failing jobs, not read: {names}" if rest else ""


def _find_failure(name: str, output: JobOutput, secrets: Sequence[str]) -> JobFailure:
    noted, log = dict.fromkeys(map(_describe, output.annotations)), output.log
    lines = tuple(redact(line, secrets) for line in noted if line)
    if log.missing == "no log":
        return JobFailure(name, annotations=lines, missing="" if lines else "no log")
    steps = read_failed_steps(log.text)
    cut = "the end of its log" if log.bytes_before else ""
    real = tuple(
        replace(step, output=redact(step.output, secrets), title=redact(step.title or cut, secrets))
        for step in steps
        if not step.at_set_up and step.output.strip()
    )
    said = "\n".join(step.output for step in steps if step.at_set_up)[-600:]
    why = log.missing or ("" if real else "set-up" if said else "empty")
    return JobFailure(name, real, lines, why, redact(said, secrets))


def _describe(note: Annotation) -> str:
    """`path:line: message`; empty for what is about the job as a whole, or is no failure."""
    about_a_file = note.path and note.path != _ACTIONS_OWN and note.level == "failure"
    message = note.message.strip()
    return f"{note.path}:{note.line}: {message}" if about_a_file and message else ""


def describe_failures(failures: Sequence[JobFailure], max_bytes: int) -> str:
    """Every job's failure as printed, each within its share; jobs that failed alike once."""
    parts = _merge_alike(failures)
    shown, rest = parts[:MAX_PARTS], parts[MAX_PARTS:]
    more = f"{len(rest)} more failures: {_list_names([n for ns, _ in rest for n in ns])}"
    told: list[str] = []
    left = max_bytes - (len(more.encode()) if rest else 0)
    for at, (names, body) in enumerate(shown):
        heading = f"{_list_names(names)}:\n"
        room = left // (len(shown) - at) - len(heading.encode()) - len("\n\n")
        text = heading + digest_failure(body, tokens=max(0, room) // BYTES_PER_TOKEN)
        told.append(text.rstrip("\n"))
        left -= len(told[-1].encode()) + len("\n\n")
    return "\n\n".join([*told, more] if rest else told)


def _list_names(names: Sequence[str]) -> str:
    return join_first(names, MAX_NAMES, lambda name: make_printable(name, MAX_NAME_CHARACTERS))


def _merge_alike(failures: Sequence[JobFailure]) -> list[tuple[list[str], str]]:
    """Jobs of a matrix often fail in the same way, and then the room is for what differs."""
    merged: dict[str, tuple[list[str], str]] = {}
    for failure in failures:
        for title, body in failure.parts():
            heading = f"{failure.name}, {title}" if title else failure.name
            merged.setdefault(failure_key(body), ([], body))[0].append(heading)
    return list(merged.values())
