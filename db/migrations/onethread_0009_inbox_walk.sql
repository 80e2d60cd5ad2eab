-- depends: onethread_0008_privacy
-- How far a walk through the inbox has come, and which columns of an adopted table are the CRM's.

alter table onethread.adopted_table
  add column host_columns text[];

comment on column onethread.adopted_table.host_columns is
  'The columns that it had before Onethread: what is written into them is the CRM''s affair.';

create type onethread.inbox_walk as (
  is_from_top boolean,
  sent_at timestamptz,
  id bigint,
  seen bigint[],
  conversation_ids bigint[],
  message_ids bigint[],
  lines_left int,
  is_complete boolean,
  is_at_end boolean,
  others bigint[]
);

comment on type onethread.inbox_walk is
  'How far list_newest_messages() has come with a page, from step to step.';
comment on column onethread.inbox_walk.is_from_top is 'It is the first page.';
comment on column onethread.inbox_walk.sent_at is 'Where the walk is: at this message, with id.';
comment on column onethread.inbox_walk.id is 'See sent_at.';
comment on column onethread.inbox_walk.seen is 'Conversations that it has met.';
comment on column onethread.inbox_walk.conversation_ids is 'The lines of the page so far.';
comment on column onethread.inbox_walk.message_ids is 'The newest message of each line.';
comment on column onethread.inbox_walk.lines_left is 'How many lines the page still lacks.';
comment on column onethread.inbox_walk.is_complete is
  'The page is full, or there are no more messages.';
comment on column onethread.inbox_walk.is_at_end is
  'It goes no further: the conversations that are left are asked one by one.';
comment on column onethread.inbox_walk.others is 'Which of them; null: all.';

do $$
begin
  perform onethread.revoke_from_others('type', 'onethread.inbox_walk');
end;
$$;
