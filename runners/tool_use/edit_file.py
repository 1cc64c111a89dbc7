"""The tool that changes a file of the task, by the engine that applies every reply."""

import functools
from collections.abc import Collection
from dataclasses import replace

from bot.git.repo import Repo
from runners.edits import EditError, resolve_reply
from runners.edits.model import Edits, Read
from runners.edits.tool_edit import replace_lines, resolve_edit, write_whole
from runners.hidden_secrets import mark_secrets, restore_secrets
from runners.tool_use.read_calls import EditFile


def resolve_call(  # noqa: PLR0913 - what is known of the call, as of a whole reply
    repo: Repo,
    tree: str,
    asked: EditFile,
    *,
    only: Collection[str],
    task_text: str,
    prompt: str,
    truncated: bool = False,
) -> Edits:
    """What the call makes of the files of `tree`; `prompt` is what the model was shown at first.

    `truncated`: a text with edits in it reached its limit. Raises EditError.
    """

    @functools.cache  # a reply may name the same path on every line
    def read(path: str) -> bytes | None:
        return repo.read_file(tree, path)

    asked = _restore_keys(asked, read, only)
    default = next(iter(only)) if len(only) == 1 else ""
    if asked.reply:
        return resolve_reply(
            asked.reply,
            read,
            default=default,
            only=only,
            task_text=task_text,
            shown_tests=(prompt,),
            truncated=truncated,
        )
    path = asked.path or default
    if not path:
        raise EditError("the edit names no file", "Give its `path`.")
    whole = asked.content is not None
    if whole == (asked.search is not None and asked.replace is not None):
        raise EditError(
            "an edit has either `search` and `replace`, or the whole file as `content`",
            "To add lines, search for the line above them, and repeat it in `replace`.",
        )
    edit = (
        write_whole(path, asked.content or "")
        if whole
        else replace_lines(path, asked.search or "", asked.replace or "")
    )
    sent = [asked.content or "", asked.search or "", asked.replace or ""]
    return resolve_edit(edit, sent, read, only=only, task_text=task_text, shown_tests=(prompt,))


def _restore_keys(asked: EditFile, read: Read, only: Collection[str]) -> EditFile:
    """With the keys that the files have themselves, where the model was shown marks for them."""
    for path in only:
        text = (read(path) or b"").decode(errors="replace")
        if hidden := mark_secrets(text):
            asked = replace(
                asked,
                search=_restore(asked.search, hidden, text),
                replace=_restore(asked.replace, hidden, text),
                content=_restore(asked.content, hidden, text),
                reply=restore_secrets(asked.reply, hidden, text),
            )
    return asked


def _restore(text: str | None, hidden: dict[str, str], file: str) -> str | None:
    return text if text is None else restore_secrets(text, hidden, file)
