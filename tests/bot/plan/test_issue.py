"""What a person does not see of an issue, no model sees either."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.plan.issue import MAX_ISSUE_BYTES, MAX_ISSUE_CHARACTERS, read_issue
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
        '[](http://b.c "EVIL")',
        "[ <!-- x --> ](EVIL)",
        "a <EVIL-all-of-it> b </EVIL>",
        "List<EVIL>",
        "| a | b |\n|---|---|\n| x | y | EVIL |\n| x \\| z | y | EVIL",
        "> a | b\n> -|-\n> x | y | EVIL",
        "a\n\n[^1]: note EVIL here",
        "a `[^1]` \\[^1]\n\n[^1]: note EVIL here\n\n    EVIL\n\n    ```\n    EVIL",
        "a\n\n[^1]: b [^2]\n[^2]: note EVIL here",
        "a[^1]\n\n[^1]: b\n[^1]: EVIL",
        "a[^1]\n\n[^1]: b\n\n[^2]: c [^2] EVIL",
        "<ruby>x<rp>EVIL</rp><rt>y</rt></ruby>",
        "<ruby>x<RP >EVIL</rp></ruby>",
        "<video>EVIL</video> <audio>EVIL</audio>",
        "<video controls>\n\nEVIL\n\n</video>",
        "<picture>EVIL<img src=x></picture>",
        "<object><b>EVIL</b></object>",
        "<svg><text>EVIL</text></svg>",
        "<template>EVIL</template><noscript>EVIL</noscript>",
        "<select><option>EVIL</option></select>",
        "<style>EVIL</style><script>EVIL</script><title>EVIL</title>",
        "<textarea>EVIL</textarea><bdo dir=rtl>EVIL</bdo>",
        "<iframe>EVIL</iframe>",
        "<video><!-- </video> -->EVIL</video>",
        "$$\\phantom{EVIL}$$",
        "$\\phantom{EVIL}$",
        "$ \\phantom{EVIL} $",
        "$`\\phantom{EVIL}`$",
        "$$\n\\color{white}{EVIL}\n$$",
        "$$ x % EVIL\n$$",
        "$$\\def\\a{EVIL}$$",
        "a $x \\vphantom{EVIL}$ b",
        "```math\n\\phantom{EVIL}\n```",
        "```mermaid\ngraph TD\n%% EVIL\nA-->B\n```",
        "~~~ mermaid\nA[EVIL]\n~~~",
        "> ```geojson\n> EVIL\n> ```",
        "- ```topojson\n  EVIL\n  ```",
        "```STL\nEVIL\n```",
        "[docs](http://a/EVIL_the_plan)",
        "[docs](EVIL.md) [docs](#EVIL) [docs](mailto:EVIL@b.c)",
        "[docs](http://EVIL:EVIL@a.b/)",
        f"[docs](http://{'EVIL.' * 30}a.b/)",
        '<a href="http://a.b/EVIL">docs</a> <a name="EVIL">x</a> <a href="data:EVIL">y</a>',
        "a" + "<sub>" * 12 + "EVIL" + "</sub>" * 12,
        "<sub><sup><small>EVIL</small></sup></sub>",
        "```EVIL\nx\n```",
        "```js-EVIL\nx\n```",
        "    x" + " " * 400 + "EVIL",
        "```\nx" + "\t" * 60 + "EVIL\n```",
        "```\nx" + "\u00a0\u3000\u2800 " * 60 + "EVIL\n```",
        "<pre>x" + "&nbsp;" * 300 + "EVIL</pre>",
        "<table><tr><td>$$\\color{white}{EVIL}$$</td></tr></table>",
        '<div title="EVIL" aria-label="EVIL">a</div> <details name=EVIL>x</details>',
        "<input value=EVIL>",
        "<b><style></b>EVIL</style>",
        "> " * 60 + "<video>EVIL</video>",
    ],
)
def test_what_the_page_does_not_show_is_taken_out(text: str) -> None:
    """Comments, definitions, attributes, instructions, wherever a page would swallow them."""
    assert EVIL not in visible_markdown(text)


@pytest.mark.parametrize(
    "text",
    [
        "plain\n\n- a\n- b",
        "# H *x*\n\n1. a\n2. b\n\n> q\n> r\n>\n> s\n\n---\n\n**b** ~~c~~ <sup>2</sup>",
        "```html\n<!-- kept -->\n<a title='x'>\n```",
        "- a\n\n  ```py\n  x\n\n    y\n  ```\n\n- b",
        "use `<!-- kept -->` here",
        "- use ``<!-- ` kept -->`` here",
        "an open <!-- is text",
        "a `List<String>` and a < b and `x`",
        "- [ ] do\n- [x] done",
        "| a | b |\n|---|---|\n| x | `y` |\n| z |  |",
        "| a\\|b | c |\n|---|---|\n| 1 | 2 |",
        "a[^1]\n\n[^1]: a note\n\n    more of it",
        "```\n\u0928\u094d\u200d\n```",
        "price $5 and $6, $x \\le \\frac{1}{2}$",
        "C:\\Users and $HOME, vec![1, 2] and a[i]",
    ],
)
def test_what_the_page_shows_is_kept(text: str) -> None:
    """Code keeps its comments, and in fences its joiners."""
    assert visible_markdown(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[a](http://b.c/d_(e)) and [x](y)", "[a](http://b.c) and x"),
        ("<https://a.b/c> and https://a.b/c", "https://a.b/c and https://a.b/c"),
        ("a\\|b | c\n--|--\n1 | 2", "| a\\|b | c |\n|---|---|\n| 1 | 2 |"),
        ("    <!-- kept, indented code -->", "```\n<!-- kept, indented code -->\n```"),
        ("a \\<!-- b", "a <!-- b"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("```python copy\nx\n```", "```python\nx\n```"),
        ("<plaintext> kept", "<plaintext> kept"),
        ("<kbd>Ctrl</kbd>+<var>x</var> <unknown>kept</unknown>", "Ctrl+x kept"),
        ('[a](b "`") ` <!-- kept --> `', "a `<!-- kept -->`"),
        ("<code class='language-stl'>a</code>\n\n<pre>kept</pre>", "`a`\n\n```\nkept\n```"),
    ],
)
def test_what_the_page_shows_is_written_plainly(text: str, shown: str) -> None:
    """Of what GitHub renders, the words; of a target, the host."""
    assert visible_markdown(text) == shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<details><summary>Log</summary>\n\nkept\n\n</details>", "folded away on the page"),
        ("```mermaid\ngraph TD\nA-->B\n```", "A drawing made with mermaid"),
        ("$$\\phantom{x}$$", "a formula of 11 characters, left out"),
        ("```\na" + " " * 400 + "b\n```", "left out: 1 characters far to the right"),
    ],
)
def test_what_the_page_shows_as_something_else_is_said_to_be_such(text: str, said: str) -> None:
    assert said in visible_markdown(text)


def test_where_a_folded_part_ends_is_told_by_a_mark_that_no_text_can_have_in_it() -> None:
    """Else its author could say that it ends, and go on as if all that follows were shown."""
    text = "<details>\n\na\n\n{}\n\nb\n\n</details>\n\nc"
    *_, ended, _, _ = visible_markdown(text.format("d")).split("\n")
    assert "ends here" in ended
    said = visible_markdown(text.format(ended)).split("\n")
    assert (said.count(ended), said[-3] == ended) == (1, False)


def test_what_is_open_on_the_page_is_not_said_to_be_folded() -> None:
    assert "folded" not in visible_markdown("<details open>\n\nkept\n\n</details>")


def test_hidden_characters_go_and_the_words_stay() -> None:
    """Zero-width, bidi and tag characters, in prose and in fences."""
    tag = "".join(chr(0xE0000 + ord(c)) for c in EVIL)
    said = visible_markdown(f"a\u200bb \u202ec{tag}\n```\nd\u2066{tag}\n```")
    assert said == "ab c\n\n```\nd\n```"
    coded = "".join(f"&#x{ord(c):x};" for c in tag)
    assert visible_markdown(f"a{coded}&ZeroWidthSpace;b&shy;c&#8203;&InvisibleTimes;") == "abc"


@given(st.text(st.sampled_from("<!->`\\ \n#>|a[]:/\u200b\u202e'\"=?")))
def test_no_hidden_character_outlives_and_twice_is_as_once(text: str) -> None:
    """Whatever the text: nothing hidden is left outside of code, and nothing raises."""
    said = visible_markdown(text)
    assert not any(has_hidden(line) for line in said.split("\n"))


def test_the_title_is_the_first_line_that_says_something() -> None:
    """With or without the marks of a heading."""
    assert read_issue(b"\n\n#  Withdraw `adds` #\r\nMore\r\n").title == "Withdraw `adds`"
    assert read_issue(b"<!-- no -->\nPlain words\n\n# Later").title == "Plain words"


def test_an_issue_as_long_as_github_takes_it_is_read_in_any_script() -> None:
    text = "# " + "題" * 256 + "\n\n" + "引き出しは残高を減らす。" * 5_461
    assert read_issue(text.encode()).text == text


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"x" * (MAX_ISSUE_BYTES + 1), "larger than 257 KiB"),
        (b"x" * (MAX_ISSUE_CHARACTERS + 1), "longer than GitHub's 65,796 characters"),
        (b" \n", "empty"),
        (b"<!-- all -->", "hidden text"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_an_issue_nobody_could_plan_is_the_persons_to_mend(raw: bytes, what: str) -> None:
    """Each is refused with what is wrong."""
    with pytest.raises(UserError, match=what):
        read_issue(raw)
