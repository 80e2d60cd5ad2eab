-- Every decimal digit of any script as 0-9; all other characters stay, so the length does too.
--
-- The digits are listed rather than asked for with \d, whose meaning follows the database's locale.
-- They are code points, so the database must be UTF8: checked here, when the functions are loaded,
-- because a database in another encoding would take the functions and fail later, input by input.
do $$
begin
  if current_setting('server_encoding') <> 'UTF8' then
    raise exception 'the phone functions need a database with encoding UTF8, this one has %',
      current_setting('server_encoding')
      using errcode = 'feature_not_supported',
        hint = 'Create it with: create database ... encoding ''UTF8'' template template0';
  end if;
end
$$;

create or replace function public.phone_fold_digits(p_text text)
returns text
language plpgsql
immutable
parallel safe
as $$
declare
  c_other_digits constant text collate "C" := {{other_digits_class}};
  v_text text collate "C" := p_text;
begin
  if octet_length(v_text) = length(v_text) or v_text !~ c_other_digits then
    return v_text;
  end if;
  -- translate() walks its list for every character: the few common scripts go first.
  v_text := translate(v_text, {{common_digits}},
    {{common_values}});
  if v_text !~ c_other_digits then
    return v_text;
  end if;
  return translate(
    v_text,
    {{other_digits}},
    {{other_values}}
  );
end
$$;

comment on function public.phone_fold_digits(text) is
  'Internal: the text with every Unicode decimal digit written as 0-9, same length.';
