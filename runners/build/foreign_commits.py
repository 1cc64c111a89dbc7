"""Saying whose commits stand on a job's branch, where it cannot go on there."""

from bot.commit_trailers import parse_trailers
from bot.errors import UserError
from bot.text.invisible import make_printable
from bot.text.listed import join_first
from runners.build.context import JobContext

_SHORT = 12
_NOTHING_TOUCHED = "Nothing of it was touched"


def foreign_commits_error(context: JobContext) -> UserError:
    """By the trailers of what is there now: this job's other process, another job, or people."""
    head = context.repo.branch_head(context.branch)
    commits = context.log.read(head).commits if head else ()
    foreign = [commit for commit in commits if not context.is_ours(commit.message)]
    if head and not foreign and context.log.read(head).on_base:
        return _twin_error(context)
    jobs = [parse_trailers(commit.message).get("Bricklayer-Job", "") for commit in foreign]
    names = [commit.sha[:_SHORT] for commit, job in zip(foreign, jobs, strict=True) if not job]
    return _foreign_error(context, dict.fromkeys(filter(None, jobs)), names)


def _twin_error(context: JobContext) -> UserError:
    why = "another bricklayer, with another state folder, builds this job at the same time"
    return UserError(
        f"branch {context.branch} was moved meanwhile, by commits of this job: {why}",
        where=str(context.repo.git_dir),
        hint="What it landed is kept. Stop one of the two; the same command goes on from there.",
        comment_hint="What it landed is kept. See that one machine alone has this repository's"
        " jobs, then `/retry` goes on from there.",
    )


def _foreign_error(context: JobContext, jobs: dict[str, None], names: list[str]) -> UserError:
    told = []
    if jobs:
        of_jobs = join_first([make_printable(job, 20) for job in jobs], 3)
        told.append(f"job {of_jobs} made some, of another plan or an earlier form of this one")
    if names:
        told.append(f"no job made {join_first(names, 3)}")
    whose = "; ".join(told)
    return UserError(
        f"branch {context.branch} holds commits that this plan, as it reads now, did not make"
        + (f" ({whose})" if whose else ""),
        where=str(context.repo.git_dir),
        hint=f"{_NOTHING_TOUCHED}, and no task of the plan is as it was when they were made."
        " --fresh keeps them under another name and begins anew;"
        " or name another branch with --branch.",
        comment_hint=f"{_NOTHING_TOUCHED}. To begin anew, remove the label and set it again;"
        " the branch is left as it is.",
    )
