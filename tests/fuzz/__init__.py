"""Fuzzing: what no client and no file should be, asked of the running product. `make fuzz` runs it long, `make test` short."""
