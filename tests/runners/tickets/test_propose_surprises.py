"""A note is proposed in one ticket alone of what surprised three tasks; a person ticks it."""

from dataclasses import replace

from fake_github.world import GitHub
from support.in_process import Inside, placed
from support.machine import status

from bot.coaching.surprises import Surprise
from bot.storage.surprises import SurpriseStore
from bot.ticket.model import Ticket, repo_key
from bot.ticket.stages import Stage
from runners.tickets.propose_surprises import propose_surprises
from runners.tickets.status_sync import sync_status

TOKEN = "ghp_" + "a1B2" * 9
ABOUT = "money.py"


def tell(bot: Inside, *tasks: str, about: str = ABOUT) -> None:
    store = SurpriseStore(bot.services.tickets.engine)
    for task in tasks:
        place = (repo_key(bot.ticket.where), f"job-{task}", 1, task)
        words = f"context: `{about}`: {task} needed {TOKEN}"
        found = (Surprise("context", "file", about, words),)
        store.keep(place, found, own="bank.py", model="script:local", at=1.0)


def look(bot: Inside, ticket: Ticket | None = None) -> Ticket:
    return propose_surprises(bot.services, ticket or bot.ticket)


def test_the_third_task_makes_a_box_to_tick(github: GitHub, bot: Inside) -> None:
    """Two make none. What a model said is shown without what looks like a key."""
    issue = placed(github, bot, Stage.REVIEW)
    tell(bot, "one", "two")
    assert look(bot).notes == ()
    tell(bot, "three")
    proposed = look(bot)
    (note,) = proposed.notes
    bot.services.tickets.change_ticket(bot.ticket.key, lambda _: proposed)
    sync_status(bot.services, bot.ticket.key)
    page = status(issue)
    assert f"- [ ] Read \\`{ABOUT}\\` before you change what uses it" in page
    assert page.count("  - a model said: ") == 3
    assert TOKEN not in page
    edited = page.replace("- [ ]", "- [x]")
    comment = next(c for c in issue.comments if c.body == page)
    comment.edit(edited, by=github.person("mona"))
    assert [(each.id, each.state) for each in bot.ticket.notes] == [(note.id, "accepted")]


def test_killed_before_the_ticket_was_written_the_same_note_is_made_again(
    github: GitHub, bot: Inside
) -> None:
    placed(github, bot, Stage.REVIEW)
    tell(bot, "one", "two", "three")
    first = look(bot)
    assert look(bot) == first
    assert look(bot, first) == first


def test_each_surprise_counts_for_one_note_of_one_ticket(github: GitHub, bot: Inside) -> None:
    """Where nobody ticked it, three more tasks make it again, in another ticket."""
    placed(github, bot, Stage.REVIEW)
    tell(bot, "one", "two", "three")
    assert len(look(bot).notes) == 1
    other = replace(bot.ticket, issue=99)
    assert look(bot, other).notes == ()
    tell(bot, "four", "five")
    assert look(bot, other).notes == ()
    tell(bot, "six")
    assert len(look(bot, other).notes) == 1


def test_what_the_repository_knows_or_another_repository_said_makes_none(
    github: GitHub, bot: Inside
) -> None:
    placed(github, bot, Stage.REVIEW)
    elsewhere = replace(bot.ticket, where=replace(bot.ticket.where, repo_id=4711))
    tell(bot, "one", "two", "three")
    assert look(bot, replace(elsewhere, issue=5)).notes == ()
    (note,) = look(bot).notes
    known = replace(bot.ticket, notes=(note,))
    assert look(bot, known).notes == (note,)
