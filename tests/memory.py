"""How much memory a piece of code takes at most."""

import contextlib
import tracemalloc


@contextlib.contextmanager
def memory_below(most):
    """Fail if what is run inside ever holds as many bytes as this."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()
