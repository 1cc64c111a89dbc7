"""What a comment asks: only what its page shows as the commenter's own plain words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ticket.commands import (
    MAX_COMMENT_CHARS,
    Command,
    MalformedCommand,
    UnknownCommand,
    parse_commands,
)
from bot.ticket.model_choices import parse_model_labels

APPROVE = (Command("approve"),)


@pytest.mark.parametrize(
    ("body", "command"),
    [
        ("/approve", Command("approve")),
        ("/approve 1A2B3C4", Command("approve", ("1a2b3c4",))),
        ("/approve " + "f" * 64, Command("approve", ("f" * 64,))),
        ("/retry", Command("retry")),
        ("/retry fix_with-draw2", Command("retry", ("fix_with-draw2",))),
        ("/cancel", Command("cancel")),
        ("/pause", Command("pause")),
        ("/resume", Command("resume")),
        ("/status", Command("status")),
        ("/explain fix", Command("explain", ("fix",))),
        ("/tier local=qwen2.5-coder:7b", Command("tier", ("local=qwen2.5-coder:7b",))),
        ("/tier review=codex senior=a/b", Command("tier", ("reviewer=codex", "senior=a/b"))),
        ("/note Amounts are Decimal.", Command("note", text="Amounts are Decimal.")),
        ("/note Use `Decimal`, *no* float", Command("note", text="Use `Decimal`, *no* float")),
        ("/Status  ", Command("status")),
    ],
)
def test_every_command_is_read_with_what_it_takes(body: str, command: Command) -> None:
    assert parse_commands(body) == (command,)


@pytest.mark.parametrize(
    "body",
    [
        "Looks good.\n\n/approve",
        "Looks good.\n/approve\nThanks.",
        "Looks good.  \n/approve",
        "Looks good.\\\n/approve",
        "   /approve",
        "> the plan\n\n/approve",
        "```\nlog\n```\n/approve",
        "- one\n- two\n\n/approve",
        "`a\nb`\n/approve",
        "<!-- told\nso -->\n/approve",
        "<details><summary>x</summary>\n\nlog\n\n</details>\n\n/approve",
        "<!-- <details> -->\n\n/approve",
        "one\r\n/approve\r\ntwo",
        "one\r/approve\rtwo",
        "See [a]\n/approve\n\n[a]: https://example.com",
    ],
)
def test_a_line_of_the_comments_own_text_is_a_command(body: str) -> None:
    assert parse_commands(body) == APPROVE


@pytest.mark.parametrize(
    "body",
    [
        "> /approve",
        "> quoted\n/approve",
        "please /approve",
        "`/approve`",
        "`it says\n/approve\nthere`",
        "```\n/approve\n```",
        "```\n/approve",
        "~~~~sh\n/approve\n~~~\n/approve\n~~~~",
        "    /approve",
        "\t/approve",
        "Like so:\n    /approve",
        "- /approve",
        "* a\n\n  /approve",
        "1. /approve",
        "# /approve",
        "/approve\n---",
        "| a |\n| --- |\n| /approve |",
        "a | b\n--- | ---\n/approve | c",
        "*so\n/approve*",
        "**so\n/approve**",
        "~~so\n/approve~~",
        "[so\n/approve](https://example.com)",
        "![so\n/approve](https://example.com)",
        "[so\n/approve][a]\n\n[a]: https://example.com",
        "<!-- /approve -->",
        "<!--\n/approve\n-->",
        "<!--\n\n/approve",
        "so <!--\n/approve\n-->",
        "<pre>\n\n/approve\n\n</pre>",
        "<details>\n\n/approve\n\n</details>",
        "<blockquote>\n\n/approve\n\n</blockquote>",
        "<DETAILS open>\n<summary>x</summary>\n\n/approve\n",
        "so <code>\n/approve\n</code>",
        "<details>\n<!-- </details> -->\n\n/approve",
        "<a title='\n/approve\n'>x</a>",
        "[^1]: told\n/approve",
        "so[^1]\n\n[^1]: a b c\n/approve",
        "[^1]: a\n[^1]: b\n/approve",
        "\\/approve",
        "&#47;approve",
        "/usr/bin/python: not found",
        "//approve",
        "/ approve",
        "/1",
        "",
    ],
)
def test_what_is_quoted_code_listed_hidden_or_set_apart_is_no_command(body: str) -> None:
    assert parse_commands(body) == ()


@pytest.mark.parametrize(
    ("body", "close"),
    [
        ("/aprove", "approve"),
        ("/approve, thanks", "approve"),
        ("/cancle now", "cancel"),
        ("/\u0430pprove", "approve"),  # a Cyrillic letter
    ],
)
def test_an_unknown_command_is_answered_with_the_closest(body: str, close: str) -> None:
    assert parse_commands(body) == (UnknownCommand(body, close),)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("/approve it", "hexadecimal"),
        ("/approve 123456", "hexadecimal"),
        ("/approve 1234567 1234567", "hexadecimal"),
        ("/approve --force", "hexadecimal"),
        ("/retry ../../etc", "id of one task"),
        ("/retry -n", "id of one task"),
        ("/retry Fix", "id of one task"),
        ("/retry " + "x" * 41, "id of one task"),
        ("/cancel everything", "no arguments"),
        ("/tier", "TIER=MODEL"),
        ("/tier --api_base=http://evil.example", "TIER=MODEL"),
        ("/tier local=--api_base=http://evil.example", "TIER=MODEL"),
        ("/tier local=-x", "TIER=MODEL"),
        ("/tier local=", "TIER=MODEL"),
        ("/tier local=$(id)", "TIER=MODEL"),
        ("/tier local=a,b", "TIER=MODEL"),
        ("/tier api_base=x", "TIER=MODEL"),
        ("/tier local=a --x", "TIER=MODEL"),
        ("/tier review=a reviewer=b", "twice"),
        ("/note", "the lesson"),
        ("/note " + "x" * 401, "400 characters"),
        ("/note a <!-- b -->", "HTML"),
        ("/note a <b>c</b>", "HTML"),
        ("/status *now*", "plain words"),
        ("/retry `fix`", "plain words"),
        ("/retry fix\\_it", "plain words"),
        ("/approve\u200b", "invisible"),
        ("\u200b/approve", "invisible"),
        ("\u202e/approve", "invisible"),
        ("/appr\u2060ove", "invisible"),
        ("/note a\U000e0041b", "invisible"),
    ],
)
def test_what_a_command_does_not_take_is_refused_with_a_reason(body: str, why: str) -> None:
    (found,) = parse_commands(body)
    assert isinstance(found, MalformedCommand)
    assert why in found.why
    assert found.quoted.isprintable()


def test_a_note_is_what_its_page_shows() -> None:
    """A link's title and a picture's words are read by models, and by no person."""
    (found,) = parse_commands('/note See [the rule](https://example.com/x "obey me") ![obey](x)')
    assert found == Command("note", text="See [the rule](https://example.com) ![]")


def test_a_note_may_end_in_a_code_span_of_two_lines() -> None:
    assert parse_commands("/note a `b\nc` d\n/status") == (
        Command("note", text="a `b c` d"),
        Command("status"),
    )


def test_commands_keep_their_order_and_end_at_the_tenth() -> None:
    """The eleventh is told, so that nobody waits for it."""
    found = parse_commands("/retry\n/status\n" * 20)
    assert found[:10] == (Command("retry"), Command("status")) * 5
    assert [type(each) for each in found[10:]] == [MalformedCommand]


def test_a_comment_longer_than_github_takes_holds_no_command() -> None:
    long = "/approve\n" + "x" * (MAX_COMMENT_CHARS - 9)
    assert parse_commands(long) == APPROVE
    assert parse_commands(long + "x") == ()


@pytest.mark.parametrize(
    "body",
    [
        "/note " + "[" * 10_000,
        "/a\n" + "![&#" * 3_000,
        "> " * 5_000 + "/approve",
        "/note " + "`a " * 3_000,
        "<details>\n\n" * 2_000 + "/approve",
    ],
    ids=["brackets", "pictures", "quotes", "backticks", "tags"],
)
def test_deep_and_endless_markup_asks_for_nothing(body: str) -> None:
    assert all(isinstance(each, UnknownCommand | MalformedCommand) for each in parse_commands(body))


@pytest.mark.parametrize(
    "body",
    ["/lgtm", "/azp run", "/retest", "/hold", "/rebase", "/test all", "/frobnicate", "/cc @x"],
)
def test_a_command_that_is_close_to_none_of_ours_is_another_bots(body: str) -> None:
    """Also a usual one of theirs that is spelled nearly as one of ours."""
    assert parse_commands(body) == ()


PIECES = (
    *("/approve", "/note a", "/retry x", "/zzz", "\n", "\n\n", "\r\n", " ", "    ", "\t"),
    *("> ", "- ", "1. ", "# ", "```", "`", "~~~", "*", "**", "~~", "_", "[", "](x)", "![", "]"),
    *("<!--", "-->", "<details>", "</details>", "<pre>", "<code>", "</code>", "<b", ">", "\\"),
    *("&#47;", "| a |", "|---|", "[^1]: ", "[a]: b", "---", "\u200b", "\u202e", "\x00", "\x0b"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_any_text_is_read_and_its_quotation_asks_for_nothing(body: str) -> None:
    for each in parse_commands(body):
        assert (each.text if isinstance(each, Command) else each.quoted).isprintable()
    assert parse_commands("".join(f"> {line}\n" for line in body.splitlines())) == ()


def test_labels_choose_a_tiers_model() -> None:
    labels = ["bug", "bricklayer", "bricklayer:review=codex", "bricklayer:local=qwen:7b"]
    assert parse_model_labels(labels, "bricklayer") == {"local": "qwen:7b", "reviewer": "codex"}


@pytest.mark.parametrize(
    "labels",
    [
        ["bricklayer:review=--api_base=x"],
        ["bricklayer:review="],
        ["bricklayer:cost=1"],
        ["bricklayer:review=a", "bricklayer:reviewer=b"],
        ["bricklayer:review\u200b=a"],
        ["xbricklayer:review=a"],
    ],
)
def test_labels_that_say_nothing_clear_choose_nothing(labels: list[str]) -> None:
    assert parse_model_labels(labels, "bricklayer") == {}
    assert parse_model_labels([*reversed(labels)], "bricklayer") == {}
