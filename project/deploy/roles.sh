#!/bin/sh
# Run by the PostgreSQL image when it makes the database.
set -eu
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 --set app_password="$APP_PASSWORD" --file /roles.sql
