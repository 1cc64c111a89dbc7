"""Loading what a job is built from: the request, and its plan validated against its base."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from bot.coaching.notes import Note
from bot.config.machine import Settings, find_settings_file
from bot.config.repository import RepoConfig
from bot.config.tiers import Tier
from bot.errors import Fault, PlanError, UserError
from bot.git.checkout import require_usual_tree
from bot.git.command import BRICKLAYER, Signature
from bot.git.commits import is_ancestor
from bot.git.find_repo import checked_out_commit, open_repo
from bot.git.references import check_branch_name
from bot.git.repo import Repo
from bot.models.find_faults import require_usable_models
from bot.plan import MAX_PLAN_BYTES, Job, hash_plan, load_job, peek_job, required_tasks
from bot.plan.issue import name_branch
from bot.plan.keys import MAX_TEXT_CHARACTERS
from bot.prompts.path_mentions import closest_finder
from bot.spending import Payer
from bot.text.invisible import make_printable
from runners.build.unread_plan import require_unread
from runners.project import entry_kind_at, load_repo_config, resolve_base

BUILDING_TIERS: tuple[Tier, ...] = ("local", "senior")


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is to be built: `plan` is the plan's text, `path` where a person finds it.

    `branch` empty: named after the plan. `only` empty: every task.
    `fresh` begins anew on what HEAD is now; what the branch held is kept under another name.
    `on_head` goes on there, with what passed and is as it was, if its checks pass again.
    `base` is the commit to build on where the caller knows it, `rules` the one whose config
    counts; `notes` are lessons that are in no commit yet; `senior`: no other tier attempts it.
    `by` is the commits' author. With an `aim` their messages are that and the file, in place of the
    plan's words, which then came from CI or a reviewer. `payer` pays for the models; without one,
    the job itself. `ticket` is the key of the one that it is built for: wherever its mirror lies,
    it is the same job. `resumes` is how often a person has had it go on: each time allows what
    `[limits]` give once more, where it came to one of them. `config` counts in place of what is
    committed, where the caller has read it. `seed` tells runs apart that are asked the same.
    `strikes_of` names since when failed attempts are counted; without it, since a person last
    began the job.
    """

    plan: str
    repo: Path
    path: Path = Path("job.md")
    branch: str = ""
    only: str = ""
    fresh: bool = False
    on_head: bool = False
    base: str = ""
    rules: str = ""
    notes: tuple[Note, ...] = ()
    senior: bool = False
    by: Signature = BRICKLAYER
    aim: str = ""
    payer: Payer | None = None
    ticket: str = ""
    resumes: int = 0
    config: RepoConfig | None = None
    seed: int = 0
    strikes_of: str = ""


@dataclass(frozen=True, slots=True)
class CheckedPlan:
    """The validated plan with the commit and the config it was validated against.

    `rules` is the commit whose config counts and whose tree `[setup]` runs on: a person has merged
    it, which a branch is not.
    """

    repo: Repo
    job: Job
    base: str
    config: RepoConfig
    rules: str


def load_plan(request: RunRequest, pinned: str = "") -> CheckedPlan:
    """Read and validate without changing anything. `pinned` is the base of a run going on.

    Raises PlanError with every fault of the plan, UserError for what is wrong around it.
    """
    repo = open_repo(request.repo)
    # A run that goes on keeps its base, whatever HEAD is now: its commits stand on that.
    named = peek_job(request.plan).base
    base = pinned or request.base or resolve_base(repo, request.repo, named)
    require_usual_tree(repo, base)
    config = request.config or load_repo_config(repo, request.repo, request.rules or base)
    if named and config.setup and not (pinned or request.rules):
        _require_checked_out(repo, request.repo, named, base)
    if request.senior:
        limits = config.limits.model_copy(update={"local_attempts": 0})
        config = config.model_copy(update={"limits": limits})
    # Of a round the text is what CI or a reviewer wrote: it is whole, or it was refused before.
    missing = _find_missing_gate(request.plan, config)
    try:
        job = load_job(
            request.plan,
            known_checks=tuple(config.checks),
            tracked=lambda path: entry_kind_at(repo, base, path),
            where=str(request.path),
            closest=closest_finder(lambda: repo.list_entries(base)),
            max_text=MAX_PLAN_BYTES if request.aim else MAX_TEXT_CHARACTERS,
        )
    except PlanError as exc:
        raise PlanError([*exc.faults, *missing], where=str(request.path)) from exc
    if missing:
        raise PlanError(missing, where=str(request.path))
    require_unread(repo, base, job, str(request.path))
    return CheckedPlan(repo, job, base, config, request.rules or base)


def _require_checked_out(repo: Repo, folder: Path, named: str, base: str) -> None:
    """Raises UserError where HEAD has not got that commit.

    `[setup]` has the network, so what it runs is what a person checked out, and not what a plan
    names: a pull request that was fetched, say.
    """
    head = checked_out_commit(folder)
    if head and is_ancestor(repo, base, head):
        return
    what = f"`base: {make_printable(named)}` is not part of what is checked out, and has a [setup]"
    hint = "[setup] runs with the network. If you trust that commit, check it out and run it there."
    raise UserError(what, where="job.md", hint=hint)


def _find_missing_gate(text: str, config: RepoConfig) -> list[Fault]:
    """The fault of a plan that nothing proves as a whole."""
    job = peek_job(text)
    # Where there is no front matter, or its `checks` cannot be read, that is told instead.
    if "checks" in dict(job.keys) or not text.lstrip("\ufeff").startswith("---"):
        return []
    hint = f"Say in the front matter which prove the job: checks: [{', '.join(config.checks)}]"
    return [Fault(1, "the plan names no check for the whole job", hint)]


def name_job(request: RunRequest) -> tuple[str, str]:
    """The job's branch and its id."""
    branch = request.branch or _branch_name(peek_job(request.plan))
    check_branch_name(branch)
    place = f"ticket {request.ticket}" if request.ticket else _name_place(open_repo(request.repo))
    return branch, _job_id(request, branch, place)


def name_former_job(request: RunRequest, repo: Repo, branch: str) -> str:
    """The id that release 0.1 gave a ticket's job, by the mirror's folder; empty without a ticket.

    Commits of a job that was begun under it carry it.
    """
    return _job_id(request, branch, _name_place(repo)) if request.ticket else ""


def _name_place(repo: Repo) -> str:
    return str(repo.git_dir.resolve())


def _branch_name(job: Job) -> str:
    number = job.issue.rpartition("#")[2]
    return name_branch(job.title, int(number) if number.isdecimal() else 0)


def _job_id(request: RunRequest, branch: str, place: str) -> str:
    """Return the same id for the same plan on the same branch of the same repository."""
    identity = f"{place}\0{branch}\0{request.base}{hash_plan(request.plan)}"
    # 48 bits: the chance that two of a million jobs share an id is 1 in 560.
    return hashlib.sha256(identity.encode()).hexdigest()[:12]


def require_models(job: Job, settings: Settings, only: str = "") -> None:
    """Raises UserError where a task that is asked for needs a model and none can be asked."""
    without_blocks = _list_without_blocks(job, only)
    if without_blocks and not {"local", "senior"} & set(settings.tiers):
        raise UserError(
            f"{', '.join(without_blocks)}: no model is configured to do this",
            where=str(find_settings_file()),
            hint="Name one there, or for once: BRICKLAYER_LOCAL=llama-cpp:/models/coder.gguf",
        )
    require_usable(job, settings, only)


def require_usable(job: Job, settings: Settings, only: str = "") -> None:
    """Raises UserError with all that is wrong with the models which the tasks may need."""
    if _list_without_blocks(job, only):
        tiers = settings.tiers
        require_usable_models({str(name): tiers[name] for name in BUILDING_TIERS if name in tiers})


def _list_without_blocks(job: Job, only: str) -> list[str]:
    wanted = required_tasks(job, only) if only else frozenset()
    tasks = [task for task in job.tasks if not only or task.id in wanted]
    return [task.id for task in tasks if not task.blocks]
