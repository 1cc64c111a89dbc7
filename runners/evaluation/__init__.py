"""Tasks done again by any tier, to see who does which kind of task."""
