-- One number as a phone and as a LID, in one business: perhaps a gateway wrote one of them with the
-- other's server. Nobody can tell, so it is a suggestion.
create or replace function onethread.claim_lid_digits(
  p_business_id bigint,
  p_address onethread.whatsapp_address,
  p_sent_at timestamptz
)
returns void
language plpgsql
as $$
declare
  v_other constant onethread.whatsapp_address := onethread.digits_twin(p_address);
begin
  if v_other is not null and onethread.key_conversation(
    p_business_id, onethread.address_key(v_other)) is not null
  then
    insert into public.whatsapp_identity_evidence (
      business_id, a, b, relation, weight, source, observed_at, a_key, b_key
    )
    values (
      p_business_id, onethread.address_spelling(p_address), onethread.address_spelling(v_other),
      'same', 'claimed', 'digits of a LID', p_sent_at, onethread.address_key(p_address),
      onethread.address_key(v_other)
    );
  end if;
end;
$$;

comment on function onethread.claim_lid_digits(
  bigint, onethread.whatsapp_address, timestamptz) is
  'Claims that a LID and a phone of the same digits are one, when both have a thread.';
