"""What `bricklayer init` finds in a repository and on this machine, and what it writes of that."""
