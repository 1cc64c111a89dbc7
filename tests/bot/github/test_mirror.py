"""The mirror of a repository on GitHub: what is fetched and pushed, and that nobody sees the token."""

import os
import shutil
from pathlib import Path

import pytest
from fake_github.outages import refuse_git
from fake_github.repo import Repo as Hosted
from fake_github.world import GitHub

from bot.errors import UserError
from bot.git.repo import make_bare
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
    tree = remote.repo.write_tree(onto, {"bank.py": text.encode()})
    return remote.repo.commit_tree(tree, onto, "Change\n")


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


def test_a_rule_of_the_server_is_told_in_its_words(hosted: Hosted, remote: Remote) -> None:
    """It is nobody's push that was quicker, and must not be taken for one."""
    hook = hosted.git.path / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'refusing to allow an App to touch workflows' >&2\nexit 1\n")
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
