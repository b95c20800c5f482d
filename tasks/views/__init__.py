"""Tables -> what people look at.

``from tasks.views import load`` is for notebooks. It is looked up when it is asked for, so that the command does not
wait for pandas where it needs none.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasks.views.loading import load as load

__all__ = ["load"]


def __getattr__(name: str) -> Any:
    if name != "load":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tasks.views import loading

    return loading.load
