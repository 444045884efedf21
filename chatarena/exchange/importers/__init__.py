"""Other programs' debates: one file a format, each with one function, `read(source)`."""
