#!/bin/bash
# Runs once, when the container's database is made: a role and a database for each service that has a password there.
set -euo pipefail
for file in /run/secrets/*; do
  service=${file##*/}
  [ "$service" != password ] || continue
  SERVICE_PASSWORD=$(cat "$file") psql --username "$POSTGRES_USER" --quiet --no-psqlrc -v name="$service" --file=/deploy/service-database.sql
done
