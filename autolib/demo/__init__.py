"""The demo: two cities of the project's own making, and people to sign in as."""
