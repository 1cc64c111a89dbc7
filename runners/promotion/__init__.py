"""Which tier begins which kind of task: proposed to people by what was measured."""
