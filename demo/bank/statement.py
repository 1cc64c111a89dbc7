"""A statement as plain text."""


def statement(account):
    raise NotImplementedError
