-- depends: onethread_0010_join
-- Keys of answers: queued once, however often they are asked for.

create table onethread.answer_key (
  business_id bigint not null,
  conversation_id bigint not null,
  key text not null,
  message_id bigint,
  constraint answer_key_pkey primary key (business_id, conversation_id, key),
  constraint answer_key_business_fkey foreign key (business_id) references public.business (id),
  constraint answer_key_message_fkey
    foreign key (business_id, message_id) references public.whatsapp_message (business_id, id)
    on delete cascade,
  constraint answer_key_key_check check (length(key) between 1 and 255)
);

create index answer_key_message_idx on onethread.answer_key (business_id, message_id);

comment on table onethread.answer_key is
  'The keys that programs gave queue_message(): a key is kept as long as its message, so that a '
  'program that asks again, also after it was sent, queues nothing twice.';
comment on column onethread.answer_key.conversation_id is
  'The conversation as the program named it: a join does not change it, so there is no foreign key.';
comment on column onethread.answer_key.message_id is
  'The message that was queued; null while it is being queued.';

alter table onethread.answer_key enable row level security;

create policy business_isolation on onethread.answer_key
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

do $$
begin
  perform onethread.revoke_from_others('table', 'onethread.answer_key');
end;
$$;
