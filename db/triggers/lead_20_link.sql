create or replace trigger lead_20_link
after insert or delete on public.lead
for each row
execute function onethread.link_lead_trigger();
