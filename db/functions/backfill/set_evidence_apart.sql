-- Work out what the keys of evidence are to be, and set these rows apart until settle_evidence().
--
-- Before the identities change: they are how an old key is understood. Apart, because one row's new
-- keys may be another one's old ones. What only follows its identity gives the same answers as
-- before; what is read as another phone now has to be applied, and the threads of those whom it no
-- longer names have to be asked again.
create or replace function onethread.set_evidence_apart(p_left text[])
returns table (business_id bigint, conversation_id bigint)
language plpgsql
as $$
declare
  v_evidence record;
begin
  select s.business_id, s.id, s.a, s.b
  into v_evidence
  from onethread.list_stale_evidence(p_left) s
  where s.relation = 'different' and s.new_a_key = s.new_b_key
  limit 1;
  if found then
    raise exception '% and % are two people, somebody said, and one phone by the new functions',
      v_evidence.a, v_evidence.b
      using errcode = 'object_not_in_prerequisite_state',
        hint = format(
          'It is whatsapp_identity_evidence %s of business %s: delete it if it is wrong.',
          v_evidence.id, v_evidence.business_id);
  end if;

  perform onethread.rekey_merges(p_left);
  return query
  with apart as (
    update public.whatsapp_identity_evidence e
    set a_key = '~' || e.id || '~' || s.new_a_key,
        b_key = '~' || e.id || '~' || s.new_b_key,
        applied_at = case when not s.is_read_again then e.applied_at end
    from onethread.list_stale_evidence(p_left) s
    where e.business_id = s.business_id
      and e.id = s.id
    returning s.business_id, s.a_key, s.b_key, s.is_read_again
  )
  select distinct a.business_id, i.conversation_id
  from apart a
  cross join lateral (values (a.a_key), (a.b_key)) as old (key)
  cross join lateral onethread.key_address(old.key) as k
  inner join public.whatsapp_identity i
    on i.business_id = a.business_id
    and i.kind = k.kind
    and i.scope = k.scope
    and i.match_value = k.match_value
  where a.is_read_again
    and i.conversation_id is not null;
end;
$$;

comment on function onethread.set_evidence_apart(text[]) is
  'Writes ~ID~ and the new key into the keys of list_stale_evidence(), and renews those in the log of '
  'merges. Returns the threads of those who were named by what is read as another phone now. Raises '
  '55000 when evidence different would name one phone twice.';
