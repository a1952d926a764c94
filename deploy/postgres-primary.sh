#!/bin/sh
# Run once, when the data of the primary is made. From its real start on, a commit waits for the standby.
# Each service has a role of its own. The superuser has no password: it is for persons, from inside.
set -eu
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 \
    --set superuser="$POSTGRES_USER" --set password="$POSTGRES_PASSWORD" --set standby="$STANDBY_PASSWORD" <<'SQL'
ALTER ROLE :"superuser" PASSWORD NULL;
CREATE ROLE certif LOGIN PASSWORD :'password';
ALTER DATABASE certif OWNER TO certif;
-- Else /metrics could not tell whether the standby follows.
GRANT pg_read_all_stats TO certif;
CREATE ROLE backup LOGIN;
GRANT pg_read_all_data TO backup;
CREATE ROLE standby REPLICATION LOGIN PASSWORD :'standby';
ALTER SYSTEM SET synchronous_standby_names = 'standby';
SQL
cat >"$PGDATA/pg_hba.conf" <<'RULES'
# Who may come, from where; whoever has no line is refused.
local all         all             trust
local replication all             trust
host  certif      certif  all     scram-sha-256
host  certif      standby samenet scram-sha-256
host  replication standby samenet scram-sha-256
RULES
