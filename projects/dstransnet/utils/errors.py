"""The one exception for input that its user can mend; texts of errors."""


class InputError(ValueError):
    """A file, an argument or a setting is wrong, and the message says which.

    Messages name the file or the argument, what was expected and what came.
    The command-line tools print them without a traceback.
    """


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, or else its type.

    Examples:
        >>> first_line(RuntimeError('no memory\\nat ...'))
        'no memory'
        >>> first_line(MemoryError())
        'MemoryError'
    """
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
