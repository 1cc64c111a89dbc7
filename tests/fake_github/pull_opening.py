"""How a pull request is opened, and when GitHub refuses to."""

from typing import TYPE_CHECKING

from fake_github import show
from fake_github.people import Refusal, Token, User
from fake_github.pulls import Pull

if TYPE_CHECKING:
    from fake_github.repo import Repo


def opened(
    repo: "Repo",
    head: str,
    base: str,
    title: str,
    by: User,
    body: str | None,
    *,
    draft: bool = False,
    token: Token | None = None,
) -> Pull:
    with repo.github.change():
        source, ref = _head(repo, head)
        _openable(repo, source, ref, base)
        at = repo.github.clock.tick()
        number, sha = repo.next_number(), source.git.sha(ref)
        made = Pull(
            repo, number, repo.github.new_id(), title, body, by, at, at, head_repo=source, head_ref=ref,
            head_sha=sha, base_ref=base, base_sha=repo.git.sha(base), draft=draft,
        )  # fmt: skip
        made.fetch_head()
        repo.issues[number] = made
        made.tell("opened", by)
        repo.checks.pull_opened(made, by, token)
        return made


def _head(repo: "Repo", head: str) -> tuple["Repo", str]:
    owner, _, ref = head.rpartition(":")
    for one in repo.github.repos.values():
        family = one is repo or one.parent is repo
        if (
            family
            and one.owner.login.lower() == (owner or repo.owner.login).lower()
            and one.git.sha(ref)
        ):
            return one, ref
    raise Refusal(422, "Validation Failed", show.wrong("PullRequest", "head", "invalid"))


def _openable(repo: "Repo", source: "Repo", ref: str, base: str) -> None:
    if f"refs/heads/{base}" not in repo.git.refs():
        raise Refusal(422, "Validation Failed", show.wrong("PullRequest", "base", "invalid"))
    for one in repo.pulls:
        if one.state == "open" and (one.head_repo, one.head_ref, one.base_ref) == (
            source,
            ref,
            base,
        ):
            said = f"A pull request already exists for {source.owner.login}:{ref}."
            raise Refusal(422, "Validation Failed", _custom(said))
    if source is not repo:
        repo.git.git("fetch", "-q", str(source.git.path), f"refs/heads/{ref}")
    if not repo.git.commits(repo.git.sha(base), source.git.sha(ref)):
        said = f"No commits between {base} and {ref}"
        raise Refusal(422, "Validation Failed", _custom(said))


def _custom(said: str) -> dict[str, str]:
    return {"resource": "PullRequest", "code": "custom", "message": said}
