"""What ends a run in a step, and what a step tries once more."""

from typing import NoReturn

import pytest

from bot.errors import GitError
from runners.build.dbos_steps import AbortingSteps, durable_step
from runners.build.story import StoryLostError

PRUNED = GitError(("read-tree", "1" * 40), 128, "not a tree object")


class StoppedError(Exception):
    """In place of a thread that waits for the end of its process."""


class Story(AbortingSteps):
    def __init__(self, *ends: BaseException | str) -> None:
        super().__init__()
        self.ends = list(ends)

    def wait_for_exit(self) -> NoReturn:
        raise StoppedError

    @durable_step
    def look(self) -> str:
        end = self.ends.pop(0)
        if isinstance(end, BaseException):
            raise end
        return end


def test_a_step_in_which_git_failed_is_done_once_more() -> None:
    """Objects that git pruned while it ran are written anew; then it is as if nothing had been."""
    story = Story(PRUNED, "done")
    assert story.look() == "done"
    assert not story.halted.is_set()


def test_not_a_third_time() -> None:
    story = Story(PRUNED, PRUNED, "done")
    with pytest.raises(StoppedError):
        story.look()
    assert story.error is PRUNED
    assert story.ends == ["done"]


def test_nothing_is_done_again_once_the_run_is_stopped() -> None:
    """Killing checks makes git fail, too."""
    story = Story(PRUNED, "done")
    story.halted.set()
    with pytest.raises(StoppedError):
        story.look()
    assert story.ends == [PRUNED, "done"]


@pytest.mark.parametrize("error", [OSError("disk full"), KeyError("ours"), KeyboardInterrupt()])
def test_any_other_error_stops_the_run_at_once(error: BaseException) -> None:
    story = Story(error, "done")
    with pytest.raises(StoppedError):
        story.look()
    assert story.error is error


def test_a_record_of_another_form_is_a_story_that_is_lost() -> None:
    """What DBOS and a record that cannot be read say would come back at each replay."""
    from dbos import error  # noqa: PLC0415

    story = Story()
    with pytest.raises(StoppedError):
        story.abort_run(error.DBOSUnexpectedStepError("w", 3, "look", "ask"))
    assert isinstance(story.error, StoryLostError)
