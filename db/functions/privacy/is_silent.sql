-- Is nothing left of a conversation that retention has emptied?
create or replace function onethread.is_silent(p_business_id bigint, p_conversation_id bigint)
returns boolean
language plpgsql
stable
as $$
begin
  return exists (
    select
    from public.whatsapp_conversation c
    inner join public.business b on b.id = c.business_id
    where c.business_id = p_business_id
      and c.id = p_conversation_id
      and c.lead_id is null
      and c.created_at < now() - make_interval(days => b.message_retention_days)
  ) and not exists (
    select
    from public.whatsapp_message m
    where m.business_id = p_business_id and m.conversation_id = p_conversation_id
  ) and not exists (
    -- Older than the trigger: they are linked one day.
    select from onethread.list_unlinked_messages(p_business_id, p_conversation_id, null)
  );
end;
$$;

comment on function onethread.is_silent(bigint, bigint) is
  'True for a conversation without messages and without a lead that is older than '
  'business.message_retention_days.';
