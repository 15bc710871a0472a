"""How people hear of a case, and how their presses come back."""
