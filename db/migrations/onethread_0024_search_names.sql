-- depends: onethread_0023_event_act
-- Everybody is found: names in small indexes of their own, in any spelling, and any part of a number.

-- The names that people show, each from the first message that shows it.
create table onethread.shown_name (
  business_id bigint not null,
  identity_id bigint not null,
  message_id bigint not null,
  name text not null,
  told_at timestamptz not null,
  constraint shown_name_pkey primary key (business_id, identity_id, message_id),
  constraint shown_name_identity_fkey
    foreign key (business_id, identity_id) references public.whatsapp_identity (business_id, id)
    on delete cascade,
  constraint shown_name_time_check
    check (told_at >= '1970-01-01 00:00+00' and told_at < '9999-12-31 00:00+00')
);

comment on table onethread.shown_name is
  'The names that people show with their messages, for search_conversations(): a word in the way of '
  'each message would cost every insert. A name identifies nobody.';
comment on column onethread.shown_name.message_id is
  'The message that came with it. No reference: so two writers of one name never wait for each other.';
comment on column onethread.shown_name.told_at is 'sent_at of that message.';

alter table onethread.shown_name enable row level security;

create policy business_isolation on onethread.shown_name
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

do $$
begin
  perform onethread.revoke_from_others('table', 'onethread.shown_name');
end;
$$;

-- The words of a name as name_words() makes them, which the planner puts in place of its call. The
-- tenant is a word too, one with a blank, which no name yields: so the index starts with the business,
-- as all others do, without an extension. Cut, because an index entry that is too large refuses the
-- row.
create index lead_words_idx
  on public.lead
  using gin ((
    array_to_tsvector(array['business ' || business_id])
    || to_tsvector('simple', regexp_replace(
      replace(translate(
        regexp_replace(
          normalize(left(name, 255), nfkd),
          '[\u0300-\u036F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u0621'
          '\u0640\u064B-\u065F\u0670]',
          '', 'g'),
        U&'\0649\0629\06CC\06A9\00F8\00D8\0142\0141\0111\0110\0131',
        U&'\064A\0647\064A\0643oOlLdDi'), U&'\00DF', 'ss'),
      '([^\s''`"\u2019\u2018\u02BC\u00B4\u05F3\u05F4\u05BE\u2010-\u2014._/@-]+)'
      '[''`"\u2019\u2018\u02BC\u00B4\u05F3\u05F4\u05BE\u2010-\u2014._/@-]+'
      '([^\s''`"\u2019\u2018\u02BC\u00B4\u05F3\u05F4\u05BE\u2010-\u2014._/@-]+)',
      '\1\2 \1 \2', 'g'))
  ))
  where name is not null;

drop index public.lead_name_idx;

create index contact_name_words_idx
  on onethread.contact_name
  using gin ((
    array_to_tsvector(array['business ' || business_id])
    || to_tsvector('simple', regexp_replace(
      replace(translate(
        regexp_replace(
          normalize(left(name, 255), nfkd),
          '[\u0300-\u036F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u0621'
          '\u0640\u064B-\u065F\u0670]',
          '', 'g'),
        U&'\0649\0629\06CC\06A9\00F8\00D8\0142\0141\0111\0110\0131',
        U&'\064A\0647\064A\0643oOlLdDi'), U&'\00DF', 'ss'),
      '([^\s''`"\u2019\u2018\u02BC\u00B4\u05F3\u05F4\u05BE\u2010-\u2014._/@-]+)'
      '[''`"\u2019\u2018\u02BC\u00B4\u05F3\u05F4\u05BE\u2010-\u2014._/@-]+'
      '([^\s''`"\u2019\u2018\u02BC\u00B4\u05F3\u05F4\u05BE\u2010-\u2014._/@-]+)',
      '\1\2 \1 \2', 'g'))
  ));

create index shown_name_words_idx
  on onethread.shown_name
  using gin ((
    array_to_tsvector(array['business ' || business_id])
    || to_tsvector('simple', regexp_replace(
      replace(translate(
        regexp_replace(
          normalize(left(name, 255), nfkd),
          '[\u0300-\u036F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u0621'
          '\u0640\u064B-\u065F\u0670]',
          '', 'g'),
        U&'\0649\0629\06CC\06A9\00F8\00D8\0142\0141\0111\0110\0131',
        U&'\064A\0647\064A\0643oOlLdDi'), U&'\00DF', 'ss'),
      '([^\s''`"\u2019\u2018\u02BC\u00B4\u05F3\u05F4\u05BE\u2010-\u2014._/@-]+)'
      '[''`"\u2019\u2018\u02BC\u00B4\u05F3\u05F4\u05BE\u2010-\u2014._/@-]+'
      '([^\s''`"\u2019\u2018\u02BC\u00B4\u05F3\u05F4\u05BE\u2010-\u2014._/@-]+)',
      '\1\2 \1 \2', 'g'))
  ));

-- Phones from their last digit on: part of a number is looked for here (search_numbers()). The business
-- comes second, so that no probe by address is ever taken here.
create index whatsapp_identity_digits_idx
  on public.whatsapp_identity (
    (case when kind = 'phone' then reverse(value) end collate "C"),
    business_id
  );
