"""Shapes of hostile text, and every parser that text from outside reaches.

A parser that is new belongs into `PARSERS`: a test finds modules that are not in it.
"""

from collections.abc import Callable, Mapping

from bot.approval.scan_tests import read_tests
from bot.coaching.notes import parse_notes
from bot.coaching.rules import derive_rule
from bot.coaching.surprises import KnownNames, parse_surprises
from bot.commit_trailers import parse_row
from bot.config.repository import parse_repo_config
from bot.failures.actions_log import read_failed_steps
from bot.failures.named_files import find_named_files, make_tree
from bot.failures.read_failures import read_failures
from bot.github.push_refusals import read_refusal
from bot.github.webhooks import Person
from bot.models.generated_text import find_opened
from bot.models.reasoning import split_reasoning
from bot.plan import peek_job
from bot.plan.code_blocks import find_patch_touches, read_info
from bot.plan.issue import name_branch, read_issue
from bot.plan.rework_plan import quote_whole
from bot.prompts.background import first_sentence
from bot.prompts.path_mentions import find_mentions
from bot.repo_map.terms import parse_question
from bot.review.read_answer import read_answer
from bot.text import code_words, conflict_markers, escape, invisible, own_words
from bot.text.secret_marks import find_marks
from bot.text.secret_pieces import find_pieces
from bot.text.secrets import redact, redact_line
from bot.text.top_level_lines import top_level_lines
from bot.text.visible_markdown import show_file_text, visible_markdown
from bot.ticket import addressing, commands, messages_findings, suggestions, words
from bot.ticket.authorship import is_ours
from bot.ticket.coaching_proposals import first_sentence as first_sentence_of_lesson
from bot.ticket.hidden_line import parse_hidden_line
from bot.ticket.job_report import read_job_report
from bot.ticket.model_choices import parse_model_labels
from bot.ticket.pull_text import find_theirs
from bot.ticket.replies import keep_answers
from bot.ticket.shown_plan import show_tasks
from bot.ticket.spoken_command import find_spoken_command
from bot.ticket.status_comment import find_ticked_notes
from bot.ticket.verdict_words import read_verdict
from runners.checks.failure_digest import digest_failure, failure_key
from runners.checks.test_counts import count_tests

SECRET = "ghx-5vQ2mZ8tR1wY6uK3pL9s"  # noqa: S105  # nobody has it
BOT = Person(1, "bricklayer[bot]", bot=True)
REFUSED_PUSH = b"!\ta:b\t[remote rejected] (hook declined)\n"
TREE = make_tree(["src/bank.py", "tests/test_bank.py", "README.md"])
Parser = Callable[[str], object]

KNOWN = KnownNames(("src/bank.py", "tests/test_bank.py", "README.md"), ("test",))
PARSERS: Mapping[str, Parser] = {
    "bot.coaching.surprises": lambda text: parse_surprises(text, KNOWN),
    "bot.text.visible_markdown": visible_markdown,
    "bot.text.visible_markdown file": lambda text: show_file_text("README.md", text),
    "bot.text.top_level_lines": lambda text: list(top_level_lines(text)),
    "bot.text.own_words": own_words.own_words,
    "bot.text.own_words code": own_words.has_own_code,
    "bot.text.escape line": escape.inline_text,
    "bot.text.escape block": escape.code_block,
    "bot.text.escape markdown": escape.defang_markdown,
    "bot.text.escape commit": escape.commit_safe,
    "bot.text.invisible": lambda text: list(invisible.find_hidden(text.split("\n"))),
    "bot.text.invisible output": invisible.strip_unprintable,
    "bot.text.conflict_markers": lambda text: conflict_markers.read_places(text, "a", "b"),
    "bot.text.code_words": lambda text: code_words.find_lines(text.encode()),
    "bot.text.secret_marks": lambda text: find_marks(text.encode()),
    "bot.text.secret_pieces": lambda text: list(find_pieces(text, (SECRET, "two words of one"))),
    "bot.text.secrets": lambda text: redact(text, [SECRET]),
    "bot.text.secrets line": lambda text: redact_line(text, [SECRET]),
    "bot.ticket.commands": commands.parse_commands,
    "bot.ticket.commands note": lambda text: commands.parse_commands(f"/note x {text}"),
    "bot.ticket.commands words": commands.without_commands,
    "bot.ticket.verdict_words": read_verdict,
    "bot.coaching.rules": derive_rule,
    "bot.review.read_answer": read_answer,
    "bot.ticket.words": words.read_ask,
    "bot.ticket.words more": words.asks_for_more,
    "bot.ticket.words says": words.says_what,
    "bot.ticket.addressing": lambda text: addressing.find_addressee(text, ["bricklayer"]),
    "bot.ticket.spoken_command": find_spoken_command,
    "bot.ticket.suggestions": suggestions.find_suggestions,
    "bot.ticket.suggestions beside": suggestions.words_beside,
    "bot.ticket.suggestions diff": lambda text: suggestions.map_lines(text, 3, 4),
    "bot.ticket.authorship": lambda text: is_ours(BOT, text, BOT),
    "bot.ticket.hidden_line": parse_hidden_line,
    "bot.ticket.job_report": read_job_report,
    "bot.ticket.model_choices": lambda text: parse_model_labels([text], "bricklayer"),
    "bot.ticket.messages_findings": messages_findings.read_posted_model,
    "bot.ticket.messages_findings words": messages_findings.read_posted_words,
    "bot.ticket.pull_text": find_theirs,
    "bot.ticket.shown_plan": show_tasks,
    "bot.ticket.coaching_proposals": first_sentence_of_lesson,
    "bot.ticket.replies": keep_answers,
    "bot.ticket.status_comment": find_ticked_notes,
    "bot.plan.issue": lambda text: read_issue(text.encode()[: 64 << 10]),
    "bot.plan.issue branch": name_branch,
    "bot.plan.parser": peek_job,
    "bot.plan.parser task": lambda text: peek_job(f"{PLAN}{text}"),
    "bot.plan.code_blocks": read_info,
    "bot.plan.code_blocks patch": find_patch_touches,
    "bot.plan.rework_plan": quote_whole,
    "bot.coaching.notes": parse_notes,
    "bot.config.repository": parse_repo_config,
    "bot.failures.read_failures": read_failures,
    "bot.failures.actions_log": read_failed_steps,
    "bot.failures.named_files": lambda text: find_named_files(text, TREE),
    "bot.github.push_refusals": lambda text: read_refusal(REFUSED_PUSH, text),
    "bot.approval.scan_tests": lambda text: read_tests("tests/test_bank.py", text.encode()),
    "bot.approval.scan_tests js": lambda text: read_tests("bank.test.js", text.encode()),
    "bot.commit_trailers": parse_row,
    "bot.models.reasoning": split_reasoning,
    "bot.models.generated_text": find_opened,
    "bot.prompts.background": first_sentence,
    "bot.prompts.path_mentions": lambda text: find_mentions(text, ["src/bank.py"]),
    "bot.repo_map.terms": parse_question,
    "runners.checks.failure_digest": digest_failure,
    "runners.checks.failure_digest key": failure_key,
    "runners.checks.test_counts": count_tests,
}
PLAN = "---\ntitle: t\nchecks: [test]\n---\n## Phase: p\n### Task: a\n- file: a.py\n\n"


def repeated(unit: str, *, head: str = "", tail: str = "") -> Callable[[int], str]:
    return lambda size: head + unit * max(1, (size - len(head) - len(tail)) // len(unit)) + tail


def counted(unit: Callable[[int], str]) -> Callable[[int], str]:
    """Of units that differ by their number."""

    def make(size: int) -> str:
        parts, length = [], 0
        while length < size:
            parts.append(unit(len(parts)))
            length += len(parts[-1])
        return "".join(parts)[:size]

    return make


SHAPES: Mapping[str, Callable[[int], str]] = {
    "blanks in a target": repeated(" ", head="/note x [a](", tail='"'),
    "blanks": repeated(" ", head="/note x"),
    "line ends": repeated("\n"),
    "returns": repeated("\r"),
    "one word": repeated("a"),
    "slashes": repeated("/"),
    "brackets": repeated("["),
    "closing brackets": repeated("]"),
    "pictures": repeated("!["),
    "nested links": repeated("[a]("),
    "links": repeated("[a](b) "),
    "parentheses": repeated("(", head="[a]("),
    "declarations": repeated("<!A"),
    "comments": repeated("<!--"),
    "closed comments": repeated("<!-- a -->"),
    "instructions": repeated("<?"),
    "open tags": repeated("<a "),
    "divs": repeated("<div>"),
    "lists of definitions": repeated("<dl>"),
    "crossed tags": repeated("<b><div></b>"),
    "details": repeated("<details>\n\n"),
    "tables in tables": repeated("<table><tr><td>"),
    "attributes": repeated(' a="b"', head="<a"),
    "rows": repeated("|a\n", head="|a|b|\n|-|-|\n"),
    "wide rows": lambda size: (
        "|" + "a|" * (size // 6) + "\n|" + "-|" * (size // 6) + "\n" + "|x\n" * (size // 9)
    ),
    "definitions": counted(lambda n: f"[a{n}]: b\n"),
    "one definition": repeated("x\n", head='[a]: b "'),
    "many definitions": repeated('[a]: b "x\n'),
    "footnotes": counted(lambda n: f"a[^{n}]\n\n[^{n}]: b\n\n"),
    "one footnote": repeated("[^a]", tail="\n\n[^a]: x"),
    "quotations": repeated(">"),
    "quoted lines": repeated("> a\n"),
    "lists": repeated("- "),
    "quoted lists": repeated("> - "),
    "items": repeated("- a\n"),
    "deep items": lambda size: "".join(" " * (2 * n) + "- a\n" for n in range(int(size**0.5)))[
        :size
    ],
    "stars": repeated("*a "),
    "stars and lines": repeated("*a_"),
    "opened bold": repeated("**a"),
    "backticks": counted(lambda n: "`" * (n % 400 + 1) + " "),
    "backtick": repeated("`a "),
    "fences": repeated("```\n"),
    "open fences": repeated("~~~a\n```b\n"),
    "tildes": repeated("~a~"),
    "paragraphs": repeated("a\n\n"),
    "headings": repeated("# a\n"),
    "phases": repeated("## Phase: a\n### Task: b\n"),
    "underlines": repeated("a\n---\n"),
    "formulas": repeated("$a$ "),
    "open formulas": repeated("$"),
    "escapes": repeated("\\a"),
    "entities": repeated("&#x41;"),
    "open entities": repeated("&amp"),
    "addresses": repeated("http://a.b "),
    "mail": repeated("a@b.c "),
    "names": repeated("@a"),
    "teams": repeated("@a/b "),
    "emoji": repeated(":a"),
    "invisible": repeated("\u200b"),
    "selectors": repeated("a\ufe0f\ufe0f"),
    "sentences": repeated("a? "),
    "commands": repeated("/retry\n"),
    "json web tokens": repeated("-eyJ"),
    "prefixes of keys": repeated("sk-"),
    "private keys": repeated("-----BEGIN PRIVATE KEY-----"),
    "passwords": repeated('password="'),
    "user names": repeated("a://b:"),
    "base64": repeated("QUJD"),
    "hexadecimal": repeated("6a 6b "),
    "ESC": repeated("\x1b["),
    "colours": repeated("\x1b[31m"),
    "traces": repeated('Traceback (most recent call last):\n  File "a.py", line 1\n'),
    "failures": repeated("FAILED tests/test_a.py::b - E\n"),
    "assertions": repeated("E   assert a == b\n"),
    "TAP": repeated("not ok 1 - a\n  ---\n"),
    "go": repeated("--- FAIL: A\n"),
    "XML": repeated("<testcase><failure>"),
    "log lines": repeated("2026-01-01T00:00:00.0Z ##[error]a\n"),
    "groups": repeated("##[group]a\n"),
    "hunks": repeated("@@ -1,1 +1,1 @@\n-a\n+b\n"),
    "diffs": repeated("diff --git a/x b/x\n--- a/x\n+++ b/x\n"),
    "markers": repeated("<<<<<<< a\n=======\n"),
    "paths": repeated("a/"),
    "dots": repeated("."),
    "dashes": repeated("-"),
    "equals": repeated("="),
    "quotes": repeated('"'),
    "apostrophes": repeated("'"),
    "braces": repeated("{"),
    "colons": repeated(": "),
    "numbers": repeated("1"),
    "thoughts": repeated("<think>"),
    "channels": repeated("<|channel|>"),
    "trailers": repeated("A-b: c\n"),
    "tests": repeated("def test_a():\n    assert a\n"),
    "describes": repeated("describe('a', () => {\n"),
    "comments of code": repeated("/*"),
}
