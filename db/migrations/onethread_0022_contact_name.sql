-- depends: onethread_0021_webhook_rights
-- What people and groups are called, besides the names that stand on messages.

create table onethread.contact_name (
  business_id bigint not null,
  key text collate "C" not null,
  source text not null,
  name text not null,
  told_at timestamptz not null default now(),
  constraint contact_name_pkey primary key (business_id, key, source),
  constraint contact_name_business_fkey foreign key (business_id) references public.business (id),
  constraint contact_name_source_check
    check (source in ('book', 'profile', 'username', 'subject')),
  constraint contact_name_time_check
    check (told_at >= '1970-01-01 00:00+00' and told_at < '9999-12-31 00:00+00')
);

comment on table onethread.contact_name is
  'The last name that each source gives an identifier. For display only: a name identifies nobody. '
  'The name that a sender shows stands on the message (sender_name).';
comment on column onethread.contact_name.key is
  'identifier_key() of a person''s identifier, or of a group. Names follow it: joins move none.';
comment on column onethread.contact_name.source is
  'book: an address book of the business; profile: the person''s own choice; username: the same, '
  'shown with @; subject: a group''s.';
comment on column onethread.contact_name.name is 'Empty: it has been taken back.';
comment on column onethread.contact_name.told_at is
  'Whoever had the identifier then is called so; for an address book when it came in.';

alter table onethread.contact_name enable row level security;

create policy business_isolation on onethread.contact_name
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

do $$
begin
  perform onethread.revoke_from_others('table', 'onethread.contact_name');
end;
$$;
