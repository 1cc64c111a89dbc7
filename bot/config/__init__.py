"""The settings of this machine and of a repository, as typed tables of TOML."""
