"""What a prompt gathers from git: by a tree alone, and never a thing that is no text."""

import subprocess
from pathlib import Path

import pytest

from bot.code import Symbol
from bot.config.repository import RepoConfig
from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.git.find_repo import open_repo
from bot.git.repo import Repo
from bot.models.token_estimate import estimate_tokens
from bot.plan import Job, Task
from runners.build.attempt_prompt import build_prompt
from runners.build.attempt_records import Attempt
from runners.build.file_context import WINDOW_SHARE, gather_file_context
from runners.build.load_plan import CheckedPlan
from runners.build.prompt_sources import PromptSources, read_task_file
from runners.build.task_run import TaskBase

FILES = {
    "src/bank.py": "from src.rates import rate\n\n\ndef pay(n):\n    return rate(n)\n",
    "src/rates.py": "def rate(n):\n    total = n\n    return total\n",
    "desk/desk.py": "from src import bank\n\n\ndef serve():\n    return bank.pay(3)\n",
    "tests/test_bank.py": "from src.bank import pay\n\n\ndef test_pay():\n    assert pay(1)\n",
    "desk/README.md": "# Desk\n\nWhere people are served. More.\n",
}
TASK = Task(
    id="t", file="src/bank.py", reads=("desk/desk.py", "gone.py", "bin"), text="Mend pay()."
)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "bin").write_bytes(b"\x00\xff")
    (tmp_path / "latin").write_bytes("Stra\u00dfe".encode("latin-1"))
    (tmp_path / "link").symlink_to("src/bank.py")
    (tmp_path / "new\nline `x`.py").write_text("def pay():\n    return rate(1)\n")
    line = "git init -q -b main . && git add -A && git commit -qm first"
    subprocess.run(["sh", "-ec", line], cwd=tmp_path, check=True, timeout=30)
    return open_repo(tmp_path)


PAY = Symbol("pay", "function", 4, 5, "def pay(n)")


def tree(repo: Repo) -> str:
    return repo.resolve_rev("main", "tree")


def test_neighbours_are_found_across_files(repo: Repo) -> None:
    """By what the file imports, and by who has its names; tests aside."""
    near = gather_file_context(repo, tree(repo), TASK, window=8192, done=())
    assert [path for path, _ in near.calls.find_definitions("rate")] == ["src/rates.py"]
    assert [path for path, _ in near.calls.find_callers(PAY)] == ["desk/desk.py"]
    assert near.read("src/rates.py") == FILES["src/rates.py"]


def test_folders_are_told_by_readme_or_by_what_else_they_define(repo: Repo) -> None:
    """The task's own folder last; its own file says nothing new."""
    near = gather_file_context(repo, tree(repo), TASK, window=8192, done=())
    assert near.folders[-1] == "src/: defines rate"
    assert "desk/: Where people are served." in near.folders


def test_notes_and_memory_share_a_small_part_of_the_window(repo: Repo) -> None:
    """Memory first, the latest last; a small window has less of both."""
    done = tuple(f"t{n}: src/{n}.py +1 -1; passed test; " + "word " * 50 for n in range(4))
    large = gather_file_context(repo, tree(repo), TASK, window=8192, done=done)
    small = gather_file_context(repo, tree(repo), TASK, window=2048, done=done)
    assert large.finished_tasks == done
    assert small.finished_tasks == done[-1:]
    assert (
        estimate_tokens("\n".join((*small.folders, *small.finished_tasks))) <= 2048 // WINDOW_SHARE
    )


@pytest.mark.parametrize("path", ["bin", "latin", "link", "src"])
def test_what_is_no_text_cannot_be_a_tasks_file(repo: Repo, path: str) -> None:
    """A link, a folder and bytes are refused, not guessed at."""
    with pytest.raises(UserError, match="is"):
        read_task_file(repo, tree(repo), path)


def sources(repo: Repo, task: Task) -> PromptSources:
    head = repo.branch_head("main")
    tier = TierSettings(models=("none",))
    plan = CheckedPlan(repo, Job("Bank", ()), head, RepoConfig(), head)
    base = TaskBase(head)
    return PromptSources(plan=plan, job_id="job", task=task, base=base, tree=tree(repo), tier=tier)


def test_what_was_to_be_read_and_is_gone_is_said(repo: Repo) -> None:
    """A file deleted since the plan, or that is no text, does not vanish without a word."""
    context = build_prompt(sources(repo, TASK), Attempt(1, "local", 0))
    told = {part.name: part.text for part in context.parts}
    assert "serve()" in told["read desk/desk.py"]
    for path in ("gone.py", "bin"):
        assert "not there any more" in told[f"read {path}"]


def test_a_task_whose_file_is_gone_writes_it_anew(repo: Repo) -> None:
    """There is nothing to edit."""
    context = build_prompt(sources(repo, Task(id="t", file="gone.py")), Attempt(1, "local", 0))
    assert "gone.py does not exist yet." in context.prompt.user
    assert read_task_file(repo, tree(repo), "gone.py") is None


def test_the_same_tree_gives_the_same_bytes(repo: Repo) -> None:
    """In another repository object, after whatever was read before."""
    again = open_repo(repo.git_dir.parent)
    one, two = (build_prompt(sources(each, TASK), Attempt(2, "local", 1)) for each in (repo, again))
    assert one.prompt == two.prompt
