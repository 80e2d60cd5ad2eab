-- Who are these messages from or to? Each spelling among them is read once.
create or replace function public.read_unlinked_messages(p_business_id bigint, p_ids bigint[])
returns public.whatsapp_unlinked[]
language plpgsql
stable
as $$
begin
  return (
    with message as materialized (
      select
        m,
        -- One text, so that the join can hash it.
        concat(m.direction, chr(31), m.from_number, chr(31), m.to_number, chr(31), m.provider)
          as spelling
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.id = any (p_ids)
        and m.conversation_id is null
    ),
    counterpart as materialized (
      select s.spelling, (public.read_counterpart(s.m)).address
      from (select distinct on (o.spelling) o.spelling, o.m from message o) s
    )
    select array_agg(
      row(
        (o.m).id,
        (o.m).lead_id,
        -- Rows that are older than the column have -infinity there.
        case when (o.m).sent_at > '-infinity' then (o.m).sent_at
          else coalesce((o.m).created_at::timestamptz, now()) end,
        case when (o.m).contact_aliases is not null
          then (o.m).participant || (o.m).contact_aliases end,
        case when (o.m).contact_aliases is null or c.address is null then c.address
          else public.main_address(public.message_addresses(o.m, c.address)) end
      )::public.whatsapp_unlinked
      order by (o.m).id)
    from message o
    inner join counterpart c on c.spelling = o.spelling
  );
end;
$$;

comment on function public.read_unlinked_messages(bigint, bigint[]) is
  'Those of the messages that are in no thread, in order of id, with what has to be known to link '
  'them.';
