"""The stages that plan an issue: the plan on a branch, a draft pull request, its approval."""

from dataclasses import replace
from functools import partial

from bot.approval.permissions import needs_approval
from bot.approval.unproved_plans import find_unproved_reasons
from bot.config.repository import RepoConfig
from bot.git.commit_message import TITLE, format_title
from bot.github.mirror import Remote
from bot.github.pulls import MAX_TITLE_CHARACTERS
from bot.github.webhooks import IssueText
from bot.plan import peek_job, render_job
from bot.plan.settled import Settled
from bot.text.escape import commit_safe, defang_markdown
from bot.text.visible_markdown import visible_markdown
from bot.ticket import messages, messages_branch, messages_lost, messages_review
from bot.ticket.authorship import BOT_MARK
from bot.ticket.given_text import read_ticket_issue
from bot.ticket.keys import overruled_key, planned_mark
from bot.ticket.model import FOREVER, ISSUE_TEXT, Ticket, hash_text
from bot.ticket.open_pulls import explain_full
from bot.ticket.progress import Round
from bot.ticket.pull_text import join_parts
from bot.ticket.stages import Stage
from runners.build.load_plan import RunRequest
from runners.project import load_repo_config
from runners.tickets.await_blockers import await_blockers
from runners.tickets.github_failures import best_effort
from runners.tickets.plan_approval import await_approval, find_approval_reasons
from runners.tickets.plan_branch import BranchTakenError, commit_plan, free_branch, is_pushed
from runners.tickets.plan_file import plan_text, plan_url
from runners.tickets.planner_question import ask_people, await_answer, may_ask, show_question
from runners.tickets.pull_body import render_pull_body
from runners.tickets.pull_template import read_pull_template
from runners.tickets.replanning import answer_wishes, read_background, tell_left_out
from runners.tickets.services import Services
from runners.worker_process.main import RESULT_JSON, WorkRequest, WorkResult

FULL_SECONDS = 300.0
"""Until a job that waits for a place looks again whether there is one."""


def plan_issue(services: Services, ticket: Ticket) -> Ticket:
    """Raises UserError for what a person can fix: a config that is none, no planner."""
    if full := _explain_full(services, ticket):
        return replace(ticket, why=full, wake_at=services.now() + FULL_SECONDS)
    issue = services.repository(ticket).read_issue(ticket.issue)
    edited = (issue.title, issue.body) != (ticket.title, ticket.body)
    if edited or ticket.approval.key == ISSUE_TEXT:
        return _await_text_approval(ticket, issue)
    waiting = await_blockers(services, ticket, issue)
    if waiting.waits_for or waiting.stage is not Stage.PLANNING:
        return waiting
    return await_answer(waiting) if waiting.question_open else _make_plan(services, waiting)


def _explain_full(services: Services, ticket: Ticket) -> str:
    """Why it has to wait for a place. What was begun goes on."""
    if ticket.works or ticket.approval.key:
        return ""
    caps = services.settings.spending
    others = services.tickets.list_tickets()
    return explain_full(ticket, others, caps.open_pulls, caps.repository_open_pulls)


def _make_plan(services: Services, ticket: Ticket) -> Ticket:
    # Asked anew: a default branch can be renamed, and then its old name leads nowhere.
    # https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-branches-in-your-repository/renaming-a-branch
    where = replace(ticket.where, default_branch=services.repository(ticket).read_default_branch())
    ticket = replace(ticket, where=where)
    remote = services.open_mirror(ticket)
    remote.fetch()
    base = ticket.remote.base or remote.fetched_head(where.default_branch)
    ticket = replace(ticket, remote=replace(ticket.remote, base=base), why=messages.PLANNING)
    config = load_repo_config(remote.repo, remote.repo.git_dir, base)
    old = plan_text(remote.repo, ticket)
    background, left_out = read_background(services, ticket, old)
    background = "\n\n".join(filter(None, (background, show_question(ticket))))
    asked = _name_question(ticket, background)
    outcome = _recall_plan(services, ticket, asked)
    if not outcome:
        outcome = ask_planner_for(
            services,
            ticket,
            background,
            at=ticket.remote.base,
            may_ask=may_ask(ticket, old),
            may_settle=not old and not ticket.was_handled(overruled_key(ticket.labelled_at)),
        )
        if outcome.passed:
            kept = f"{asked} {RESULT_JSON.dump_json(outcome).decode()}"
            services.tickets.write_mark(planned_mark(ticket.key), kept)
    ticket = tell_left_out(ticket.with_rows(outcome.rows), left_out)
    if outcome.settled:
        return _settle(ticket, outcome.settled)
    if outcome.question:
        return ask_people(services, ticket, outcome.question)
    if old and not outcome.text:
        return _keep_plan(services, ticket, outcome)
    if outcome.answer:
        return replace(ticket, answer=render_answer(outcome.answer)).move_to(Stage.ANSWERED)
    if not outcome.passed:
        explain = messages.system_error if outcome.is_system_error else messages.quote_error
        return ticket.move_to(Stage.BLOCKED, explain(outcome.why))
    return _publish_plan(services, ticket, remote, config, outcome)


def _settle(ticket: Ticket, found: Settled) -> Ticket:
    """What shows it stands in the status comment, and is posted once when the stage is finished."""
    text = messages_lost.settled(found.kind, found.proofs, render_answer(found.why))
    return replace(ticket, answer=text).move_to(Stage.SETTLED)


def _name_question(ticket: Ticket, background: str) -> str:
    """Another for each time that it is asked: what the last answer cost is in the ticket then."""
    asked = (ticket.labelled_at, len(ticket.progress.rows), ticket.remote.base, ticket.choices)
    return hash_text(f"{asked} {background}", ticket.body)


def _recall_plan(services: Services, ticket: Ticket, asked: str) -> WorkResult | None:
    """What the planner wrote just before an outage or a kill: it is not paid for again."""
    kept = services.tickets.read_mark(planned_mark(ticket.key))
    of, _, outcome = kept.partition(" ")
    return RESULT_JSON.validate_json(outcome) if outcome and of == asked else None


def _await_text_approval(ticket: Ticket, issue: IssueText) -> Ticket:
    """Ask for approval of the text as it reads now, and show which that is."""
    text_hash = hash_text(issue.title, issue.body)
    if ticket.approval.key == ISSUE_TEXT and ticket.approval.shown_text_hash == text_hash:
        return replace(ticket, wake_at=FOREVER)
    asked = replace(ticket.approval, key=ISSUE_TEXT, shown_text_hash=text_hash)
    why = messages.text_changed(asked.code)
    return replace(ticket, approval=asked, why=why, wake_at=FOREVER)


def render_answer(answer: str) -> str:
    """A model's words in our comment: none of it hidden, and none that acts."""
    return defang_markdown(visible_markdown(answer))


def _keep_plan(services: Services, ticket: Ticket, outcome: WorkResult) -> Ticket:
    """The plan that waits goes on waiting: nothing came of writing it anew."""
    text = (
        messages_review.answer_of_model("", render_answer(outcome.answer))
        if outcome.answer
        else messages_review.no_plan(outcome.why)
    )
    return await_approval(services, answer_wishes(ticket, text).move_to(Stage.APPROVAL))


def ask_planner_for(  # noqa: PLR0913  # what is planned on what, and what may be answered
    services: Services,
    ticket: Ticket,
    background: str,
    *,
    at: str,
    may_ask: bool = False,
    may_settle: bool = False,
) -> WorkResult:
    """Have the issue planned on the commit `at`, with what else the planner is to know.

    Raises WorkStoppedError.
    """
    issue = read_ticket_issue(ticket)
    request = RunRequest(
        "", services.open_mirror(ticket).repo.git_dir, base=at, rules=ticket.remote.base
    )
    issue = replace(issue, background=background, may_ask=may_ask, may_settle=may_settle)
    work = WorkRequest(services.settings_for(ticket), request, issue)
    return services.run_to_end(ticket, work)


def _publish_plan(
    services: Services, ticket: Ticket, remote: Remote, config: RepoConfig, outcome: WorkResult
) -> Ticket:
    old = plan_text(remote.repo, ticket)
    found = peek_job(outcome.text)
    job = replace(found, issue=f"{ticket.where.repo}#{ticket.issue}", base=ticket.remote.base)
    text = render_job(job)
    prefix, is_ours = config.github.branch_prefix, partial(is_pushed, remote, ticket, text)
    branch = ticket.remote.branch or free_branch(remote, ticket.issue, job.title, prefix, is_ours)
    head = commit_plan(services, ticket, branch, text)
    if not remote.push(branch, head):
        raise BranchTakenError(branch)
    ticket = replace(
        ticket,
        remote=replace(ticket.remote, branch=branch, plan_commit=head, head=head),
        progress=replace(
            ticket.progress, round=Round("plan", text, head), lost_tests=(), gate_notes=()
        ),
    )
    unproved = find_unproved_reasons(job, config)
    risks = (*find_approval_reasons(services, ticket, job), *outcome.warnings)
    ticket = replace(ticket, approval=replace(ticket.approval, risks=risks))
    ticket = _close_previous_pull(services, _open_draft(services, ticket, config, job.title))
    # In every mode: what no check proves, only a person can; and a plan that somebody wished to be
    # otherwise is looked at again.
    if not (old or unproved) and not needs_approval(config.approval.mode, risks):
        return ticket.move_to(Stage.BUILDING)
    ticket = await_approval(services, ticket.move_to(Stage.APPROVAL))
    told = messages_review.plan_written_anew(
        plan_url(services, ticket), ticket.approval.code, same=old == text
    )
    return answer_wishes(ticket, told) if old else ticket


def _open_draft(services: Services, ticket: Ticket, config: RepoConfig, title: str) -> Ticket:
    """A pull request needs a branch that is pushed and has a commit of its own: the plan's.

    https://docs.github.com/en/rest/pulls/pulls#create-a-pull-request
    """
    repo = services.open_mirror(ticket).repo
    form, plain = config.commits.title or TITLE, commit_safe(title)
    template = read_pull_template(repo, ticket.remote.head)
    pull = services.repository(ticket).open_pull(
        ticket.remote.branch,
        ticket.where.default_branch,
        format_title(form, plain, ticket.issue, MAX_TITLE_CHARACTERS),
        join_parts(render_pull_body(services, ticket), template),
        draft=True,
    )
    return replace(
        ticket,
        remote=replace(ticket.remote, pull=pull),
        progress=replace(ticket.progress, tasks=()),
    )


def _close_previous_pull(services: Services, ticket: Ticket) -> Ticket:
    """An issue has one open pull request: that of an earlier job is closed, and told why."""
    if previous := ticket.remote.previous_pull:
        repository = services.repository(ticket)
        text = messages_branch.pull_replaced(ticket.issue, ticket.remote.pull)
        mark = f"{BOT_MARK}replaced by {ticket.remote.pull} -->"
        tell = partial(repository.post_comment, previous, f"{text}\n{mark}", mark)
        best_effort(f"{ticket.name}: comment on #{previous}", tell)
        repository.close_pull(previous)
    return replace(ticket, remote=replace(ticket.remote, previous_pull=0))
