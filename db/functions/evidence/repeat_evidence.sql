-- A statement that is stored gets the earlier of the two times; one of relation "different" the later.
-- Of the same weight: a claim changes nothing about what is attested.
--
-- What was only a lead's record's word is more than that when anybody else says it too: the number
-- stays the lead's when its phone is changed or read as another one. Not for a conversation that a
-- program made for the lead: it may have its phone from the record.
create or replace function onethread.repeat_evidence(p_evidence public.whatsapp_identity_evidence)
returns void
language plpgsql
as $$
begin
  update public.whatsapp_identity_evidence e
  set source = p_evidence.source
  where e.business_id = p_evidence.business_id
    and e.a_key = p_evidence.a_key
    and e.b_key = p_evidence.b_key
    and e.relation = 'same'
    and e.weight = p_evidence.weight
    and p_evidence.relation = 'same'
    and e.source = 'lead record'
    and p_evidence.source is distinct from 'lead record'
    and p_evidence.source is distinct from 'conversation';

  update public.whatsapp_identity_evidence e
  set observed_at = p_evidence.observed_at,
      source = case when p_evidence.source = 'lead record' then e.source else p_evidence.source end,
      a_at = p_evidence.a_at,
      b_at = p_evidence.b_at,
      is_undated = p_evidence.is_undated,
      applied_at = null
  where e.business_id = p_evidence.business_id
    and e.a_key = p_evidence.a_key
    and e.b_key = p_evidence.b_key
    and e.relation = p_evidence.relation
    and e.weight = p_evidence.weight
    and e.relation <> 'merged'
    -- A human's word counts from when it was said last, and of the identifiers it says more than of
    -- those who have them (declare_different).
    and case
      when p_evidence.relation = 'different'
        then e.observed_at < p_evidence.observed_at or e.a_at is not null
      -- A time of its own counts before one that is only when it came in.
      when e.is_undated <> p_evidence.is_undated then e.is_undated
      else e.observed_at > p_evidence.observed_at
    end;
end;
$$;

comment on function onethread.repeat_evidence(public.whatsapp_identity_evidence) is
  'Gives a statement that is stored the time that counts, and the source of whoever says what only a '
  'lead''s record has said.';
