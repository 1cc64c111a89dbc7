"""Completion of the command in a shell."""

from enum import StrEnum
from typing import Annotated

import typer

PROGRAM = "bricklayer"
# No docstring: `\b`, which keeps the lines as they are, must stand in it as one character.
HELP = """\
Print the script by which a shell completes this command; it changes nothing itself.

\b
bash: source <(bricklayer completion bash), in ~/.bashrc
zsh:  bricklayer completion zsh > ~/.zfunc/_bricklayer, with ~/.zfunc in fpath
fish: bricklayer completion fish > ~/.config/fish/completions/bricklayer.fish
"""


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def register(app: typer.Typer) -> None:
    app.command("completion", help=HELP)(show_completion_script)


def show_completion_script(
    context: typer.Context,
    shell: Annotated[
        Shell, typer.Argument(metavar="SHELL", help="Your shell.", show_default=False)
    ],
) -> None:
    import contextlib
    import io

    from typer.completion import shell_complete

    # The variable is the one Typer reads when the shell asks, `source_` the word for its script:
    # https://typer.tiangolo.com/tutorial/options-autocompletion/
    variable = f"_{PROGRAM.upper()}_COMPLETE"
    script = io.StringIO()
    with contextlib.redirect_stdout(script):
        shell_complete(context.find_root().command, {}, PROGRAM, variable, f"source_{shell}")
    text = script.getvalue().strip()
    typer.echo(_fit_zsh(text) if shell == Shell.ZSH else text)


def _fit_zsh(script: str) -> str:
    """As a file in `fpath`, where Typer's is of no use: it takes a `source` in ~/.zshrc.

    Its first line must be `#compdef`, and the first tab only runs the file, as the function of its
    name: https://zsh.sourceforge.io/Doc/Release/Completion-System.html#Autoloaded-files
    """
    last = f"compdef _{PROGRAM}_completion {PROGRAM}"
    return script.removesuffix(last) + (
        f'if [ "$funcstack[1]" = _{PROGRAM} ]; then\n'
        f'  _{PROGRAM}_completion "$@"\n'
        f"else\n  {last}\nfi"
    )
