"""Tables: the schema of every CSV file, and how they are written, read and joined."""

from babelscope.tables.files import read_csv, write_csv
from babelscope.tables.joining import Joined, join
from babelscope.tables.schema import COMMON, TABLES, Column, Table, schema_page

__all__ = ["COMMON", "TABLES", "Column", "Joined", "Table", "join", "read_csv", "schema_page", "write_csv"]
