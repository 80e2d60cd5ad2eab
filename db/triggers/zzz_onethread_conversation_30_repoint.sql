create or replace trigger zzz_onethread_conversation_30_repoint
before delete on public.whatsapp_conversation
for each row
execute function onethread.repoint_references_trigger();
