"""One mailing becomes a hundred thousand letters without one of them passing through this process."""

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Field, QuerySet

from meetups.models import Delivery, Guest

# As make_message_id: 32 random hexadecimal digits in our own domain, made once for each row.
RANDOM_HEX = {"postgresql": "replace(gen_random_uuid()::text, '-', '')", "sqlite": "lower(hex(randomblob(16)))"}


def owe_to_all(guests: QuerySet[Guest], example: Delivery, *, key: tuple[str, str]) -> int:
    """Owe one letter like `example` to each of these guests, in the caller's transaction, and return how many are new.

    `key` is what stands before and behind the guest's number in the dedupe key, after the kind: a guest who has a letter of
    that key already gets no second one. The database writes the rows; end with `poke_worker()`.
    """
    fields = [field for field in Delivery._meta.concrete_fields if not field.primary_key]
    own = {
        "guest_id": ("reader.id", []),
        "dedupe_key": ("%s || reader.id || %s", [f"{example.kind}:{key[0]}", key[1]]),
        "message_id": (f"'<' || {RANDOM_HEX[connection.vendor]} || %s", [f"@{settings.MAIL_DOMAIN}>"]),
    }
    values = [own.get(field.attname) or ("%s", [_value(field, example)]) for field in fields]
    try:
        readers, words = guests.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    statement = (
        f"INSERT INTO {Delivery._meta.db_table} ({columns}) WITH reader (id) AS ({readers})"  # noqa: S608 (names of our own)
        f" SELECT {', '.join(sql for sql, _words in values)} FROM reader WHERE true ON CONFLICT DO NOTHING"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*words, *(word for _sql, words_of_one in values for word in words_of_one)])
        return cursor.rowcount


def _value(field: Field, example: Delivery):
    """Return what the column of a field holds in the rows of all."""
    return field.get_db_prep_save(field.pre_save(example, True), connection)
