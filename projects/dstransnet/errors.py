"""The one exception for input that its user can mend."""


class InputError(ValueError):
    """A file, an argument or a setting is wrong, and the message says which.

    Messages name the file or the argument, what was expected and what came.
    The command-line tools print them without a traceback.
    """
