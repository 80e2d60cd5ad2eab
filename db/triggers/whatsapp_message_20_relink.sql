create or replace trigger whatsapp_message_20_relink
after update of from_number, to_number, direction, lead_id, contact_aliases, provider
on public.whatsapp_message
for each row
when (
  (new.from_number, new.to_number, new.direction, new.lead_id, new.contact_aliases, new.provider)
    is distinct from
    (old.from_number, old.to_number, old.direction, old.lead_id, old.contact_aliases, old.provider)
)
execute function public.relink_message();
