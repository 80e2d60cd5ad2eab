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

create or replace function onethread.phone_fold_digits(p_text text)
returns text
language plpgsql
immutable
parallel safe
as $$
declare
  v_text text collate "C" := p_text;
  v_digit text collate "C";
begin
  -- One script per round, and hardly any text mixes them: translate() compares every character
  -- with every one of its list, so the list of all scripts at once would be slow. Digits come in
  -- blocks of ten in a row, so the block is found by where blocks begin.
  while octet_length(v_text) > length(v_text) loop
    v_digit := substring(v_text from
      {{other_digits_class}}
    );
    exit when v_digit is null;
    v_text := translate(
      v_text,
      ({{digit_blocks}})[
        width_bucket(
          ascii(v_digit),
          {{digit_zeros}}
        )
      ],
      '0123456789'
    );
  end loop;
  return v_text;
end
$$;

comment on function onethread.phone_fold_digits(text) is
  'Internal: the text with every Unicode decimal digit written as 0-9, same length.';
