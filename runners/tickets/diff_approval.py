"""What of a built diff a writer has approved, and what is still to be approved."""

from bot.approval.diff_risks import Risk, find_open_risks, fingerprint_reason
from bot.git.merge import find_merge_base
from bot.git.repo import Repo
from bot.git.write_tree import overlay_paths
from bot.plan import peek_job, planned_paths
from bot.ticket.model import DIFF_KEY, Ticket
from runners.project import load_repo_config
from runners.tickets.merge_rounds import find_one_sided
from runners.tickets.plan_file import plan_path, plan_text


def diff_key(head: str) -> str:
    """What approving the diff names: the whole commit, whichever round has built it."""
    return f"{DIFF_KEY}{head}"


def find_base_of(repo: Repo, ticket: Ticket, head: str) -> str:
    """The commit of the base that `head` has. A person may have rebased the branch, or merged."""
    return find_merge_base(repo, ticket.remote.base, head) or ticket.remote.base


def find_diff_start(repo: Repo, ticket: Ticket, head: str) -> str:
    """A tree to which the bot's own changes are told: the base that `head` has, with its plan.

    What came into the branch with the base, by a merge of anybody's, is not the bot's.
    """
    base = find_base_of(repo, ticket, head)
    return overlay_paths(repo, base, head, [plan_path(ticket.remote.branch)])


def find_unaccepted_risks(repo: Repo, ticket: Ticket, head: str) -> tuple[Risk, ...]:
    """What the branch does, as it stands at `head`, that needs approval and has none.

    What was approved is content: a later change of the same path needs approval again.
    """
    config = load_repo_config(repo, repo.git_dir, ticket.remote.base)
    start = find_diff_start(repo, ticket, head)
    # Of the plan as it was published: a round that mends something later names files of its own.
    planned = planned_paths(peek_job(plan_text(repo, ticket)))
    accepted = ticket.approval.accepted_content
    found = find_open_risks(repo, start, head, config, accepted, planned=planned)
    lost = (
        Risk(why, "", (fingerprint_reason(why),))
        for why in ticket.progress.lost_tests
        if fingerprint_reason(why) not in accepted
    )
    return (*found, *find_one_sided(repo, ticket, head), *lost)
