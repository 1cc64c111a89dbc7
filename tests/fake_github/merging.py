"""The three ways to merge a pull request: a merge commit, one squashed commit, a rebase.

https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/about-merge-methods-on-github
"""

from typing import TYPE_CHECKING

from fake_github import show_pull
from fake_github.people import Refusal, User

if TYPE_CHECKING:
    from fake_github.bare import Bare
    from fake_github.pulls import Pull


def commit_merge(pull: "Pull", method: str, base: str, tree: str, by: User, message: str) -> str:
    """The base branch's new head."""
    if method == "rebase":
        return _rebase(pull.repo.git, base, pull.head_sha)
    squashes = method == "squash"
    said = message or (_squash_text(pull) if squashes else _merge_text(pull))
    parents = (base,) if squashes else (base, pull.head_sha)
    author = pull.author if squashes else by
    argv = ("commit-tree", tree, *(word for one in parents for word in ("-p", one)), "-m", said)
    env = {"GIT_AUTHOR_NAME": author.login, "GIT_AUTHOR_EMAIL": author.email}
    return pull.repo.git.git(*argv, **env)


def _merge_text(pull: "Pull") -> str:
    return f"Merge pull request #{pull.number} from {show_pull.label(pull)}\n\n{pull.title}"


def _squash_text(pull: "Pull") -> str:
    """By default the title of the pull request and its number, and its commits' messages.

    https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/about-pull-request-merges
    """
    git = pull.repo.git
    texts = [git.git("log", "-1", "--format=%B", sha) for sha in git.commits(pull.merge_base, pull.head_sha)]  # fmt: skip
    listed = "\n\n".join(f"* {text}" for text in texts)
    return f"{pull.title} (#{pull.number})\n\n{listed}"


def _rebase(git: "Bare", base: str, head: str) -> str:
    """Each commit anew on the base, its author kept; commits of merges are left out."""
    env = {"GIT_INDEX_FILE": str(git.path / "index-rebased")}
    for sha in git.git("rev-list", "--reverse", "--no-merges", f"{base}..{head}").split():
        patch = git.raw("diff-tree", "-p", "--binary", "--full-index", f"{sha}^", sha)
        git.git("read-tree", base, **env)
        try:
            git.raw("apply", "--cached", "--allow-empty", data=patch, **env)
        except RuntimeError:
            raise Refusal(405, "This branch can't be rebased") from None
        name, email, date, said = git.git("log", "-1", "--format=%an%n%ae%n%aI%n%B", sha).split("\n", 3)  # fmt: skip
        by = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": date}
        tree = git.git("write-tree", **env)
        base = git.git("commit-tree", tree, "-p", base, "-m", said, **by)
    return base
