-- Is it a conversation that only its key gives to a person? Another program made it for somebody who
-- had one, and spelled the key in its own way.
create or replace function public.is_conversation_of(
  p_conversation public.whatsapp_conversation,
  p_keys text[]
)
returns boolean
language plpgsql
stable
as $$
begin
  return public.address_key(
      public.read_conversation_key(p_conversation.business_id, p_conversation.canonical_key))
      = any (p_keys)
    and not public.has_identity(p_conversation.business_id, p_conversation.id);
end;
$$;

comment on function public.is_conversation_of(public.whatsapp_conversation, text[]) is
  'True for a conversation without identities whose canonical key is one of these identifiers'' '
  '(identifier_key()), in whatever spelling.';
