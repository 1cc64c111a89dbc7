"""What a reading of a diff is about; which commit, the work's own request says."""

from dataclasses import dataclass

from bot.coaching.notes import Note
from bot.review.model import UnseenParts


@dataclass(frozen=True, slots=True)
class ReviewRequest:
    """`base` is the commit that the head's own changes are told from, but for the file `left_out`.

    `plan` is the plan's text, `authors` are the models that wrote some of the change. `read_base`
    and `read_head` are those of the reading before: what has not changed since is not read again,
    but for the parts in `unseen`, which that reading had no room for.
    `told` are path and words of what was found before: it is not told twice.
    """

    base: str
    plan: str = ""
    left_out: str = ""
    authors: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    read_base: str = ""
    read_head: str = ""
    told: tuple[tuple[str, str], ...] = ()
    unseen: tuple[UnseenParts, ...] = ()
