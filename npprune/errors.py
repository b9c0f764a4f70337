"""What can go wrong, in two kinds: what the user can mend, and what the user cannot.

Every function that meets bad input raises InputError with one line that names the file or the
value and says what to do; the command line prints that line and leaves with status 2.  A failure
of the world outside (a host that does not answer) is an EnvironmentFailure and leaves with
status 1.  Anything else that escapes is a defect of the program and shows its traceback.

Read next: npprune/files.py.
"""


class InputError(ValueError):
    """A file, a value or a folder that the user gave cannot be used; the message says why.

    cure lists the flags that make the command work when they are added at its end, if any do.
    """

    def __init__(self, message, cure=()):
        super().__init__(message)
        self.cure = [str(word) for word in cure]


class EnvironmentFailure(RuntimeError):
    """Something outside the program and the user's input failed, such as the network."""
