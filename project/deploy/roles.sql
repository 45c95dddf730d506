-- Two roles, so that a fault in the application cannot undo what guards the money: `topline` migrates and owns all
-- tables; `topline_app` runs the product. Only an owner can drop a trigger, disable it or truncate a table.
-- Run as the owner, best before the first migration: psql -v app_password=… -f roles.sql
CREATE ROLE topline_app LOGIN PASSWORD :'app_password' NOSUPERUSER NOCREATEDB NOCREATEROLE;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO topline_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO topline_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO topline_app;
-- What the owner makes from now on, migrations of years to come included.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO topline_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO topline_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO topline_app;
