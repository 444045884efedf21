"""A session as a page of its own."""
