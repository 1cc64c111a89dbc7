"""What of an attempt's prompt is left out to measure it, and how the ledger tells of that."""

from collections.abc import Sequence
from dataclasses import replace

from bot.coaching.notes import Note, name_lesson
from bot.ledger import NOTE, LedgerRow
from bot.plan import Task
from bot.prompts.ingredients import Draw, Ingredient, draw_ingredients
from runners.build.attempt_records import Attempt


def list_note_ingredients(notes: Sequence[Note]) -> list[Ingredient]:
    return [Ingredient(NOTE, name_lesson(note.lesson), note.lesson) for note in notes]


def draw_for(
    attempt: Attempt, task: Task, job_id: str, old: frozenset[str], found: Sequence[Ingredient]
) -> Draw:
    """What of `found` the attempt is shown; another attempt, of the same round too, draws anew.

    A question is shown all of it: no check says what its answer is worth.
    """
    seed = f"{job_id}\0{task.id}\0{attempt.number}"
    return draw_ingredients(found, old if task.kind == "code" else (), seed)


def enter_draw(row: LedgerRow, draw: Draw) -> LedgerRow:
    """The row with what stood in the prompt and what was left out of it."""
    notes = tuple(each.id for each in draw.kept if each.kind == NOTE)
    others = tuple(each.name for each in draw.kept if each.kind != NOTE)
    return replace(row, notes=notes, ingredients=others, left_out=draw.left_out, drawn=draw.drawn)
