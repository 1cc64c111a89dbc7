"""A verified payload to an Event; None for what the bot does nothing about."""

from collections.abc import Callable, Mapping

from bot.github.webhooks.events import (
    Checked,
    Closed,
    Commented,
    Edited,
    Event,
    Installed,
    Labeled,
    Ping,
    PullClosed,
    PullLabeled,
    Pushed,
    Ready,
    ReviewCommented,
    Reviewed,
    Synchronized,
    Unlabeled,
)
from bot.github.webhooks.fields import Field
from bot.github.webhooks.objects import (
    BRANCH,
    REF,
    REPO,
    SHA,
    Common,
    comment,
    issue,
    line_comment,
    person,
    pull,
    review,
    where,
)

Reader = Callable[[Common, Field], Event]


def parse_event(name: str, payload: object) -> Event | None:
    """Raises Malformed, and nothing else, for a payload that GitHub would not send."""
    body = Field(payload)
    action = body["action"].text()
    actions = _READERS.get(name, {})
    reader = actions.get(action) or actions.get("*")
    if reader is None:
        return None
    return reader((name, action, where(body), person(body["sender"])), body)


def _labeled(common: Common, body: Field) -> Event:
    subject = issue(body["issue"])
    return Labeled(*common, subject, body["label"]["name"].text(), subject.updated_at)


def _unlabeled(common: Common, body: Field) -> Event:
    return Unlabeled(*common, issue(body["issue"]), body["label"]["name"].text())


def _edited(common: Common, body: Field) -> Event:
    changed = frozenset(key for key in ("title", "body") if key in body["changes"])
    return Edited(*common, issue(body["issue"]), changed)


def _closed(common: Common, body: Field) -> Event:
    return Closed(*common, issue(body["issue"]))


def _commented(common: Common, body: Field) -> Event:
    said = comment(body["comment"])
    if common[1] == "created":
        return Commented(*common, issue(body["issue"]), said)
    changes = body["changes"]
    before = changes["body"]["from"].text() if "body" in changes else said.body
    return Commented(*common, issue(body["issue"]), said, edited=True, before=before)


def _pull_closed(common: Common, body: Field) -> Event:
    return PullClosed(*common, pull(body["pull_request"]))


def _synchronized(common: Common, body: Field) -> Event:
    return Synchronized(*common, pull(body["pull_request"]))


def _ready(common: Common, body: Field) -> Event:
    return Ready(*common, pull(body["pull_request"]))


def _pull_labeled(common: Common, body: Field) -> Event:
    return PullLabeled(*common, pull(body["pull_request"]), body["label"]["name"].text())


def _reviewed(common: Common, body: Field) -> Event:
    return Reviewed(*common, pull(body["pull_request"]), review(body["review"]))


def _review_commented(common: Common, body: Field) -> Event:
    said = line_comment(body["comment"])
    return ReviewCommented(*common, pull(body["pull_request"]), said, common[1] == "edited")


def _check_suite(common: Common, body: Field) -> Event:
    suite = body["check_suite"]
    app = suite["app"]["id"].count() if "app" in suite else 0
    return Checked(*common, suite["head_sha"].shaped(SHA), _branches(suite["head_branch"]), app)


def _check_run(common: Common, body: Field) -> Event:
    run = body["check_run"]
    app = run["app"]["id"].count() if "app" in run else 0
    suite = run["check_suite"]
    branches = _branches(suite["head_branch"]) if suite.value is not None else ()
    return Checked(*common, run["head_sha"].shaped(SHA), branches, app)


def _workflow_run(common: Common, body: Field) -> Event:
    run = body["workflow_run"]
    return Checked(*common, run["head_sha"].shaped(SHA), _branches(run["head_branch"]))


def _status(common: Common, body: Field) -> Event:
    branches = _branches(*(branch["name"] for branch in body["branches"]))
    return Checked(*common, body["sha"].shaped(SHA), branches)


def _branches(*names: Field) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (name.like(BRANCH) for name in names))))


def _pushed(common: Common, body: Field) -> Event:
    ends = body["before"].shaped(SHA), body["after"].shaped(SHA)
    told = body["forced"].flag(), body["deleted"].flag()
    return Pushed(*common, body["ref"].shaped(REF), *ends, *told)


def _installed(common: Common, body: Field) -> Event:
    repos = _repos(body["repositories"])
    if common[1] in {"deleted", "suspend"}:
        return Installed(*common, (), repos)
    return Installed(*common, repos, ())


def _repositories(common: Common, body: Field) -> Event:
    added, removed = body["repositories_added"], body["repositories_removed"]
    return Installed(*common, _repos(added), _repos(removed))


def _repos(listed: Field) -> tuple[str, ...]:
    return tuple(repo["full_name"].shaped(REPO) for repo in listed)


def _ping(common: Common, _body: Field) -> Event:
    return Ping(*common)


_READERS: Mapping[str, Mapping[str, Reader]] = {
    "issues": {
        "labeled": _labeled,
        "unlabeled": _unlabeled,
        "edited": _edited,
        "closed": _closed,
        "deleted": _closed,
        "transferred": _closed,
    },
    "issue_comment": {"created": _commented, "edited": _commented},
    "pull_request": {
        "closed": _pull_closed,
        "synchronize": _synchronized,
        "ready_for_review": _ready,
        "labeled": _pull_labeled,
    },
    "pull_request_review": {"submitted": _reviewed, "dismissed": _reviewed},
    "pull_request_review_comment": {"created": _review_commented, "edited": _review_commented},
    "check_suite": {"*": _check_suite},
    "check_run": {"*": _check_run},
    "workflow_run": {"*": _workflow_run},
    "status": {"*": _status},
    "push": {"*": _pushed},
    "installation": {"*": _installed},
    "installation_repositories": {"*": _repositories},
    "ping": {"*": _ping},
}
