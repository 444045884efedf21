"""Networks and what agents on them learned, as text and as drawings."""
