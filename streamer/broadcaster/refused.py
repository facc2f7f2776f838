"""What a door says no with."""


class Refused(Exception):
    """A request that is not granted. `status` is HTTP's, `field` the one to change, `wait` the seconds after which it
    may be asked again."""

    def __init__(self, status: int, code: str, message: str, field: str = "", *, wait: float = 0.0) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.field = field
        self.wait = wait
