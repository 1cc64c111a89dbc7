"""Commits: made of a tree and its parents, and read with their messages."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.errors import OPERATOR_HINT, GitError, UserError
from bot.git.cat_file import reader_of
from bot.git.command import BRICKLAYER, Signature, signature_environment
from bot.git.commit_message import add_sign_off
from bot.git.objects import Commit, CommitObject, parse_commit
from bot.git.repo import Repo
from bot.text.invisible import make_printable


def commit_tree(
    repo: Repo, tree: str, parent: str, message: str, by: Signature = BRICKLAYER
) -> str:
    return commit_parents(repo, tree, (parent,), message, by)


def commit_parents(  # noqa: PLR0913  # all that a commit is made of
    repo: Repo,
    tree: str,
    parents: tuple[str, ...],
    message: str,
    by: Signature,
    *,
    dates: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """A commit with these parents, signed off and signed as `by` says.

    `dates` are variables that git takes them from, else now. Raises UserError where the key
    does not sign.
    """
    text = add_sign_off(message, by) if by.sign_off else message
    named = (word for parent in parents for word in ("-p", parent))
    argv = (*by.options, "commit-tree", tree, *named, *(["-S"] if by.key else []), "-F", "-")
    env = {**signature_environment(by), **dates}
    try:
        return repo.read_output(*argv, stdin=text.encode(), env=env)
    except GitError as exc:
        if not by.key:
            raise
        raise _unsigned(exc) from exc


def _unsigned(exc: GitError) -> UserError:
    said = make_printable(" ".join(exc.stderr.split()), 300)
    hint = (
        "`signing_key` under `[github]` in this machine's settings is the file of an SSH key"
        f" without a passphrase that this account can read, or a GPG key's id. git says: {said}"
    )
    what = "no commit can be signed with this machine's signing key"
    return UserError(what, hint=hint, comment_hint=OPERATOR_HINT)


def read_commit(repo: Repo, name: str) -> CommitObject | None:
    """The commit that `name` leads to, read without a git of its own; None where none is."""
    found = reader_of(repo.git_dir).read_object(f"{name}^{{commit}}")
    return parse_commit(found.sha, found.content) if found else None


def list_commits(repo: Repo, base: str, head: str) -> list[Commit]:
    """Commits of `base..head`, oldest first."""
    return read_commits(repo, "--reverse", f"{base}..{head}", "--")


def read_commits(repo: Repo, *revs: str) -> list[Commit]:
    """Those that `git log` tells of for these arguments, each with its whole message."""
    argv = ("log", "--no-show-signature", "--no-color", "-z", "--format=%H%n%B", *revs)
    parts = repo.run(*argv)[1].decode(errors="replace").split("\0")
    return [Commit(*part.split("\n", 1)) for part in parts if "\n" in part]


def is_ancestor(repo: Repo, old: str, new: str) -> bool:
    return repo.run("merge-base", "--is-ancestor", old, new, ok=(0, 1))[0] == 0
