"""A context in which transformers draws no bars and logs no warnings; its settings come back afterwards."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["quiet"]


@contextmanager
def quiet() -> Iterator[None]:
    """Silences what transformers and the hub client would print while a model loads.

    Nothing is lost: keys that do not fit are read from the loading report, and refusals are ours to word.
    """
    import logging as standard

    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    client = standard.getLogger("huggingface_hub")
    level = client.level
    logging.set_verbosity(standard.CRITICAL)
    logging.disable_progress_bar()
    client.setLevel(standard.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        client.setLevel(level)
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
