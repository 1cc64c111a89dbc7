"""Cross-model review: what a reviewer is shown of a diff, and what its answer is taken for."""
