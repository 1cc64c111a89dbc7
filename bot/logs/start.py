"""Has everything that a long-running process tells go through one handler, in one form."""

import logging
import sys
import threading
from types import TracebackType
from typing import Literal

from bot.logs.faults_in_words import put_fault_in_words
from bot.logs.formats import JsonFormat, TextFormat

LogFormat = Literal["text", "json"]
log = logging.getLogger("bricklayer")


def start_logging(form: LogFormat, *, level: int = logging.INFO, timed: bool = True) -> None:
    """To standard error, from here on. Libraries and threads that end by an error tell it so, too.

    `level` is what libraries tell from; what Bricklayer itself has to say is told in any case.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormat() if form == "json" else TextFormat(timed=timed))
    handler.addFilter(put_fault_in_words)
    logging.basicConfig(level=level, handlers=[handler])
    log.setLevel(logging.INFO)
    # httpx logs each request at INFO: https://www.python-httpx.org/logging/
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # DBOS makes a handler of its own where there is none: `init_logger` in its dbos/_logger.py.
    dbos = logging.getLogger("dbos")
    dbos.handlers, dbos.propagate = [handler], False
    logging.captureWarnings(capture=True)
    sys.excepthook = _tell_process
    threading.excepthook = _tell_thread
    sys.unraisablehook = _tell_unraisable


# https://docs.python.org/3.11/library/sys.html#sys.excepthook
def _tell_process(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.critical("this process ends by a fault", exc_info=error)


# https://docs.python.org/3.11/library/threading.html#threading.excepthook
def _tell_thread(error: threading.ExceptHookArgs) -> None:
    if error.exc_value is None or isinstance(error.exc_value, SystemExit):
        return
    name = error.thread.name if error.thread else "a thread"
    log.error("%s ended", name, exc_info=error.exc_value)


# https://docs.python.org/3.11/library/sys.html#sys.unraisablehook
def _tell_unraisable(error: "sys.UnraisableHookArgs") -> None:
    log.error("%s", error.err_msg or "ignored", exc_info=error.exc_value)
