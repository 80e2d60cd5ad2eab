-- depends: onethread_0017_webhook
-- What one session at a time does in a business is a lock that nobody else can take.

create table onethread.business_lock (
  business_id bigint not null,
  purpose text not null,
  constraint business_lock_pkey primary key (business_id, purpose),
  constraint business_lock_business_fkey
    foreign key (business_id) references public.business (id) on delete cascade,
  constraint business_lock_purpose_check check (purpose in ('join', 'retry', 'pending'))
);

comment on table onethread.business_lock is
  'What only one session at a time does in a business: who does it holds the row (lock_business()). '
  'Nobody but the owner has rights here, so no other tenant can be in the way, as with a number of an '
  'advisory lock. A row is made when it is first locked.';
comment on column onethread.business_lock.purpose is
  'join: who joins or parts conversations, or erases. retry: who repeats a transaction that others '
  'were in the way of. pending: who applies evidence in the background.';

alter table onethread.business_lock enable row level security;

create policy business_isolation on onethread.business_lock
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

do $$
begin
  perform onethread.revoke_from_others('table', 'onethread.business_lock');
end;
$$;
