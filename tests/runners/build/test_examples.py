"""A prompt has the accepted changes that are nearest to its task, and none that it may not have."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.config.repository import RepoConfig
from bot.git.command import BRICKLAYER
from bot.git.commits import commit_parents
from bot.git.repo import Repo, make_bare
from bot.git.write_tree import write_tree
from bot.models.token_estimate import estimate_tokens
from bot.plan import Job, Task
from bot.prompts.inputs import TaskPromptInput
from bot.prompts.strategies import choose_strategy
from bot.prompts.task_prompt import TaskPrompt, compose_prompt
from runners.build.examples import MAX_EXAMPLE_TOKENS, select_examples
from runners.build.load_plan import CheckedPlan

TRAILERS = "Bricklayer-Job: 1234567890ab\nBricklayer-Task: {}\n"
TASK = Task(id="refund", file="src/refund.py", text="Refund amounts are rounded to whole cents.")
KEY = "ghp_" + "a1B2" * 9


class History:
    """Commits on one line, as people have merged them; `head` is the newest."""

    def __init__(self, folder: Path) -> None:
        self.repo: Repo = make_bare(folder)
        self.head = ""
        self.add("Begin", {"README.md": "Hello.\n"})

    def add(self, words: str, files: dict[str, str], *, ours: bool = False) -> str:
        before = self.head or self.repo.read_output("mktree")
        tree = write_tree(self.repo, before, {p: text.encode() for p, text in files.items()})
        message = f"{words}\n\n{TRAILERS.format('x')}" if ours else f"{words}\n"
        parents = (self.head,) if self.head else ()
        self.head = commit_parents(self.repo, tree, parents, message, BRICKLAYER)
        return self.head

    def show(self, task: Task = TASK, base: str = "", **config: object) -> list[str]:
        base = base or self.head
        chosen = RepoConfig.model_validate(config)
        plan = CheckedPlan(self.repo, Job("", ()), base, chosen, self.head)
        return [each.text for each in select_examples(plan, task)]


@pytest.fixture
def history(tmp_path: Path) -> History:
    made = History(tmp_path / "repo.git")
    made.add("log: Write the log's lines as JSON.", {"src/log.py": "json\n"}, ours=True)
    made.add("charge: Charge amounts are rounded to cents.", {"src/charge.py": "c\n"}, ours=True)
    made.add("Refund amounts are rounded to whole cents, by hand.", {"src/hand.py": "h\n"})
    made.add("fee: Amounts of fees are whole cents.", {"src/fee.py": "fee\n"}, ours=True)
    made.add("Refund amounts, told in words.", {"docs/refund.md": "words\n"}, ours=True)
    return made


def test_the_two_nearest_of_ours_in_a_language_of_the_task_are_shown(history: History) -> None:
    """Not what a person wrote, nor another kind of file; the same each time."""
    shown = history.show()
    assert [text.partition("\n")[0][9:] for text in shown] == [
        "charge: Charge amounts are rounded to cents.",
        "fee: Amounts of fees are whole cents.",
    ]
    assert "+c" in shown[0]
    assert history.show(replace(TASK)) == shown


def test_what_came_after_the_jobs_base_is_not_shown(history: History) -> None:
    """A task that is replayed on its old base does not see what was made of it."""
    before = history.head
    done = history.add(f"refund: {TASK.text}", {"src/refund.py": "done\n"}, ours=True)
    assert "+done" in history.show()[0]
    assert not any(done[:7] in text for text in history.show(base=before))


@pytest.mark.parametrize(
    ("files", "config"),
    [
        ({"src/refund.py": f"token = '{KEY}'\n"}, {}),
        ({"src/refund.py": "r\n", ".env": "KEY=1\n"}, {}),
        ({"src/refund.py": "r\n", ".github/workflows/ci.yml": "on: push\n"}, {}),
        ({"src/refund.py": "r\n"}, {"protect": {"paths": ["src/refund.py"]}}),
        ({"src/refund.py": "r\0\n"}, {}),
        ({"src/refund.py": "a = 1  # \u202e\n"}, {}),
        ({f"src/refund{n}.py": "r\n" for n in range(9)}, {}),
        ({"src/refund.py": "amount = 1\n" * 2_000}, {}),
    ],
    ids=["a key", "keys' file", "workflow", "protected", "bytes", "hidden", "many", "too long"],
)
def test_a_change_that_is_not_to_be_shown_makes_room_for_the_next(
    history: History, files: dict[str, str], config: dict[str, object]
) -> None:
    sha = history.add(f"refund: {TASK.text}", files, ours=True)
    shown = history.show(**config)
    assert len(shown) == 2
    assert not any(sha[:7] in text for text in shown)


def test_all_examples_together_stay_within_their_room(history: History) -> None:
    for n in range(4):
        text = "".join(f"amount_{n}_{line} = round(cents)\n" for line in range(40))
        history.add(f"r{n}: {TASK.text}", {f"src/r{n}.py": text}, ours=True)
    assert 0 < sum(map(estimate_tokens, history.show())) <= MAX_EXAMPLE_TOKENS


def test_a_question_and_a_repository_without_our_commits_have_none(tmp_path: Path) -> None:
    history = History(tmp_path / "repo.git")
    assert history.show() == []
    history.add(f"refund: {TASK.text}", {"src/refund.py": "r\n"}, ours=True)
    assert len(history.show()) == 1
    assert history.show(replace(TASK, kind="query")) == []


def compose(window: int, *examples: str) -> TaskPrompt:
    return compose_prompt(
        TaskPromptInput(
            task=TASK,
            content="def refund(amount):\n    return amount\n",
            strategy=choose_strategy("local", 0),
            window=window,
            reply=400,
            digest="AssertionError: 1 != 2",
            job="The job.",
            examples=examples,
        )
    )


def test_examples_stand_before_the_task_and_are_the_first_to_go() -> None:
    """What is the same for all tasks of a job still begins the prompt."""
    with_them, without = compose(8_192, "abc: one\n```\n+1\n```"), compose(8_192)
    names = [part.name for part in with_them.parts]
    assert names.index("job") < names.index("examples") < names.index("task")
    assert [name for name in names if name != "examples"] == [p.name for p in without.parts]
    tight = compose(without.tokens + 420, "x " * 600)
    assert tight.dropped == ("examples",)
    assert tight.prompt.user == without.prompt.user
