"""Many jobs' issues, branches and pull requests in the stand-in, made by a few commands of git.

They stand as `push` and `open_pull` leave them, one after the other; a thousand made by these take
tens of thousands of processes, and what is told to webhooks, which nobody reads here.
"""

from collections.abc import Sequence
from dataclasses import replace

from fake_github import branches
from fake_github.bare import NONE, Bare
from fake_github.people import User
from fake_github.pulls import Pull
from fake_github.repo import Repo
from support.machine import PLAN

from bot.ticket.model import Ticket
from runners.tickets.plan_file import plan_path


def open_jobs(repo: Repo, us: User, by: User, like: Ticket, jobs: int) -> list[Ticket]:
    """So many more, each with a branch of one commit and a pull request from it, as drafts."""
    issues = [repo.open_issue("Another", "Text.", by, ("bricklayer",)) for _ in range(jobs)]
    names = [f"bricklayer/{issue.number}-another" for issue in issues]
    heads = _push_plans(repo, us, names)
    base = repo.git.sha(repo.default_branch)
    pulls = [_open_pull(repo, us, base, *each) for each in zip(names, heads, strict=True)]
    _set_refs(repo.git, {f"refs/pull/{pull.number}/head": pull.head_sha for pull in pulls})
    return [
        replace(
            like,
            issue=issue.number,
            title=issue.title,
            body="Text.",
            remote=replace(
                like.remote,
                branch=pull.head_ref,
                head=pull.head_sha,
                pull=pull.number,
                plan_commit=pull.head_sha,
            ),
        )
        for issue, pull in zip(issues, pulls, strict=True)
    ]


def _push_plans(repo: Repo, us: User, names: Sequence[str]) -> list[str]:
    """All by one `git fast-import`, which tells each commit: https://git-scm.com/docs/git-fast-import."""
    base, when = repo.git.sha(repo.default_branch), repo.github.clock.seconds()
    lines: list[str] = []
    for at, name in enumerate(names):
        lines += [f"commit refs/heads/{name}", f"mark :{at + 1}"]
        lines += [f"committer {us.login} <{us.email}> {when} +0000", "data 4", "Plan"]
        lines += [f"from {base}"]
        for path, text in ((plan_path(name), PLAN), (f"{at}.txt", "new\n")):
            lines += [f"M 100644 inline {path}", f"data {len(text.encode())}", text]
        lines += [f"get-mark :{at + 1}"]
    commits = "".join(f"{line}\n" for line in lines).encode()
    heads = repo.git.git("fast-import", "--quiet", data=commits).split()
    for name, head in zip(names, heads, strict=True):
        ref = f"refs/heads/{name}"
        repo.activities.append(branches.moved(repo, ref, NONE, head, us, "push"))
        repo.checks.pushed(name, NONE, head, us, None)
    repo.pushed = repo.github.clock.tick()
    return heads


def _open_pull(repo: Repo, us: User, base: str, branch: str, head: str) -> Pull:
    at, number = repo.github.clock.tick(), repo.next_number()
    made = Pull(
        repo, number, repo.github.new_id(), "Another", "Closes it", us, at, at, head_repo=repo,
        head_ref=branch, head_sha=head, base_ref=repo.default_branch,
        base_sha=base, draft=True,
    )  # fmt: skip
    repo.issues[number] = made
    return made


def _set_refs(git: Bare, targets: dict[str, str]) -> None:
    lines = "".join(f"update {ref} {sha}\n" for ref, sha in targets.items())
    git.git("update-ref", "--stdin", data=lines.encode())
