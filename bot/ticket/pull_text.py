"""The two parts of a pull request's text: what the bot writes, and what people do below it.

People fill in the repository's template there, and GitHub knows one text only: whoever edits it
writes all of it.
"""

BELOW = "<!-- bricklayer writes above this line; what stands below it is yours -->"


def join_parts(ours: str, theirs: str) -> str:
    return f"{ours.rstrip()}\n\n{BELOW}\n\n{theirs.strip()}\n" if theirs.strip() else ours


def find_theirs(body: str) -> str:
    """What stands below the bot's part of the text as GitHub has it now."""
    return body.partition(BELOW)[2].strip()
