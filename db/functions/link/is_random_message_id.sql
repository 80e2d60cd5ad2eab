-- Does a message id look like one of WhatsApp's own random ones? Capital hexadecimal digits, with
-- letters and with numbers: no counter, no word, no id of the Cloud API.
create or replace function onethread.is_random_message_id(p_id text)
returns boolean
language sql
immutable
parallel safe
return length(p_id) between 6 and 255
  and p_id ~ '^[0-9A-F]*$'
  and p_id ~ '[0-9]'
  and p_id ~ '[A-F]';

comment on function onethread.is_random_message_id(text) is
  'True for 6 to 255 capital hexadecimal digits, some of them letters and some not.';
