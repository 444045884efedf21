"""Hull analyses put into words, tables and figures, the same on every surface."""
