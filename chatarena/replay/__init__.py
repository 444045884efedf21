"""What can be done with a saved session: play it, derive it again, repeat it, let it go another way."""
