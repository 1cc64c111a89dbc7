"""Sentences of a reply that name paths, and whether they say that what follows is for one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runners.edits.file_names import ABSOLUTE, EXTENSION, FILE_EXTENSION, FileNames
from runners.edits.path_lines import (
    COMMANDS,
    MAX_LINE_CHARACTERS,
    MAX_NAME_WORDS,
    NOTE,
    STEP,
    path_on_line,
)

MAX_WORDS_TRIED, MIN_BARE_CHARACTERS = 8, 5
# In a sentence: what quotes set apart, the target of a Markdown link, and plain words.
MENTION = re.compile(r"`([^`\s]+)`|\*\*([^*\s]+)\*\*")
QUOTED = re.compile(
    r"`([^`]{1,300})`|\*\*([^*]{1,300})\*\*|\[[^\[\]]{1,300}\]\(([^()\s]{1,300})\)|"
    r"\"([^\"]{1,300})\"|\u201c([^\u201d]{1,300})\u201d"
)
# Words that may stand between the line's beginning and a path that the line is about.
POINTING_WORD = re.compile(
    r"^(?:in|inside|into|within|to|for|at|on|of|the|a|an|our|your|this|that|is|are|here|here's|now|"
    r"then|next|and|also|first|second|third|fourth|fifth|last|lastly|finally|afterwards?|again|"
    r"secondly|thirdly|step|part|file|files|module|script|header|config|configuration|component|page|class|"
    r"test|tests|source|document|changes?|changed|edits?|edited|edit|update|updates|updated|updating|modify|"
    r"modifies|modified|modification|modifications|create|creates|created|creating|add|adds|added|adding|fix|fixed|patch|rewrite|"
    r"rewritten|replace|write|save|called|named|new|following|content|contents|version|complete|"
    r"full|whole|final|fixed|corrected|revised|resulting|same|top|bottom|end|beginning|start|"
    r"let's|we|i|you|need|needs|must|should|will|have|has|it|with|open|apply|main|other|another|"
    r"one|two|three|four|\d{1,3}[.):]?|diff|block|code|section|please|remaining|lines?|import|imports|"
    r"refactor|refactored|adjust|adjusted|extend|implement|make)$",
    re.IGNORECASE,
)
# `as in a.py` tells where something else is to be found, `in a.py` where the change goes.
COMPARING = re.compile(
    r"\b(?:as|like|unlike|see|than|such|similar(?:ly)?|from|instead|via|using|uses|used|"
    r"calls|called by|imported|before|after|not|without|except|already|analogous|copied|"
    r"mirrors?|match(?:es)?)\b",
    re.IGNORECASE,
)
NOT_COMPARING = re.compile(
    r"^after (?:that|this)\b|\b(?:save|write|store|name|put)(?: (?:this|it|that|the code))? as$",
    re.IGNORECASE,
)
POINTING_END = re.compile(
    r"\b(?:in|into|to|for|inside|within|file|module|called|named)$", re.IGNORECASE
)
# "Here is the updated a.py" or "the complete a.py:", but not "here is the top of a.py".
PRESENTING = re.compile(
    r"(?:\b(?:here(?: s|'s|\u2019s| is| are)|this is|below is|that gives)|^)"
    r"(?: ?\b(?:the|a|an|your|our|my|complete|full|whole|entire|final|new|updated|modified|fixed|"
    r"corrected|revised|rewritten|changed|resulting|contents?|code|file|version|module|script|of|"
    r"for))*$",
    re.IGNORECASE,
)
VERSION = re.compile(
    r"\b(?:complete|full|whole|entire|final|new|updated|modified|fixed|corrected|revised|rewritten|"
    r"changed|resulting|version)\b",
    re.IGNORECASE,
)
# "Same for its sibling b.py:" and "And the other one (b.py) as well:".
SAME = re.compile(
    r"\b(?:as well|too|also|same|likewise|similarly|sibling|counterpart|identical(?:ly)?|again)\b",
    re.IGNORECASE,
)
AFTER_SAME = re.compile(r"^[`*\"')\]\u201d]*(?: (?:as well|too|also))?(?:, so)?\s?:[`*]*$")
POSSESSIVE = re.compile(r"^[`*\"']*([\w.-]{1,100})[`*\"]*['\u2019]s$")
LINKING = re.compile(r"\b(?:now|then|and|also|next|finally|so|similarly|likewise)\b", re.IGNORECASE)
AFTER_PATH = re.compile(
    r"^[`*\"')\]\u201d]*\s?(?:\([^()]{0,60}\))?\s?"
    r"(?:also|too|as well|now|next|like (?:this|so)|as follows|containing|use this|"
    r"with(?: (?:this|these|the following))?(?: (?:code|contents?|lines))?)?"
    r"[`*]*\s?[:.,\u2014-]?[`*]*$"
)
TITLE_PATH = re.compile(
    r"^[`*\"')\]\u201d]*(?:\s?\([^()]{0,60}\))?"
    r"(?::|\s[-\u2013\u2014]{1,2}\s|[:`*]*\s(?:also|too|needs|gets)\b)"
)


@dataclass(frozen=True, slots=True)
class LineNames:
    """The paths of one line of prose.

    `label`: the path that the line consists of. `points`: it says that what follows is for its one
    path; `presents`: that what follows is the file, as "here is the updated a.py" does. `compared`:
    paths that only tell where something else is found.
    """

    label: str = ""
    paths: tuple[str, ...] = ()
    compared: tuple[str, ...] = ()
    points: bool = False
    presents: bool = False


NO_NAMES = LineNames()


def read_line_names(line: str, names: FileNames) -> LineNames:
    text = " ".join(line.split())
    if not text or len(text) > MAX_LINE_CHARACTERS:
        return NO_NAMES
    if label := path_on_line(text, names):
        return LineNames(label, (label,), points=True)
    mentions = _read_mentions(text, names)
    compared = {mention.path for mention in mentions if mention.is_compared}
    paths = tuple(dict.fromkeys(m.path for m in mentions if m.path not in compared))
    points = (
        len(paths) == 1
        and not compared
        and (
            any(mention.points for mention in mentions)
            or (text.startswith("#") and any(mention.leans for mention in mentions))
        )
    )
    presents = len(paths) == 1 and not compared and any(m.presents for m in mentions)
    return LineNames("", paths, tuple(compared), points or presents, presents)


@dataclass(frozen=True, slots=True)
class _Mention:
    path: str
    leans: bool
    """The words before it say that what follows is for it."""
    points: bool
    """They do, and the sentence ends there."""
    is_compared: bool
    presents: bool


def _read_mentions(text: str, names: FileNames) -> list[_Mention]:
    mentions = []
    step = STEP.match(text)
    start = step.end() if step else 0
    is_first = True
    for first, past, path in sorted(_find_paths(text, names)):
        before = re.sub(r"[`*_\"'()\[\]:,\u2013\u2014#-]+", " ", text[min(start, first) : first])
        clause = NOT_COMPARING.sub("", re.split(r"[.;!?]\s", before)[-1].strip())
        after = text[past:]
        is_compared = bool(COMPARING.search(clause))
        is_same = bool(AFTER_SAME.match(after) and SAME.search(text))
        ends = is_same or bool(AFTER_PATH.match(after))
        is_first = is_first and not LINKING.sub("", before).strip()
        leans = not is_compared and (
            is_same
            or all(map(POINTING_WORD.match, clause.split()))
            or (ends and bool(POINTING_END.search(clause)))
        )
        points = leans and (ends or (is_first and bool(TITLE_PATH.match(after))))
        presents = bool(PRESENTING.search(clause)) and (
            bool(VERSION.search(clause)) or (points and bool(clause))
        )
        mentions.append(_Mention(path, leans, points, is_compared, presents))
        start, is_first = past, False
    return mentions


def _find_paths(text: str, names: FileNames) -> Iterator[tuple[int, int, str]]:
    """(where, past it, path) of every path in a sentence."""
    rest = text
    for found in QUOTED.finditer(text):
        inside = next(part for part in found.groups() if part is not None).strip("`*\"' ")
        name = inside if names.is_path(inside) else NOTE.sub("", inside)
        named = names.is_path(name) or names.is_known(name) or _is_quoted_name(name, names)
        if named or " " not in inside:
            blank = " " * (found.end() - found.start())
            rest = rest[: found.start()] + blank + rest[found.end() :]
        if named:
            yield found.start(), found.end(), names.resolve_name(name)
    words = [(found.start(), found[0]) for found in re.finditer(r"\S+", rest)]
    for index, (at, word) in enumerate(words):
        if plain := _name_in_word(word, names, is_short=len(words) <= MAX_WORDS_TRIED):
            first, name = _join_blanks(words, index, plain, names)
            owner = POSSESSIVE.match(words[index - 1][1]) if index else None
            name = (owner and names.path_in_folder(owner[1], name)) or name
            yield first, at + word.index(plain) + len(plain), names.resolve_name(name)


def _name_in_word(word: str, names: FileNames, *, is_short: bool) -> str:
    """The path in a plain word: in a short line any word that is a known file."""
    if "." in word or "/" in word or word[:1].isupper():
        return next(filter(names.is_path, _plain_words(word)), "")
    if is_short and len(word) >= MIN_BARE_CHARACTERS:
        return next(filter(names.file_exists, _plain_words(word)), "")
    return ""


def _is_quoted_name(text: str, names: FileNames) -> bool:
    extension = EXTENSION.search(text)
    return (
        extension is not None
        and FILE_EXTENSION.match(extension[1]) is not None
        and not COMMANDS.match(text)
        and len(text.split()) <= MAX_NAME_WORDS
        and names.is_path(text, labelled=True)
    )


def _plain_words(word: str) -> list[str]:
    """The word without what a sentence puts around it; a route has brackets of its own."""
    bare = re.sub(r"(?:'s|\u2019s)$", "", word.strip("`*\"'\u201c\u201d,;!?").rstrip(".:"))
    bare = bare.strip("`*\"'\u201c\u201d,;!?")
    less = NOTE.sub("", bare.strip("()[]{}<>").rstrip(".:,;"))
    return list(dict.fromkeys([bare, NOTE.sub("", bare), less]))


def _join_blanks(
    words: list[tuple[int, str]], index: int, last: str, names: FileNames
) -> tuple[int, str]:
    """(where, name) with the words before it that belong to a name with blanks."""
    first = words[index][0]
    if names.is_known(names.resolve_name(last)) or "/" in last:
        return first, last
    for back in range(1, min(MAX_NAME_WORDS, index + 1)):
        at, word = words[index - back]
        if re.search(r"[.,;:!?()`\"]$", word) or re.match(r"^(?:and|or|with|to|in|for|of)$", word):
            break
        joined = " ".join([*(word for _, word in words[index - back : index]), last])
        if "/" in word.strip("/") or names.file_exists(joined):
            return at, joined
    return first, last


def is_absolute(path: str) -> bool:
    return bool(ABSOLUTE.match(path))
