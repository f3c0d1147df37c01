-- A service's role and database; safe to repeat. Run by psql as superuser, with -v name=… and the password in variable SERVICE_PASSWORD of the environment.
\set ON_ERROR_STOP on
\getenv password SERVICE_PASSWORD
SELECT format('CREATE ROLE %I LOGIN', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name') WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
-- Only its own service may connect to a database.
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
