"""What GitHub says when it does not take a push is told in its words, with the step that helps."""

import pytest

from bot.github.push_refusals import MAX_LINES, read_refusal

# The form of what GitHub prints, as people quote it:
# https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/troubleshooting-rules
RULES = """\
remote: error: GH013: Repository rule violations found for refs/heads/bricklayer/1-x.~
remote: Review all repository rules at https://github.com/o/r/rules?ref=refs%2Fheads%2Fbricklayer%2F1-x~
remote: ~
remote: - {said}~
remote: ~
error: failed to push some refs to 'https://github.com/o/r.git'
"""
HOOK = """\
remote: {said}~
error: failed to push some refs to 'https://github.com/o/r.git'
"""


def refused(why: str) -> bytes:
    return f"To https://github.com/o/r.git\n!\ta:b\t[remote rejected] ({why})\n".encode()


def padded(text: str) -> str:
    """git fills up a line of the server's with blanks, over what stood on the terminal before."""
    return text.replace("~", " " * 8)


@pytest.mark.parametrize(
    ("said", "helps"),
    [
        ("Commits must have verified signatures.", "`signing_key`"),
        ("Branch name must match a given regex pattern: ^bot/", "branch_prefix"),
        ("Commit message must match a given regex pattern: ^(fix|feat):", "title ="),
        ("Commit message must contain 'Signed-off-by'", "sign_off = true"),
        ("Committer email must end with '@example.com'", "bypass list"),
        ("Cannot create ref due to creations being restricted.", "who makes branches"),
        ("Changes must be made through a pull request.", "restrict it to the branches"),
        ("3 of 3 required status checks are expected.", "restrict it to the branches"),
        ("This branch must not contain merge commits.", "restrict it to the branches"),
        ("GITHUB PUSH PROTECTION", "withdraw it where it was issued"),
        ("File path is restricted: .github/workflows/ci.yml", "which files may be pushed"),
        ("Something that nobody has heard of.", "bypass list"),
    ],
)
def test_a_rule_is_named_in_githubs_words_with_the_setting_that_helps(
    said: str, helps: str
) -> None:
    out = refused("push declined due to repository rule violations")
    error = read_refusal(out, padded(RULES).format(said=said))
    assert error is not None
    assert f"\n  - {said}" in error.what
    assert (
        "All rules: https://github.com/o/r/rules?ref=refs%2Fheads%2Fbricklayer%2F1-x" in error.what
    )
    assert helps in error.hint


@pytest.mark.parametrize(
    ("said", "why", "helps"),
    [
        (
            "error: GH001: Large files detected. You may want to try Git Large File Storage.",
            "pre-receive hook declined",
            "larger than GitHub takes",
        ),
        (
            "error: GH008: Your push referenced at least 1 unknown Git LFS object:",
            "pre-receive hook declined",
            "git lfs push --all",
        ),
        (
            "error: GH006: Protected branch update failed for refs/heads/bricklayer/1-x.",
            "protected branch hook declined",
            "restrict it to the branches",
        ),
        (
            "error: GH007: Your push would publish a private email address.",
            "push declined due to email privacy restrictions",
            "can allow that in the settings",
        ),
        (
            "Resolving deltas: 100% (1/1), done.",
            "refusing to allow a GitHub App to update workflow `ci.yml` without `workflows` permission",
            "`workflows: write`",
        ),
        (
            "Resolving deltas: 100% (1/1), done.",
            "refusing to allow an OAuth App to update workflow `ci.yml` without `workflow` scope",
            "scope `workflow`",
        ),
    ],
)
def test_each_refusal_has_its_own_next_step(said: str, why: str, helps: str) -> None:
    error = read_refusal(refused(why), padded(HOOK).format(said=said))
    assert error is not None
    assert why.replace("`", "'") in error.what
    assert helps in error.hint
    assert "Resolving" not in error.what


def test_a_refusal_is_bounded_and_shows_nothing_hidden() -> None:
    """The lines are the server's: as many as fit, each printable, and how many are left out."""
    flood = "\n".join(f"remote: - rule {number}\u202e\x1b[2K" for number in range(20_000))
    error = read_refusal(refused("hook declined"), f"{flood}\n")
    assert error is not None
    assert error.what.count("\n") == MAX_LINES + 1
    assert f"and {20_000 - MAX_LINES} more lines" in error.what
    assert "\u202e" not in error.what
    assert "\x1b" not in error.what


@pytest.mark.parametrize(
    ("out", "stderr"),
    [
        (b"", ""),
        (b"", "remote: x\u2028! [remote rejected] a -> b (c)\nfatal: the remote end hung up\n"),
        (b"!\ta:b\t[rejected] ([remote rejected])\n", ""),
        (b"*\ta:[remote rejected]\t[new branch]\n", ""),
    ],
)
def test_what_is_no_refusal_is_taken_for_none(out: bytes, stderr: str) -> None:
    """Whatever lines the server writes, and a reason names."""
    assert read_refusal(out, stderr) is None
