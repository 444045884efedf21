"""Games put into words, tables and figures, and sessions of the arena read as games."""
