"""What a reviewer wrote, as one lesson for every later job: by the local tier, or word for word."""

from collections.abc import Sequence

from bot.lessons import first_sentence
from bot.rounds import Remark
from bot.ticket import Ticket
from runners.loop.shop import Shop


def distilled(_shop: Shop, _ticket: Ticket, remarks: Sequence[Remark]) -> tuple[str, ...]:
    return tuple(first_sentence(one.words) for one in remarks)
