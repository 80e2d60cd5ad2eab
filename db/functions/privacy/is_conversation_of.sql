-- Is it a conversation that only its key gives to a person? Another program made it for somebody who
-- had one, and spelled the key in its own way.
create or replace function onethread.is_conversation_of(
  p_conversation public.whatsapp_conversation,
  p_keys text[]
)
returns boolean
language plpgsql
stable
as $$
begin
  return onethread.address_key(
      onethread.read_conversation_key(p_conversation.business_id, p_conversation.canonical_key))
      = any (p_keys)
    and not onethread.has_identity(p_conversation.business_id, p_conversation.id);
end;
$$;

comment on function onethread.is_conversation_of(public.whatsapp_conversation, text[]) is
  'True for a conversation without identities whose canonical key is one of these identifiers'' '
  '(identifier_key()), in whatever spelling.';
