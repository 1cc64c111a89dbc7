"""What a check's output says has failed, read from what the tools of each language print."""

from bot.failures.model import Failure, Place, Reading
from bot.failures.read_failures import read_failures, read_output
from bot.failures.terminal import clean_output

__all__ = ["Failure", "Place", "Reading", "clean_output", "read_failures", "read_output"]
