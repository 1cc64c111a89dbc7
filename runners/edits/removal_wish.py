"""Reading from a task's text whether parts of a file are meant to go."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_DELETING = (
    r"(?:delete|remove|drop|get\s+rid|eliminate|discard|purge|prune|throw\s+away|take\s+out|"
    r"clean\s+up|clear\s+out|retire|cut)"
)
_CHANGING = (
    r"(?:merge|inline|consolidate|combine|unify|collapse|simplify|rename|replace|rewrite|refactor|"
    r"move|extract|split|fold|deduplicate|convert|turn|shorten|reduce|strip)"
)
_DONE = (
    r"(?:deleted|removed|dropped|eliminated|discarded|purged|pruned|retired|merged|inlined|"
    r"consolidated|combined|unified|collapsed|simplified|renamed|replaced|rewritten|refactored|"
    r"moved|extracted|split|folded|gone|gotten\s+rid)"
)
# What a sentence asks for, not what a program does: "Remove it", "must be removed", not "removes".
_ASKED = r"(?:^\W*|\b(?:and|or|then|please|also|should|must|can|could|may|to|lets|let's|just)\s+)"
DELETES = re.compile(rf"{_ASKED}{_DELETING}\b|\b(?:be|is|are|get|gets)\s+{_DONE}\b", re.IGNORECASE)
CHANGES = re.compile(rf"{_ASKED}{_CHANGING}\b|\b(?:be|is|are|get|gets)\s+{_DONE}\b", re.IGNORECASE)
NEEDLESS = re.compile(
    r"\b(?:unused|unneeded|needless\w*|dead\s+code|dead\s+\w+s|obsolete|redundan\w+|duplicated?|"
    r"superfluous|unnecessary|not\s+needed|no\s+longer\s+(?:used|needed|called)|suffices?|"
    r"(?:is|are|be)\s+enough|too\s+many|deprecated|leftovers?|nobody\s+(?:calls|uses))\b",
    re.IGNORECASE,
)
FEWER = re.compile(
    r"\b(?:only|just|single|one|instead|without|fewer|less|rather\s+than|keep|leave|common|shared)\b",
    re.IGNORECASE,
)
CODE_PARTS = re.compile(
    r"\b(?:functions?|methods?|class(?:es)?|helpers?|getters?|setters?|accessors?|wrappers?|"
    r"alias(?:es)?|overloads?|constants?|definitions?|interfaces?|structs?|enums?|traits?|tests?|"
    r"subclass(?:es)?|mixins?|decorators?|handlers?|routines?|properties|duplicates?|copies)\b",
    re.IGNORECASE,
)
DATA_PARTS = re.compile(
    r"\b(?:keys?|entr(?:y|ies)|sections?|headings?|chapters?|rules?|selectors?|tables?|blocks?|"
    r"statements?|targets?|fields?|settings?|options?|steps?|jobs?|scripts?|packages?|"
    r"dependenc(?:y|ies)|services?|stages?|hooks?|columns?|indexes|tags?|elements?)\b",
    re.IGNORECASE,
)
QUOTED = re.compile(r"`[^`]*`|\b\w+\(\)")
"""Names of code are no words of the sentence around them."""
SENTENCE_END = re.compile(r"[.!?;:,]\s|\n")


COMMON_WORDS = re.compile(
    r"^(?:a|an|the|of|in|on|to|by|is|it|its|and|or|not|no|if|for|from|with|as|at|be|are|do|this|"
    r"that|return|import|def|class|function|new|all|any|old|use|used)$"
)
PROSE_SENTENCE_END = re.compile(r"[.!?;]\s|\n(?![ \t]*[-*\d])")
CODE_NAME = re.compile(r"\b(?=\w*[A-Za-z0-9]_|\w*[a-z][A-Z])\w+")
WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class RemovalWish:
    """What is known of what may go: the task's text, None without a task; `whole`: anything may."""

    text: str | None = None
    whole: bool = False

    def names(self, name: str) -> bool:
        """Whether the text speaks of this part, by the last of its names."""
        last = re.escape(name.rpartition(".")[2])
        return bool(re.search(rf"(?<!\w){last}(?!\w)", self.text or "", re.IGNORECASE))

    def asks(self, *, code: bool) -> bool:
        """Whether it asks for such parts to go, without saying which."""
        parts = CODE_PARTS if code else DATA_PARTS
        return self.whole or any(
            NEEDLESS.search(each)
            or (parts.search(each) and (DELETES.search(each) or CHANGES.search(each)))
            for each in self._sentences()
        )

    def covers(self, gone: Sequence[str], comment: str, *, code: bool) -> bool:
        """Whether it asks for just these lines to go, where the comment is put.

        It names each of the outermost. In data it may say what kind of part goes, where the comment
        takes up a name of code from it.
        """
        told = {x for x in CODE_NAME.findall(self.text or "") if x in comment}
        if not code and told and self.asks(code=False):
            return True
        lines = [x for x in gone if WORD.search(x) and not x.lstrip().startswith(("#", "//"))]
        margin = min((len(x) - len(x.lstrip()) for x in lines), default=0)
        outermost = [x.lower() for x in lines if len(x) - len(x.lstrip()) == margin]
        names = [set(WORD.findall(x)) for x in outermost]
        return any(
            all(words & each for each in names)
            for words in map(_find_words, PROSE_SENTENCE_END.split(self.text or ""))
            if words
        )

    def is_silent(self) -> bool:
        """Whether there is a text, and nothing in it may mean that something is to go."""
        return self.text is not None and not any(
            NEEDLESS.search(each)
            or DELETES.search(each)
            or (CODE_PARTS.search(each) and (FEWER.search(each) or CHANGES.search(each)))
            for each in self._sentences()
        )

    def _sentences(self) -> list[str]:
        plain = QUOTED.sub(" it ", self.text or "")
        return [each.strip() for each in SENTENCE_END.split(plain)]


def _find_words(sentence: str) -> set[str]:
    """The words of a sentence that asks for something to go, without those of any sentence."""
    plain = QUOTED.sub(" it ", sentence).strip()
    if not DELETES.search(plain):
        return set()
    return {x for x in WORD.findall(sentence.lower()) if not COMMON_WORDS.match(x)}


NO_WISH = RemovalWish()
