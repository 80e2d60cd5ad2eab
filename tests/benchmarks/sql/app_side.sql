-- What an application keeps that links messages itself (app_side.py writes into it).
create schema app_side;

create sequence app_side.conversation_id_seq;

create table app_side.conversation (
  id bigint not null default nextval('app_side.conversation_id_seq') primary key,
  business_id bigint not null references public.business (id),
  phone text not null,
  last_message_at timestamptz,
  unique (business_id, phone)
);

create table app_side.whatsapp_message (like public.whatsapp_message including all);

alter table app_side.whatsapp_message
  add foreign key (business_id) references public.business (id),
  add foreign key (conversation_id) references app_side.conversation (id);
