create or replace trigger business_number_20_relink
after insert or update or delete on public.business_number
for each row
execute function onethread.relink_business_number_trigger();
