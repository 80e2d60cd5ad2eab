-- depends: onethread_0019_unread
-- What an erased person is called is looked for, too, until the erasure is done.

alter table onethread.erasure
  add column names text[],
  add constraint erasure_names_check check (finished_at is null or names is null);

comment on column onethread.erasure.names is
  'What the person is called, in two words or more (person_names()): to be cut out of what others typed '
  'and of payloads; null when it is finished.';
