#!/bin/sh
# A copy of the primary, made when there is none, that follows it from then on.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA"
    pg_basebackup --dbname="host=$PRIMARY user=standby application_name=standby" \
        --pgdata="$PGDATA" --write-recovery-conf --checkpoint=fast
fi
# Once promoted it waits for nobody, until it is given a standby of its own (docs/operations.md).
exec postgres -c synchronous_standby_names=
