"""The pull request's own text says why it is there and how to work with it; people's part stays."""

from support.tickets import MONA, ticket

from bot.ticket import messages
from bot.ticket.pull_text import find_theirs, join_parts


def test_it_says_who_asked_for_it_what_can_be_said_here_and_what_closes_with_it() -> None:
    body = messages.pull_body(ticket(asker=MONA), "The plan's words.", "- [x] done", "")
    assert body.startswith("The plan's words.\n\nOpened because @mona labelled #12.")
    for told in ("review", "`/update`", "`/cancel`", "Closing", "reopening it continues it"):
        assert told in body
    assert body.endswith("\n\nCloses #12\n")


def test_what_people_write_below_the_line_is_kept_whatever_stands_above_it() -> None:
    first = join_parts("Ours.", "- [ ] I read the guide")
    again = join_parts("Ours, later.", find_theirs(first.replace("[ ]", "[x]")))
    assert again.startswith("Ours, later.")
    assert find_theirs(again) == "- [x] I read the guide"
    assert find_theirs("Ours alone.") == ""
