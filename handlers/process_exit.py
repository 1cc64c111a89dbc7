"""Ends the command: exit codes, messages for errors, and what Ctrl-C and other signals do."""

import contextlib
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import IO, NoReturn

import typer

from bot.config.paths import make_tmpdir_absolute
from bot.errors import DiskFloorError, GitError, ModelOutageError, ModelSettingsError, UserError
from bot.machine_faults import find_machine_fault
from bot.system_errors import explain_system_error
from bot.text.invisible import replace_unprintable

BLOCKED, MUST_FIX, INTERNAL_ERROR = 1, 2, 70
"""1: ended without proof. 2: a person must fix something first. 70: EX_SOFTWARE of sysexits(3).
130: 128 + SIGINT, as a shell says it; 143 for SIGTERM, 129 for SIGHUP. https://man7.org/linux/man-pages/man3/sysexits.h.3head.html
"""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, what `kill` and a service manager send, and a terminal that was closed."""
# https://invisible-island.net/xterm/ctlseqs/ctlseqs.html: DECTCEM, and SGR 0 for colours.
_SHOW_CURSOR = b"\x1b[?25h\x1b[0m"
_terminal: list[int] = []
"""The descriptor of the terminal whose cursor is hidden."""


def run_and_exit(app: Callable[[], object]) -> NoReturn:
    """Run it and exit; a person's errors are explained, faults of ours come with their trace."""
    _open_missing_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal's encoding may lack a letter; that must not end the command.
            # https://docs.python.org/3.11/library/codecs.html#error-handlers
            stream.reconfigure(errors="backslashreplace")
    try:
        make_tmpdir_absolute()
        app()
    except SystemExit as exc:
        _exit_now(exc.code if isinstance(exc.code, int) else 0)
    except UserError as exc:
        # Of the run only a model's answer is missing: it goes on where it was, as after a kill.
        hint = _resume_hint() if isinstance(exc, ModelSettingsError) else ""
        _tell(f"{exc}{hint}")
        _exit_now(MUST_FIX)
    except KeyboardInterrupt:  # before a command has begun, which would say what it left
        _exit_now(128 + signal.SIGINT)
    except (ModelOutageError, DiskFloorError) as exc:
        _tell(f"{exc}{_resume_hint()}")
        _exit_now(INTERNAL_ERROR)
    except (OSError, GitError) as exc:
        hint = explain_system_error(exc)
        _tell("".join((f"system error: {exc}", f"\n  {hint}" if hint else "", _resume_hint())))
        _exit_now(INTERNAL_ERROR)
    except Exception as exc:  # noqa: BLE001  # the one boundary for what is ours
        if fault := find_machine_fault(exc):
            _tell(f"system error: {fault}{_resume_hint()}")
            _exit_now(INTERNAL_ERROR)
        _tell(traceback.format_exc().rstrip())
        what = "this is a fault of bricklayer, please report it"
        _tell(f"{what}{_resume_hint()}")
        _exit_now(INTERNAL_ERROR)
    _exit_now(0)


def _tell(text: str) -> None:
    """An error may quote what a repository, a plan or a model holds: no terminal obeys it."""
    typer.echo(replace_unprintable(text), err=True)


def _open_missing_streams() -> None:
    """Read nothing and write nowhere where a standard stream was closed before the command began.

    Python has None for it then, and the next file that is opened would take its number.
    https://docs.python.org/3.11/library/sys.html#sys.__stdin__
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def restore_terminal_at_exit(stream: IO[str]) -> None:
    """An interrupted process leaves a terminal that shows its cursor, and no half of a line."""
    with contextlib.suppress(OSError, ValueError):  # no file of the system: a test's, or closed
        _terminal[:] = [stream.fileno()]


def forget_terminal() -> None:
    _terminal.clear()


def exit_on_interrupt() -> None:
    """From now on Ctrl-C, SIGTERM and a closed terminal end the process at once, as a kill would.

    What was recorded stays; the step under way is done again. Models and checks end with us; a git
    command may finish, as it would leave its lock file behind.
    """
    import bot.end_processes  # noqa: F401, PLC0415  # loaded before the handler may need it, whole

    for number in _ENDING:
        # nohup(1) has a process ignore SIGHUP, so that it outlives its terminal:
        # https://man7.org/linux/man-pages/man1/nohup.1.html
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _exit_interrupted)


def _exit_interrupted(number: int, _frame: object) -> NoReturn:
    from bot.end_processes import kill_children  # noqa: PLC0415  # psutil: only `run` needs it

    # A second signal must not interrupt the killing of the children.
    for each in _ENDING:
        signal.signal(each, signal.SIG_IGN)
    kill_children()
    for number_of_file in _terminal:
        with contextlib.suppress(OSError):
            os.write(number_of_file, _SHOW_CURSOR)
    # Not print: buffered streams raise RuntimeError where a handler interrupted a write to them.
    # https://docs.python.org/3.11/library/io.html#reentrancy
    with contextlib.suppress(OSError):  # the terminal may be gone
        os.write(2, f"\ninterrupted: nothing is lost; {_name_resuming_command()}\n".encode())
    # 128 and the signal's number, as a shell says it: 130, 143 or 129.
    os._exit(128 + number)


def _exit_now(code: int) -> NoReturn:
    """Without waiting for threads: `sys.exit` joins them, and those of a stopped build never end.

    https://docs.python.org/3.11/library/threading.html#thread-objects
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _resume_hint() -> str:
    """Only what builds leaves a branch to go on from."""
    if not {"run", "resume", "retry"} & set(sys.argv[1:2]):
        return ""
    return f"\n  Nothing is lost: what was done is on the branch; {_name_resuming_command()}."


def _name_resuming_command() -> str:
    """What to type again; `--fresh` a second time would begin anew."""
    without = " without --fresh" if "--fresh" in sys.argv else ""
    return f"the same command{without} goes on from here"
