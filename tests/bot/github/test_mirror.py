"""The mirror of a repository on GitHub: what is fetched and pushed, and that nobody sees the token."""

import os
import shutil
from pathlib import Path

import pytest
from fake_github.outages import refuse_git
from fake_github.repo import Repo as Hosted
from fake_github.world import GitHub

from bot.errors import UserError
from bot.git.commits import commit_tree
from bot.git.progress_commit import read_progress, write_progress
from bot.git.repo import make_bare
from bot.git.write_tree import write_tree
from bot.github.errors import AccountError, UnavailableError
from bot.github.mirror import Remote, open_remote

SPY = """\
#!/bin/sh
{ tr '\\0' '\\n' </proc/$$/environ; tr '\\0' '\\n' </proc/$$/cmdline; echo "$@"; } >>"$(dirname "$0")/seen"
exec %s "$@"
"""


@pytest.fixture
def hosted(github: GitHub) -> Hosted:
    return github.repo("octocat/bank", {"bank.py": "1\n"}, private=True)


@pytest.fixture
def token(github: GitHub) -> str:
    return github.token(github.person("mona", permission="write"))


@pytest.fixture
def remote(github: GitHub, hosted: Hosted, token: str, tmp_path: Path) -> Remote:
    url = f"{github.html_url}/{hosted.full_name}.git"
    return open_remote(tmp_path / "mirror.git", url, lambda: token, lambda: ())


def commit(remote: Remote, onto: str, text: str) -> str:
    tree = write_tree(remote.repo, onto, {"bank.py": text.encode()})
    return commit_tree(remote.repo, tree, onto, "Change\n")


def test_branches_are_fetched_and_pruned_and_nothing_else_is(
    github: GitHub, hosted: Hosted, remote: Remote
) -> None:
    """No tags, and no head of a fork's pull request."""
    mona = github.person("mona")
    hosted.push("side", {"x": "1\n"}, by=mona)
    fork = hosted.fork(mona)
    evil = fork.push("evil", {"bank.py": "evil\n"}, by=mona)
    hosted.git.git("tag", "v1", "main")
    remote.fetch()
    assert remote.repo.read_file(remote.fetched_head("main"), "bank.py") == b"1\n"
    assert remote.fetched_head("side")
    hosted.delete_branch("side", mona)
    remote.fetch()
    refs = remote.repo.read_output("for-each-ref", "--format=%(refname)").split()
    assert refs == ["refs/remotes/origin/main"]
    assert not remote.repo.resolve_rev(evil)


def test_what_is_fetched_is_there_whole_or_not_at_all(hosted: Hosted, remote: Remote) -> None:
    """In a pack, however little it is: nobody sees a commit whose files are still to come."""
    remote.fetch()
    hosted.push("main", {"one.py": "1\n"}, by=hosted.owner, message="One")
    remote.fetch()
    counts = remote.repo.read_output("count-objects", "-v")
    assert "count: 0" in counts.splitlines()


def test_a_push_goes_forwards_only(github: GitHub, hosted: Hosted, remote: Remote) -> None:
    """Twice the same is fine; over somebody else's commits it is refused, and they stay."""
    remote.fetch()
    first = commit(remote, remote.fetched_head("main"), "2\n")
    assert remote.push("bricklayer/1-x", first)
    assert remote.push("bricklayer/1-x", first)
    assert remote.fetched_head("bricklayer/1-x") == first
    theirs = hosted.push("bricklayer/1-x", {"mine": "1\n"}, by=github.person("mona"))
    assert not remote.push("bricklayer/1-x", commit(remote, first, "3\n"))
    assert not remote.push("bricklayer/1-x", remote.fetched_head("main"))
    assert hosted.git.sha("bricklayer/1-x") == theirs


@pytest.mark.parametrize("branch", ["-x", "--upload-pack=touch x", "a..b", "x:main", ""])
def test_a_branch_is_a_name_and_no_option(remote: Remote, branch: str) -> None:
    remote.fetch()
    with pytest.raises(UserError):
        remote.push(branch, remote.fetched_head("main"))


def test_the_token_is_in_no_argument_environment_or_file_that_stays(
    remote: Remote, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every git that is run is looked at, and the mirror after it."""
    spy = tmp_path / "bin" / "git"
    spy.parent.mkdir()
    spy.write_text(SPY % shutil.which("git"))
    spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{spy.parent}:{os.environ['PATH']}")
    remote.fetch()
    assert remote.push("bricklayer/1-x", commit(remote, remote.fetched_head("main"), "2\n"))
    seen = (spy.parent / "seen").read_text()
    assert "fetch" in seen
    assert "push" in seen
    kept = b"".join(p.read_bytes() for p in remote.repo.git_dir.rglob("*") if p.is_file())
    for part in (token, token[-12:], "Authorization"):
        assert part not in seen
        assert part.encode() not in kept
    assert not list(tmp_path.rglob("bricklayer-git-*"))


@pytest.mark.parametrize(
    "more", ["", "\u2028 ! [rejected] a -> b (fetch first)", "\r! [rejected] cannot lock ref"]
)
def test_a_rule_of_the_server_is_told_in_its_words(
    hosted: Hosted, remote: Remote, more: str
) -> None:
    """It is nobody's push that was quicker, and must not be taken for one by what a file is called.

    A rule names the files that break it.
    """
    hook = hosted.git.path / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    said = f"refusing to allow an App to touch workflows{more}"
    hook.write_text(f"#!/bin/sh\nprintf '%s\\n' '{said}' >&2\nexit 1\n")
    hook.chmod(0o755)
    remote.fetch()
    with pytest.raises(
        UserError, match=r"(?s)did not take the push: .*hook declined.*\n  refusing to allow an App"
    ):
        remote.push("bricklayer/1-x", commit(remote, remote.fetched_head("main"), "2\n"))


def test_a_server_that_does_not_answer_is_down(github: GitHub, remote: Remote) -> None:
    github.fail("GET", "info/refs", 503, times=2)
    with pytest.raises(UnavailableError, match="git fetch"):
        remote.fetch()
    make_bare(remote.repo.git_dir)
    with pytest.raises(UnavailableError, match="503"):
        remote.fetch()
    remote.fetch()
    github.fail("POST", "git-receive-pack", 502)
    with pytest.raises(UnavailableError, match="git push"):
        remote.push("bricklayer/1-x", commit(remote, remote.fetched_head("main"), "2\n"))


@pytest.mark.parametrize("command", ["fetch", "push"])
@pytest.mark.parametrize(
    ("status", "said", "hint"),
    [
        (401, "Invalid username or token.", "the token"),
        (403, "Write access to repository not granted.", "contents: write"),
        (403, "The x organization has an IP allow list enabled.", "list"),
        (403, "", "contents: write"),
        (404, "Repository not found.", "reach this repository"),
    ],
)
def test_who_is_not_let_in_is_told_so_and_not_that_nothing_answers(  # noqa: PLR0913, PLR0917
    github: GitHub, remote: Remote, command: str, status: int, said: str, hint: str
) -> None:
    """By git's own words, which name neither the token nor anything to wait for."""
    remote.fetch()
    new = commit(remote, remote.fetched_head("main"), "2\n")
    refuse_git(github, status, said)
    with pytest.raises(AccountError) as caught:
        remote.fetch() if command == "fetch" else remote.push("bricklayer/1-x", new)
    error = caught.value
    assert (error.status, hint in error.hint) == (status, True)
    # Of an answer of 401 git shows nothing: it asks for a name first, and has nobody to ask.
    assert said in error.what or status == 401


@pytest.mark.parametrize("status", [407, 429, 500, 502, 503])
def test_a_server_or_a_proxy_in_trouble_is_only_unreachable(
    github: GitHub, remote: Remote, status: int
) -> None:
    refuse_git(github, status, "Try again.")
    with pytest.raises(UnavailableError):
        remote.fetch()


@pytest.mark.parametrize(
    "url", ["ssh://x/y", "/srv/x", "ext::sh -c x", 'https://x/"y', "https://x/\ny"]
)
def test_only_an_address_of_the_web_is_cloned(tmp_path: Path, url: str) -> None:
    with pytest.raises(UserError, match="no address to clone from"):
        open_remote(tmp_path / "m.git", url, lambda: "", lambda: ())


def in_progress(remote: Remote, text: str, *passed: str) -> str:
    head = commit(remote, remote.fetched_head("main"), text)
    return write_progress(remote.repo, head, passed)


@pytest.fixture
def twin(remote: Remote, tmp_path: Path) -> Remote:
    """Another machine with a mirror of its own."""
    found = open_remote(tmp_path / "twin.git", remote.url, remote.token, remote.secrets)
    found.fetch()
    remote.fetch()
    return found


def test_work_in_progress_is_found_by_another_machine_with_all_it_needs(
    hosted: Hosted, remote: Remote, twin: Remote
) -> None:
    """And moves anywhere, also back: what was undone is undone there as well."""
    passed = commit(remote, remote.fetched_head("main"), "passed\n")
    first = in_progress(remote, "2\n", passed)
    assert not remote.fetch_progress(7)
    assert remote.push_progress(7, first, "")
    assert remote.seen_progress(7) == twin.fetch_progress(7) == first
    found = read_progress(twin.repo, first)
    assert found.passed == (passed,)
    assert twin.repo.read_file(found.head, "bank.py") == b"2\n"
    other = in_progress(twin, "3\n")
    assert twin.push_progress(7, other, first)
    assert hosted.git.refs()["refs/bricklayer/wip/7"] == other
    assert twin.delete_progress(7, other)
    assert "refs/bricklayer/wip/7" not in hosted.git.refs()
    assert not twin.seen_progress(7)
    assert remote.seen_progress(7) == first
    assert not remote.fetch_progress(7)
    assert not remote.seen_progress(7)


@pytest.mark.slow
@pytest.mark.parametrize("last_seen", ["none", "older", "gone"])
def test_who_does_not_know_what_is_there_moves_and_deletes_nothing(
    hosted: Hosted, remote: Remote, twin: Remote, last_seen: str
) -> None:
    first, theirs = in_progress(remote, "2\n"), in_progress(twin, "3\n")
    assert remote.push_progress(7, first, "")
    twin.fetch_progress(7)
    assert twin.push_progress(7, theirs, first)
    if last_seen == "gone":
        assert twin.delete_progress(7, theirs)
    seen = "" if last_seen == "none" else first
    assert not remote.push_progress(7, in_progress(remote, "4\n"), seen)
    assert not remote.delete_progress(7, first)
    left = hosted.git.refs().get("refs/bricklayer/wip/7", "")
    assert left == ("" if last_seen == "gone" else theirs)


def test_a_push_whose_answer_was_lost_is_found_done(github: GitHub, remote: Remote) -> None:
    remote.fetch()
    first = in_progress(remote, "2\n")
    github.fail("POST", "git-receive-pack", 502, after=True)
    with pytest.raises(UnavailableError):
        remote.push_progress(7, first, "")
    assert remote.push_progress(7, first, "")


def test_who_was_quicker_while_the_server_took_our_push_has_won(
    hosted: Hosted, remote: Remote, twin: Remote
) -> None:
    theirs = in_progress(twin, "3\n")
    twin.push_progress(8, theirs, "")
    hook = hosted.git.path / "hooks" / "update"
    hook.write_text(f'#!/bin/sh\n[ "$1" = refs/bricklayer/wip/7 ] && git update-ref $1 {theirs}\n')
    hook.chmod(0o755)
    assert not remote.push_progress(7, in_progress(remote, "2\n"), "")
    assert hosted.git.refs()["refs/bricklayer/wip/7"] == theirs


def test_no_secret_is_pushed_with_work_in_progress(
    hosted: Hosted, remote: Remote, tmp_path: Path
) -> None:
    """Neither on the branch nor in what passed beside it, also when something is there already."""
    remote.fetch()
    secret = "correct-horse_battery=staple"  # noqa: S105
    known = open_remote(tmp_path / "mirror.git", remote.url, remote.token, lambda: (secret,))
    first = in_progress(known, "2\n")
    assert known.push_progress(7, first, "")
    passed = commit(known, known.fetched_head("main"), secret)
    for sha in (in_progress(known, secret), in_progress(known, "2\n", passed)):
        with pytest.raises(UserError, match="adds a secret"):
            known.push_progress(7, sha, first)
    assert hosted.git.refs()["refs/bricklayer/wip/7"] == first


def test_a_server_that_takes_no_such_reference_says_so(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As GitHub does of `refs/pull`, and a server whose pre-receive hook knows branches only."""
    remote.fetch()
    monkeypatch.setattr(Remote, "progress_ref", staticmethod(lambda issue: f"refs/pull/{issue}/w"))
    with pytest.raises(UserError, match="hidden ref"):
        remote.push_progress(7, in_progress(remote, "2\n"), "")


def test_work_in_progress_starts_no_workflow_and_no_webhook(hosted: Hosted, remote: Remote) -> None:
    remote.fetch()
    before = (len(hosted.checks.suites), len(hosted.activities))
    assert remote.push_progress(7, in_progress(remote, "2\n"), "")
    assert (len(hosted.checks.suites), len(hosted.activities)) == before
