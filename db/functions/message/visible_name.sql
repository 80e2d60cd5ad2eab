-- A name as somebody chose it, without what cannot be seen or turns the text around it: null when
-- nothing is left, so that whoever shows it falls back to the number.
--
-- Joiners stay between letters and pictures that need them.
create or replace function onethread.visible_name(p_name text)
returns text
language plpgsql
immutable
strict
parallel safe
as $$
declare
  v_name text := left(p_name, 255);
begin
  -- Mostly there is nothing to do.
  if v_name ~ '[^\u0020-\u007E\u00A1-\u00AC\u00AE-\u02FF\u0370-\u061B\u0620-\u115E]' then
    v_name := regexp_replace(
      v_name, '[\s\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u2800\u3000]+', ' ', 'g');
    v_name := regexp_replace(
      v_name,
      '[\u0001-\u001F\u007F-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B\u200E'
      '\u200F\u202A-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF0-\uFFFB\U000E0000-\U000E0FFF]',
      '', 'g');
    v_name := regexp_replace(v_name, '(^|[\u0020-\u02FF])[\u200C\u200D\uFE00-\uFE0F]+', '\1', 'g');
  end if;
  v_name := btrim(v_name);
  return nullif(v_name, '');
end;
$$;

comment on function onethread.visible_name(text) is
  'The name in one line, without invisible and direction-changing characters; null when it has no '
  'other.';
