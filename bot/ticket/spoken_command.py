"""Which command plain words would be, had they been given as one: "@bricklayer stop". Pure.

Only a line that begins with `/` is a command. Whoever says one in words is told how to give it:
silence, or a thumbs-up, would read as if it had been done.
"""

import re

from bot.text.own_words import own_words

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_NAMES = re.compile(r"@[\w-]+(?:\[bot\])?")
MAX_WORDS = 8
_SAYINGS = {
    "cancel": "cancel|stop|abort|halt|quit|give up|call off",
    "pause": "pause|wait|hold|hold on|hold off",
    "resume": "resume|continue|go on|carry on|keep going",
    "retry": "retry|try again|rerun|run again|start again|restart",
    "approve": (
        "approve|approved|approving|lgtm|sgtm|ship|shipit|go ahead|go for it|proceed|build it"
        "|yes|yep|yeah|agree|agreed|looks good"
    ),
    "update": "update|rebase",
    "status": "status|progress",
}
_BY_WORDS = {tuple(way.split()): name for name, ways in _SAYINGS.items() for way in ways.split("|")}
_MAX_SAYING_WORDS = max(map(len, _BY_WORDS))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What may stand around it, and changes nothing.
_AROUND = _words(
    "please pls now ok okay just hey hi thanks thank you it this that the a your my job plan build"
    " building branch work working everything all here to me us on with from main base pr pull"
    " request again so good great nice very much we can i could would"
)
_LINES = frozenset({"it", "this", "that"})


def find_spoken_command(body: str) -> str:
    """The name of the command that the words are, and nothing else; empty where there is none."""
    text = _NAMES.sub(" ", "\n".join(own_words(body)))
    words = tuple(word.lower() for word in _WORD.findall(text[:400]))
    if len(words) > MAX_WORDS or len(text) > len(text[:400]):
        return ""
    for start, _ in enumerate(words):
        for size in range(_MAX_SAYING_WORDS, 0, -1):
            name = _BY_WORDS.get(words[start : start + size], "")
            rest = (*words[:start], *words[start + size :])
            if name and _AROUND.issuperset(rest):
                # "Update this" is about the lines, not the branch.
                return "" if name == "update" and not _LINES.isdisjoint(rest) else name
        if words[start] not in _AROUND:
            return ""
    return ""
