"""What a diff does that wants a person's yes, on real git: by link, rename, mode, case or size."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.approval.diff_risks import find_diff_risks
from bot.config.repository import RepoConfig, parse_repo_config
from bot.errors import GitError
from bot.git.find_repo import open_repo
from bot.git.repo import Repo

TEST = "def test_one():\n    assert 1 == one()\n\n\ndef test_two():\n    assert 2 == two()\n"
FILES = {
    "src/bank.py": "x = 1\n",
    "tests/test_bank.py": TEST,
    "build/rules.mk": "test:\n",
    "docs/a.md": "a\n",
    ".github/workflows/ci.yml": "on: push\n",
}
UNREAD = "it is too large to be read for what it does to the tests"
Say = Callable[..., tuple[str, ...]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    sh(folder, "git init -q -b main . && git config core.ignoreCase false")
    sh(folder, "ln -s build/rules.mk Makefile && ln -s docs manual && git add -A")
    sh(folder, "git commit -qm base && git tag base")
    return folder


@pytest.fixture
def repo(folder: Path) -> Repo:
    return open_repo(folder)


@pytest.fixture
def risks(folder: Path, repo: Repo) -> Say:
    """Run a line of shell in the repository, commit what it leaves, say what that risks."""

    def say(line: str, config: RepoConfig | None = None) -> tuple[str, ...]:
        sh(folder, f"{line}\ngit add -A && git commit -qm head")
        return find_diff_risks(repo, "base", "HEAD", config or RepoConfig())

    return say


def sh(folder: Path, line: str) -> str:
    argv = ["sh", "-ec", line]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.strip()


def test_a_change_of_code_with_a_new_test_wants_no_yes(risks: Say) -> None:
    assert (
        risks(
            "echo 'x = 2' > src/bank.py; echo 'def test_three(): assert 3' >> tests/test_bank.py;"
            " echo a > src/new.py"
        )
        == ()
    )


def test_no_change_wants_no_yes(repo: Repo) -> None:
    assert find_diff_risks(repo, "base", "base", RepoConfig()) == ()


def test_a_commit_that_is_not_here_is_an_error_not_a_pass(repo: Repo) -> None:
    with pytest.raises(GitError):
        find_diff_risks(repo, "base", "f" * 40, RepoConfig())


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (".github/workflows/ci.yml", "says what CI runs"),
        (".GitHub/workflows/x.yml", "says what CI runs"),
        ("CODEOWNERS", "says who must review"),
        ("docs/CODEOWNERS", "says who must review"),
        (".github/CODEOWNERS", "says who must review"),
        ("docs/codeowners", "says who must review"),
        (".bricklayer.toml", "says what the bot may do"),
        ("uv.lock", "says what is installed"),
        ("package-lock.json", "says what is installed"),
        ("conftest.py", "says what is tested"),
        ("pyproject.toml", "says what is tested"),
        ("sub/pytest.ini", "says what is tested"),
        (".envrc", "begins with a dot"),
    ],
)
def test_a_guarded_path_wants_a_yes(risks: Say, path: str, why: str) -> None:
    said = risks(f"mkdir -p $(dirname {path}); echo x >> {path}")
    assert [told for told in said if told.startswith(f"{path}: it ") and why in told]


def test_a_file_that_a_guarded_link_leads_to_is_guarded_too(risks: Say) -> None:
    """The link was there before: what it leads to is what `make test` obeys."""
    (told,) = risks("echo 'true:' > build/rules.mk")
    assert told == "build/rules.mk: it is also Makefile: it says what is tested, and how"


def test_a_folder_is_protected_by_the_name_of_a_link_to_it(risks: Say) -> None:
    config = parse_repo_config("[protect]\npaths = ['manual/']")
    (told,) = risks("echo b > docs/a.md", config)
    assert told == "docs/a.md: it is also manual/a.md: it is protected by .bricklayer.toml"


def test_a_new_link_wants_a_yes_wherever_it_leads(risks: Say) -> None:
    assert risks("ln -s .github src/ci; ln -s /etc/passwd src/p") == (
        "src/ci: it becomes a symbolic link",
        "src/p: it becomes a symbolic link",
    )


def test_a_file_that_becomes_a_link_and_a_link_that_becomes_a_file_want_a_yes(risks: Say) -> None:
    said = risks("ln -sf bank2.py src/bank.py; rm manual; echo a > manual")
    assert "src/bank.py: it becomes a symbolic link" in said
    assert "manual: it was a symlink and becomes a file" in said


def test_a_link_pointed_elsewhere_wants_a_yes(risks: Say) -> None:
    assert "manual: it becomes a symbolic link" in risks("ln -sfn src manual")


def test_a_rename_out_of_and_into_a_guarded_place_wants_a_yes(risks: Say) -> None:
    """Git would tell it as one change of the harmless name."""
    said = risks("git mv .github/workflows/ci.yml docs/ci.yml; git mv docs/a.md .github/a.md")
    assert ".github/a.md: it says what CI runs" in said
    assert ".github/workflows/ci.yml: it is deleted" in said
    assert ".github/workflows/ci.yml: it says what CI runs" in said


def test_a_submodule_wants_a_yes_whatever_gitmodules_says(folder: Path, repo: Repo) -> None:
    """`ignore = all` keeps git itself from telling that it moved."""
    text = '[submodule "s"]\n\tpath = s\n\turl = ./s\n\tignore = all\n'
    (folder / ".gitmodules").write_text(text)
    sh(folder, f"git add . && git update-index --add --cacheinfo 160000,{'1' * 40},s")
    sh(folder, "git commit -qm one && git tag one")
    sh(folder, f"git update-index --cacheinfo 160000,{'2' * 40},s && git commit -qm two")
    moved = "s: it becomes a submodule, or another commit of one"
    assert moved in find_diff_risks(repo, "base", "one", RepoConfig())
    assert find_diff_risks(repo, "one", "HEAD", RepoConfig()) == (moved,)


def test_a_file_made_executable_wants_a_yes(risks: Say) -> None:
    said = risks("chmod +x src/bank.py; echo x > src/run; chmod +x src/run")
    assert said == ("src/bank.py: it becomes executable", "src/run: it becomes executable")


def test_a_deleted_file_wants_a_yes(risks: Say) -> None:
    assert risks("rm src/bank.py") == ("src/bank.py: it is deleted",)


def test_a_name_that_hides_something_wants_a_yes(risks: Say, folder: Path) -> None:
    for name in ("a\u202eb.py", "a\nb.py", "--x.py"):
        (folder / name).write_text("x\n")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.py")).write_text("x\n")
    said = risks("true")
    assert sum(": its name " in why for why in said) == 4
    assert all(why.isprintable() for why in said)


def test_a_large_diff_wants_a_yes(risks: Say) -> None:
    config = parse_repo_config("[limits]\nfiles = 2\nlines = 5")
    said = risks("for n in 1 2 3; do printf '1\\n2\\n' > src/$n.py; done", config)
    assert said == ("it changes 3 files, more than 2", "it changes 6 lines, more than 5")


def test_deleted_tests_want_a_yes(risks: Say) -> None:
    assert risks("rm tests/test_bank.py") == (
        "tests/test_bank.py: 2 of its tests are gone: `test_one`, `test_two`",
        "tests/test_bank.py: it is deleted",
    )


def test_one_test_less_wants_a_yes(risks: Say) -> None:
    assert risks("sed -i 1,4d tests/test_bank.py") == (
        "tests/test_bank.py: 1 of its tests are gone: `test_one`",
    )


def test_a_test_that_moved_to_another_file_is_not_gone(risks: Say) -> None:
    assert (
        risks("head -2 tests/test_bank.py > tests/test_one.py; sed -i 1,4d tests/test_bank.py")
        == ()
    )


def test_a_test_that_moved_and_lost_what_it_asserts_is_weaker(risks: Say) -> None:
    assert risks(
        "echo 'def test_one(): pass' > tests/test_one.py; sed -i 1,4d tests/test_bank.py"
    ) == (
        "tests/test_bank.py: 1 of its assertions are gone or changed: `assert 1 == one()` in `test_one`",
    )


def test_newly_skipped_tests_want_a_yes_once(risks: Say) -> None:
    assert risks("sed -i '1i import pytest\\n@pytest.mark.skip' tests/test_bank.py") == (
        "tests/test_bank.py: `skip` may keep tests from being run",
    )


def test_a_test_file_too_large_to_be_read_wants_a_yes(risks: Say) -> None:
    said = risks("head -c 1000000 /dev/zero | tr '\\0' x >> tests/test_bank.py")
    assert said == (f"tests/test_bank.py: {UNREAD}",)


@pytest.mark.slow
def test_much_code_in_all_is_read_as_far_as_it_goes(risks: Say) -> None:
    """The bound is on all of it: what lies beyond is told, none is passed."""
    config = parse_repo_config("[limits]\nfiles = 99\nlines = 99999999")
    line = "head -c 950000 /dev/zero | tr '\\0' x > src/big.py"
    said = risks(
        f"{line}; for n in $(seq 1 9); do cp src/big.py src/$n.py; done; rm src/big.py", config
    )
    assert said == (f"src/9.py: {UNREAD}",)


def test_the_same_diff_gives_the_same_words_in_the_same_order(risks: Say, repo: Repo) -> None:
    said = risks("rm -r tests; echo x > .x; ln -s x y")
    assert said == tuple(sorted(said)) == find_diff_risks(repo, "base", "HEAD", RepoConfig())
