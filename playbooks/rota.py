"""Whose turn it is: a weekly rota with its hand-off at a local time. Pure."""
