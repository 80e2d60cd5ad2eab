-- depends: onethread_0011_answer
-- Keys of evidence have one form, whoever writes them, and onethread_writer does not.

-- A key that cannot be taken apart would stop the messages of everybody whom it is about. A lead has a
-- bigint. ~ID~ stands in front while numbers are re-keyed.
alter table public.whatsapp_identity_evidence
  add constraint whatsapp_identity_evidence_key_check check (
    coalesce(a_key, 'lead::0') || ' ' || coalesce(b_key, 'lead::0') ~ (
      '^(?=[^ ]+ [^ ]+$)((^| )(~[0-9]+~)?('
      'phone::\+[0-9]+|lid::[0-9]+(\.[0-9]+)?|bsuid:(ENT)?:[A-Z]{2}\.[0-9A-Za-z.]+'
      '|lead::(0|-?[1-9][0-9]{0,18})'
      ')){2}$')
    and coalesce(substring(a_key from 'lead::(.*)')::numeric
      between -9223372036854775808 and 9223372036854775807, true)
    and coalesce(substring(b_key from 'lead::(.*)')::numeric
      between -9223372036854775808 and 9223372036854775807, true)
  );

-- db/access grants the columns that are a writer's.
do $$
begin
  if to_regrole('onethread_writer') is not null then
    revoke insert on public.whatsapp_identity_evidence from onethread_writer;
  end if;
end;
$$;
