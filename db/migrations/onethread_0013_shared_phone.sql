-- depends: onethread_0012_evidence_rights
-- Phones that too many accounts have to be anybody's.

create table onethread.shared_phone (
  business_id bigint not null,
  key text collate "C" not null,
  noticed_at timestamptz not null default now(),
  constraint shared_phone_pkey primary key (business_id, key),
  constraint shared_phone_business_fkey foreign key (business_id) references public.business (id),
  constraint shared_phone_time_check
    check (noticed_at >= '1970-01-01 00:00+00' and noticed_at < '9999-12-31 00:00+00')
);

comment on table onethread.shared_phone is
  'Phones that more than 25 accounts were seen with (a shop''s, a number of the business itself that '
  'nobody registered): they tie nobody, and their evidence connects nobody.';
comment on column onethread.shared_phone.key is 'identifier_key() of the phone.';
comment on column onethread.shared_phone.noticed_at is
  'When the rule was applied with the account that was one too many.';

alter table onethread.shared_phone enable row level security;

create policy business_isolation on onethread.shared_phone
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

do $$
begin
  perform onethread.revoke_from_others('table', 'onethread.shared_phone');
end;
$$;
