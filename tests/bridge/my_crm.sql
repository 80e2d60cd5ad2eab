create table shop (id int primary key, title text);
create table person (id uuid primary key, shop_id int references shop, name text, phone text, lid text);
create table chat_line (
  id bigserial primary key, person_id uuid references person, is_ours boolean not null, words text,
  lid text, wamid text, state text, written_at timestamptz not null default now());
insert into shop values (1, 'clinic');
insert into person values
  ('00000000-0000-0000-0000-000000000001', 1, 'Ana', '+5531988880001', '876000000000001'),
  ('00000000-0000-0000-0000-000000000002', 1, 'Bia', '+5531988880002', null);
insert into chat_line (person_id, is_ours, words, lid, wamid, state) values
  ('00000000-0000-0000-0000-000000000001', false, 'hello', '876000000000001', 'A1', null),
  ('00000000-0000-0000-0000-000000000001', true, 'good morning', null, 'A2', 'read'),
  ('00000000-0000-0000-0000-000000000002', true, 'an offer', null, 'A3', 'nonsense');
