-- depends: onethread_0013_shared_phone
-- What brings an application of the rule about, as one value.

create type onethread.occasion as (
  cause text[],
  max_moved int,
  survivor_id bigint,
  writer_key text,
  written_at timestamptz
);

comment on type onethread.occasion is
  'What brings an application of the rule about: apply_component(), join_identities() and '
  'write_component() hand it on.';
comment on column onethread.occasion.cause is
  'identifier_key()s of the evidence that brought it about, for the log.';
comment on column onethread.occasion.max_moved is
  'If more messages than this would move, nothing is done; null: no limit.';
comment on column onethread.occasion.survivor_id is
  'The conversation to keep in a join by hand; null: by the rule.';
comment on column onethread.occasion.writer_key is
  'identifier_key() of whoever writes the message that is being inserted, and gets a conversation; '
  'null: none is.';
comment on column onethread.occasion.written_at is 'When that message was sent.';

do $$
begin
  perform onethread.revoke_from_others('type', 'onethread.occasion');
end;
$$;
