"""A statement of the ORM worked out once, then asked with other values.

Building a queryset costs several times what the database does with it. What is compiled is the
queryset that the views use: a right keeps one implementation. In front of Django, on connections of
its own: Compiled, and within `link()` Rows and Instances. Inside Django, on its connection and in
its transaction: Here, Rows, Instances, Changed, Insert.
"""

from collections import deque
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from copy import copy, deepcopy
from datetime import datetime
from types import SimpleNamespace

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models.base import ModelState
from django.db.models.query import ModelIterable
from django.db.models.sql import InsertQuery, UpdateQuery
from django.db.utils import load_backend

from certif.lib.prepared import execute

BIGGEST_WHOLE = 2**63 - 1


class Mark:
    """Stands for a value while the queryset is compiled: no constant of ours looks like it."""

    WHOLE = -7_100_000_000_000_000_000
    INSTANT = datetime.fromisoformat("1971-01-01T00:00:00+00:00")

    @staticmethod
    def whole(rank):
        return Mark.WHOLE - rank

    @staticmethod
    def text(rank):
        return f"mark-{rank}"

    @staticmethod
    def instant(rank):
        return Mark.INSTANT.replace(microsecond=rank)


def marks_of(names):
    return {name: mark(rank) for rank, (name, mark) in enumerate(names.items(), 1)}


def places_of(names, parameters):
    """Which value, or which constant, each parameter is. Raises LookupError when a value has no place."""
    places = [(names.get(each), each) for each in parameters]
    if lost := {*names.values()} - {name for name, _ in places}:
        raise LookupError(f"no place in the statement for {sorted(lost)}")
    return places


def written(sets, marks):
    return {field: marks.get(value, value) for field, value in sets.items()}


class Compiled:
    """`build` gets one mark a name and gives a queryset.

    `sets`: what an UPDATE writes, by field: the name of a value, a constant, or an expression.

    Compiled at the first use: the applications are loaded by then.
    """

    def __init__(self, build, *, sets=None, **names):
        self.build, self.sets = build, sets
        self.marks = marks_of(names)
        self._compiled = None

    def ask(self, **values):
        """The rows of a SELECT; the number of rows of an UPDATE. Raises what the driver raises."""
        with self.link() as held:
            sql, places = self._compiled or self._compile(held)
            parameters = [
                constant if name is None else held.adapt(values[name]) for name, constant in places
            ]
            return held.execute(sql, parameters, gives_rows=not self.sets)

    def link(self):
        return link()

    def _compile(self, held):
        names = {held.adapt(mark): name for name, mark in self.marks.items()}
        query = self.build(**self.marks).query
        if self.sets:
            query = query.chain(UpdateQuery)
            query.add_update_values(written(self.sets, self.marks))
        sql, parameters = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        self._compiled = sql, places_of(names, parameters)
        return self._compiled


class DjangoLink:
    """The connection of this thread, in its transaction."""

    def __init__(self):
        self.connection = connections[DEFAULT_DB_ALIAS]

    execute = staticmethod(execute)

    def adapt(self, value):
        is_instant = isinstance(value, datetime)
        return self.connection.ops.adapt_datetimefield_value(value) if is_instant else value


class Here(Compiled):
    def link(self):
        return nullcontext(DjangoLink())


class Select:
    """A SELECT: Django's compiler works once, its converters each time.

    `names`: of whole numbers; `kinds`: of other values, with their marks.
    """

    def __init__(self, build, *names, **kinds):
        self.build = build
        self.marks = marks_of(dict.fromkeys(names, Mark.whole) | kinds)
        self._compiled = None

    def ask(self, **values):
        if any(isinstance(value, int) and value > BIGGEST_WHOLE for value in values.values()):
            return []
        template, sql, places = self._compiled or self._compile()
        held = IN_HAND.get() or DjangoLink()
        values = {name: held.adapt(value) for name, value in values.items()}
        rows = held.execute(sql, [values.get(name, constant) for name, constant in places])
        compiler = copy(template)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        compiler.execute_sql = lambda *args, **kwargs: [rows]
        return list(self.read(compiler))

    def _compile(self):
        adapt = DjangoLink().adapt
        names = {adapt(mark): name for name, mark in self.marks.items()}
        compiler = self.build(**self.marks).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = self.sql_of(compiler)
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        compiler.get_converters = lambda expressions: converters
        self._compiled = compiler, sql, places_of(names, parameters)
        return self._compiled

    def sql_of(self, compiler):
        return compiler.as_sql()


class Rows(Select):
    """The rows of a `values_list`, in the order of its fields."""

    def read(self, compiler):
        return compiler.results_iter(tuple_expected=True)


class Filler:
    """A model, for whoever makes it from rows: filled without `__init__`, a sixth of a poll of twenty rows.

    No signal is sent.
    """

    def __init__(self, model):
        self.model, self._meta = model, model._meta

    def from_db(self, alias, names, values):
        instance = self.model.__new__(self.model)
        instance._state = ModelState()
        instance._state.db, instance._state.adding = alias, False
        instance.__dict__.update(zip(names, values, strict=True))
        return instance


def fill_models(found):
    found["model"] = Filler(found["model"])
    for related in found.get("related_klass_infos", ()):
        fill_models(related)


class Instances(Select):
    """The models of a queryset without prefetch, with the related ones and the annotations."""

    def _compile(self):
        compiled = super()._compile()
        fill_models(compiled[0].klass_info)
        return compiled

    def read(self, compiler):
        asked = SimpleNamespace(
            db=DEFAULT_DB_ALIAS,
            query=SimpleNamespace(get_compiler=lambda using: compiler),
            _known_related_objects={},
        )
        # Django's own way from rows to models.
        return ModelIterable(asked)


class Changed(Instances):
    """An UPDATE of what the queryset finds; the models as it left them, in the same round trip.

    `sets`, and the kinds of the values: as of Compiled.
    """

    def __init__(self, build, *, sets, **names):
        super().__init__(build, **names)
        self.sets = sets

    def sql_of(self, compiler):
        compiler.as_sql()
        query = compiler.query.chain(UpdateQuery)
        query.add_update_values(written(self.sets, self.marks))
        sql, parameters = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        columns = [compiler.compile(column)[0] for column, *_ in compiler.select]
        return f"{sql} RETURNING {', '.join(columns)}", parameters


class Insert:
    """One more row of a model, as `save(force_insert=True)` writes it; no signal is sent."""

    def __init__(self, model):
        self.model = model
        drawn = model._meta.auto_field
        self.fields = [field for field in model._meta.concrete_fields if field is not drawn]
        self._sql = None

    def add(self, instance):
        connection = connections[DEFAULT_DB_ALIAS]
        values = [
            field.get_db_prep_save(getattr(instance, field.attname), connection)
            for field in self.fields
        ]
        ((instance.pk,),) = execute(self._sql or self._compile(), values)
        instance._state.adding, instance._state.db = False, DEFAULT_DB_ALIAS

    def _compile(self):
        query = InsertQuery(self.model)
        query.insert_values(self.fields, [self.model()])
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        compiler.returning_fields = [self.model._meta.pk]
        ((self._sql, _values),) = compiler.as_sql()
        return self._sql


# --- Connections ----------------------------------------------------------------------------------


class PostgresLink:
    """Each statement is prepared once a connection. A sign of life may be lost with a power cut."""

    def __init__(self, wrapper):
        from certif.lib import statements

        self.driver, self.wrapping_errors = wrapper.connection, wrapper.wrap_database_errors
        self.driver.execute("SET synchronous_commit = off")
        self.statements = statements.of(self.driver)

    def execute(self, sql, parameters, *, gives_rows=True):
        with self.wrapping_errors:
            return self.statements.ask(sql, parameters, gives_rows=gives_rows)

    def adapt(self, value):
        return value

    def close(self):
        self.driver.close()


class SqliteLink:
    def __init__(self, wrapper):
        self.driver, self.wrapping_errors = wrapper.connection, wrapper.wrap_database_errors
        self.adapt_instant = wrapper.ops.adapt_datetimefield_value

    def execute(self, sql, parameters, *, gives_rows=True):
        with self.wrapping_errors:
            cursor = self.driver.execute(sql.replace("%s", "?"), parameters)
            return cursor.fetchall() if gives_rows else cursor.rowcount

    def adapt(self, value):
        return self.adapt_instant(value) if isinstance(value, datetime) else value

    def close(self):
        self.driver.close()


LINKS = {"postgresql": PostgresLink, "sqlite": SqliteLink}


class Shelf:
    """The connections at rest: as many as were ever in use at once, whatever becomes of threads."""

    def __init__(self):
        self.at_rest = deque()

    def take(self):
        try:
            return self.at_rest.pop()
        except IndexError:
            return self.connect()

    def connect(self):
        settings = deepcopy(connections.settings[DEFAULT_DB_ALIAS])
        backend = load_backend(settings["ENGINE"])
        if backend.DatabaseWrapper.vendor == "postgresql":
            settings["OPTIONS"].pop("pool", None)
        wrapper = backend.DatabaseWrapper(settings, DEFAULT_DB_ALIAS)
        wrapper.connect()
        return LINKS[wrapper.vendor](wrapper)

    def close(self):
        while self.at_rest:
            self.at_rest.pop().close()


SHELF = Shelf()
IN_HAND = ContextVar("the connection of an answer in front of Django", default=None)


@contextmanager
def link():
    """One connection for the statements of a block; whatever goes wrong in it, it is closed."""
    if held := IN_HAND.get():
        yield held
        return
    held = SHELF.take()
    token = IN_HAND.set(held)
    try:
        yield held
    except BaseException:
        held.close()
        raise
    finally:
        IN_HAND.reset(token)
    SHELF.at_rest.append(held)
