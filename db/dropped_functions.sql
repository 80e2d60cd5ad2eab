-- Functions that an earlier version had and this one has not: removed, or with other parameters.
--
-- One left behind would be found beside the new one of its name ("function is not unique"). A
-- function whose result changes gets another name: "create or replace" cannot change it, and one
-- that is dropped and made again at every load would be missing for a writer at that moment.

drop function if exists onethread.add_missing_conversations(bigint, onethread.whatsapp_identity_plan[]);
drop function if exists onethread.apply_identities(bigint, text[], int, bigint);
drop function if exists onethread.apply_pending_evidence(bigint);
drop function if exists public.are_aliases_known(bigint, bigint, text[]);
drop function if exists public.claim_identities(bigint, onethread.whatsapp_address[]);
drop function if exists public.conversation_addresses(bigint, bigint);
drop function if exists public.conversation_name(public.whatsapp_conversation);
drop function if exists onethread.create_conversation(
  bigint, onethread.whatsapp_address, bigint, text[], boolean);
drop function if exists public.find_lead(bigint, bigint, onethread.whatsapp_address[]);
drop function if exists onethread.is_lead_known(bigint, bigint, bigint);
drop function if exists onethread.is_lead_known(bigint, bigint, bigint, text);
drop function if exists onethread.is_news(bigint, text[], text[]);
drop function if exists public.is_readable_business(bigint);
drop function if exists onethread.lock_component(bigint, text[]);
drop function if exists public.lock_identities(bigint, onethread.whatsapp_address[]);
drop function if exists public.lock_join(bigint, text[], bigint[]);
drop function if exists public.merge_person(bigint, onethread.whatsapp_resolution, text);
drop function if exists public.record_message_evidence(
  bigint, onethread.whatsapp_address, onethread.whatsapp_address[], bigint, text, timestamptz);
drop function if exists onethread.release_lead_phone(bigint, text);
drop function if exists onethread.resolve_canonical_conversation(
  bigint, bigint, onethread.whatsapp_address[]);
drop function if exists onethread.resolve_conversation(bigint, bigint, onethread.whatsapp_address[]);
drop function if exists onethread.restore_conversation(
  bigint, onethread.whatsapp_conversation_merge, text[]);
drop function if exists onethread.text_identifier(text, text);
