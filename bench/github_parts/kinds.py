"""Webhooks as they come all day: each made by the stand-in for GitHub, as people work there."""

from fake_github.world import GitHub
from load import Kind
from support.machine import bank


def kinds(github: GitHub) -> list[Kind]:
    """One of each event and action, in the order they happened; none of them starts a job."""
    github.hook(lambda _headers, _body: 202, "nobody reads these")
    issue = bank(github)
    github.app().install("octocat")
    github.ci_on("octocat/bank")
    mona, repo = github.person("mona"), issue.repo
    issue.label("question", by=mona)
    issue.comment("It adds, and nobody wants that.\n\n> /approve\n", by=mona)
    repo.push("mend", {"bank.py": "pass\n"}, mona)
    pull = repo.open_pull("mend", "main", "Mend", mona, "A try.")
    pull.review("comment", mona, "Well.", [("bank.py", 1, "Is this all?")])
    github.ci(pull.head_sha, "red", log="no")
    github.hooks.flush()
    told = github.hooks.deliveries
    return list({(one.event, one.action): (one.event, one.body) for one in told}.values())
