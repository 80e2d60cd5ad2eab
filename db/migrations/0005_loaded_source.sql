-- depends: 0004_row_level_security
-- Which functions, views and triggers this database was given.

create table onethread.source (
  name text not null,
  sha256 text not null,
  signature text,
  loaded_at timestamptz not null default now(),
  constraint source_pkey primary key (name)
);

comment on table onethread.source is
  'The files of db/functions, db/views and db/triggers as they were last loaded: tells whether '
  'this database is up to date, and spares views and triggers a lock when nothing changed.';
