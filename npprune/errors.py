"""What can go wrong: what the user can mend, and what the user cannot.

Bad input raises InputError with one line that names the file or value and says what to do (exit
status 2).  A failure outside (a host that does not answer) is an EnvironmentFailure (status 1).
Almost all other errors are defects and show their traceback (npprune/shell.py).

Read next: npprune/files.py.
"""


class InputError(ValueError):
    """A file, value or folder that the user gave cannot be used; the message says why.

    cure: flags that make the command work when added at its end.
    """

    def __init__(self, message, cure=()):
        super().__init__(message)
        self.cure = [str(word) for word in cure]


class EnvironmentFailure(RuntimeError):
    """Something outside the program and the user's input failed."""
