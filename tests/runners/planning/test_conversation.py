"""The planner's side of a talk: what is read of its replies, what it is shown."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lookups import make_lookup

from bot.errors import Fault
from bot.models.token_estimate import estimate_call_tokens
from bot.prompts.path_mentions import find_closest, find_mentions
from bot.prompts.planner_prompt import (
    PlanRequest,
    PlanTooLargeError,
    RefusedPlan,
    compose_planner_prompt,
    count_room_left,
)
from runners.planning.planner_replies import PlannerReply, read_reply
from runners.planning.repo_lookup import RepoLookup, look_up

PLAN = "---\ntitle: T\n---\n\n### Task: a\n\n```python file=a.py\nx\n```\n"
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=400)


FILES = {
    "src/bank.py": b"import x\n\ndef withdraw(b, a):\n    return b - a\n",
    "src/big.py": b"def one():\n    pass\n\n\ndef two():\n    pass\n" + b"# filler\n" * 1500,
    "a/same.py": b"1\n",
    "b/same.py": b"2\n",
    "logo.png": b"\x89PNG\0\0",
    "empty.py": b"",
}


@pytest.fixture(scope="module")
def lookup(tmp_path_factory: pytest.TempPathFactory) -> RepoLookup:
    """A commit that holds FILES."""
    return make_lookup(tmp_path_factory.mktemp("repo"), FILES)


@pytest.mark.parametrize(
    "reply",
    [
        PLAN,
        f"Here it is:\n\n{PLAN}",
        f"Here it is:\n\n````markdown\n{PLAN}````\nDone.",
        f"```\n{PLAN}```\n\nDone.",
        f"~~~md\n{PLAN}~~~",
        f"<think>\n---\nNEED: x\n</think>\n{PLAN}",
        PLAN.replace("\n", "\r\n"),
    ],
)
def test_a_plan_is_found_in_what_stands_around_it(reply: str) -> None:
    """Chatter, fences, thoughts and line ends are not the plan's."""
    assert read_reply(reply) == PlannerReply("plan", PLAN)


@pytest.mark.parametrize(
    ("reply", "names"),
    [
        ("NEED: a.py, withdraw()", ("a.py", "withdraw")),
        ("I must look.\n**NEED:**\n- `a.py`\n2. b.py\n", ("a.py", "b.py")),
        ("NEED: a.py, a.py, \u200bx", ("a.py",)),
    ],
)
def test_what_it_needs_is_read_name_by_name(reply: str, names: tuple[str, ...]) -> None:
    """By commas or one a line, each once; a name with hidden characters is none."""
    assert read_reply(reply) == PlannerReply("need", names=names)


def test_an_answer_is_the_rest_of_the_reply() -> None:
    """However many lines it has."""
    assert read_reply("ANSWER: yes,\nit is.\n") == PlannerReply("answer", "yes,\nit is.")


@pytest.mark.parametrize("rest", ["a\n---\nb", "---", "a\n---\ntitle: no key\nprose\n---\nb"])
def test_a_rule_in_an_answer_is_no_plan(rest: str) -> None:
    """Only front matter with a title is, and then it wins."""
    assert read_reply(f"\n**ANSWER:** {rest}\n") == PlannerReply("answer", rest)
    assert read_reply(f"ANSWER: {rest}\n\n{PLAN}") == PlannerReply("plan", PLAN)


@given(TEXT)
def test_any_reply_is_read_as_one_of_the_three(text: str) -> None:
    """Whatever a model says."""
    assert read_reply(text).kind in {"plan", "need", "answer"}


@given(
    subject=TEXT, map_=TEXT, window=st.integers(2500, 6000),
    names=st.lists(st.sampled_from([*FILES, "withdraw", "nothing", "src/big.py:3-900", "grep def", "src"]), max_size=6),
)  # fmt: skip
def test_no_prompt_passes_the_window(
    lookup: RepoLookup, subject: str, map_: str, window: int, names: list[str]
) -> None:
    """With what it asked for, with a repair; or it is said that nothing fits."""
    brief = PlanRequest("plan", subject, "Write.", map_text=map_)
    refused = RefusedPlan(subject, (Fault(1, "bad", "mend"),))
    room = count_room_left(brief, window=window, reply=500, refused=refused)
    shown = look_up(lookup, names, subject, room).text
    try:
        prompt = compose_planner_prompt(
            brief, window=window, reply=500, looked_up=shown, refused=refused
        )
    except PlanTooLargeError:
        bare = compose_planner_prompt(
            replace(brief, map_text=""), window=1 << 40, reply=500, refused=refused
        )
        assert estimate_call_tokens(bare.system, f"{bare.user}\n\n{shown}") + 500 > window
        return
    assert estimate_call_tokens(prompt.system, prompt.user) + prompt.reply <= window


def test_the_map_goes_before_anything_that_was_asked_for() -> None:
    """Where space is short it is left out whole; the issue never is."""
    brief = PlanRequest("plan", "issue", "Write.", map_text="map " * 5000)
    assert "map map" in compose_planner_prompt(brief, window=9000, reply=500).user
    tight = compose_planner_prompt(brief, window=4000, reply=500).user
    assert "map map" not in tight
    assert "issue" in tight


PATHS = ("src/bank.py", "tests/test_bank.py", "Makefile.am", "web/a.tsx")


@pytest.mark.parametrize(
    ("text", "there", "missing"),
    [
        ("in `src/bank.py`.", ["src/bank.py"], []),
        ("see bank.py", ["src/bank.py"], []),
        ('File "/home/ada/bank/src/bank.py", line 3', ["src/bank.py"], []),
        ("https://a.b/src/gone.py", [], []),
        ('File "/usr/lib/python3/os.py", line 3', [], []),
        ("./src/bnak.py", [], ["src/bnak.py"]),
        ("account.withdraw() and v1.2 and e.g. this", [], []),
    ],
)
def test_the_paths_an_issue_names(text: str, there: list[str], missing: list[str]) -> None:
    """Links, versions, calls and files of other machines are none."""
    found = find_mentions(text, PATHS)
    assert [*found.there] == there
    assert [name for name, _ in found.missing] == missing


def test_the_same_name_elsewhere_is_closest() -> None:
    """Before names that are spelled alike."""
    assert find_closest("lib/bank.py", PATHS)[0] == "src/bank.py"
    assert find_closest("src/bnak.py", PATHS)[0] == "src/bank.py"
    assert find_closest("zzz", PATHS) == ()
