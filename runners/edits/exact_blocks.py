"""Applying a plan's exact blocks to files, with no model involved."""

from collections.abc import Collection, Sequence

from bot.plan import Block
from runners.edits import format_diff, format_search_replace
from runners.edits.file_names import FileNames
from runners.edits.file_tree import FileTree
from runners.edits.model import Edit, EditError, Edits, Patch, Read, Removal, WholeFile
from runners.edits.openat import safe_path
from runners.edits.text_file import split_lines


def resolve_blocks(
    blocks: Sequence[Block], read: Read, allowed: Collection[str]
) -> dict[str, bytes | None]:
    """Content of every file the blocks change, each block applied to what those before leave.

    `read` gives a file as the task finds it, `allowed` are the paths the task may write; None is a
    file deleted. Raises `EditError`, naming the block's line in the plan.
    """
    files: dict[str, bytes | None] = {}

    def read_current(path: str) -> bytes | None:
        path = safe_path(path)
        return files[path] if path in files else read(path)

    for block in blocks:
        files.update(_resolve_block_of_task(block, read_current, allowed))
    return {path: content for path, content in files.items() if content != read(path)}


def _resolve_block_of_task(
    block: Block, read_current: Read, allowed: Collection[str]
) -> dict[str, bytes | None]:
    try:
        files = dict(resolve_block(block, read_current).files)
    except EditError as exc:
        raise EditError(f"plan line {block.line}: {exc.reason}", exc.hint) from exc
    for path in files:
        if path not in allowed:
            raise EditError(
                f"plan line {block.line}: the block writes {path}, which the task does not name",
                f"The task may write {', '.join(sorted(allowed)) or 'no file'}.",
            )
    return files


def resolve_block(block: Block, read: Read) -> Edits:
    """A plan's exact block. Files that already read as wanted are fine: a plan may run again."""
    tree = FileTree(read)
    tree.apply_edits(_block_edits(block, read))
    return Edits(dict(tree.files), (block.kind,))


def _block_edits(block: Block, read: Read) -> Sequence[Edit]:
    if block.kind == "delete":
        return [Removal(block.path, "the block")]
    if block.kind == "file":
        return [WholeFile(block.path, block.text, "the block", exact=True)]
    if block.kind == "edit":
        return [_search_replace(block.path, block.text)]
    found = format_diff.find_edits(
        split_lines(block.text), FileNames(read, block.path), complete=True
    )
    if not found.edits:
        raise EditError("the patch holds no hunk", "Give a unified diff with --- and +++ lines.")
    return found.edits


def _search_replace(path: str, text: str) -> Patch:
    """One or more blocks as a plan gives them."""
    # The block's key names the file, so nothing inside it may be taken for another path.
    names = FileNames(lambda _: None, path, fixed=True)
    found = format_search_replace.find_edits(text.split("\n"), names)
    hunks = tuple(h for edit in found.edits if isinstance(edit, Patch) for h in edit.hunks)
    if not hunks or len(found.edits) != len(hunks):
        raise EditError(
            f"the block for {path} holds no search and replacement",
            format_search_replace.BLOCK_HINT,
        )
    return Patch(path, hunks)
