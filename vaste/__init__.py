"""The process: configuration, clock, wiring, jobs, commands and pages."""
