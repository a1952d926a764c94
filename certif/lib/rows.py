"""Writing thousands of rows of one table, without an object each."""

from django.db import connection


def insert_rows(model, names, rows):
    """Insert rows of values, in the order of the field `names`; the other fields take their default.

    Values are what the database reads by itself: texts, numbers, booleans, None, dates as ISO texts.
    Constraints hold as in any insert; `save` and signals do not run.
    """
    fields = [model._meta.get_field(name) for name in names]
    others = [
        field
        for field in model._meta.concrete_fields
        if field not in fields and not field.primary_key
    ]
    defaults = [field.get_db_prep_save(field.get_default(), connection) for field in others]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in [*fields, *others])
    table = connection.ops.quote_name(model._meta.db_table)
    whole = ([*row, *defaults] for row in rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # It ends, and fails, out of Django's sight.
            with (
                connection.wrap_database_errors,
                cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
            ):
                for row in whole:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * (len(fields) + len(others)))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", whole)
