-- depends: onethread_0016_event_author
-- By which secrets and names a webhook is a business's own.

create sequence onethread.webhook_id_seq;

create table onethread.webhook (
  business_id bigint not null,
  id bigint not null default nextval('onethread.webhook_id_seq'),
  provider text not null,
  secret_hash bytea,
  instance text,
  created_at timestamptz not null default now(),
  constraint webhook_pkey primary key (business_id, id),
  constraint webhook_business_fkey foreign key (business_id) references public.business (id),
  constraint webhook_kind_check check (num_nonnulls(secret_hash, instance) = 1),
  constraint webhook_time_check
    check (created_at >= '1970-01-01 00:00+00' and created_at < '9999-12-31 00:00+00')
);

alter sequence onethread.webhook_id_seq owned by onethread.webhook.id;

create unique index webhook_secret_idx
  on onethread.webhook (business_id, provider, secret_hash)
  where secret_hash is not null;

create unique index webhook_instance_idx
  on onethread.webhook (business_id, provider, instance)
  where instance is not null;

comment on table onethread.webhook is
  'What makes a webhook this business''s: a secret that only its gateway has, or the name under which '
  'a secret that several businesses share speaks of it. `onethread webhook` writes it.';
comment on column onethread.webhook.secret_hash is
  'SHA-256 of a random secret, which the gateway sends as it is; the secret itself was shown once.';
comment on column onethread.webhook.instance is
  'The id or name by which the provider calls the business''s account: a phone_number_id, an instance.';

alter table onethread.webhook enable row level security;

create policy business_isolation on onethread.webhook
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

do $$
begin
  perform onethread.revoke_from_others('table', 'onethread.webhook');
end;
$$;
