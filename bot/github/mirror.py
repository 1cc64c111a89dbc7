"""A repository on GitHub and its mirror here: fetched and pushed with a token nobody can see.

The token stands in a file only we can read, for as long as one git command runs: neither an
argument nor an environment, which other processes of this machine might read.
"""

import base64
import hashlib
import logging
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.errors import GitError, UserError
from bot.git.command import HTTP_ALONE
from bot.git.find_repo import write_origin
from bot.git.http_settings import format_http_settings
from bot.git.push_guard import refuse_secrets
from bot.git.references import check_branch_name
from bot.git.repo import Repo, make_bare
from bot.github.git_failures import classify_git_failure
from bot.github.push_refusals import REFUSED, list_refused, read_refusal
from bot.locks import hold_lock
from bot.text.invisible import make_printable

log = logging.getLogger("bricklayer")
ORIGIN = "refs/remotes/origin"
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_MOVED = ("[rejected]", f"{REFUSED} (cannot lock ref ", f"{REFUSED} (failed to update ref)")
"""How git sums up a reference that moved before our push, or while the server took it.

The last is said of one that is there where none should be. The server's reason may name a file.
"""
_NOT_THERE = "couldn't find remote ref %s"
# No redirection takes the token elsewhere, and nobody's own credentials stand in for it.
# https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpfollowRedirects
_OURS_ALONE = ("-c", "http.followRedirects=false", "-c", "credential.helper=")


def name_mirror(api_url: str, repo_id: int) -> str:
    """The folder of a repository's mirror.

    By id, which stays the same when a repository is renamed; two servers may use the same id.
    """
    name = hashlib.sha256(f"{api_url}\0{repo_id}".encode())
    return f"{name.hexdigest()[:16]}.git"


@dataclass(frozen=True, slots=True)
class Remote:
    """`repo` is a bare mirror: the remote's branches under `refs/remotes/origin`, ours as heads.

    Only branches are ever fetched: a fork's pull request is none, so its code never comes here.
    """

    repo: Repo
    url: str
    token: Callable[[], str]
    secrets: Callable[[], Sequence[str]]
    guard: Callable[[], None] = lambda: None
    """Asked before each push; raises where this process may not push any more."""

    def fetch(self) -> None:
        """Raises an OutageError where the remote does not answer, or does not let us in."""
        options = ("--no-tags", "--prune", "--no-write-fetch-head", "--quiet", "--end-of-options")
        try:
            self._run("fetch", *options, self.url, f"+refs/heads/*:{ORIGIN}/*")
        except GitError as exc:
            raise classify_git_failure("fetch", exc) from exc

    def fetched_head(self, branch: str) -> str:
        """The branch as it was when it was fetched last, empty for none."""
        return self.repo.resolve_rev(f"{ORIGIN}/{branch}")

    def push(self, branch: str, sha: str) -> bool:
        """Make the remote's branch `sha`, only forwards; False where somebody else's is there.

        Raises UserError, and pushes nothing, where a commit of it has a secret.
        """
        check_branch_name(branch)
        refuse_secrets(self.repo, branch, sha, ORIGIN, self.secrets())
        try:
            self._push_ref(f"{sha}:refs/heads/{branch}")
        except GitError as exc:
            return _refused(exc)
        self.repo.run("update-ref", f"{ORIGIN}/{branch}", sha)
        return True

    @staticmethod
    def waiting_ref(issue: int) -> str:
        """Where a commit that waits for approval can be read: neither a branch nor a tag.

        Workflows run for pushes of branches and tags only:
        https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#push
        """
        return f"refs/bricklayer/waiting/{issue}"

    def push_waiting(self, issue: int, sha: str) -> bool:
        """Whether the server has it now; a server may take no such references.

        Raises UserError where a commit of it has a secret, OutageError without an answer.
        """
        refuse_secrets(self.repo, f"waiting-{issue}", sha, ORIGIN, self.secrets())
        try:
            self._push_ref(f"+{sha}:{self.waiting_ref(issue)}")
        except GitError as exc:
            if list_refused(exc.out):
                return False
            raise classify_git_failure("push", exc) from exc
        return True

    def fetch_waiting(self, issue: int) -> str:
        """The commit that waits there, with all that it needs; empty for none."""
        return self._fetch_ref(self.waiting_ref(issue))

    def drop_waiting(self, issue: int) -> None:
        """Best effort: nothing starts from a reference that is left."""
        try:
            self._push_ref(f":{self.waiting_ref(issue)}")
        except GitError as exc:
            log.warning("%s: %s", self.waiting_ref(issue), _last(exc.stderr))

    @staticmethod
    def progress_ref(issue: int) -> str:
        """Where an issue's work in progress is (`bot/git/progress_commit.py`).

        Any reference of two slashes can be made, but under `refs/pull`; rulesets are for branches
        and tags, push rulesets and push protection for whatever is pushed.
        https://docs.github.com/en/rest/git/refs#create-a-reference
        https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/about-rulesets
        """
        return f"refs/bricklayer/wip/{issue}"

    def push_progress(self, issue: int, sha: str, last_seen: str) -> bool:
        """Whether the server has it now; False where it no longer has `last_seen`, empty for none.

        Twice the same is fine. Raises UserError, and pushes nothing, where a commit has a secret,
        or the server takes none such; OutageError without an answer.
        """
        ref = self.progress_ref(issue)
        left = [found] if last_seen and (found := self.repo.resolve_rev(last_seen)) else []
        refuse_secrets(self.repo, f"progress-{issue}", sha, ORIGIN, self.secrets(), left)
        return self._push_leased(ref, sha, last_seen)

    def fetch_progress(self, issue: int) -> str:
        """The commit that the server has, with all that it needs; empty for none."""
        ref = self.progress_ref(issue)
        if not (found := self._fetch_ref(ref)):
            self.repo.run("update-ref", "-d", ref)
        return found

    def seen_progress(self, issue: int) -> str:
        """What the server had when it was asked last, or was given by us; empty for none."""
        return self.repo.resolve_rev(self.progress_ref(issue))

    def delete_progress(self, issue: int, last_seen: str) -> bool:
        """Whether the server has none now; False where it no longer has `last_seen`."""
        return self._push_leased(self.progress_ref(issue), "", last_seen)

    def list_own_refs(self) -> dict[str, str]:
        """What the server has of ours that is no branch: `progress_ref` and `waiting_ref`."""
        kinds = (self.progress_ref(0)[:-1], self.waiting_ref(0)[:-1])
        try:
            out = self._run("ls-remote", "--refs", "--", self.url, *(f"{kind}*" for kind in kinds))
        except GitError as exc:
            raise classify_git_failure("ls-remote", exc) from exc
        # As git ends lines: Python's `splitlines` ends them within a reference's name, too.
        rows = (line.split("\t") for line in out.decode(errors="replace").split("\n") if line)
        found = {ref: sha for sha, ref in rows if ref.startswith(kinds)}
        return {ref: sha for ref, sha in found.items() if _NUMBER.fullmatch(ref.split("/")[-1])}

    def _push_leased(self, ref: str, sha: str, last_seen: str) -> bool:
        """Move the server's reference from `last_seen` alone; without a `sha` it is deleted.

        Ours tells what the server has, and keeps its objects.
        """
        # https://git-scm.com/docs/git-push#Documentation/git-push.txt---force-with-leaseltrefnamegtltexpectgt
        try:
            self._push_ref(f"{sha}:{ref}", f"--force-with-lease={ref}:{last_seen}")
        except GitError as exc:
            return _refused(exc)
        self.repo.run("update-ref", *([ref, sha] if sha else ["-d", ref]))
        return True

    def _push_ref(self, refspec: str, *options: str) -> None:
        # By lines that only git writes: https://git-scm.com/docs/git-push#Documentation/git-push.txt---porcelain
        common = ("--no-verify", "--quiet", "--porcelain", "--end-of-options", self.url)
        self._run("push", *options, *common, refspec)

    def _fetch_ref(self, ref: str) -> str:
        options = ("--no-tags", "--no-write-fetch-head", "--quiet", "--end-of-options")
        try:
            self._run("fetch", *options, self.url, f"+{ref}:{ref}")
        except GitError as exc:
            if _NOT_THERE in exc.forms:
                return ""
            raise classify_git_failure("fetch", exc) from exc
        return self.repo.resolve_rev(ref)

    def _run(self, command: str, *args: str) -> bytes:
        with (
            _credentials(self.url, self.token()) as config,
            _alone(self.repo.git_dir, "bricklayer"),
        ):
            if command == "push":
                self.guard()  # after the wait for who else is at the mirror
            return self.repo.run(*config, *_OURS_ALONE, command, *args, env=HTTP_ALONE)[1]


def _refused(exc: GitError) -> bool:
    """False where somebody else was quicker; for every other reason it raises."""
    if any(summary.startswith(_MOVED) for summary in list_refused(exc.out)):
        return False
    if refusal := read_refusal(exc.out, exc.stderr):
        raise refusal from exc
    raise classify_git_failure("push", exc) from exc


def _last(text: str) -> str:
    return make_printable((text.strip().splitlines() or [""])[-1], 200)


@contextmanager
def _alone(folder: Path, at: str) -> Iterator[None]:
    """Two gits that fetch into one repository, or make one, stumble over each other's locks."""
    folder.mkdir(parents=True, exist_ok=True)
    with hold_lock(folder / f"{at}.lock"):
        yield


def open_remote(
    folder: Path,
    url: str,
    token: Callable[[], str],
    secrets: Callable[[], Sequence[str]],
    guard: Callable[[], None] = lambda: None,
) -> Remote:
    """Find or make the mirror in `folder`. Raises UserError for an address that is no http one."""
    if urlsplit(url).scheme not in {"https", "http"} or any(c in url for c in '"\\\n\0'):
        raise UserError(f"no address to clone from: {url!r}", hint="It begins with https://.")
    repo = Repo(folder)
    with _alone(folder, "made"):  # not the fetch's: who only reads must not wait for the network
        if not (folder / "HEAD").is_file():
            make_bare(folder)
        write_origin(folder, url)
    return Remote(repo, url, token, secrets, guard)


@contextmanager
def _credentials(url: str, token: str) -> Iterator[tuple[str, ...]]:
    """Arguments that make git name itself to this one server, and to no other.

    Of the settings of whoever runs this only proxies and certificates hold.
    """
    parts = urlsplit(url)
    credentials = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    with tempfile.NamedTemporaryFile("w", prefix="bricklayer-git-") as file:  # mode 0600
        file.write(format_http_settings())
        if token:
            file.write(f'[http "{parts.scheme}://{parts.netloc}/"]\n')
            file.write(f"\textraheader = Authorization: Basic {credentials}\n")
        file.flush()
        yield "-c", f"include.path={file.name}"
