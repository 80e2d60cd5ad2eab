-- Functions that an earlier version had and this one has not: removed, or with other parameters.
--
-- One left behind would be found beside the new one of its name ("function is not unique"). A
-- function whose result changes gets another name: "create or replace" cannot change it, and one
-- that is dropped and made again at every load would be missing for a writer at that moment.

drop function if exists public.add_missing_conversations(bigint, public.whatsapp_identity_plan[]);
drop function if exists public.apply_identities(bigint, text[], int, bigint);
drop function if exists public.apply_pending_evidence(bigint);
drop function if exists public.are_aliases_known(bigint, bigint, text[]);
drop function if exists public.claim_identities(bigint, public.whatsapp_address[]);
drop function if exists public.create_conversation(
  bigint, public.whatsapp_address, bigint, text[], boolean);
drop function if exists public.find_lead(bigint, bigint, public.whatsapp_address[]);
drop function if exists public.is_lead_known(bigint, bigint, bigint);
drop function if exists public.is_news(bigint, text[], text[]);
drop function if exists public.lock_component(bigint, text[]);
drop function if exists public.lock_identities(bigint, public.whatsapp_address[]);
drop function if exists public.lock_join(bigint, text[], bigint[]);
drop function if exists public.merge_person(bigint, public.whatsapp_resolution, text);
drop function if exists public.record_message_evidence(
  bigint, public.whatsapp_address, public.whatsapp_address[], bigint, text, timestamptz);
drop function if exists public.release_lead_phone(bigint, text);
drop function if exists public.resolve_canonical_conversation(
  bigint, bigint, public.whatsapp_address[]);
drop function if exists public.resolve_conversation(bigint, bigint, public.whatsapp_address[]);
drop function if exists public.restore_conversation(
  bigint, public.whatsapp_conversation_merge, text[]);
