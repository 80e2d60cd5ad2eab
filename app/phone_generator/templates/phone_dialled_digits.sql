-- The digits of a phone number in any text: '+digits', 'digits', or null if it holds no number.
--
-- The general case behind onethread.phone_parse, which deals with plain spellings itself, and refuses
-- text of more than {{max_input_length}} characters. Follows libphonenumber to the letter: where a
-- number may begin and end, a second number after it, extensions, letters on a keypad, digits of
-- other scripts. Character classes are spelled out because the database's own ones depend on its
-- locale.
create or replace function onethread.phone_dialled_digits(p_raw text)
returns text
language plpgsql
immutable
parallel safe
as $$
declare
  v_source text collate "C" := p_raw;       -- where the number is taken from, as written
  v_text text collate "C";                  -- the number in it, all decimal digits written 0-9
  v_start int := 1;                         -- where v_text begins in v_source
  v_position int;
  v_number text collate "C";                -- v_text without an extension
  c_number constant text collate "C" :=     -- a number without an extension, as a whole
    {{viable_without_extension}};
begin
  -- From the first character that can begin a number to the last one that can end it.
  v_position := strpos(v_source, ';phone-context=');
  if v_position > 0 then
    v_source := onethread.phone_resolve_context(v_source, v_position);
    if v_source is null then
      return null;
    end if;
    v_text := onethread.phone_fold_digits(v_source);
  else
    v_text := v_source;
    if octet_length(v_text) > length(v_text) then
      v_text := onethread.phone_fold_digits(v_text);
    end if;
    if octet_length(v_text) = length(v_text) then
      if ascii(v_text) not between ascii('0') and ascii('9') and not starts_with(v_text, '+') then
        v_text := substring(v_text from '[+0-9].*');
      end if;
      v_start := length(v_source) - length(v_text) + 1;
      if ascii(right(v_text, 1)) not between ascii('0') and ascii('9') then
        v_text := rtrim(
          v_text,
          {{ascii_not_word}}
        );
      end if;
    else
      v_text := substring(v_text from '{{start_class}}.*');
      v_start := length(v_source) - length(v_text) + 1;
      v_text := regexp_replace(
        v_text,
        {{not_word_at_end}},
        ''
      );
    end if;
    if v_text is null then
      return null;
    end if;
    if strpos(v_text, 'x') > 0 then
      v_text := regexp_replace(v_text, '[\\/] *x.*$', '');  -- a second number: 555 0100/x12
    end if;
  end if;
  v_text := split_part(v_text, ';isub=', 1);

  -- Is it a number, and is there an extension? Extensions are part of a call, not of an identity.
  -- Each has one of a few characters, so mostly none is looked for. A number that remains without
  -- its extension was one with it too, unless it has two digits only.
  v_number := v_text;
  if v_text ~
    {{extension_trigger}}
  then
    v_number := onethread.phone_cut_extension(v_text);
  end if;
  if v_number !~ c_number or (length(v_number) = 2 and v_number <> v_text) then
    if v_number = v_text or not onethread.phone_is_viable(v_text) then
      return null;
    end if;
    if not onethread.phone_is_viable(v_number) then
      v_number := v_text;
    end if;
  end if;

  -- Three letters make it a vanity number (1-800-FLOWERS): letters become keypad digits, and
  -- digits that are not ASCII are dropped, as the reference does. Hence the text as written.
  v_text := ltrim(v_number, {{plus_signs}});
  if v_text ~ '[A-Za-z].*[A-Za-z].*[A-Za-z]' then
    v_start := v_start + length(v_number) - length(v_text);
    v_text := translate(
      upper(substr(v_source, v_start, length(v_text))),
      -- Digits first: each character is looked for from the beginning.
      '0123456789 ' || {{keypad_letters}},
      '0123456789 ' || {{keypad_digits}}
    );
  end if;
  -- Mostly nothing is left between them but blanks.
  v_text := replace(v_text, ' ', '');
  if btrim(v_text, '0123456789') <> '' then
    v_text := regexp_replace(v_text, '[^0-9]+', '', 'g');
  end if;
  return case when left(v_number, 1) in ('+', {{wide_plus}}) then '+' else '' end || v_text;
end
$$;

comment on function onethread.phone_dialled_digits(text) is
  'Internal: the digits of the phone number written in a text, after + if it had one.';
