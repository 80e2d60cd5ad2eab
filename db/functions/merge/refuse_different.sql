-- Of which two conversations can nobody say that they are two people?
create or replace function onethread.refuse_different(
  p_business_id bigint,
  p_first_id bigint,
  p_second_id bigint
)
returns void
language plpgsql
stable
as $$
declare
  v_id bigint;
  v_kind text;
begin
  if p_first_id = p_second_id then
    raise exception 'conversation % is not two people: it is one conversation', p_first_id
      using errcode = 'no_data_found';
  end if;
  foreach v_id in array array[p_first_id, p_second_id] loop
    select c.kind into v_kind
    from public.whatsapp_conversation c
    where c.business_id = p_business_id and c.id = v_id;
    if not found then
      raise exception 'there is no conversation % in business %', v_id, p_business_id
        using errcode = 'no_data_found';
    elsif v_kind <> 'person' then
      raise exception 'conversation % is a %, which is never joined with anybody', v_id, v_kind
        using errcode = 'object_not_in_prerequisite_state';
    elsif not onethread.has_identity(p_business_id, v_id) then
      raise exception 'no identifier leads to conversation %: it is nobody', v_id
        using errcode = 'object_not_in_prerequisite_state';
    end if;
  end loop;
end;
$$;

comment on function onethread.refuse_different(bigint, bigint, bigint) is
  'Raises P0002 when a conversation is unknown or both are the same, 55000 when one is no person''s.';
