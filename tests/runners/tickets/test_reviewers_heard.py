"""Reviewers are heard whole and where they speak: threads, ranges, suggestions, questions, talk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.pulls import Pull
from fake_github.threads import Spot
from fake_github.world import GitHub
from support.in_process import Inside, inside
from support.machine import GOOD, MODELS, said
from support.reviewing import under_review
from support.tickets import amend

from bot.plan import Job, peek_job
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage
from runners.tickets.outbox import post_answers
from runners.tickets.stage_review import watch_review

pytestmark = pytest.mark.slow

LONG = "\n".join(f"def f{n}(x):\n    return x + {n}\n" for n in range(40))


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    models = {**MODELS, "reviewer": said("Because it must subtract.", "question")}
    with inside(tmp_path, github, models=models) as made:
        yield made


def looked(bot: Inside) -> Ticket:
    ticket = watch_review(bot.services, bot.ticket)
    bot.services.tickets.change_ticket(ticket.key, lambda _: ticket)
    post_answers(bot.services, ticket.key)
    return bot.ticket


def asked(bot: Inside) -> Job:
    """The round that the reviewers' words made."""
    ticket = looked(bot)
    assert ticket.stage is Stage.BUILDING, ticket.why
    assert ticket.progress.round
    return peek_job(ticket.progress.round.text)


def answers(pull: Pull, at: int = -1) -> list[str]:
    comments = pull.threads[at].comments
    return [c.body for c in comments if c.author.login == "bricklayer[bot]"]


def test_the_last_sentence_of_a_long_comment_and_a_reply_that_takes_it_back_are_in_the_task(
    github: GitHub, bot: Inside
) -> None:
    _, pull = under_review(github, bot)
    mona = github.person("mona")
    words = "It should raise. " * 40 + "DO NOT change the public signature."
    pull.review("comment", by=mona, threads=[("bank.py", 2, words)])
    pull.threads[0].reply("On second thought: do NOT raise.", by=mona)
    (task,) = asked(bot).tasks
    first, second = (
        task.text.index("On second thought"),
        task.text.index("DO NOT change the public"),
    )
    assert first < second
    assert "about line 2 of this file" in task.text
    assert "@mona" in task.text


def test_a_comment_too_long_for_every_model_is_refused_in_its_thread_and_no_task(
    github: GitHub, bot: Inside
) -> None:
    _, pull = under_review(github, bot)
    words = "Please keep this in mind. " * 2400
    pull.review("comment", by=github.person("mona"), threads=[("bank.py", 2, words)])
    assert looked(bot).stage is Stage.REVIEW
    (answer,) = answers(pull)
    assert "Your comment is 62,39" in answer
    assert "ddressed" not in answer
    assert looked(bot).stage is Stage.REVIEW
    assert len(answers(pull)) == 1


@pytest.mark.parametrize(
    ("words", "replies"),
    [
        ("@other what do you think of this?", ()),
        ("@other what do you think of this?", ("Looks fine to me.", "I would rename it.")),
        ("LGTM", ()),
        ("Thanks, looks good!", ()),
        ("> Rename it.\n\nNice.", ()),
        ("/explain", ()),
    ],
)
def test_people_who_talk_to_each_other_or_give_thanks_start_nothing(
    github: GitHub, bot: Inside, words: str, replies: tuple[str, ...]
) -> None:
    _, pull = under_review(github, bot)
    mona, other = github.person("mona"), github.person("other", permission="write")
    pull.review("comment", by=mona, threads=[("bank.py", 2, words)])
    for at, reply in enumerate(replies):
        pull.threads[0].reply(reply, by=(other, mona)[at % 2])
    assert looked(bot).stage is Stage.REVIEW
    pull.threads[0].reply("@bricklayer rename it to `take`.", by=mona)
    assert "rename it to `take`" in asked(bot).tasks[0].text


def test_a_question_is_answered_in_its_thread_by_a_model_and_changes_no_code(
    github: GitHub, bot: Inside
) -> None:
    _, pull = under_review(github, bot)
    pull.review(
        "comment", by=github.person("mona"), threads=[("bank.py", 2, "Why is this needed?")]
    )
    assert looked(bot).stage is Stage.REVIEW
    (answer,) = answers(pull)
    assert "Because it must subtract." in answer
    assert "script:reviewer.md" in answer
    assert looked(bot).stage is Stage.REVIEW
    assert len(answers(pull)) == 1


def suggested(github: GitHub, bot: Inside, *spots: Spot, base: str = LONG) -> Pull:
    _, pull = under_review(github, bot, {"long.py": base})
    pull.review("comment", by=github.person("mona"), threads=list(spots))
    return pull


@pytest.mark.parametrize(
    ("spot", "lines"),
    [
        (Spot("long.py", 2, "```suggestion\n    return x\n```", None), "    return x\n"),
        (Spot("long.py", 2, "````suggestion\r\n    return x\r\n````", None), "    return x\n"),
        (
            Spot("long.py", 2, "```suggestion\ndef g(x):\n    return x\n```", 1),
            "def g(x):\n    return x\n",
        ),
        (Spot("long.py", 5, "```suggestion\n```", 4), ""),
        (Spot("long.py", 5, "```suggestion\n\n```", 4), ""),
        (
            Spot("long.py", 5, "Clearer:\n```suggestion\n    return 1 + x  \n```", None),
            "    return 1 + x  \n",
        ),
        (Spot("long.py", 8, "````suggestion\n```\n````", None), "```\n"),
    ],
)
def test_a_suggestion_is_laid_as_it_stands_on_its_lines_and_no_model_is_asked(
    github: GitHub, bot: Inside, spot: Spot, lines: str
) -> None:
    suggested(github, bot, spot)
    (task,) = asked(bot).tasks
    assert (task.text, task.file, len(task.blocks)) == ("", "long.py", 1)
    old = LONG.splitlines(keepends=True)
    old[(spot.start or spot.line) - 1 : spot.line] = [lines] if lines else []
    assert laid(task, LONG) == "".join(old)


def laid(task: object, text: str) -> str:
    from runners.edits.exact_blocks import resolve_blocks  # noqa: PLC0415

    found = resolve_blocks(task.blocks, lambda _: text.encode(), {"long.py"})  # type: ignore[attr-defined]
    return (found["long.py"] or b"").decode()


def test_several_suggestions_of_a_file_are_laid_one_after_another(
    github: GitHub, bot: Inside
) -> None:
    """Each on its own lines, whatever the ones before have done to their numbers."""
    suggested(
        github,
        bot,
        Spot("long.py", 2, "```suggestion\n    # one\n    # two\n    return 1\n```"),
        Spot("long.py", 8, "```suggestion\n    return 8\n```\nPlease also add a docstring."),
    )
    job = asked(bot)
    first, second, words = job.tasks
    assert (second.after, words.after) == ((first.id,), (second.id,))
    assert "also add a docstring" in words.text
    old = LONG.splitlines(keepends=True)
    old[7:8] = ["    return 8\n"]
    old[1:2] = ["    # one\n", "    # two\n", "    return 1\n"]
    assert laid(second, laid(first, LONG)) == "".join(old)


def test_a_suggestion_whose_lines_have_moved_is_laid_where_they_are_now(
    github: GitHub, bot: Inside
) -> None:
    pull = suggested(github, bot, Spot("long.py", 8, "```suggestion\n    return 8\n```"))
    moved = f"# a new line\n{LONG}"
    push(bot, pull, moved)
    (task,) = asked(bot).tasks
    assert laid(task, moved) == moved.replace("    return x + 2\n", "    return 8\n")


def push(bot: Inside, pull: Pull, text: str) -> None:
    """The bot's own next commit."""
    sha = pull.repo.push(pull.head_ref, {"long.py": text}, pull.author)
    bot.services.tickets.change_ticket(bot.ticket.key, lambda now: amend(now, head=sha))
    bot.services.open_mirror(bot.ticket).fetch()


@pytest.mark.parametrize(
    ("spot", "now", "why"),
    [
        (Spot("long.py", 8, "```suggestion\nA\n```\n```suggestion\nB\n```"), LONG, "only one"),
        (Spot("long.py", 8, "```suggestion\n    return x + 2\n```"), LONG, "changes nothing"),
        (
            Spot("long.py", 8, "```suggestion\nA\n```"),
            LONG.replace("x + 2\n", "2\n"),
            "have changed",
        ),
        (Spot("bank.py", 2, "```suggestion\nA\n```", side="LEFT"), LONG, "removed"),
    ],
)
def test_a_suggestion_that_cannot_be_laid_is_refused_in_words_and_nothing_is_built(
    github: GitHub, bot: Inside, spot: Spot, now: str, why: str
) -> None:
    _, pull = under_review(github, bot, {"long.py": LONG, "bank.py": GOOD})
    pull.review("comment", by=github.person("mona"), threads=[spot])
    if now != LONG:
        push(bot, pull, now)
    assert looked(bot).stage is Stage.REVIEW
    (answer,) = answers(pull)
    assert why in answer
    assert "I changed nothing" in answer


def test_a_place_is_told_in_lines_of_today_by_its_hunk_when_outdated_and_as_removed_on_the_left(
    github: GitHub, bot: Inside
) -> None:
    pull = suggested(
        github,
        bot,
        Spot("long.py", 8, "Return something else."),
        Spot("long.py", 11, "Name these better.", 10),
    )
    push(bot, pull, "# one\n# two\n" + LONG.replace("return x + 2\n", "return 2\n"))
    outdated, moved = asked(bot).tasks
    assert "as it was before later commits" in outdated.text
    assert "+    return x + 2" in outdated.text
    assert "about lines 12 to 13 of this file, as it is now" in moved.text
