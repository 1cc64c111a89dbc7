"""What people do to branches with GitHub's own buttons, and who GitHub says has moved a branch."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fake_github.bare import NONE
from fake_github.people import Refusal, User

if TYPE_CHECKING:
    from fake_github.pulls import Pull
    from fake_github.repo import Repo
    from fake_github.threads import LineComment

SUGGESTION = re.compile(r"```suggestion\r?\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Activity:
    """https://docs.github.com/en/rest/repos/repos#list-repository-activities"""

    id: int
    ref: str
    before: str
    after: str
    kind: str
    actor: User
    at: str


@dataclass
class Rules:
    """What a ruleset asks of pull requests into the default branch."""

    required: tuple[str, ...] = ()
    strict: bool = False
    """Whether the branch has to be up to date with its base."""


def moved(repo: "Repo", ref: str, old: str, new: str, by: User, kind: str) -> Activity:
    """`kind` is "push" or "pr_merge"; what was made, deleted or forced is told apart here."""
    if NONE in {old, new}:
        kind = "branch_creation" if old == NONE else "branch_deletion"
    elif not repo.git.is_ancestor(old, new):
        kind = "force_push"
    github = repo.github
    return Activity(github.new_id(), ref, old, new, kind, by, github.clock.tick())


def update_branch(pull: "Pull", by: User, *, expected: str = "") -> str:
    """The "Update branch" button: a merge commit that GitHub itself commits, pushed by `by`."""
    repo = pull.repo
    with repo.github.change():
        repo.need(by, "write", unless=by is pull.author)
        if expected and expected != pull.head_sha:
            raise Refusal(422, "expected head sha does not match current head ref.")
        base = repo.git.sha(pull.base_ref)
        tree = repo.git.merged_tree(pull.head_sha, base)
        if not tree:
            raise Refusal(422, "merge conflict between base and head")
        said = f"Merge branch '{pull.base_ref}' into {pull.head_ref}"
        argv = ("commit-tree", tree, "-p", pull.head_sha, "-p", base, "-m", said)
        return _web_commit(repo, pull.head_ref, argv, by)


def commit_suggestion(pull: "Pull", comment: "LineComment", by: User) -> str:
    """The "Commit suggestion" button of a comment: its lines become those of its block."""
    repo = pull.repo
    with repo.github.change():
        repo.need(by, "write")
        found = SUGGESTION.search(comment.body)
        if found is None or comment.line is None:
            raise Refusal(422, "Suggestion cannot be applied")
        lines = repo.git.read(pull.head_sha, comment.path).decode().splitlines(keepends=True)
        lines[(comment.start or comment.line) - 1 : comment.line] = [found[1]]
        blob = repo.git.git("hash-object", "-w", "--stdin", data="".join(lines).encode())
        tree = repo.git.replaced(pull.head_sha, comment.path, blob)
        author = comment.author
        said = f"Update {comment.path}\n\nCo-authored-by: {author.login} <{author.email}>"
        argv = ("commit-tree", tree, "-p", pull.head_sha, "-m", said)
        return _web_commit(repo, pull.head_ref, argv, by)


def _web_commit(repo: "Repo", branch: str, argv: tuple[str, ...], by: User) -> str:
    """GitHub commits it (`web-flow`), the person is its author and the one who pushed."""
    env = {"GIT_AUTHOR_NAME": by.login, "GIT_AUTHOR_EMAIL": by.email}
    sha = repo.git.git(*argv, **env)
    before = repo.git.refs()
    repo.git.git("update-ref", f"refs/heads/{branch}", sha)
    repo.refs_moved(before, by, None)
    return sha


def rename_branch(repo: "Repo", old: str, new: str, by: User) -> None:
    """Its open pull requests are retargeted, and the default branch stays the default.

    https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-branches-in-your-repository/renaming-a-branch
    """
    with repo.github.change():
        repo.need(by, "admin")
        before, sha = repo.git.refs(), repo.git.sha(old)
        repo.git.git("update-ref", f"refs/heads/{new}", sha)
        if repo.default_branch == old:
            repo.default_branch = new
            repo.git.git("symbolic-ref", "HEAD", f"refs/heads/{new}")
            changes = {"default_branch": {"from": old}}
            repo.tell("repository", by, action="edited", changes=changes)
        for pull in repo.pulls:
            if pull.state == "open" and pull.base_ref == old:
                pull.base_ref = new
                changed = {"base": {"ref": {"from": old}, "sha": {"from": pull.base_sha}}}
                pull.tell("edited", by, changes=changed)
        repo.git.git("update-ref", "-d", f"refs/heads/{old}")
        repo.refs_moved(before, by, None)
