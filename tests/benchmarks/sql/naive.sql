-- The naive trigger, as it is written everywhere: look the conversation up or insert it, without a
-- unique key, and count on its row.
create schema naive;

create sequence naive.conversation_id_seq;

create table naive.conversation (
  id bigint not null default nextval('naive.conversation_id_seq') primary key,
  business_id bigint not null references public.business (id),
  phone text not null,
  message_count int not null default 0,
  last_message text,
  last_message_at timestamptz
);

create index conversation_phone_idx on naive.conversation (business_id, phone);

create table naive.whatsapp_message (like public.whatsapp_message including all);

alter table naive.whatsapp_message
  add foreign key (business_id) references public.business (id),
  add foreign key (conversation_id) references naive.conversation (id);

create function naive.link_message()
returns trigger
language plpgsql
as $$
declare
  v_phone text := regexp_replace(split_part(new.from_number, '@', 1), '\D', '', 'g');
begin
  select c.id into new.conversation_id
  from naive.conversation c
  where c.business_id = new.business_id and c.phone = v_phone
  limit 1;

  if new.conversation_id is null then
    insert into naive.conversation (business_id, phone)
    values (new.business_id, v_phone)
    returning id into new.conversation_id;
  end if;

  update naive.conversation
  set message_count = message_count + 1,
      last_message = new.body,
      last_message_at = new.sent_at
  where id = new.conversation_id;
  return new;
end;
$$;

create trigger link_message
before insert on naive.whatsapp_message
for each row
execute function naive.link_message();
