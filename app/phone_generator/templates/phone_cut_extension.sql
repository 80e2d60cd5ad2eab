-- A number without the extension at its end (x12, ext. 12, ;ext=12, #12, ",,12" and their like).
--
-- Whether a number remains is for the caller to see. Expects decimal digits written 0-9. The
-- expression for all extensions is slow, because each label allows its own number of digits. So only
-- a label is looked for, one that allows as many; before a # at the end it is the whole.
create or replace function onethread.phone_cut_extension(p_text text)
returns text
language plpgsql
immutable
parallel safe
as $$
declare
  v_text text collate "C" := p_text;
  v_label text collate "C" := rtrim(p_text collate "C", '0123456789');
  v_digits int := length(v_text) - length(v_label);
  v_rest text collate "C";
begin
  if v_digits = 0 and right(v_text, 1) = '#' then
    return regexp_replace(
      v_text,
      {{extension_at_end}},
      ''
    );
  end if;
  v_rest := case
    when v_digits = 0 then v_label
{{extension_labels}}
    else v_label
  end;
  return case when length(v_rest) < length(v_label) then v_rest else v_text end;
end
$$;

comment on function onethread.phone_cut_extension(text) is
  'Internal: the text without an extension at its end, if there is one.';
