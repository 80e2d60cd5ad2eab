-- Has somebody of the business answered with this: an agent, a bot, the phone?
--
-- What an automation sends by itself (a reminder, a campaign) is no answer, as little as what is not sent:
-- who waits, the reports and the inbox all ask here.
create or replace function onethread.is_answer(p_direction text, p_status text, p_source text)
returns boolean
language sql
immutable
parallel safe
as $$
select onethread.is_sent_message(p_direction, p_status)
  and lower(p_source) is distinct from 'automation'
$$;

comment on function onethread.is_answer(text, text, text) is
  'True for what is_sent_message() says was sent, by its direction, status and source, unless an '
  'automation sent it.';
