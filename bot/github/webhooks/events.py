"""What GitHub told, as small frozen values: the only form in which a payload travels further.

Texts, titles, paths and names are as somebody on GitHub wrote them: hostile. Ids, object names,
repository names and addresses have been checked to have the shape of such.
"""

from dataclasses import dataclass, field


class MalformedError(Exception):
    """A payload that GitHub would not send: `what` names the place and what is wrong with it."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class Person:
    """An account. Nobody, of which there are several (deleted accounts, mostly), has the id 0."""

    id: int
    login: str
    bot: bool = False


NOBODY = Person(0, "", bot=False)


@dataclass(frozen=True, slots=True)
class Where:
    """The repository as the payload names it; all empty where an event has none.

    `api_url` is what the payload says: compare it with the configured one before a token goes
    there. `installation` is 0 where no App is involved.
    """

    repo: str = ""
    repo_id: int = 0
    clone_url: str = ""
    default_branch: str = ""
    private: bool = False
    api_url: str = ""
    installation: int = 0


@dataclass(frozen=True, slots=True)
class IssueText:
    """`repo` is the name that its repository has now; empty where that is not told.

    `blocked_by` and `open_sub_issues` count the open ones, `comments` all that are there; `parent`
    is the issue in the same repository that it is a sub-issue of. 0 where that is not told.
    """

    number: int
    title: str
    body: str
    author: Person
    labels: tuple[str, ...]
    state: str
    updated_at: str
    is_pull: bool
    repo: str = ""
    blocked_by: int = 0
    open_sub_issues: int = 0
    parent: int = 0
    comments: int = 0


@dataclass(frozen=True, slots=True)
class Comment:
    id: int
    author: Person
    body: str
    created_at: str
    url: str
    updated_at: str = ""


@dataclass(frozen=True, slots=True)
class Pull:
    """`head_repo` is empty where the fork it came from is gone; `base_ref` is its target.

    `mergeable` is None while GitHub works it out; `merge_state` is its `mergeable_state`.
    """

    number: int
    head_sha: str
    head_ref: str
    head_repo: str
    merged: bool
    draft: bool
    author: Person
    closed: bool = False
    base_ref: str = ""
    mergeable: bool | None = None
    merge_state: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """`state`: approved, changes_requested, commented or dismissed; `node` is GraphQL's id."""

    id: int
    author: Person
    state: str
    body: str
    commit: str
    url: str
    submitted_at: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class LineComment:
    """`line` is 0 for a comment on the whole file; `in_reply_to` and `review` are 0 for none.

    It was made on the lines `original_start` to `original_line` of `original_commit`, which are
    `start` to `line` of the head now, unless it is `outdated`. `side`: LEFT for lines that the
    change removed.
    """

    id: int
    author: Person
    body: str
    path: str
    line: int
    hunk: str
    commit: str
    url: str
    in_reply_to: int
    review: int
    start: int = 0
    original_line: int = 0
    original_start: int = 0
    original_commit: str = ""
    side: str = "RIGHT"
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """`name` and `action` are GitHub's own; `sender` is who caused this very event.

    `outsider`: what GitHub tells of the sender rules out that they may write.
    """

    name: str
    action: str
    where: Where
    sender: Person
    outsider: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Labeled(Event):
    """`issue` as it was when `label` was put on it, `at` that time."""

    issue: IssueText
    label: str
    at: str


@dataclass(frozen=True, slots=True)
class Unlabeled(Event):
    issue: IssueText
    label: str


@dataclass(frozen=True, slots=True)
class Edited(Event):
    """`changed`: of title and body, those that did."""

    issue: IssueText
    changed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Closed(Event):
    """Closed, deleted or moved to another repository: `action` says which."""

    issue: IssueText


@dataclass(frozen=True, slots=True)
class Reopened(Event):
    issue: IssueText


@dataclass(frozen=True, slots=True)
class Commented(Event):
    """`before`: the body that an edited comment had."""

    issue: IssueText
    comment: Comment
    edited: bool = False
    before: str = ""


@dataclass(frozen=True, slots=True)
class PullClosed(Event):
    pull: Pull


@dataclass(frozen=True, slots=True)
class PullReopened(Event):
    pull: Pull


@dataclass(frozen=True, slots=True)
class Synchronized(Event):
    """Something was pushed to the pull request's branch; `pull.head_sha` is what is there now."""

    pull: Pull


@dataclass(frozen=True, slots=True)
class Ready(Event):
    pull: Pull


@dataclass(frozen=True, slots=True)
class PullLabeled(Event):
    pull: Pull
    label: str


@dataclass(frozen=True, slots=True)
class CommentDeleted(Event):
    """`comment` is the id of what was deleted, on an issue or a pull request."""

    issue: IssueText
    comment: int


@dataclass(frozen=True, slots=True)
class Reviewed(Event):
    """A review was submitted, or dismissed: then its state says so; or its text was edited.

    `before` is the text before an edit, empty where there was none or it is not known.
    """

    pull: Pull
    review: Review
    before: str = ""


@dataclass(frozen=True, slots=True)
class ReviewCommented(Event):
    """`before` is the text before an edit, empty where there was none or it is not known."""

    pull: Pull
    comment: LineComment
    edited: bool = False
    before: str = ""


@dataclass(frozen=True, slots=True)
class Checked(Event):
    """Some check of `sha` is not what it was: look at all of them again.

    `app` is the id of the App whose check it is, 0 where that is not told.
    """

    sha: str
    app: int = 0


@dataclass(frozen=True, slots=True)
class Pushed(Event):
    """`ref` in full, as `refs/heads/main`; `before` or `after` is all zeros for made or deleted."""

    ref: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Installed(Event):
    """What the App may work in has changed: ask GitHub for it."""


@dataclass(frozen=True, slots=True)
class Moved(Event):
    """The repository was renamed or has another owner; `where` is where it is now."""


@dataclass(frozen=True, slots=True)
class Ping(Event):
    pass
