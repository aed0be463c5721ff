class Trouble(Exception):
    """What the person at the keyboard can mend: one sentence that says what is wrong, and the remedy."""
