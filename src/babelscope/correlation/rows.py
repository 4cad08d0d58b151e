"""Records in, the rows of correlation.csv and the list of correlation.json out."""

from collections.abc import Iterable, Mapping
from typing import Any

from babelscope.correlation.records import Record
from babelscope.tables.schema import table_named

__all__ = ["correlation_rows", "signed_records"]


def correlation_rows(records: Iterable[Record]) -> list[dict[str, Any]]:
    """One row per record; checkpoints that were left out are joined by `+`."""
    header = table_named("correlation").header
    return [
        {name: "+".join(one.excluded) if name == "excluded" else getattr(one, name) for name in header}
        for one in records
    ]


def signed_records(records: Iterable[Record], signature: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Flat records, each with the short signature of the call."""
    return [{**one.flat(), "signature": signature["short"]} for one in records]
