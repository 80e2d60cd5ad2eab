-- The tenant, its own numbers, and the CRM's people.

create sequence public.business_id_seq;

create table public.business (
  id bigint not null default nextval('public.business_id_seq'),
  name text not null,
  default_region text,
  bare_digits text not null default 'typed',
  created_at timestamptz not null default now(),
  constraint business_pkey primary key (id),
  constraint business_default_region_check check (default_region ~ '^[A-Z]{2}$'),
  constraint business_bare_digits_check check (bare_digits in ('typed', 'international'))
);

alter sequence public.business_id_seq owned by public.business.id;

comment on table public.business is
  'The tenant. Everything carries business_id and nothing crosses it.';
comment on column public.business.default_region is
  'ISO 3166 region in which this business types national numbers (IL, BR, ...); '
  'null: only international spellings are read.';
comment on column public.business.bare_digits is
  'How digits without + are read when the writer names no provider: typed (by a person, in '
  'default_region) or international (as providers write a wa_id).';

create table public.business_number (
  business_id bigint not null,
  kind text not null,
  value text not null,
  constraint business_number_pkey primary key (business_id, kind, value),
  constraint business_number_business_fkey foreign key (business_id) references public.business (id),
  constraint business_number_kind_check check (kind in ('phone', 'lid', 'bsuid')),
  constraint business_number_value_check
    check (value ~ case kind when 'phone' then '^\+[1-9][0-9]+$' else '^[^@+ ]+$' end)
);

comment on table public.business_number is
  'The addresses of the business itself. They are never a person, on either side of a message.';
comment on column public.business_number.value is
  'As whatsapp_identifier() gives it: + and digits for a phone, the user part for a lid.';

create sequence public.lead_id_seq;

create table public.lead (
  business_id bigint not null,
  id bigint not null default nextval('public.lead_id_seq'),
  name text,
  phone text,
  phone_match_value text,
  created_at timestamptz not null default now(),
  constraint lead_pkey primary key (business_id, id),
  constraint lead_business_fkey foreign key (business_id) references public.business (id)
);

alter sequence public.lead_id_seq owned by public.lead.id;

create index lead_phone_match_value_idx on public.lead (business_id, phone_match_value)
  where phone_match_value is not null;

comment on table public.lead is
  'The CRM''s record of a person. Its phone ties that phone''s conversation to it.';
comment on column public.lead.phone is 'As typed; national spellings are read in the business''s region.';
comment on column public.lead.phone_match_value is
  'phone_match_key() of the phone, kept by a trigger; null when the phone is empty or unreadable.';
