"""A plan is refused where the tests that it holds back can be read where its code is written."""

from bot.errors import Fault, PlanError, UserError
from bot.git.repo import Repo
from bot.git.search import find_copies
from bot.plan import Job
from bot.text.invisible import make_printable
from runners.sandbox import Sandbox


def require_unread(repo: Repo, base: str, job: Job, where: str) -> None:
    """Raise PlanError where what the plan holds back can be read on the base."""
    if not job.hidden:
        return
    texts = [block.text for task in job.hidden for block in task.blocks]
    # Also within an older form of the plan, which some commits as it is worked on.
    found = sorted({path for text in texts for path in find_copies(repo, base, text)})
    if found:
        names = ", ".join(make_printable(path) for path in found[:3])
        what = f"what is held back can be read in {names}, which is committed"
        hint = "Take it off the commit that the job is built on: no model may find it there."
        raise PlanError([Fault(job.hidden[0].line, what, hint)], where=where)


def require_walls(job: Job, sandbox: Sandbox, where: str) -> None:
    """Raise UserError where checks may read this machine's files, the plan among them."""
    if job.hidden and sandbox.name == "none":
        what = "tests are held back, and checks run without a sandbox here: they can read the plan"
        raise UserError(what, where=where, hint="Use bubblewrap, or take `hidden: yes` out.")
