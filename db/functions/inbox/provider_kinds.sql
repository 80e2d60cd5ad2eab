-- To which kinds of addresses can a provider send?
--
-- Meta's Cloud API and who resells it know phones, BSUIDs and groups, never a LID; a linked device
-- knows what WhatsApp itself knows, and BSUIDs are Meta's. What program stands behind another name,
-- or none, is not known: it may be able to send to anybody.
create or replace function onethread.provider_kinds(p_provider text)
returns text[]
language sql
immutable
parallel safe
return case lower(p_provider)
  when 'meta_cloud' then array['phone', 'bsuid', 'group']
  when 'twilio' then array['phone', 'bsuid']
  when 'baileys' then array['phone', 'lid', 'group', 'broadcast', 'newsletter', 'other']
  when 'baileys_api' then array['phone', 'lid', 'group', 'broadcast', 'newsletter', 'other']
  when 'evolution' then array['phone', 'lid', 'group', 'broadcast', 'newsletter', 'other']
  when 'waha' then array['phone', 'lid', 'group', 'broadcast', 'newsletter', 'other']
  when 'whatsmeow' then array['phone', 'lid', 'group', 'broadcast', 'newsletter', 'other']
  when 'wppconnect' then array['phone', 'lid', 'group', 'broadcast', 'newsletter', 'other']
  when 'gowa' then array['phone', 'lid', 'group', 'broadcast', 'newsletter', 'other']
  when 'green_api' then array['phone', 'lid', 'group', 'broadcast', 'newsletter', 'other']
  when 'ultramsg' then array['phone', 'lid', 'group', 'broadcast', 'newsletter', 'other']
  when 'wwebjs' then array['phone', 'lid', 'group', 'broadcast', 'newsletter', 'other']
  when 'zapi' then array['phone', 'lid', 'group', 'broadcast', 'newsletter', 'other']
end;

comment on function onethread.provider_kinds(text) is
  'Kinds of identifiers that a provider can send to; null for one that is not known.';
