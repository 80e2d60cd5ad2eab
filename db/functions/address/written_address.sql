-- An identifier as a program can send to it, and as every reader of addresses understands it.
create or replace function onethread.written_address(p_kind text, p_value text)
returns text
language sql
immutable
parallel safe
return p_value || case p_kind
  when 'lid' then '@lid'
  when 'group' then '@g.us'
  when 'broadcast' then '@broadcast'
  when 'newsletter' then '@newsletter'
  else ''
end;

comment on function onethread.written_address(text, text) is
  '+digits, CC.bsuid, digits@lid, id@g.us, ...: whatsapp_identifier() reads it back.';
