"""A pull request of the bot's that waits for reviewers, made without any build."""

from collections.abc import Mapping

from fake_github.issues import Issue
from fake_github.pulls import Pull
from fake_github.world import GitHub

from bot.git.references import move_branch
from bot.github.webhooks import Person
from bot.ticket.model import RemoteState, Ticket
from bot.ticket.progress import Progress, Round
from bot.ticket.stages import Stage
from runners.tickets.plan_file import plan_path
from support.in_process import Inside
from support.machine import GOOD, PLAN, bank

BRANCH = "bricklayer/1-withdraw-must-subtract"


def under_review(  # noqa: PLR0913  # each by its name
    github: GitHub,
    bot: Inside,
    files: Mapping[str, str | bytes] | None = None,
    *,
    stage: Stage = Stage.REVIEW,
    plan: str = PLAN,
    config: str | None = None,
) -> tuple[Issue, Pull]:
    """Planned and built as far as `stage` asks for; `files` are what the branch changes."""
    issue = bank(github, {".bricklayer.toml": config} if config else None)
    repo, app = issue.repo, github.app()
    base = repo.git.sha("main")
    path = plan_path(BRANCH)
    us = app.bot
    planned = repo.push(BRANCH, {path: plan}, us, message="Plan #1", parent=base)
    head = planned
    if stage is not Stage.APPROVAL:
        built = {**(files or {"bank.py": GOOD}), path: None}
        head = repo.push(BRANCH, built, us, message="Build it")
    pull = repo.open_pull(BRANCH, "main", "Withdraw must subtract", us, "Closes #1", draft=True)
    mona = github.person("mona")
    where = bot.services.account.open_repository("octocat/bank").read_location()
    ticket = Ticket(
        where,
        issue.number,
        asker=Person(mona.id, mona.login),
        title=issue.title,
        body=issue.body or "",
        stage=stage,
        remote=RemoteState(base, BRANCH, planned, head, pull=pull.number),
        progress=Progress(Round("plan", plan, planned)),
    )
    assert bot.services.tickets.add_ticket(ticket)
    remote = bot.services.open_mirror(ticket)
    remote.fetch()
    move_branch(remote.repo, BRANCH, head, "")
    return issue, pull
