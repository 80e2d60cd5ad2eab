-- How an identifier may have been written into a row, without blanks and punctuation.
--
-- Candidates for an index probe, not proof: each row that is found is read again. The national
-- forms of a phone are tried with calling codes of one to three digits and the usual trunk
-- prefixes, whatever its country.
create or replace function onethread.address_spellings(p_kind text, p_value text)
returns text[]
language plpgsql
immutable
parallel safe
as $$
declare
  v_digits text := substr(p_value, 2);
  v_spellings text[] := array[p_value];
begin
  case p_kind
    when 'phone' then
      v_spellings := v_spellings || array[
        v_digits, '00' || v_digits, v_digits || '@s.whatsapp.net', v_digits || '@c.us',
        v_digits || '@hosted', 'whatsapp:' || p_value];
      for v_length in 1..3 loop
        v_spellings := v_spellings || array[
          substr(v_digits, v_length + 1), '0' || substr(v_digits, v_length + 1),
          '8' || substr(v_digits, v_length + 1), '1' || substr(v_digits, v_length + 1)];
      end loop;
    when 'lid' then
      v_spellings := v_spellings || array[
        p_value || '@lid', p_value || '@hosted.lid', 'lid@' || p_value, 'lid' || p_value];
    when 'bsuid' then
      v_spellings := v_spellings || array['whatsapp:' || p_value, 'bsuid:' || p_value];
    when 'group' then
      v_spellings := v_spellings || (p_value || '@g.us');
    when 'broadcast', 'newsletter' then
      v_spellings := v_spellings || (p_value || '@' || p_kind);
    else
      null;
  end case;
  -- As in whatsapp_message_unlinked_address_idx.
  return array(select left(translate(s, ' ()-./', ''), 255) from unnest(v_spellings) as s);
end;
$$;

comment on function onethread.address_spellings(text, text) is
  'Spellings under which a legacy row may hold this identifier, as '
  'whatsapp_message_unlinked_address_idx writes them.';
