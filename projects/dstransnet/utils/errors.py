"""The exception for wrong input, and messages of errors."""


class InputError(ValueError):
    """Raised for a file, an argument or a setting that the user can correct.

    The message names the file or argument, the expected and the given value.
    The command-line tools print them without a traceback.
    """


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its type if it is empty.

    Examples:
        >>> first_line(RuntimeError('no memory\\nat ...'))
        'no memory'
        >>> first_line(MemoryError())
        'MemoryError'
    """
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
