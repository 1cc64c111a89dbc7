"""Writing a job as `job.md`: unchanged parts byte for byte as they were read, others anew."""

from collections.abc import Iterator

from bot.errors import PlanError
from bot.plan.code_blocks import write_block
from bot.plan.fields import join_words, quote_word
from bot.plan.front_matter import write_header
from bot.plan.model import Check, Job, Phase, Task
from bot.plan.parser import parse_job, read_job

_FRAME = "---\ntitle: t\n---\n## Phase: p\n"


def render_job(job: Job) -> str:
    """Parsing the result gives an equal job. Raises ValueError where no `job.md` can say `job`.

    Each part that still is what its `source` says keeps that text, comments and line ends included.
    """
    kept = "".join(_list_sources(job))
    if kept and _reads_as(kept, job):
        return kept
    text = "".join(_write_parts(job))
    # A title with a line break or a text with a heading would be read as another job, and no
    # quoting prevents that: so the text is parsed again, and refused unless it gives this job.
    if not _reads_as(text, job):
        raise ValueError(f"no job.md says this job: {job.title!r}")
    return text


def format_check(check: Check) -> str:
    """The check as a plan writes it: `test tests/test_bank.py`, `exists: README.md`."""
    name = check.name if check.kind == "run" else f"{check.kind}:"
    return " ".join((name, *map(quote_word, check.paths)))


def _reads_as(text: str, job: Job) -> bool:
    try:
        return parse_job(text) == job
    except PlanError:
        return False


def _list_sources(job: Job) -> Iterator[str]:
    yield job.header_source
    yield job.intro_source
    for phase in job.phases:
        yield phase.source
        yield from (task.source for task in phase.tasks)
    yield from (task.source for task in job.hidden)


def _write_parts(job: Job) -> Iterator[str]:
    """Every part, kept or written, each beginning on a line of its own."""
    # A kept part is parsed alone, below the shortest header of a plan, and compared.
    plain = Job(job.title, (), job.checks, job.issue, job.base)
    header = _keep_source(job.header_source, plain)
    yield header or write_header(job.title, job.issue, job.base, job.checks)
    frame = "---\ntitle: t\n---\n"
    kept = job.intro_source and read_job(frame + job.intro_source).job.intro == job.intro
    yield _end_line(job.intro_source) if kept else f"{job.intro}\n\n" if job.intro else ""
    for phase in job.phases:
        yield _write_phase(phase)
        yield from map(_write_task, phase.tasks)
    yield from map(_write_task, job.hidden)


def _keep_source(source: str, plain: Job) -> str:
    return _end_line(source) if source and read_job(source).job == plain else ""


def _write_phase(phase: Phase) -> str:
    bare = Phase(phase.title, (), phase.epochs, phase.done, text=phase.text)
    if phase.source and read_job(_FRAME.partition("##")[0] + phase.source).job.phases == (bare,):
        return _end_line(phase.source)
    keys = [f"epochs: {phase.epochs}"] if phase.epochs != 1 else []
    keys += [f"done: {format_check(check)}" for check in phase.done]
    return f"## Phase: {phase.title}\n{_write_body(keys, phase.text)}"


def _write_task(task: Task) -> str:
    kept = read_job(_FRAME + task.source).job if task.source else None
    if kept and (*kept.tasks, *kept.hidden) == (task,):
        return _end_line(task.source)
    blocks = "".join(f"{write_block(block)}\n" for block in task.blocks)
    return f"### Task: {task.id}\n{_write_body(list(_write_keys(task)), task.text)}{blocks}"


def _write_keys(task: Task) -> Iterator[str]:
    if task.kind != "code":
        yield f"kind: {task.kind}"
    if task.file:
        yield f"file: {quote_word(task.file)}"
    for key, values in (("reads", task.reads), ("after", task.after)):
        if values:
            yield f"{key}: {join_words(values)}"
    for check in task.checks:
        yield f"check: {format_check(check)}" if check.kind == "run" else format_check(check)
    if task.waiver:
        yield f"bites: no: {task.waiver}"
    flags = {"bites": task.bites, "guard": task.guard, "carry": task.carry, "hidden": task.hidden}
    yield from (f"{key}: yes" for key, is_set in flags.items() if is_set)


def _write_body(keys: list[str], text: str) -> str:
    """The list and the prose. Prose that begins with a list needs another mark to stay apart."""
    if not keys and text.startswith(("-", "*", "+")):
        raise ValueError("a text that begins with a list needs a key before it")
    # Another bullet begins another list: https://spec.commonmark.org/0.31.2/#lists
    mark = "*" if text.startswith("-") else "-"
    listed = "".join(f"{mark} {key}\n" for key in keys)
    return f"{listed}\n{text}\n\n" if text else f"{listed}\n"


def _end_line(source: str) -> str:
    return source if not source or source.endswith(("\n", "\r")) else f"{source}\n"
