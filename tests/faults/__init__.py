"""Faults made for real: what is killed, frozen, full, cut off or gone, and what is right afterwards."""
