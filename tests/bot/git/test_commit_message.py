"""What a repository asks of commits: sign-off, signature and form of the subject."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.repository import parse_repo_config
from bot.errors import UserError
from bot.git.command import Signature
from bot.git.commit_message import add_sign_off, format_title
from bot.git.commits import commit_parents
from bot.git.repo import Repo, make_bare
from runners.doctor.github import sign_nothing

BY = Signature("brick[bot]", "7+brick[bot]@users.noreply.github.com", sign_off=True)
LINE = "Signed-off-by: brick[bot] <7+brick[bot]@users.noreply.github.com>"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return make_bare(tmp_path / "x.git")


def commit(repo: Repo, message: str, by: Signature = BY) -> str:
    tree = repo.read_output("hash-object", "-w", "-t", "tree", "--stdin")
    return commit_parents(repo, tree, (), message, by)


@pytest.mark.parametrize(
    "message",
    [
        "Change it\n",
        "Change it\n\nWhy: this\nand that\n",
        "Change it\n\nBody\n\nBricklayer-Task: a\n",
    ],
)
def test_a_sign_off_is_one_trailer_of_the_commits_own_author(repo: Repo, message: str) -> None:
    """As git itself reads trailers; the others stay trailers, and twice is once."""
    sha = commit(repo, add_sign_off(message, BY))
    show = ("log", "-1", "--format=%(trailers:only)", sha)
    trailers = repo.read_output(*show).splitlines()
    assert trailers.count(LINE) == 1
    assert ("Bricklayer-Task: a" in trailers) == ("Bricklayer-Task" in message)
    assert repo.read_output("log", "-1", "--format=%an <%ae>", sha) in LINE


@given(title=st.text("ab c", max_size=200), issue=st.integers(0, 10**6))
def test_a_title_is_cut_and_its_form_never(title: str, issue: int) -> None:
    made = format_title("fix(#{issue}): {title} [skip]", title, issue, 72)
    assert made.startswith(f"fix(#{issue}): ")
    assert made.endswith(" [skip]")
    assert len(made) <= 72


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('title = "fix: it"', "{title}"),
        ('title = "fix: {titel} {title}"', "{titel}: only {title} and {issue} are known"),
        ('title = "{title}\\n"', "one line"),
        ('title = "{title} {"', "{: only"),
    ],
)
def test_a_form_that_is_none_is_told_in_words(setting: str, said: str) -> None:
    with pytest.raises(UserError) as told:
        parse_repo_config(f"[commits]\n{setting}\n")
    assert said in told.value.what


@pytest.mark.parametrize(
    "prefix", ["bot", "/bot/", "a..b/", "-x/", "a b/", "x.lock/", "refs~/", ""]
)
def test_a_prefix_that_no_branch_could_have_is_refused(prefix: str) -> None:
    with pytest.raises(UserError):
        parse_repo_config(f'[github]\nbranch_prefix = "{prefix}"\n')


def test_a_key_of_the_machine_signs_and_the_tree_stays_the_same(repo: Repo, tmp_path: Path) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("there is no ssh-keygen here")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    signed = commit(repo, "Change it\n", Signature("Brick", "b@example.com", key=str(key)))
    plain = commit(repo, "Change it\n", Signature("Brick", "b@example.com"))
    assert "BEGIN SSH SIGNATURE" in repo.read_output("cat-file", "commit", signed)
    assert repo.resolve_rev(signed, "tree") == repo.resolve_rev(plain, "tree")
    allowed = tmp_path / "allowed"
    allowed.write_text(f"b@example.com {(tmp_path / 'key.pub').read_text()}")
    config = ("-c", f"gpg.ssh.allowedSignersFile={allowed}")
    assert repo.read_output(*config, "log", "-1", "--format=%G?", signed) == "G"


@pytest.mark.parametrize("kind", ["absent", "no key", "with a passphrase"])
def test_a_key_that_does_not_sign_is_told_to_whoever_runs_the_machine(
    repo: Repo, tmp_path: Path, kind: str
) -> None:
    """In a comment without its path, which says how this machine is built."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("there is no ssh-keygen here")
    key = tmp_path / "key"
    if kind == "no key":
        key.write_text("none\n")
    if kind == "with a passphrase":
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", key], check=True)
    by = Signature("Brick", "b@example.com", key=str(key))
    with pytest.raises(UserError, match="no commit can be signed") as caught:
        commit(repo, "Change it\n", by)
    assert "`signing_key`" in str(caught.value)
    assert str(tmp_path) not in caught.value.for_comment()
    assert "bricklayer doctor" in caught.value.for_comment()
    with pytest.raises(UserError, match="no commit can be signed"):
        sign_nothing(str(key))
