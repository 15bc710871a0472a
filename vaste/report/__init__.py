"""The report: a period's figures, in words, pictures and tables, for those who lead."""
