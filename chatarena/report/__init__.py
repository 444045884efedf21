"""Sessions in words, tables and figures."""
