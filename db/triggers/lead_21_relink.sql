create or replace trigger lead_21_relink
after update on public.lead
for each row
when (new.phone_match_value is distinct from old.phone_match_value)
execute function onethread.link_lead_trigger();
