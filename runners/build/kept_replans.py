"""Tasks that the planner wrote for what was left of a phase, kept for later runs of the job.

Of what they made the branch has commits, which a run that begins anew finds by their ids. So the
same tasks are taken again for the same part of the same plan, and no planner is asked.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from bot.plan import hash_plan
from runners.build.context import JobContext
from runners.planning.conversation import Conversation

REPLANS_FILE = "replans.json"
"""In the job's folder."""


def find_kept_replan(context: JobContext, number: int, left: Sequence[str]) -> Conversation | None:
    """A talk that is over, and cost nothing; None where none was held about just these tasks."""
    kept = {} if context.request.fresh else _read(context.folder)
    text = kept.get(_key(context, number, left), "")
    return Conversation(plan=text) if text else None


def keep_replan(context: JobContext, number: int, left: Sequence[str], text: str) -> None:
    kept = {**_read(context.folder), _key(context, number, left): text}
    path = context.folder / REPLANS_FILE
    half = path.with_suffix(".part")
    half.write_text(json.dumps(kept), encoding="utf-8")
    half.replace(path)


def forget_replans(folder: Path) -> None:
    (folder / REPLANS_FILE).unlink(missing_ok=True)


def _key(context: JobContext, number: int, left: Sequence[str]) -> str:
    named = json.dumps([hash_plan(context.request.plan), number, sorted(left)])
    return hashlib.sha256(named.encode()).hexdigest()


def _read(folder: Path) -> dict[str, str]:
    """What is damaged counts as nothing: then the planner is asked."""
    try:
        found = json.loads((folder / REPLANS_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    known = found.items() if isinstance(found, dict) else ()
    return {key: text for key, text in known if isinstance(text, str)}
