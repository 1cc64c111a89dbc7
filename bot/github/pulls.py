"""Pull requests: one for an issue, found before it is made."""

from github.GithubObject import NotSet
from github.PullRequest import PullRequest

from bot.github.errors import ForbiddenError, NotFoundError
from bot.github.repository_api import RepositoryApi, given_id, made
from bot.github.webhooks import Pull, objects

LONGEST_TITLE = 256
_NOT_FOUND, _UNPROCESSABLE = 404, 422
_EXISTS = "pull request already exists"
_NO_DRAFTS = "draft pull requests are not supported"


def read(api: RepositoryApi, number: int) -> Pull:
    return made(objects.pull, api.get(f"/pulls/{number}").field)


def find(api: RepositoryApi, head: str, base: str) -> int | None:
    """The open pull request from the branch `head` of this very repository."""
    owner = api.repo.partition("/")[0]
    told = api.entries("/pulls", {"head": f"{owner}:{head}", "base": base, "state": "open"})
    pulls = [made(objects.pull, entry) for entry in told]
    # An older server leaves an unknown filter out and gives them all.
    mine = [p for p in pulls if (p.head_repo, p.head_ref) == (api.repo, head)]
    return min((p.number for p in mine), default=None)


def open_(api: RepositoryApi, head: str, base: str, title: str, body: str, *, draft: bool) -> int:  # noqa: PLR0913
    """Its number; that of the one which is open already, if there is one."""
    head, title, body = api.branch(head), api.out(title, LONGEST_TITLE), api.out(body)

    def make(*, draft: bool) -> int:
        pull = api.repository.create_pull(base, head, title=title, body=body, draft=draft)
        return given_id(pull.raw_data, "number")

    def look() -> int | None:
        return find(api, head, base)

    try:
        return api.written(lambda: make(draft=draft), look)
    except ForbiddenError as exc:
        if _EXISTS in exc.what and (found := look()) is not None:
            return found
        if _NO_DRAFTS not in exc.what.lower():
            raise
    return api.written(lambda: make(draft=False), look)


def edit(api: RepositoryApi, number: int, title: str | None, body: str | None) -> None:
    """None leaves a part as it is."""
    new_title = NotSet if title is None else api.out(title, LONGEST_TITLE)
    new_body = NotSet if body is None else api.out(body)
    api.repeated(lambda: _pull(api, number).edit(title=new_title, body=new_body))


def close(api: RepositoryApi, number: int) -> None:
    """Its branch stays."""
    api.repeated(lambda: _pull(api, number).edit(state="closed"))


def ready(api: RepositoryApi, number: int) -> None:
    """No longer a draft; GitHub's REST cannot say so."""
    told = api.get(f"/pulls/{number}").field
    if not made(lambda pull: pull["draft"].flag(), told):
        return
    node = made(lambda pull: pull["node_id"].text(), told)
    ask = {"pullRequestId": node}
    try:
        api.repeated(
            lambda: api.wire.graphql_named_mutation(
                "markPullRequestReadyForReview", ask, "pullRequest { isDraft }"
            )
        )
    except ForbiddenError as exc:
        if exc.status != _NOT_FOUND:
            raise
        _ready_by_rest(api, number)


def _ready_by_rest(api: RepositoryApi, number: int) -> None:
    """For a server without GraphQL. Raises Refused where it is a draft still."""
    told = api.wire.ask("PATCH", f"/repos/{api.repo}/pulls/{number}", body={"draft": False}).field
    if made(lambda pull: pull["draft"].flag(), told):
        raise ForbiddenError("this server cannot make a draft ready")


def request_review(api: RepositoryApi, number: int, login: str) -> bool:
    """False where GitHub will not have that person: the author, or somebody without access."""
    try:
        api.repeated(lambda: _pull(api, number).create_review_request([login]))
    except NotFoundError:
        return False
    except ForbiddenError as exc:
        if exc.status != _UNPROCESSABLE:
            raise
        return False
    return True


def _pull(api: RepositoryApi, number: int) -> PullRequest:
    return api.repository.get_pull(number)
