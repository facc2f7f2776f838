"""Errors that cross a module border, each with numbers and the way out in its message."""


class UserError(Exception):
    """Something the user asked for cannot be done. The command line prints it on one line and exits with 2."""


class Rejected(Exception):
    """Input that is refused: a stranger's record, a request body, an LLM's object. `str()` is the reason."""


class SessionLost(Exception):
    """This process no longer owns the partition (revoked, fenced, or the producer failed).

    Whatever was in hand is void: the successor, which may be this same process, starts from the committed state.
    """
