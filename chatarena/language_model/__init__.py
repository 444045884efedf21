"""The only door to language models: one port, four makers."""
