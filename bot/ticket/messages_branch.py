"""The texts that the bot posts on what became of a pull request and its branch on GitHub."""

from bot.ticket.stages import Stage


def reopened(stage: Stage) -> str:
    if stage is Stage.BLOCKED:
        return "Reopened. The job was blocked before; `/retry` tries again."
    return "Reopened: the job continues where it was."


def label_set_again(pull: int) -> str:
    return (
        f"The label was set again, so the job continues with pull request #{pull} where it was."
        f" To begin anew, close #{pull}, remove the label and set it again."
    )


def pull_to_be_replaced(pull: int) -> str:
    return (
        f"The issue's text was edited since pull request #{pull} was planned, so a new plan is"
        f" being written. #{pull} stays open until its own pull request replaces it."
    )


def pull_replaced(issue: int, pull: int) -> str:
    """Posted on the pull request that is closed."""
    return f"A new plan was written for #{issue}: #{pull} replaces this pull request."
