"""The command line: every use case as a command of five lines."""
