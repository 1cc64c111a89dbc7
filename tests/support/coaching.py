"""Lessons with a past: notes as a repository has them, and attempts with and without them."""

from bot.coaching.notes import CoachingFile, Note, name_lesson, render_notes
from bot.ledger import AttemptOutcome, LedgerRow, name_ingredient
from bot.storage.jobs import Store

ORIGIN = "https://github.com/octocat/bank/pull/2#discussion_r{}"


def make_note(lesson: str, scope: str = "*.py", commit: str = "1a2b3c4") -> Note:
    return Note(lesson, (scope,), ORIGIN.format(1), "mona", commit)


def write_notes(*notes: Note) -> str:
    return render_notes(CoachingFile("# Coaching\n", notes))


def enter_trials(
    store: Store, repo: str, lesson: str, shown: tuple[int, int], left_out: tuple[int, int]
) -> None:
    """Attempts for which it was drawn whether they are shown it: how many passed, of how many."""
    note = name_lesson(lesson)
    name = name_ingredient("note", note)
    for (passed, runs), out in ((shown, ()), (left_out, (name,))):
        for number in range(1, runs + 1):
            ended = AttemptOutcome.PASSED if number <= passed else AttemptOutcome.CHECK_FAILED
            row = LedgerRow(
                f"{note}-{len(out)}",
                number,
                "local",
                "x",
                outcome=ended,
                notes=() if out else (note,),
                drawn=(name,),
                left_out=out,
            )
            store.save_attempt("0123456789ab", 1, row, repo)
