-- Run once, when the volume is empty: the role and database of the notebooks, which is not the superuser's.
\set password `cat /run/secrets/password`
CREATE ROLE app LOGIN PASSWORD :'password';
CREATE DATABASE app OWNER app;
REVOKE CONNECT ON DATABASE app, postgres FROM PUBLIC;
