"""The root of every package's error tree."""

from typing import Any, ClassVar


class ScribeError(Exception):
    """The operation failed.

    A subclass states its message in the first paragraph of its docstring, as a format string over the
    keyword arguments it is raised with; these stay on the exception as attributes.  The command line prints
    the message alone and exits with status 1, so it must say what is wrong, where, and how to mend it, and
    must never hold what a patient said.
    """

    retryable: ClassVar[bool] = False

    def __init__(self, **context: Any) -> None:
        self.context = context
        doc = type(self).__doc__ or ScribeError.__doc__ or ""
        template = " ".join(doc.split("\n\n")[0].split())
        super().__init__(template.format(**context))

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["context"][name]
        except KeyError:
            raise AttributeError(name) from None
