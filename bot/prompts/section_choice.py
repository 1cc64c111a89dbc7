"""Choosing a long file's sections: what must be shown, then what is likely, as there is room."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.code import Outline, Symbol
from bot.models.token_estimate import estimate_tokens, tokens_of_weight, weigh_text
from bot.prompts.fenced_code import fence_code
from bot.prompts.line_spans import Span, merge_spans, span_around, trim_span
from bot.prompts.relevant_lines import MentionSources, RelevantLines
from bot.prompts.section_ranking import COMMENT, RankedSpan, rank_chunks, rank_spans

MAX_HEAD_LINES = 30
"""Lines above the first definition that are shown, for the imports."""
_OPENING = re.compile(r"""\s*[rRuU]?(?P<mark>"{3}|\'{3}|/\*|<!--)""")
_CLOSING = {"/*": "*/", "<!--": "-->"}
MAX_GAP_LINES = 2
"""Lines between two sections that cost less than another title."""
FIRST_SHARE, FAR_AHEAD = 0.7, 1.3
"""Share of the spare room that the likeliest may take as a whole; beyond that it must score so much
better than the next."""
LONG_LINES = 150
"""Lines of a definition that is likely shown by pieces where others want the room too."""
PIECED_LINES = 60
"""Lines of a definition that is worth being shown by pieces where all of it has no room."""
SIGNATURE_LINES = 8
"""Lines at the beginning of a definition that is shown by pieces."""
PLACE_LINES = 12
"""Lines shown on each side of a place in a definition that is shown by pieces."""
PIECES_SHARE = 0.5
"""Share of the room that is left that pieces of a long definition may take, if it is but likely."""
MUST_SHARE = 0.6
"""Share of all that the file may have that what must be shown may take from the other parts."""
SURE_FLOOR = 0.35
"""Score below which nothing is added where the task itself says what it is about."""
MAX_CANDIDATES = 300


def section_title(path: str, span: Span) -> str:
    """The line above a section, which a reply repeats to say which one it means."""
    return f"lines {span[0]}-{span[1]} of {path}:"


@dataclass(frozen=True, slots=True)
class Sections:
    """`spans` are shown; `likely` are definitions that the task may be about, likeliest first."""

    spans: tuple[Span, ...] = ()
    likely: tuple[Symbol, ...] = ()


@dataclass(frozen=True, slots=True)
class Room:
    """Tokens that sections may take: `most` for what must be there, `spare` beside all else.

    `pieces`: what is likely and too large is shown by pieces; else not at all. `floor`: what scores
    less, in units of the best, is not shown as likely.
    """

    most: int
    spare: int
    pieces: bool = True
    floor: float = 0.0


class Costs:
    """What sections of a file take, in tokens, no less than they do when they are rendered."""

    def __init__(self, path: str, lines: Sequence[str]) -> None:
        title = section_title(path, (len(lines), len(lines)))
        self._title_tokens = estimate_tokens(fence_code(path, "", f"\n{title}"))
        self._weights = [0]
        for line in lines:
            # A line is weighed with its end; a lone `\r` may join the next one's first word.
            self._weights.append(self._weights[-1] + weigh_text(line))

    def of(self, spans: Sequence[Span]) -> int:
        weight = sum(self._weights[last] - self._weights[first - 1] for first, last in spans)
        return tokens_of_weight(weight) + self._title_tokens * len(spans)


def choose_sections(  # noqa: PLR0913, PLR0917 - the file, what speaks of it, and the room there is
    path: str,
    lines: Sequence[str],
    outline: Outline,
    relevant: RelevantLines,
    sources: MentionSources,
    room: Room,
) -> Sections:
    """What the task points at, the file's head, and what is likely while there is room.

    A definition that is too large for the room is shown by its first lines and the pieces that
    lines, or else words, point at. None where nothing points into the file.
    """
    costs, query = Costs(path, lines), _Query(lines, sources)
    ranked = rank_spans(lines, outline, **query.texts)[:MAX_CANDIDATES]
    wanted = relevant.sure or relevant.traced[:1] or _stands_out(ranked, costs, room.spare)
    if not (wanted or ranked):
        return Sections()
    spans = clean_spans(wanted, lines)
    most = max(room.spare, int(MUST_SHARE * room.most) if relevant.sure else 0)
    if costs.of(spans) > most:
        spans = _cut_long(spans, relevant, costs, query, most)
    for more in (*relevant.traced, head_span(outline, lines)):
        wider = clean_spans([*spans, more], lines)
        spans = wider if costs.of(wider) <= room.spare else spans
    floor = SURE_FLOOR if relevant.sure else room.floor
    floor *= ranked[0].score if ranked else 0.0
    likely = [_without_members(each, outline) for each in ranked if each.score > floor]
    spans = _fill(spans, likely, costs, query, room)
    likely_symbols = tuple(each.symbol for each in ranked if each.symbol)
    return Sections(merge_spans(spans, MAX_GAP_LINES), likely_symbols)


def _stands_out(ranked: Sequence[RankedSpan], costs: Costs, spare_tokens: int) -> list[Span]:
    """The likeliest, where it leaves room for others or is far ahead of them."""
    if not ranked:
        return []
    first, others = ranked[0], ranked[1:2]
    ahead = all(first.score > FAR_AHEAD * each.score for each in others)
    share = 1.0 if ahead else FIRST_SHARE
    return [first.span] if costs.of([first.span]) <= share * spare_tokens else []


class _Query:
    """The texts that say what is meant, as the ranking takes them."""

    def __init__(self, lines: Sequence[str], sources: MentionSources) -> None:
        self.lines = lines
        self.texts = {
            "task": sources.task,
            "failure": sources.digest,
            "tests": "\n".join(sources.tests),
        }

    def rank_pieces(self, span: Span) -> list[Span]:
        return rank_chunks(self.lines, span, **self.texts)


def _cut_long(
    spans: Sequence[Span], relevant: RelevantLines, costs: Costs, query: _Query, most: int
) -> tuple[Span, ...]:
    """Show the definitions among them by pieces, the largest first, until all have room.

    Lines that the task names stay: a part of them would be another task.
    """
    kept = list(spans)
    for span in sorted(spans, key=lambda each: each[0] - each[1]):
        if costs.of(kept) <= most:
            break
        if span[1] - span[0] >= SIGNATURE_LINES:
            others = [each for each in kept if each != span]
            named = [clip_span(each, span) for each in relevant.ranges if _overlaps(each, span)]
            left = most - costs.of([*others, *named])
            kept = [*others, *named, *_choose_pieces(span, relevant.places, costs, query, left)]
    return clean_spans(kept, query.lines)


def _overlaps(one: Span, other: Span) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def clip_span(span: Span, within: Span) -> Span:
    return max(span[0], within[0]), min(span[1], within[1])


def _choose_pieces(
    span: Span, places: Sequence[int], costs: Costs, query: _Query, most: int
) -> tuple[Span, ...]:
    """Its beginning, what stands around the places pointed at, then what shares most words."""
    first, last = span
    kept: tuple[Span, ...] = ((first, min(last, first + SIGNATURE_LINES - 1)),)
    around = [span_around(line, PLACE_LINES) for line in places if first <= line <= last]
    clipped = (clip_span(each, span) for each in around)
    for piece in [*clipped, *query.rank_pieces(span)]:
        wider = merge_spans([*kept, piece])
        if costs.of(wider) <= most:
            kept = wider
    return kept


def _fill(
    spans: tuple[Span, ...], likely: Sequence[Span], costs: Costs, query: _Query, room: Room
) -> tuple[Span, ...]:
    """Add what is likely, in its order, as far as each has room."""
    for span in likely:
        left = room.spare - costs.of(spans)
        wider = clean_spans([*spans, span], query.lines)
        size = span[1] - span[0]
        too_much = size >= LONG_LINES and costs.of([span]) > PIECES_SHARE * left
        if costs.of(wider) <= room.spare and not too_much:
            spans = wider
        elif room.pieces and size >= PIECED_LINES and left > 0:
            pieces = _choose_pieces(span, (), costs, query, int(PIECES_SHARE * left))
            wider = clean_spans([*spans, *pieces], query.lines)
            spans = wider if costs.of(wider) <= room.spare else spans
    return spans


def _without_members(each: RankedSpan, outline: Outline) -> Span:
    """Of a class, the lines above its first member: those come by themselves."""
    if not each.symbol or each.symbol.kind not in {"class", "type", "module"}:
        return each.span
    first, last = each.span
    member = next((s.first for s in outline.symbols if first < s.first <= last), last + 1)
    return first, max(first, min(last, first + MAX_HEAD_LINES, member - 1))


def clean_spans(spans: Sequence[Span], lines: Sequence[str]) -> tuple[Span, ...]:
    inside = (trim_span(span, lines) for span in spans)
    return tuple(
        span
        for each in merge_spans(span for span in inside if span)
        if (span := trim_span(each, lines))
    )


def head_span(outline: Outline, lines: Sequence[str]) -> Span:
    """The imports: what stands above the first definition, without licence and docstring on top."""
    first = min((each.first for each in outline.symbols), default=1)
    start = 1
    while start < first:
        if block := _OPENING.match(lines[start - 1]):
            start = _after_block(lines, start, first, block)
        elif lines[start - 1].strip() and not COMMENT.match(lines[start - 1]):
            break
        else:
            start += 1
    return start, min(first - 1, start + MAX_HEAD_LINES - 1)


def _after_block(lines: Sequence[str], start: int, end: int, opening: re.Match[str]) -> int:
    """The number of the line after the text that opens in line `start`, or `end`."""
    mark = _CLOSING.get(opening[1], opening[1])
    if mark in lines[start - 1][opening.end() :]:
        return start + 1
    closing = (number for number in range(start + 1, end) if mark in lines[number - 1])
    return next(closing, end - 1) + 1
