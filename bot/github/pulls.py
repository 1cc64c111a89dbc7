"""Pull requests: one for an issue, found before it is made."""

from github.GithubObject import NotSet
from github.PullRequest import PullRequest

from bot.github.errors import ForbiddenError, NotFoundError
from bot.github.repository_api import RepositoryApi, read_answer, read_id
from bot.github.webhooks import Pull, objects

MAX_TITLE_CHARACTERS = 256
_NOT_FOUND, _UNPROCESSABLE = 404, 422
_EXISTS = "pull request already exists"
_NO_DRAFTS = "draft pull requests are not supported"


def read_pull(api: RepositoryApi, number: int) -> Pull:
    return read_answer(objects.read_pull, api.fetch(f"/pulls/{number}").field)


def find_pull(api: RepositoryApi, head: str, base: str) -> int | None:
    """The open pull request from the branch `head` of this very repository."""
    owner = api.repo.partition("/")[0]
    # https://docs.github.com/en/rest/pulls/pulls#list-pull-requests: `head` is owner:branch
    entries = api.list_entries("/pulls", {"head": f"{owner}:{head}", "base": base, "state": "open"})
    pulls = [read_answer(objects.read_pull, entry) for entry in entries]
    # An older server leaves an unknown filter out and gives them all.
    own = [p for p in pulls if (p.head_repo, p.head_ref) == (api.repo, head)]
    return min((p.number for p in own), default=None)


def find_newest_pull(api: RepositoryApi, head: str) -> Pull | None:
    """The newest pull request from the branch `head`, open, closed or merged."""
    return next(iter(list_pulls(api, head)), None)


def list_pulls(api: RepositoryApi, head: str) -> list[Pull]:
    """All from this repository's branch `head`, the newest first."""
    owner = api.repo.partition("/")[0]
    entries = api.list_entries("/pulls", {"head": f"{owner}:{head}", "state": "all"})
    pulls = [read_answer(objects.read_pull, entry) for entry in entries]
    own = [p for p in pulls if p.head_ref == head and p.head_repo in {api.repo, ""}]
    return sorted(own, key=lambda pull: -pull.number)


def open_pull(  # noqa: PLR0913
    api: RepositoryApi, head: str, base: str, title: str, body: str, *, draft: bool
) -> int:
    """Its number; that of the one which is open already, if there is one."""
    head, title, body = (
        api.check_branch(head),
        api.redact_text(title, MAX_TITLE_CHARACTERS),
        api.redact_text(body),
    )

    def make(*, draft: bool) -> int:
        pull = api.repository.create_pull(base, head, title=title, body=body, draft=draft)
        return read_id(pull.raw_data, "number")

    def look() -> int | None:
        return find_pull(api, head, base)

    try:
        return api.write_once(lambda: make(draft=draft), look)
    except ForbiddenError as exc:
        if _EXISTS in exc.what and (found := look()) is not None:
            return found
        if _NO_DRAFTS not in exc.what.lower():
            raise
    return api.write_once(lambda: make(draft=False), look)


def edit_pull(api: RepositoryApi, number: int, title: str | None, body: str | None) -> None:
    """None leaves a part as it is."""
    new_title = NotSet if title is None else api.redact_text(title, MAX_TITLE_CHARACTERS)
    new_body = NotSet if body is None else api.redact_text(body)
    api.write_again(lambda: _pull(api, number).edit(title=new_title, body=new_body))


def close_pull(api: RepositoryApi, number: int) -> None:
    """Its branch stays."""
    api.write_again(lambda: _pull(api, number).edit(state="closed"))


def reopen_pull(api: RepositoryApi, number: int) -> None:
    """Raises ForbiddenError where its branch is gone, or is not what it was."""
    api.write_again(lambda: _pull(api, number).edit(state="open"))


def mark_ready(api: RepositoryApi, number: int) -> None:
    """No longer a draft; GitHub's REST cannot say so."""
    answer = api.fetch(f"/pulls/{number}").field
    if not read_answer(lambda pull: pull["draft"].read_flag(), answer):
        return
    node = read_answer(lambda pull: pull["node_id"].read_text(), answer)
    ask = {"pullRequestId": node}
    try:
        api.write_again(
            lambda: api.client.graphql_named_mutation(
                "markPullRequestReadyForReview", ask, "pullRequest { isDraft }"
            )
        )
    except ForbiddenError as exc:
        if exc.status != _NOT_FOUND:
            raise
        _ready_by_rest(api, number)


def _ready_by_rest(api: RepositoryApi, number: int) -> None:
    """For a server without GraphQL. Raises ForbiddenError where it is a draft still."""
    answer = api.client.send_request(
        "PATCH", f"/repos/{api.repo}/pulls/{number}", body={"draft": False}
    ).field
    if read_answer(lambda pull: pull["draft"].read_flag(), answer):
        raise ForbiddenError("this server cannot make a draft ready")


def request_review(api: RepositoryApi, number: int, login: str) -> bool:
    """False where GitHub will not have that person: the author, or somebody without access."""
    try:
        api.write_again(lambda: _pull(api, number).create_review_request([login]))
    except NotFoundError:
        return False
    except ForbiddenError as exc:
        if exc.status != _UNPROCESSABLE:
            raise
        return False
    return True


def _pull(api: RepositoryApi, number: int) -> PullRequest:
    return api.repository.get_pull(number)
