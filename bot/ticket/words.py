"""What plain words of a comment ask for: a change, an answer, or nothing.

By their form alone, and no model: what is not plainly thanks or a question asks for a change.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

from bot.text.own_words import has_own_code, own_words

Ask = Literal["change", "question", "nothing"]
MAX_THANKS_WORDS = 8
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
# What parts a sentence; an order may begin behind it: "If not, add a test."
_CLAUSE = re.compile(r"[,;:]")
_NAMES = re.compile(r"@[\w-]+(?:\[bot\])?")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


Ways = Mapping[str, tuple[list[str], ...]]
"""How a sentence may begin, word by word; by the first of these."""


def _ways(*phrases: str) -> Ways:
    ways = [phrase.split() for phrase in phrases]
    return {way[0]: tuple(each for each in ways if each[0] == way[0]) for way in ways}


_WELCOMES = _words(
    "lgtm sgtm good great nice nicely fine ok okay thanks thank thx ty cool perfect awesome done"
    " excellent love better approve approved approving ship shipit yes yep yeah agree agreed"
    " agreeing sure right correct resolved fixed neat clean works 1"
)
_THANKS = _WELCOMES | _words(
    "looks look you like it this that well much now to me us very so work job all same here one for"
    " really everything change changes the"
)
"""Words of which thanks and agreement are made; without a welcome among them they are neither."""
_FILLERS = _words("also and but so then maybe perhaps hm hmm hey hi just ok okay well")
_POLITE = _ways(
    *("can you", "can we", "can this", "can it", "can that", "can i", "can the"),
    *("could you", "could we", "could this", "could it", "could that", "could i", "could the"),
    *("would you", "would it", "will you", "may we", "might we", "please", "shall we", "should"),
    *("shouldn't", "let's", "mind", "why not", "why don't", "how about", "what about", "what if"),
    *("isn't it better", "wouldn't", "couldn't"),
)
"""How a question begins that asks for a deed: "Could you rename it?"."""
_ASKING = _words(
    "why what how where when who whom whose which is are was were am do does did has have had isn't"
    " aren't wasn't don't doesn't didn't hasn't can could any really"
)
_UNMARKED = _ways(
    *("why", "what does", "what do", "what is", "what are", "how come", "how does", "how do")
)
"""How a question begins that needs no question mark to be one."""
_EXPLAIN = _words("explain clarify elaborate wonder wondering curious tell")
_WRITTEN = _words("comment comments docstring docstrings doc docs documentation readme changelog")
"""With one of these "explain it" asks for text in a file, and not for an answer."""
_ORDERS = _words(
    "add allow annotate apply avoid call change check cover delete document drop ensure extract fix"
    " format guard handle inline keep log make mention merge move name pass prefer put raise"
    " refactor refuse reject remove rename replace restore return reuse revert rewrite simplify"
    " sort split test throw try undo update use validate wrap write"
)
_DUTIES = _words("please must should shall never instead don't")
_DUTY_PAIRS = ("need to", "needs to", "has to", "have to", "do not")
_MORE = _words(
    "also additionally besides too everywhere elsewhere other others both each same plus please"
    " furthermore moreover"
)
# Whole sentences: "Not needed." on a line, or "No need to raise here.", asks for a change.
_COMMENT = (
    r"(?:(?:my|this|that|the) )?(?:last |previous |above )?(?:comment|remark|above|suggestion)s?"
)
_TAKES_BACK = re.compile(
    r"\W*(?:(?:oh|ok|okay|please|sorry|actually|ah|no|thanks|good|nice|great|just),? )*"
    r"(?:never ?mind|nvm|(?:ignore|forget(?: about)?) (?:it|this|that|me|"
    + _COMMENT
    + r")(?: above| please)?|leave (?:it|this|that)(?: as (?:it )?is| alone)"
    r"|keep (?:it|this|that) as (?:it )?is"
    r"|nothing (?:to|needs to be) (?:change|changed|do|done|fix)(?: here)?"
    r"|no (?:changes?|action) (?:is |are )?(?:needed|required|necessary)(?: here)?"
    r"|no need(?: to (?:change|do|fix) (?:anything|it|this|that))?"
    r"|i(?: will|'ll) (?:do|fix|change|handle) (?:it|this|that)(?: myself)?)\W*"
)
# `:tada:` is a picture, and says nothing: https://github.com/github/gemoji
_EMOJI = re.compile(r"(?<![\w:]):[a-z0-9_+-]{1,40}:(?![\w:])")
_SHORT_QUESTION_WORDS = 6
_MIN_WISH_WORDS = 4


def read_ask(body: str) -> Ask:
    """What it asks the bot for."""
    sentences = _split_sentences(body)
    if not sentences:
        # Code alone, on the lines it is for: a suggestion without its mark.
        return "change" if has_own_code(body) else "nothing"
    if _is_thanks([word for text in sentences for word in _read_words(text)]):
        return "nothing"
    if takes_back(body):
        return "nothing"
    asks = any(map(_is_question, sentences)) or (
        len(sentences) == 1 and _begins(_main_words(sentences[0]), _UNMARKED)
    )
    return "question" if asks and not any(map(_is_order, sentences)) else "change"


def takes_back(body: str) -> bool:
    """Whether it says that nothing is to be done: "Never mind.", "Leave it as it is."."""
    sentences = _split_sentences(body)
    left = [text for text in sentences if not _TAKES_BACK.fullmatch(text.lower())]
    return len(left) < len(sentences) and not any(map(_is_order, left))


def says_what(body: str) -> bool:
    """Whether words that are on no line say enough to work in: an order, or a sentence of some.

    A review's own text is often a word about its threads: "Close.", "A few nits."
    """
    sentences = _split_sentences(body)
    words = sum(len(_read_words(text)) for text in sentences)
    return words >= _MIN_WISH_WORDS or any(map(_is_order, sentences))


def asks_for_order(body: str) -> bool:
    """Whether a sentence of it is an order by its form, and no mere remark."""
    return any(map(_is_order, _split_sentences(body)))


def asks_for_more(body: str) -> bool:
    """Whether words beside a suggestion ask for more than it, rather than explain it."""
    return any(
        (_MORE & set(_read_words(text)) or "as well" in text.lower())
        and not _is_question(text)
        and not text.endswith(":")
        for text in _split_sentences(body)
    )


def _split_sentences(body: str) -> list[str]:
    # Keyboards write an apostrophe as a closing quotation mark.
    plain = (_EMOJI.sub(" ", text.replace("\u2019", "'")) for text in own_words(body))
    paragraphs = [_NAMES.sub(" ", text) for text in plain]
    found = [hit[0].strip() for text in paragraphs for hit in _SENTENCE.finditer(text)]
    return [text for text in found if _WORD.search(text)]


def _read_words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _main_words(text: str) -> list[str]:
    """The words without those that only lead to the first."""
    words = _read_words(text)
    start = next((at for at, word in enumerate(words) if word not in _FILLERS), len(words))
    return words[start:]


def _begins(words: Sequence[str], ways: Ways) -> bool:
    return bool(words) and any(words[: len(way)] == way for way in ways.get(words[0], ()))


def _is_thanks(words: Sequence[str]) -> bool:
    return (
        len(words) <= MAX_THANKS_WORDS
        and all(word in _THANKS for word in words)
        and not _WELCOMES.isdisjoint(words)
    )


def _is_question(text: str) -> bool:
    words = _main_words(text)
    if _wants_explanation(words):
        return True
    if not text.endswith("?") or _begins(words, _POLITE):
        return False
    return words[:1] == [] or words[0] in _ASKING or len(words) <= _SHORT_QUESTION_WORDS


def _wants_explanation(words: Sequence[str]) -> bool:
    return not _EXPLAIN.isdisjoint(words) and _WRITTEN.isdisjoint(words)


def _is_order(text: str) -> bool:
    if _wants_explanation(_main_words(text)):
        return False
    if text.endswith("?"):
        return _begins(_main_words(text), _POLITE)
    words = _read_words(text)
    pairs = {" ".join(pair) for pair in pairwise(words)}
    if not _DUTIES.isdisjoint(words) or not pairs.isdisjoint(_DUTY_PAIRS):
        return True
    clauses = map(_main_words, _CLAUSE.split(text))
    return any(clause[:1] and clause[0] in _ORDERS for clause in clauses)
