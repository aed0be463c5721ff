"""Set-up and supervision, standard library only: it has to run before anything is installed."""
