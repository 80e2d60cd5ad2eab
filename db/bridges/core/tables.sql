-- What all bridges share: which of their tenants is which business, which of their rows is which
-- message, and what could not be taken over. A schema of its own, on which nothing of Onethread's
-- depends and which depends on nothing of its functions: either goes without the other.

create schema if not exists onethread_bridge;

comment on schema onethread_bridge is
  'Bridges: triggers on the tables of gateways and CRMs that copy messages to whatsapp_message as they '
  'are written. See `onethread bridge`.';

create table if not exists onethread_bridge.bridge (
  name text not null,
  title text not null,
  definition_hash text not null,
  default_region text,
  bare_digits text not null,
  business_id bigint,
  applied_at timestamptz not null default now(),
  constraint bridge_pkey primary key (name)
);

comment on table onethread_bridge.bridge is 'The bridges whose triggers are in place.';
comment on column onethread_bridge.bridge.definition_hash is
  'SHA-256 of the file it was made from, and of what all bridges share.';
comment on column onethread_bridge.bridge.default_region is 'Country of the businesses it makes.';
comment on column onethread_bridge.bridge.bare_digits is 'As business.bare_digits, of these.';
comment on column onethread_bridge.bridge.business_id is
  'All their tenants are this business; null: each is one of its own.';

create table if not exists onethread_bridge.relation (
  bridge text not null,
  name text not null,
  place int not null,
  table_name text not null,
  key_columns text[] not null,
  key_types text[] not null,
  is_for_all_tenants boolean not null,
  last_key text[],
  is_caught_up boolean not null default false,
  seen bigint not null default 0,
  constraint relation_pkey primary key (bridge, name)
);

comment on table onethread_bridge.relation is
  'The tables that a bridge reads, and how far --catch-up is with the rows that were there before it.';
comment on column onethread_bridge.relation.table_name is 'With its schema, quoted.';
comment on column onethread_bridge.relation.is_for_all_tenants is
  'It says who is whom and names no tenant: with a new tenant it has to be read again.';
comment on column onethread_bridge.relation.last_key is 'Key of the last row that was read.';

create table if not exists onethread_bridge.tenant (
  bridge text not null,
  key text not null,
  business_id bigint not null,
  constraint tenant_pkey primary key (bridge, key)
);

comment on table onethread_bridge.tenant is
  'Which business their tenant is. Insert a row before a tenant''s first message to choose it.';
comment on column onethread_bridge.tenant.key is
  'Their id, of any type, as text; empty: they have no tenants.';

create table if not exists onethread_bridge.mirrored (
  bridge text not null,
  relation text not null,
  key text not null,
  part text not null default '',
  business_id bigint not null,
  message_id bigint not null,
  text_hash uuid,
  constraint mirrored_pkey primary key (bridge, relation, key, part)
);

comment on table onethread_bridge.mirrored is 'Which message is made of which of their rows.';
comment on column onethread_bridge.mirrored.key is
  'Their primary key, as text; of several columns with / between them.';
comment on column onethread_bridge.mirrored.part is 'Which of the messages of one row it is.';
comment on column onethread_bridge.mirrored.text_hash is
  'Of the text when it was last read: another one is an edit.';

create table if not exists onethread_bridge.lead (
  bridge text not null,
  tenant text not null,
  key text not null,
  business_id bigint not null,
  lead_id bigint not null,
  constraint lead_pkey primary key (bridge, tenant, key)
);

comment on table onethread_bridge.lead is 'Which lead their contact is.';

create table if not exists onethread_bridge.known (
  bridge text not null,
  relation text not null,
  key text not null,
  said_hash uuid not null,
  constraint known_pkey primary key (bridge, relation, key)
);

comment on table onethread_bridge.known is
  'What their rows last said about who is whom, as a hash: a row that says the same again is not read.';

create table if not exists onethread_bridge.failure (
  bridge text not null,
  relation text not null,
  key text not null,
  sqlstate text not null,
  error text not null,
  tries int not null default 1,
  first_failed_at timestamptz not null default now(),
  last_failed_at timestamptz not null default now(),
  constraint failure_pkey primary key (bridge, relation, key)
);

comment on table onethread_bridge.failure is
  'Their rows that could not be taken over: `onethread bridge NAME --catch-up` tries them again.';

create or replace view onethread_bridge.conversation
with (security_invoker = true)
as
select
  r.bridge, r.relation, r.key, r.part, r.business_id, r.message_id, m.conversation_id
from onethread_bridge.mirrored r
inner join public.whatsapp_message m on m.business_id = r.business_id and m.id = r.message_id;

comment on view onethread_bridge.conversation is
  'The conversation of each of their rows (bridge, relation: their table, key: their primary key).';

-- The rows that a bridge's SELECTs say, without what they leave out: null.
do $$
begin
  if to_regtype('onethread_bridge.message') is null then
    create type onethread_bridge.message as (
      key text, part text, tenant text, direction text, address text, aliases text[],
      participant text, own_address text, sender_name text, kind text, body text, media jsonb,
      provider text, provider_message_id text, reply_to text, sent_at timestamptz, source text,
      lead text, status text, is_deleted boolean
    );
    create type onethread_bridge.event as (
      key text, tenant text, kind text, provider text, provider_message_id text, address text,
      target_direction text, actor text, is_from_business boolean, body text,
      occurred_at timestamptz
    );
    create type onethread_bridge.evidence as (
      key text, tenant text, a text, b text, relation text, observed_at timestamptz, weight text
    );
    create type onethread_bridge.contact as (key text, tenant text, name text, phone text);
    create type onethread_bridge.number as (key text, tenant text, address text);
    create type onethread_bridge.owner as (key text, tenant text, name text);
  end if;
end;
$$;

-- What the host gives to roles of its own is taken back when it is made, not later. Who reads
-- Onethread's tables may read which row is in which conversation.
do $$
begin
  if not exists (select from onethread_bridge.bridge) then
    perform onethread.revoke_from_others('schema', 'onethread_bridge');
    perform onethread.revoke_from_others(
      'table',
      'onethread_bridge.bridge', 'onethread_bridge.relation', 'onethread_bridge.tenant',
      'onethread_bridge.mirrored', 'onethread_bridge.lead', 'onethread_bridge.known',
      'onethread_bridge.failure', 'onethread_bridge.conversation');
    grant usage on schema onethread_bridge to onethread_reader;
    grant select on onethread_bridge.conversation, onethread_bridge.mirrored to onethread_reader;
  end if;
end;
$$;
