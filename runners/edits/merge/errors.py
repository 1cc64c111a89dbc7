"""What a merge ends with where it is not certain."""


class UnclearError(Exception):
    """More than one merge is possible, or none is."""
