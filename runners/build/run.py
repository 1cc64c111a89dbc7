"""Run one plan in one repository: gather the site, tell the durable story, report how it ended."""

import fcntl
import functools
import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.coaching.notes import Note
from bot.config.machine import Settings, settings_path
from bot.config.repository import RepoConfig, repo_config
from bot.errors import Fault, PlanError, UserError
from bot.git.repo import (
    BRICKLAYER,
    Repo,
    Signature,
    check_branch_name,
    head_of,
    not_committed,
    open_repo,
)
from bot.job_states import JobEvent, JobState, is_settled
from bot.plan import Job, load, peek, plan_hash, waits_for
from bot.prompts.closest_paths import finder
from runners.build.context import JobContext, ProgressEvent, state_dir

if TYPE_CHECKING:
    from bot.storage.jobs import JobRow
    from runners.build.budget import Meter
    from runners.build.job_record import JobRecord
    from runners.build.results import JobResult

MAX_PLAN = 1 << 20
CONFIG = ".bricklayer.toml"


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a person asked for. `branch` empty: named after the plan. `only` empty: every task.

    `fresh` begins anew on what HEAD is now; what the branch held is kept under another name.
    `base` is the commit to build on where the caller knows it, `rules` the one whose config
    counts; `notes` are lessons that are in no commit yet; `senior`: no other tier attempts it.
    `by` signs the commits. With an `aim` their messages say that and the file, in place of the
    plan's words, which then are not ours.
    """

    plan: Path
    repo: Path
    branch: str = ""
    only: str = ""
    fresh: bool = False
    base: str = ""
    rules: str = ""
    notes: tuple[Note, ...] = ()
    senior: bool = False
    by: Signature = BRICKLAYER
    aim: str = ""


@dataclass(frozen=True, slots=True)
class CheckedPlan:
    """The validated plan with the commit and the config it was validated against."""

    repo: Repo
    text: str
    job: Job
    base: str
    config: RepoConfig


def load_plan(order: RunRequest, pinned: str = "") -> CheckedPlan:
    """Read and validate without changing anything. `pinned` is the base of a run going on."""
    text = _read_plan(order.plan)
    repo = open_repo(order.repo)
    base = pinned or order.base or resolve_base(repo, order.repo, peek(text).base)
    config = load_repo_config(repo, order.repo, order.rules or base)
    if order.senior:
        limits = config.limits.model_copy(update={"local_attempts": 0})
        config = config.model_copy(update={"limits": limits})
    job = load(
        text,
        known_checks=tuple(config.checks),
        tracked=lambda path: entry_kind_at(repo, base, path),
        where=str(order.plan),
        closest=finder(lambda: repo.entries(base)),
    )
    if not job.checks:
        hint = f"Say in the front matter which prove the job: checks: [{', '.join(config.checks)}]"
        fault = Fault(1, "the plan names no check for the whole job", hint)
        raise PlanError([fault], where=str(order.plan))
    return CheckedPlan(repo, text, job, base, config)


def find_warnings(repo: Repo, base: str, job: Job) -> list[Fault]:
    """What the run of a valid plan may stumble over, as far as it can be told now."""
    from runners.planning.warnings import doubts  # noqa: PLC0415  # the edits are not needed to build

    read = functools.partial(repo.read, base)
    return list(doubts(job, read, functools.partial(entry_kind_at, repo, base)))


def run(
    order: RunRequest, settings: Settings, tell: Callable[[ProgressEvent], None]
) -> "JobResult":
    """Raise UserError for what a person can mend; the next run of the same plan goes on here."""
    branch, name = name_job(order, open_repo(order.repo), _read_plan(order.plan))
    folder = state_dir(settings) / "jobs" / name
    with _alone(folder):
        return _run(order, settings, tell, branch=branch, name=name)


def name_job(order: RunRequest, repo: Repo, text: str) -> tuple[str, str]:
    """The job's branch and its id."""
    branch = order.branch or _branch_name(peek(text))
    check_branch_name(branch)
    return branch, _job_id(repo, branch, f"{order.base}{plan_hash(text)}")


def _run(  # the edge where everything meets
    order: RunRequest,
    settings: Settings,
    tell: Callable[[ProgressEvent], None],
    *,
    branch: str,
    name: str,
) -> "JobResult":
    from bot.storage.jobs import JobRow, open_store, sqlite_url  # noqa: PLC0415  # SQLAlchemy: 0.2 s
    from runners.build.branch import set_aside  # noqa: PLC0415
    from runners.build.dbos_launch import tell_story  # noqa: PLC0415  # DBOS: 0.7 s
    from runners.build.job_record import JobRecord  # noqa: PLC0415

    url = settings.database_url or sqlite_url(state_dir(settings))
    store = open_store(url)
    before = store.job(name)
    ground = load_plan(order, _pinned(order, before))
    new = JobRow(name, str(ground.repo.git_dir), branch, ground.base, ground.text, time.time())
    kept = replace(before, base=ground.base) if before else new
    life = JobRecord(store, kept)
    site = _site(ground, settings, tell, life=life, order=order)
    try:
        if order.fresh:  # only now: what is refused leaves the branch where it was
            set_aside(ground.repo, branch, ground.base, tell)
        life.begin(fresh=order.fresh)
        site = replace(site, meter=_meter(life, ground))
        run_id = ".".join(filter(None, (kept.id, str(life.job.run), order.only)))
        end = tell_story(site, url, run_id)
    finally:
        site.lanes.close()
    life.move(JobEvent.PASS if end.passed else JobEvent.BLOCK)
    return replace(end, evidence=str(site.folder / "evidence"))


def _pinned(order: RunRequest, before: "JobRow | None") -> str:
    """The base a job was given stays its own, until it has ended with nothing on its branch."""
    if before is None or order.fresh or order.base:
        return ""
    empty = open_repo(order.repo).head(before.branch) in {"", before.base}
    return "" if empty and is_settled(JobState(before.state)) else before.base


def _site(  # the edge where everything meets
    ground: CheckedPlan,
    settings: Settings,
    tell: Callable[[ProgressEvent], None],
    *,
    life: "JobRecord",
    order: RunRequest,
) -> JobContext:
    from bot.coaching.at_commit import warnings  # noqa: PLC0415
    from runners.build.lanes import Lanes  # noqa: PLC0415  # tiers are not needed to validate
    from runners.checks.setup_cache import prepare  # noqa: PLC0415
    from runners.sandbox import open_sandbox  # noqa: PLC0415

    kept = life.job
    folder = state_dir(settings) / "jobs" / kept.id
    wanted = waits_for(ground.job, order.only) if order.only else frozenset()
    require_models(ground.job, settings, order.only)
    sandbox = open_sandbox(settings, ground.config)
    site = JobContext(
        id=kept.id,
        repo=ground.repo,
        job=ground.job,
        base=ground.base,
        branch=kept.branch,
        config=ground.config,
        settings=settings,
        sandbox=sandbox,
        folder=folder,
        lanes=Lanes(settings, folder),
        meter=_meter(life, ground),
        report=tell,
        record_event=life.move,
        only=wanted,
        notes=order.notes,
        by=order.by,
        aim=order.aim,
    )
    # One repository's setup must never judge another's code.
    named = hashlib.sha256(str(ground.repo.git_dir.resolve()).encode()).hexdigest()[:12]
    own = state_dir(settings) / "repos" / named
    tell(
        ProgressEvent(
            "job", f"{ground.job.title}: branch {kept.branch}, on base {ground.base[:12]}"
        )
    )
    if unsaid := not_committed(order.repo):
        tell(ProgressEvent("job", f"not committed, so not part of the job: {unsaid}"))
    for warning in warnings(ground.repo, ground.base):
        tell(ProgressEvent("job", warning, good=False))
    for doubt in find_warnings(ground.repo, ground.base, ground.job):
        text = f"{order.plan}:{doubt.line}: mind: {doubt.what}. {doubt.hint}"
        tell(ProgressEvent("job", text, good=False))
    with site.lanes.take() as lane:
        planned = any(phase.epochs > 1 and phase.done for phase in ground.job.phases)
        for tier in ("local", "senior", *(["planner"] if planned else [])):
            if tier in settings.tiers:
                lane.tier(tier)  # a model that cannot be opened is told before anything is built
        tree = site.checkout(lane, ground.base)
        return replace(site, setup=prepare(ground.config, tree, sandbox, own))


def _meter(life: "JobRecord", ground: CheckedPlan) -> "Meter":
    from runners.build.budget import Meter  # noqa: PLC0415  # with the tiers' tables

    return Meter(life.store, life.job.id, life.job.run, time.time(), ground.config.limits)


def require_models(job: Job, settings: Settings, only: str = "") -> None:
    """Raises UserError where a task that is asked for needs a model and there is none."""
    wanted = waits_for(job, only) if only else frozenset()
    tasks = [task for task in job.tasks if not only or task.id in wanted]
    bare = [task.id for task in tasks if not task.blocks]
    if bare and not {"local", "senior"} & set(settings.tiers):
        raise UserError(
            f"{', '.join(bare)}: no model is configured to do this",
            where=str(settings_path()),
            hint="Name one there, or for once: BRICKLAYER_LOCAL=llama-cpp:/models/coder.gguf",
        )


def _read_plan(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_PLAN + 1)
    except OSError as exc:
        what = f"the plan cannot be read: {exc.strerror}"
        raise UserError(what, where=str(path), hint="Name a job.md that exists.") from exc
    if len(raw) > MAX_PLAN:
        raise UserError(
            f"the plan is larger than {MAX_PLAN >> 20} MiB", where=str(path), hint="Split the job."
        )
    try:
        return raw.decode()
    except UnicodeDecodeError as exc:
        what = f"not UTF-8 at byte {exc.start}"
        raise UserError(what, where=str(path), hint="Save the plan as UTF-8.") from exc


def resolve_base(repo: Repo, folder: Path, named: str) -> str:
    sha = repo.resolve(named) if named else head_of(folder)
    if sha:
        return sha
    if named:
        hint = "Fetch it, or name in the plan's `base:` a branch or commit that is here."
        raise UserError(f"base {named!r} is not in the repository", where="job.md", hint=hint)
    raise UserError(
        "the repository has no commit yet", where=str(repo.git_dir), hint="Commit once."
    )


def load_repo_config(repo: Repo, folder: Path, base: str) -> RepoConfig:
    found = repo.read(base, CONFIG)
    if found is None and (folder / CONFIG).is_file():
        hint = f"Only what is committed counts: git add {CONFIG} && git commit."
        raise UserError(
            f"{CONFIG} is there, but not committed at {base[:12]}", where=CONFIG, hint=hint
        )
    if found is None:
        example = '[checks.test]\n  run = "python3 -m pytest -q"'
        raise UserError(
            f"{CONFIG} is not committed at {base[:12]}",
            where=CONFIG,
            hint=f"It names the checks. Commit one like this:\n  {example}",
        )
    return repo_config(found.decode(errors="replace"))


def entry_kind_at(repo: Repo, base: str, path: str) -> str | None:
    entry = repo.entry(base, path)
    if entry is None or entry.kind != "file":
        return entry.kind if entry else None
    body = repo.read(base, path) or b""
    if b"\0" in body:
        return "binary"
    try:
        body.decode()
    except UnicodeDecodeError:
        return "not-utf8"
    return "file"


def _branch_name(job: Job) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", job.title.lower()).strip("-")[:48].strip("-") or "job"
    number = re.search(r"#(\d+)$", job.issue)
    return f"bricklayer/{number[1]}-{slug}" if number else f"bricklayer/{slug}"


def _job_id(repo: Repo, branch: str, plan: str) -> str:
    """Return the same id for the same plan on the same branch of the same repository."""
    asked = f"{repo.git_dir.resolve()}\0{branch}\0{plan}"
    return hashlib.sha256(asked.encode()).hexdigest()[:12]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the job's lock; the kernel lets go of it however this process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            hint = "Wait for it, or stop it: it can be started again where it was."
            raise UserError(
                "another bricklayer is building this job", where=str(folder), hint=hint
            ) from exc
        yield
