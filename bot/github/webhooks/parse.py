"""A verified payload to an Event; None for what the bot does nothing about."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.github.webhooks.events import (
    Checked,
    Closed,
    CommentDeleted,
    Commented,
    Edited,
    Event,
    Installed,
    Labeled,
    Moved,
    Ping,
    PullClosed,
    PullLabeled,
    PullReopened,
    Pushed,
    Ready,
    Reopened,
    ReviewCommented,
    Reviewed,
    Synchronized,
    Unlabeled,
)
from bot.github.webhooks.fields import Field
from bot.github.webhooks.objects import (
    REF,
    SHA,
    Common,
    is_outsider,
    read_comment,
    read_issue,
    read_line_comment,
    read_location,
    read_person,
    read_pull,
    read_review,
)

Reader = Callable[[Common, Field], Event]


def parse_event(name: str, payload: object) -> Event | None:
    """Raises MalformedError, and nothing else, for a payload that GitHub would not send."""
    body = Field(payload)
    action = body["action"].read_text()
    actions = _READERS.get(name, {})
    reader = actions.get(action) or actions.get("*")
    if reader is None:
        return None
    event = reader((name, action, read_location(body), read_person(body["sender"])), body)
    return replace(event, outsider=True) if is_outsider(body) else event


def _labeled(common: Common, body: Field) -> Event:
    subject = read_issue(body["issue"])
    return Labeled(*common, subject, body["label"]["name"].read_text(), subject.updated_at)


def _unlabeled(common: Common, body: Field) -> Event:
    return Unlabeled(*common, read_issue(body["issue"]), body["label"]["name"].read_text())


def _edited(common: Common, body: Field) -> Event:
    changed = frozenset(key for key in ("title", "body") if key in body["changes"])
    return Edited(*common, read_issue(body["issue"]), changed)


def _closed(common: Common, body: Field) -> Event:
    return Closed(*common, read_issue(body["issue"]))


def _reopened(common: Common, body: Field) -> Event:
    return Reopened(*common, read_issue(body["issue"]))


def _commented(common: Common, body: Field) -> Event:
    comment = read_comment(body["comment"])
    if common[1] == "created":
        return Commented(*common, read_issue(body["issue"]), comment)
    changes = body["changes"]
    before = changes["body"]["from"].read_text() if "body" in changes else comment.body
    return Commented(*common, read_issue(body["issue"]), comment, edited=True, before=before)


def _comment_deleted(common: Common, body: Field) -> Event:
    return CommentDeleted(*common, read_issue(body["issue"]), body["comment"]["id"].read_int())


def _pull_closed(common: Common, body: Field) -> Event:
    return PullClosed(*common, read_pull(body["pull_request"]))


def _pull_reopened(common: Common, body: Field) -> Event:
    return PullReopened(*common, read_pull(body["pull_request"]))


def _synchronized(common: Common, body: Field) -> Event:
    return Synchronized(*common, read_pull(body["pull_request"]))


def _ready(common: Common, body: Field) -> Event:
    return Ready(*common, read_pull(body["pull_request"]))


def _pull_labeled(common: Common, body: Field) -> Event:
    return PullLabeled(*common, read_pull(body["pull_request"]), body["label"]["name"].read_text())


def _reviewed(common: Common, body: Field) -> Event:
    pull, before = read_pull(body["pull_request"]), _read_before(body)
    return Reviewed(*common, pull, read_review(body["review"]), before)


def _read_before(body: Field) -> str:
    """The text before an edit, which only then is told."""
    if "changes" not in body or "body" not in body["changes"]:
        return ""
    return body["changes"]["body"]["from"].read_text()


def _review_commented(common: Common, body: Field) -> Event:
    comment = read_line_comment(body["comment"])
    pull, edited = read_pull(body["pull_request"]), common[1] == "edited"
    return ReviewCommented(*common, pull, comment, edited, _read_before(body))


def _check_suite(common: Common, body: Field) -> Event:
    return _checked(common, body["check_suite"])


def _check_run(common: Common, body: Field) -> Event:
    return _checked(common, body["check_run"])


def _checked(common: Common, check: Field) -> Event:
    app = check["app"]["id"].read_count() if "app" in check else 0
    return Checked(*common, check["head_sha"].match_text(SHA), app)


def _workflow_run(common: Common, body: Field) -> Event:
    return Checked(*common, body["workflow_run"]["head_sha"].match_text(SHA))


def _status(common: Common, body: Field) -> Event:
    return Checked(*common, body["sha"].match_text(SHA))


def _pushed(common: Common, body: Field) -> Event:
    ends = body["before"].match_text(SHA), body["after"].match_text(SHA)
    return Pushed(*common, body["ref"].match_text(REF), *ends)


def _installed(common: Common, _body: Field) -> Event:
    return Installed(*common)


def _moved(common: Common, _body: Field) -> Event:
    return Moved(*common)


def _ping(common: Common, _body: Field) -> Event:
    return Ping(*common)


# https://docs.github.com/en/webhooks/webhook-events-and-payloads
_READERS: Mapping[str, Mapping[str, Reader]] = {
    "issues": {
        "labeled": _labeled,
        "unlabeled": _unlabeled,
        "edited": _edited,
        "closed": _closed,
        "reopened": _reopened,
        "deleted": _closed,
        "transferred": _closed,
    },
    "issue_comment": {
        "created": _commented,
        "edited": _commented,
        "deleted": _comment_deleted,
    },
    "pull_request": {
        "closed": _pull_closed,
        "reopened": _pull_reopened,
        "synchronize": _synchronized,
        "ready_for_review": _ready,
        "labeled": _pull_labeled,
    },
    "pull_request_review": {
        "submitted": _reviewed,
        "edited": _reviewed,
        "dismissed": _reviewed,
    },
    "pull_request_review_comment": {"created": _review_commented, "edited": _review_commented},
    "check_suite": {"*": _check_suite},
    "check_run": {"*": _check_run},
    "workflow_run": {"*": _workflow_run},
    "status": {"*": _status},
    "push": {"*": _pushed},
    "installation": {"*": _installed},
    "installation_repositories": {"*": _installed},
    "repository": {"renamed": _moved, "transferred": _moved},
    "ping": {"*": _ping},
}
