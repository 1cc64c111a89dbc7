"""Manifest first: a task's exact blocks become files with no model involved."""

from collections.abc import Collection, Sequence

from bot.plan import Block
from runners.edits import EditError, Read, resolve_block, safe_path


def laid_out(
    blocks: Sequence[Block], read: Read, allowed: Collection[str]
) -> dict[str, bytes | None]:
    """Content of every file the blocks change, each block applied to what those before leave.

    `read` gives a file as the task finds it, `allowed` are the paths the task may write; None is a
    file deleted. Raises `EditError`, naming the block's line in the plan.
    """
    files: dict[str, bytes | None] = {}

    def now(path: str) -> bytes | None:
        path = safe_path(path)
        return files[path] if path in files else read(path)

    for block in blocks:
        files.update(_resolved(block, now, allowed))
    return {path: content for path, content in files.items() if content != read(path)}


def _resolved(block: Block, now: Read, allowed: Collection[str]) -> dict[str, bytes | None]:
    try:
        files = dict(resolve_block(block, now).files)
    except EditError as exc:
        raise EditError(f"plan line {block.line}: {exc.reason}", exc.hint) from exc
    for path in files:
        if path not in allowed:
            raise EditError(
                f"plan line {block.line}: the block writes {path}, which the task does not name",
                f"The task may write {', '.join(sorted(allowed)) or 'no file'}.",
            )
    return files
