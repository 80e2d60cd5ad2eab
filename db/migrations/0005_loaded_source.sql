-- depends: 0004_row_level_security
-- Which function, view and trigger files this database runs.

create table onethread.onethread_source (
  path text not null,
  sha256 text not null,
  loaded_at timestamptz not null default now(),
  constraint onethread_source_pkey primary key (path)
);

comment on table onethread.onethread_source is
  'The files of db/functions, db/views and db/triggers as they were last loaded: tells whether '
  'this database is up to date, and spares views and triggers a lock when nothing changed.';
