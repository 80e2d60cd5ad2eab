-- Whose conversation is it, by a key that another program gave it?
--
-- The form is the one of canonical_key(), with or without the business, or a bare address; the
-- address in any spelling.
create or replace function onethread.read_conversation_key(p_business_id bigint, p_key text)
returns onethread.whatsapp_address
language plpgsql
stable
as $$
declare
  v_kind text := split_part(p_key, ':', 1);
  v_raw text := p_key;
begin
  if v_kind = 'lead' then
    -- With its letters as on a telephone it could be a number.
    return null;
  elsif v_kind in ('phone', 'lid', 'bsuid', 'group', 'broadcast', 'newsletter') then
    v_raw := substr(p_key, length(v_kind) + 2);
    if split_part(v_raw, ':', 1) = p_business_id::text then
      v_raw := substr(v_raw, length(p_business_id::text) + 2);
    end if;
    if strpos(v_raw, '@') = 0 then
      v_raw := onethread.written_address(v_kind, v_raw);
    end if;
  end if;
  return onethread.read_business_address(p_business_id, null, v_raw);
end;
$$;

comment on function onethread.read_conversation_key(bigint, text) is
  'The address in a canonical key, in any spelling; null when there is none that can be read (a '
  'lead''s key, or a name of another kind).';
