"""What a person does not see of an issue, no model sees either."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.plan.issue import MAX_ISSUE_BYTES, read_issue
from bot.text.invisible import has_hidden
from bot.text.visible_markdown import visible_markdown

EVIL = "EVIL"


@pytest.mark.parametrize(
    "text",
    [
        "a <!-- EVIL --> b",
        "<!-- EVIL\nmore\n\nEVIL -->\nb",
        "<!-- EVIL, to the end of the page",
        "<div><!--\n\nEVIL\n\nEVIL",
        "<div><!--\n\nEVIL\n\n```\nEVIL\n```",
        "[//]: # (EVIL)",
        "[x]: http://a.b/ 'EVIL'",
        "a <?php EVIL ?> b",
        "<!EVIL>",
        "a <![CDATA[EVIL]]> b",
        '<img src="EVIL" alt="EVIL">',
        '<p title="\nEVIL">a</p>',
        "- list\n  <!-- EVIL -->",
        "> quote <!-- EVIL -->",
        "a ` b\nc ` <!-- EVIL --> `",
        "| a | b | c |\n|---|---|---|\n| ` | <!-- EVIL --> | ` |",
        '<a title="`"> <!-- EVIL --> <a title="`">',
        "\\` <!-- EVIL --> `",
        '> <a\n> title="`"> <!-- EVIL --> `',
        "> " * 30 + "<!-- EVIL -->",
        "```js EVIL\nx\n```",
        "> - ~~~js EVIL\n>   x\n>   ~~~",
        "![EVIL](a.png)",
        "![a [EVIL](b)](c)",
        "![EVIL](((((a)))))",
        "![EVIL][x]\n\n[x]: http://a.b/",
        "![EVIL]\n\n[evil]: http://a.b/",
        "[a][EVIL]\n\n[evil]: http://a.b/",
        '[a](http://b.c "EVIL")',
        "[a](b\n'EVIL')",
        '[a](b(((c))) "EVIL")',
        "> [a](b\n> (EVIL))",
        "[a](<b EVIL>)",
        f"[a]({'b' * 3000} 'EVIL')",
        f"[a]({'[a](' * 3000}EVIL",
        '[a](b "`") ` <!-- EVIL --> `',
        '[](http://b.c "EVIL")',
        "[ <!-- x --> ](EVIL)",
        "a <EVIL-all-of-it> b </EVIL>",
        "List<EVIL>",
        "| a | b |\n|---|---|\n| x | y | EVIL |\n| x \\| z | y | EVIL",
        "> a | b\n> -|-\n> x | y | EVIL",
        "a\n\n[^1]: note EVIL here",
        "a `[^1]` \\[^1]\n\n[^1]: note EVIL here\n\n    EVIL\n\n    ```\n    EVIL",
        "a\n\n[^1]: b [^2]\n[^2]: note EVIL here",
    ],
)
def test_what_the_page_does_not_show_is_taken_out(text: str) -> None:
    """Comments, definitions, attributes, instructions, wherever a page would swallow them."""
    assert EVIL not in visible_markdown(text)


@pytest.mark.parametrize(
    "text",
    [
        "plain\n\n- a\n- b\n",
        "```html\n<!-- kept -->\n<a title='x'>\n```",
        "use `<!-- kept -->` here",
        "- use ``<!-- ` kept -->`` here",
        "an open <!-- is text",
        "a `List<String>` and a < b and `x`",
        "[a](http://b.c/d_(e)) and [x] and f(x)[0](1) and - [ ] do",
        "vec![1, 2] and a[i] and <https://a.b>",
        "| a | b |\n|---|---|\n| x | `y` |\n| z |\n",
        "a\\|b | c\n--|--\n1 | 2",
        "a[^1]\n\n[^1]: a note\n\n    more of it",
        "    <!-- kept, indented code -->",
        "a \\<!-- b",
        "<details>\n<summary>Log</summary>\n\nkept\n</details>",
        "```\n\u0928\u094d\u200d\n```",
    ],
)
def test_what_the_page_shows_is_kept(text: str) -> None:
    """Code keeps its comments, and in fences its joiners."""
    assert visible_markdown(text) == text


def test_hidden_characters_go_and_the_words_stay() -> None:
    """Zero-width, bidi and tag characters, in prose and in fences."""
    tag = "".join(chr(0xE0000 + ord(c)) for c in EVIL)
    assert visible_markdown(f"a\u200bb \u202ec{tag}\n```\nd\u2066{tag}\n```") == "ab c\n```\nd\n```"


@given(st.text(st.sampled_from("<!->`\\ \n#>|a[]:/\u200b\u202e'\"=?")))
def test_no_hidden_character_outlives_and_twice_is_as_once(text: str) -> None:
    """Whatever the text: nothing hidden is left outside of code, and nothing raises."""
    said = visible_markdown(text)
    assert not any(has_hidden(line) for line in said.split("\n"))


def test_the_title_is_the_first_line_that_says_something() -> None:
    """With or without the marks of a heading."""
    assert read_issue(b"\n\n#  Withdraw `adds` #\r\nMore\r\n").title == "Withdraw `adds`"
    assert read_issue(b"<!-- no -->\nPlain words\n\n# Later").title == "Plain words"


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"x" * (MAX_ISSUE_BYTES + 1), "larger than 64 KiB"),
        (b" \n", "empty"),
        (b"<!-- all -->", "hidden text"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_an_issue_nobody_could_plan_is_the_persons_to_mend(raw: bytes, what: str) -> None:
    """Each is refused with what is wrong."""
    with pytest.raises(UserError, match=what):
        read_issue(raw)
