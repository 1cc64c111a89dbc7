"""Who does which kind of task, measured by doing finished tasks again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from handlers.commands.options import AsJson, Quiet

if TYPE_CHECKING:
    from runners.evaluation.asked import Asked


def register(app: typer.Typer) -> None:
    app.command("eval")(evaluate_tiers)


def evaluate_tiers(  # noqa: PLR0913, PLR0917  # each is an option of the command
    jobs: Annotated[
        list[str] | None,
        typer.Option(
            "--jobs",
            metavar="JOB,…",
            help="Finished jobs whose tasks are done again. Default: all of this machine.",
        ),
    ] = None,
    tasks: Annotated[
        list[Path] | None,
        typer.Option(
            "--tasks",
            metavar="PATH",
            help="A task set in their place: a JSONL file of issues, each with its repository, base"
            " and tests, or a folder of exercises (docs/eval.md). May be given several times.",
        ),
    ] = None,
    repos: Annotated[
        Path | None,
        typer.Option("--repos", help="The folder with the clones that a JSONL file names."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", help="For task sets: a .bricklayer.toml, whose check `test` runs them."
        ),
    ] = None,
    tiers: Annotated[
        list[str] | None,
        typer.Option("--tiers", metavar="TIER,…", help="Default: local and senior, if there."),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--models", metavar="MODEL,…", help="Each in turn, in place of the tier's first."
        ),
    ] = None,
    candidates: Annotated[
        list[str] | None,
        typer.Option("--candidates", metavar="N,…", help="Answers asked for side by side."),
    ] = None,
    thinking: Annotated[
        list[str] | None,
        typer.Option("--thinking", metavar="off,auto,TOKENS,…", help="Room for thought."),
    ] = None,
    modes: Annotated[
        list[str] | None, typer.Option("--modes", metavar="one-file,agent", help="How it works.")
    ] = None,
    strategies: Annotated[
        list[str] | None,
        typer.Option(
            "--strategies",
            metavar="NAME;…",
            help="An order of ways of asking, by their names; may be given several times.",
        ),
    ] = None,
    runs: Annotated[
        int, typer.Option("--runs", min=1, max=1000, help="Of each task, with other seeds.")
    ] = 1,
    at_once: Annotated[
        int,
        typer.Option("--at-once", min=0, max=64, help="Replays at a time. Default: the lanes."),
    ] = 0,
    by: Annotated[
        str, typer.Option("--by", metavar="kind,size,language", help="What the table tells apart.")
    ] = "kind",
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Measure anew what was measured before.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask no model: tell what there is to do.")
    ] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Do finished tasks again with other models, and tell who does which kind.

    Each task at the commit where it was begun, judged by its own checks in the sandbox, in a
    repository of its own: no branch of yours is touched. Each combination of --tiers, --models,
    --candidates, --thinking, --modes and --strategies does each task --runs times. What was
    measured is kept: started again, after a kill as well, it goes on. Exits 1 where something could
    not be measured.
    """
    from runners.evaluation.asked import Asked

    asked = Asked(
        jobs=_split(jobs),
        sets=tuple(tasks or ()),
        repos=repos,
        config=config,
        tiers=_split(tiers),
        models=_split(models),
        candidates=_split(candidates),
        thinking=_split(thinking),
        modes=_split(modes),
        strategies=tuple(strategies or ()),
        runs=runs,
        at_once=at_once,
        by=_split([by]),
        fresh=fresh,
        dry_run=dry_run,
    )
    _run(asked, as_json=as_json, quiet=quiet)


def _split(values: list[str] | None) -> tuple[str, ...]:
    parts = (part.strip() for value in values or () for part in value.split(","))
    return tuple(dict.fromkeys(filter(None, parts)))


def _run(asked: "Asked", *, as_json: bool, quiet: bool) -> None:
    from bot.config.machine import read_settings
    from handlers.commands.options import print_json
    from handlers.process_exit import BLOCKED, exit_on_interrupt
    from handlers.show_evaluation import evaluation_data, format_evaluation, format_outcome
    from runners.evaluation.asked import run_asked

    settings = read_settings()
    exit_on_interrupt()

    def tell(text: str) -> None:
        if not quiet:
            typer.echo(text, err=True)

    done = run_asked(
        asked, settings, tell=tell, tell_outcome=lambda each: tell(format_outcome(each))
    )
    if as_json:
        print_json(evaluation_data(done))
    else:
        for line in format_evaluation(done):
            typer.echo(line)
    if not asked.dry_run and (done.evaluation.unmeasured or done.evaluation.left):
        raise typer.Exit(BLOCKED)
