-- Do all the aliases of a message already lead to its conversation? One probe each.
create or replace function public.are_aliases_known(
  p_business_id bigint,
  p_conversation_id bigint,
  p_aliases text[]
)
returns boolean
language plpgsql
stable
parallel safe
as $$
declare
  v_alias text;
  v_identifier record;
begin
  foreach v_alias in array p_aliases loop
    v_identifier := public.whatsapp_identifier(v_alias, null);
    if v_identifier.kind in ('phone', 'lid', 'bsuid') and not exists (
      select
      from public.whatsapp_identity i
      where i.business_id = p_business_id
        and i.kind = v_identifier.kind
        and i.scope = public.identifier_scope(v_identifier.kind, v_identifier.value)
        and i.match_value = public.identifier_match_value(v_identifier.kind, v_identifier.value)
        and i.valid_until is null
        and i.conversation_id = p_conversation_id
    ) then
      return false;
    end if;
  end loop;
  return true;
end;
$$;

comment on function public.are_aliases_known(bigint, bigint, text[]) is
  'True when every alias that identifies a person is an identity of this conversation.';
