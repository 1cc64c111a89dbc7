"""The answers to people that stand in the status comment at once."""

import re

MAX_ANSWERS = 3
# "@mona: ..." answers somebody; "@mona paused the job" tells of the job: the next one outdates it.
_ANSWER = re.compile(r"@([A-Za-z0-9-]+(?:\[bot\])?): ")
_NEXT = re.compile(r"\n\n(?=@[A-Za-z0-9-]+(?:\[bot\])?:? )")
"""Where the next one begins: an answer may have paragraphs, and quote what has."""


def add_reply(earlier: str, text: str) -> str:
    """`text` below the answers to other people, who may not have read theirs yet.

    Two comments are often heard at one look; the later answer must not hide the earlier one.
    """
    if not text or text == earlier:
        return text
    mine = _ANSWER.match(text)
    kept = [
        answer for answer in _list_answers(earlier) if not mine or not answer.startswith(mine[0])
    ]
    return "\n\n".join([*kept[1 - MAX_ANSWERS :], text])


def keep_answers(reply: str) -> str:
    """What of a reply is still to be read when the job's records were lost."""
    return "\n\n".join(_list_answers(reply))


def _list_answers(reply: str) -> list[str]:
    return [part for part in _NEXT.split(reply) if _ANSWER.match(part)]
