from pathlib import Path

import pytest

from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.models.chain import Chain, open_tier
from bot.models.model import ModelError, Prompt, Reply

SCRIPT = """\
A comment for people.

## reply: fix, fail 429, wait 0.5
## reply: fix
first

## Not a heading of ours
```python
# kept
```
## reply: fix
second
## reply: other, attempt 2-3
late
## reply: /divide by (zero|nought)/
by pattern
## reply: *
anything
"""


def stop_at_repeats(text: str) -> str:
    return "loop" if text.count("again") > 2 else ""


def open_script(folder: Path, text: str, *, name: str = "replies.md", retries: int = 2) -> Chain:
    path = folder / name
    path.write_text(text)
    settings = TierSettings(models=(f"script:{path}",), retries=retries)
    return open_tier(settings, sleep=lambda _: None)


def ask(chain: Chain, user: str = "", *, task: str = "", attempt: int = 0) -> Reply:
    return chain.ask(
        Prompt("be brief", user, task=task, attempt=attempt, reply=200), stop_at_repeats
    )


def test_a_scripts_name_is_shown_without_its_folder(tmp_path: Path) -> None:
    """Wherever the model's name is shown, it says `script` and never a path of this machine."""
    assert ask(open_script(tmp_path, SCRIPT), "Task: fix").model == "script:replies.md"


def test_replies_come_in_order_for_the_task_line(tmp_path: Path) -> None:
    """A prompt with no attempt gets its task's replies in the order of the file, to the byte."""
    chain = open_script(tmp_path, SCRIPT)
    first = ask(chain, "Do it.\nTask: fix\nPlease.")
    assert first.text == "first\n\n## Not a heading of ours\n```python\n# kept\n```"
    assert ask(chain, "Task: fix").text == "second"
    with pytest.raises(ModelError, match="no reply left for task fix"):
        ask(chain, "Task: fix")


def test_the_attempt_decides_after_a_restart(tmp_path: Path) -> None:
    """A new process asking for attempt 2 gets the second reply, whatever it asked before."""
    assert ask(open_script(tmp_path, SCRIPT), task="fix", attempt=2).text == "second"
    again = open_script(tmp_path, SCRIPT)
    assert [ask(again, task="fix", attempt=2).text for _ in range(2)] == ["second", "second"]


def test_a_reply_with_attempts_is_for_those_only(tmp_path: Path) -> None:
    """`attempt 2-3` answers attempts 2 and 3 and no other."""
    chain = open_script(tmp_path, SCRIPT)
    assert [ask(chain, task="other", attempt=n).text for n in (2, 3)] == ["late", "late"]
    with pytest.raises(ModelError, match="attempt 4"):
        ask(chain, task="other", attempt=4)


def test_a_pattern_answers_where_no_task_does(tmp_path: Path) -> None:
    """Keys are tried in order: the task, an expression on the user text, then the star."""
    chain = open_script(tmp_path, SCRIPT)
    assert ask(chain, "never divide by nought").text == "by pattern"
    assert ask(chain, "hello").text == "anything"


def test_a_failure_comes_once_and_costs_a_retry(tmp_path: Path) -> None:
    """`fail 429` before a reply is one failed try: with one retry the chain answers."""
    with pytest.raises(ModelError) as raised:
        ask(open_script(tmp_path, SCRIPT, retries=0), "Task: fix")
    assert (raised.value.retryable, raised.value.wait) == (True, 0.5)
    assert ask(open_script(tmp_path, SCRIPT, retries=1), "Task: fix").text.startswith("first")


def test_tokens_are_estimated_and_never_zero(tmp_path: Path) -> None:
    """A script's reply counts tokens for the prompt and for its text."""
    reply = ask(open_script(tmp_path, SCRIPT), "Task: fix")
    assert reply.tokens_in > 4
    assert reply.tokens_out > 10


def test_repeat_runs_until_it_is_cut(tmp_path: Path) -> None:
    """`repeat` gives its text over and over; the watch ends it and is named."""
    cut = ask(open_script(tmp_path, "## reply: *, repeat\nagain"))
    assert (cut.stop, cut.cut_why, cut.text.count("again")) == ("cut", "loop", 3)


def test_repeat_ends_at_the_replys_limit(tmp_path: Path) -> None:
    """Without a cut, `repeat` stops at the most tokens the reply may have."""
    reply = ask(open_script(tmp_path, "## reply: *, repeat\nround and round"))
    assert reply.stop == "length"
    assert 150 < reply.tokens_out <= 210


def test_crash_and_garbage(tmp_path: Path) -> None:
    """`crash` is a model's process dying, `garbage` an unusable reply."""
    chain = open_script(tmp_path, "## reply: a, crash\n## reply: b, garbage\n", retries=0)
    with pytest.raises(ModelError, match="died"):
        ask(chain, task="a")
    assert "\x00" in ask(chain, task="b").text


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("\n## reply: a, loudly\nx", 2, "loudly"),
        ("## reply: a\n## reply: /(/\nx", 2, "expression"),
        ("## reply:\nx", 1, "for nothing"),
        ("## reply: a, fail 200\nx", 1, "fail 200"),
    ],
)
def test_an_unknown_directive(tmp_path: Path, text: str, line: int, words: str) -> None:
    """An error in a heading is reported with its line, before anything runs."""
    with pytest.raises(UserError, match=words) as raised:
        open_script(tmp_path, text)
    assert raised.value.where.endswith(f"replies.md:{line}")


def test_no_such_script(tmp_path: Path) -> None:
    """A script that is missing, or is not text, is a UserError."""
    with pytest.raises(UserError, match="no such file"):
        open_tier(TierSettings(models=(f"script:{tmp_path}/none.md",)))
    (tmp_path / "odd.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="cannot be read"):
        open_tier(TierSettings(models=(f"script:{tmp_path}/odd.md",)))
