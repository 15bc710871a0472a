"""The plan made beforehand: which posts it is for, who takes it, how fast, whom to call next. Pure."""
