"""Text that somebody else wrote: what of it is visible, what must not act, what must not leak."""
