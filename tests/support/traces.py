"""All that ever left the machine: what stands on GitHub's stand-in, and what was sent there."""

import json
from collections.abc import Iterator

from fake_github.repo import Repo
from fake_github.world import GitHub


def said(repo: Repo, github: GitHub) -> Iterator[str]:
    """Texts of people's and the bot's: comments, pull requests, reviews, checks; and each call's."""
    for issue in repo.issues.values():
        yield issue.title
        yield issue.body or ""
        yield from (comment.body for comment in issue.comments)
    for pull in repo.pulls:
        yield pull.head_ref
        yield from (review.body for review in pull.reviews)
        yield from (comment.body for comment in pull.line_comments)
    for run in repo.checks.check_runs:
        yield json.dumps(run.output)
    for call in github.calls:
        yield f"{call.path} {json.dumps(call.query)} {json.dumps(call.body)}"


def pushed(repo: Repo) -> str:
    """Every object of the repository and every name in it, as text."""
    listed = repo.git.git("cat-file", "--batch-all-objects", "--batch-check").splitlines()
    shas = [line.split()[0] for line in listed if line.split()[1] != "tree"]
    asked = "".join(f"{sha}\n" for sha in shas).encode()
    objects = repo.git.raw("cat-file", "--batch", data=asked).decode(errors="replace")
    trees = repo.git.git("log", "--all", "--format=%B", "--name-only")
    return "\n".join((objects, trees, *repo.git.refs()))
