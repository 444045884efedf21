"""The imperative shell: ask the rules for the next moves, perform them, record the facts."""
