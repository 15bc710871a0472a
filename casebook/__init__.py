"""What a mention, a verdict and a case are, and their record."""
