-- Where an answer goes, and through whom.
--
-- A person has several addresses, and had others that are somebody else's by now: only one that leads
-- to this conversation today is taken. First where they last wrote from, as it came, because that is
-- where WhatsApp delivers; else what names them best.
create or replace function onethread.find_reply_address(
  p_business_id bigint,
  p_conversation_id bigint,
  p_kinds text[] default null,
  out address text,
  out identity_id bigint,
  out kind text,
  out value text,
  out is_asked boolean,
  out provider text,
  out own_number text
)
language plpgsql
stable
as $$
declare
  v_found record := onethread.find_asked_address(p_business_id, p_conversation_id, p_kinds);
begin
  is_asked := v_found.identity_id is not null;
  if not is_asked then
    v_found := onethread.find_known_reply_address(p_business_id, p_conversation_id, p_kinds);
  end if;
  address := v_found.address;
  identity_id := v_found.identity_id;
  kind := v_found.kind;
  value := v_found.value;
  if identity_id is not null then
    select r.provider, r.own_number
    into provider, own_number
    from onethread.answer_route(p_business_id, p_conversation_id, kind) r;
    -- Digits that a person typed say another number to a provider, or none.
    if ((kind, value) = (
      select r.kind, r.value
      from onethread.read_business_address(p_business_id, provider, address) r)) is not true
    then
      address := onethread.written_address(kind, value);
    end if;
  end if;
end;
$$;

comment on function onethread.find_reply_address(bigint, bigint, text[]) is
  'The address for an answer, as it came, and its identity; kind and value as whatsapp_identity has '
  'them; is_asked: the person wrote from it; the provider and own number to send with. Nulls when '
  'there is no usable address. kinds: only to these; null: to what its provider can send to.';
