-- Take a person out of a payload that was not processed; the others in it may still be replayed.
--
-- What is no JSON, or is one person's, cannot be cut. The reason may quote it.
create or replace function onethread.erase_from_reject(
  p_business_id bigint,
  p_reject_id bigint,
  p_names text[]
)
returns void
language plpgsql
as $$
declare
  v_rest jsonb;
begin
  begin
    select onethread.without_names(r.payload::jsonb, p_names) into v_rest
    from onethread.webhook_reject r
    where r.business_id = p_business_id and r.id = p_reject_id;
    update onethread.webhook_reject r
    set payload = v_rest::text,
        reason = case when onethread.contains_name(r.reason, p_names) then 'cut by an erasure'
          else r.reason end
    where r.business_id = p_business_id
      and r.id = p_reject_id
      and v_rest is not null
      and v_rest <> '[]';
    if found then
      return;
    end if;
  exception
    -- No JSON, nested too deeply, or what is left is there already.
    when data_exception or program_limit_exceeded or unique_violation then
      null;
  end;
  delete from onethread.webhook_reject r
  where r.business_id = p_business_id and r.id = p_reject_id;
end;
$$;

comment on function onethread.erase_from_reject(bigint, bigint, text[]) is
  'Cuts the array elements that hold one of the names out of a payload in webhook_reject, or '
  'deletes it when nothing else is in it.';
