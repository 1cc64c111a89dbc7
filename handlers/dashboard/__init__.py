"""The dashboard: pages of `bricklayer serve` that people read, and the buttons on them."""
