-- depends: onethread_0009_inbox_walk
-- The log of a join says what it carried, so that its undo brings that back; and a human's "two
-- people" is about two persons, at whatever time, where a plain "different" is about two identifiers.

alter table onethread.whatsapp_conversation_merge
add column survivor_read_at timestamptz,
add column survivor_read_id bigint,
add column absorbed_read_at timestamptz,
add column absorbed_read_id bigint,
add column repointed jsonb not null default '[]';

alter table onethread.whatsapp_conversation_merge
add constraint whatsapp_conversation_merge_read_check check (
  least(survivor_read_at, absorbed_read_at) >= '1970-01-01 00:00+00'
  and greatest(survivor_read_at, absorbed_read_at) < '9999-12-31 00:00+00'
);

comment on column onethread.whatsapp_conversation_merge.survivor_read_at is
  'The survivor''s read mark before the join, as conversation_read.sent_at. Null: it had none, or '
  'the undo has given it back.';
comment on column onethread.whatsapp_conversation_merge.survivor_read_id is
  'As conversation_read.message_id.';
comment on column onethread.whatsapp_conversation_merge.absorbed_read_at is
  'The read mark of the absorbed conversation, likewise.';
comment on column onethread.whatsapp_conversation_merge.absorbed_read_id is
  'As conversation_read.message_id.';
comment on column onethread.whatsapp_conversation_merge.repointed is
  'Rows of other programs'' tables that referred to the absorbed conversation: for each foreign key '
  '"table", "constraint", "is_moved" (false: the table did not take it, and they refer to it still) '
  'and "keys" of the rows that moved; after an undo "returned", how many were led back, in place of '
  'the keys.';

alter type onethread.whatsapp_resolution add attribute different_at timestamptz[];
alter type onethread.whatsapp_resolution add attribute different_a_at timestamptz[];
alter type onethread.whatsapp_resolution add attribute different_b_at timestamptz[];

comment on column onethread.whatsapp_resolution.different_at is
  'When a human said so: a question that evidence raises later is asked.';
comment on column onethread.whatsapp_resolution.different_a_at is
  'The owner of different_a at this time is meant; null: the identifier.';
comment on column onethread.whatsapp_resolution.different_b_at is
  'The owner of different_b at this time is meant; null: the identifier.';
