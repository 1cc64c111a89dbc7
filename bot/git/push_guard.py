"""What a push would carry off: no commit leaves this machine that adds a secret."""

from collections.abc import Iterator, Sequence

from bot.errors import UserError
from bot.git.commits import read_commits
from bot.git.diff import list_changes
from bot.git.objects import Change, Commit
from bot.git.repo import Repo
from bot.text.invisible import make_printable
from bot.text.secrets import find_secrets, has_secret, redact

MAX_SEARCHED_BYTES = 16 << 20
"""Bytes of a file that are looked through; a larger one is not pushed."""
HINT = (
    "Nothing was pushed. If it is no secret, commit it by hand;"
    " to begin anew without it, take the label off and set it again."
)


def refuse_secrets(  # noqa: PLR0913, PLR0917
    repo: Repo,
    branch: str,
    sha: str,
    there: str,
    secrets: Sequence[str],
    left: Sequence[str] = (),
) -> None:
    """Raises UserError, which names no secret, where a commit that is not in `there` adds one.

    `there` is a pattern of references, as `refs/remotes/origin`: what they reach has left already,
    and so have the commits of `left`.
    """
    if has_secret(branch, secrets):
        raise UserError("the branch's name has a secret in it", hint=HINT)
    for commit in read_commits(repo, "--reverse", sha, "--not", f"--glob={there}", *left):
        for what in _of(repo, commit, secrets):
            raise UserError(f"commit {commit.sha[:12]} {what}", hint=HINT)


def _of(repo: Repo, commit: Commit, secrets: Sequence[str]) -> Iterator[str]:
    if has_secret(commit.message, secrets):
        yield "has a secret in its message"
    changes = _list_own_changes(repo, commit.sha)
    shas = {e.sha for c in changes for e in (c.before, c.after) if e and e.kind != "submodule"}
    sizes = repo.read_sizes(sorted(shas))
    contents = repo.read_blobs(
        sorted(sha for sha, size in sizes.items() if size <= MAX_SEARCHED_BYTES)
    )
    before = {
        hit for c in changes if c.before for hit in _in(contents.get(c.before.sha, b""), secrets)
    }
    for change in changes:
        name = make_printable(redact(change.path, secrets), 200)
        if change.after is None:
            continue
        if find_secrets(change.path, secrets):
            yield f"has a secret in the name of {name}"
        if sizes.get(change.after.sha, 0) > MAX_SEARCHED_BYTES:
            yield f"adds {name}, too large to be looked through for secrets"
        elif _in(contents.get(change.after.sha, b""), secrets) - before:
            yield f"adds a secret, or what looks like one, to {name}"


def _list_own_changes(repo: Repo, sha: str) -> list[Change]:
    """What the commit itself changes, to each parent: of a merge what it has from none of them."""
    parents = repo.read_output("rev-parse", f"{sha}^@").split()
    if not parents:
        return list_changes(repo, repo.read_output("hash-object", "-t", "tree", "--stdin"), sha)
    to_each = [list_changes(repo, parent, sha) for parent in parents]
    own = set.intersection(*({change.path for change in changes} for changes in to_each))
    return [change for changes in to_each for change in changes if change.path in own]


def _in(content: bytes, secrets: Sequence[str]) -> frozenset[str]:
    """As UTF-8, and without NULs: UTF-16 has one at every other place."""
    plain = content.decode(errors="replace")
    wide = content.replace(b"\0", b"").decode(errors="replace") if b"\0" in content else ""
    return find_secrets(plain, secrets) | find_secrets(wide, secrets)
