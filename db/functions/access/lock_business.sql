-- Do something that only one session at a time does in a business.
--
-- A row that nobody but the owner may lock, not an advisory lock: a number anybody can take, and
-- stop another tenant with it. Not the row of business: every insert holds a share of that one.
create or replace function onethread.lock_business(p_business_id bigint, p_purpose text)
returns void
language plpgsql
as $$
begin
  loop
    perform
    from onethread.business_lock l
    where l.business_id = p_business_id and l.purpose = p_purpose
    for update;
    exit when found;
    -- Waits for whoever is making it now.
    insert into onethread.business_lock (business_id, purpose)
    values (p_business_id, p_purpose)
    on conflict (business_id, purpose) do nothing;
    exit when found;
  end loop;
end;
$$;

comment on function onethread.lock_business(bigint, text) is
  'Holds the row of business_lock until the end of the transaction; waits as long as lock_timeout '
  'allows.';
