"""One file a command: it adds itself to the command line by `register`, and calls a runner.

Imports that take long wait within the functions until a command is run: `--help` and `check` are
quick.
"""
