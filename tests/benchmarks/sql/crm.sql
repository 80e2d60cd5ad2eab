-- What a CRM gives up for ours: the table it has, and no trigger. Four indexes, two foreign keys; the
-- writer supplies conversation_id.
create schema crm;

create sequence crm.whatsapp_message_id_seq;

create table crm.whatsapp_message (
  id bigint not null default nextval('crm.whatsapp_message_id_seq') primary key,
  business_id bigint not null references public.business (id),
  conversation_id bigint not null,
  direction text not null,
  from_number text,
  to_number text,
  contact_aliases text[],
  sender_name text,
  kind text not null default 'text',
  body text,
  media jsonb,
  provider_message_id text,
  status text,
  sent_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  payload jsonb,
  unique (business_id, provider_message_id),
  foreign key (business_id, conversation_id)
    references public.whatsapp_conversation (business_id, id)
);

create index whatsapp_message_thread_idx
  on crm.whatsapp_message (business_id, conversation_id, sent_at);

create index whatsapp_message_address_idx on crm.whatsapp_message (business_id, from_number);
