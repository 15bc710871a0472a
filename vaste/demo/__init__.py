"""The demo: a roaster's worst and best week, as data, and the play that runs it."""
