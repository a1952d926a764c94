#!/bin/sh
# A copy of the primary, made when there is none, that follows it from then on.
# Its arguments are the server to run and its settings.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    # The slot of a copy that is no more; one that is followed refuses to go.
    psql --dbname="host=$PRIMARY user=standby dbname=certif" --no-psqlrc --set ON_ERROR_STOP=1 --command="
        SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'standby'"
    # Elsewhere until it is whole: half a copy would be taken for one at the next start.
    mkdir -p "$(dirname "$PGDATA")"
    rm -rf "$PGDATA.part"
    pg_basebackup --dbname="host=$PRIMARY user=standby application_name=standby" \
        --pgdata="$PGDATA.part" --write-recovery-conf --checkpoint=fast --create-slot --slot=standby
    chmod 700 "$PGDATA.part"
    rm -rf "$PGDATA"
    mv "$PGDATA.part" "$PGDATA"
fi
# Once promoted it waits for nobody, until it is given a standby of its own (docs/operations.md).
exec "$@" -c synchronous_standby_names=
