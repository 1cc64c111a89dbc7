"""Reading from a task's text whether parts of a file are meant to go."""

import re
from dataclasses import dataclass

GOING = re.compile(
    r"\b(?:delet\w+|remov\w+|drop(?:s|ped|ping)?|get(?:ting)? rid|eliminat\w+|discard\w*|purg\w+|"
    r"prun(?:e|es|ed|ing)|strip\w*|take\s+out|throw\s+away|merg\w+|inlin\w+|consolidat\w+|"
    r"combin\w+|unif(?:y|ied|ies)|collaps\w+|simplif\w+|renam\w+|replac\w+|rewrit\w+|refactor\w*|"
    r"mov(?:e|es|ed|ing)|extract\w*|split\w*|clean(?:s|ed|ing)?|reduc\w+|convert\w*|fold\w*)\b",
    re.IGNORECASE,
)
PARTS = re.compile(
    r"\b(?:functions?|methods?|class(?:es)?|helpers?|getters?|setters?|propert(?:y|ies)|"
    r"accessors?|wrappers?|alias(?:es)?|overloads?|constants?|variables?|fields?|tests?|cases?|"
    r"keys?|entr(?:y|ies)|sections?|headings?|chapters?|rules?|selectors?|tables?|statements?|"
    r"targets?|definitions?|imports?|interfaces?|types?|enums?|structs?|traits?|modules?|code|"
    r"dependenc(?:y|ies)|packages?|scripts?|settings?|options?|steps?|jobs?|branch(?:es)?)\b",
    re.IGNORECASE,
)
NEEDLESS = re.compile(
    r"\b(?:unused|unneeded|needless\w*|dead\s+code|obsolete|redundan\w+|duplicat\w+|superfluous|"
    r"unnecessary|not\s+needed|no\s+longer|(?:is|are|be|would\s+be)\s+enough|suffices?|"
    r"too\s+many|deprecated|leftover\w*|boilerplate)\b",
    re.IGNORECASE,
)
PERHAPS = re.compile(
    r"\b(?:only|just|single|one|instead|without|fewer|less|rather\s+than|short(?:er|en)?|"
    r"small(?:er)?|minimal|keep|leave|same|common|shared|once|both)\b",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"[.!?;:]\s|\n\s*\n|\n\s*[-*]\s")


@dataclass(frozen=True, slots=True)
class RemovalWish:
    """What is known of what may go: the task's text, None without a task; `whole`: anything may."""

    text: str | None = None
    whole: bool = False

    def names(self, name: str) -> bool:
        """Whether the text speaks of this part, by the last of its names or by all of its words."""
        if not self.text:
            return False
        last = name.rpartition(".")[2]
        return bool(re.search(rf"(?<!\w){re.escape(last)}(?!\w)", self.text, re.IGNORECASE))

    def asks(self) -> bool:
        """Whether it asks for parts to go, without saying which."""
        if self.whole:
            return True
        sentences = SENTENCE_END.split(self.text or "")
        return any(
            NEEDLESS.search(each) or (GOING.search(each) and PARTS.search(each))
            for each in sentences
        )

    def is_silent(self) -> bool:
        """Whether there is a text, and nothing of it may mean that something is to go."""
        text = self.text
        return text is not None and not any(
            pattern.search(text) for pattern in (GOING, NEEDLESS, PERHAPS)
        )


NO_WISH = RemovalWish()
