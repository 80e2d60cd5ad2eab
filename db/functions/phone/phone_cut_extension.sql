-- Generated from phonenumbers 9.0.43 and Unicode 14.0.0 by: python -m phone_generator
-- Do not edit; change app/phone_generator/templates, generate again.

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
      '(?:;[Ee][Xx][Tt]=[0-9]{1,20}|[\u0009 ,\u00a0]*(?:[Ee]?[Xx][Tt](?:[Ee][Nn][Ss\u017f][Ii'
      '\u0130\u0131](?:[Oo]\u0301?|[\u00d3\u00f3]))?[Nn]?|[\uff25\uff45]?[\uff38\uff58][\uff34'
      '\uff54][\uff2e\uff4e]?|[\u0414\u0434\u1c81][\u041e\u043e\u1c82][\u0411\u0431]|[Aa][Nn][Ee]['
      'Xx][Oo])[\.:\uff0e]?[\u0009 ,\-\u00a0]*[0-9]{1,20}#?|[\u0009 ,\u00a0]*(?:[#Xx~\uff03\uff38'
      '\uff58\uff5e]|[Ii\u0130\u0131][Nn][Tt]|[\uff29\uff49][\uff2e\uff4e][\uff34\uff54])[\.:'
      '\uff0e]?[\u0009 ,\-\u00a0]*[0-9]{1,9}#?|[ \-]+[0-9]{1,6}#|[\u0009 \u00a0]*(?:,{2}|;)[\.:'
      '\uff0e]?[\u0009 ,\-\u00a0]*[0-9]{1,15}#?|[\u0009 \u00a0]*,+[\.:\uff0e]?[\u0009 ,\-\u00a0]*['
      '0-9]{1,9}#?)$',
      ''
    );
  end if;
  v_rest := case
    when v_digits = 0 then v_label
    when v_digits <= 9 then regexp_replace(
      v_label,
      '(?:;[Ee][Xx][Tt]=|[\u0009 ,\u00a0]*(?:[Ee]?[Xx][Tt](?:[Ee][Nn][Ss\u017f][Ii\u0130\u0131](?:'
      '[Oo]\u0301?|[\u00d3\u00f3]))?[Nn]?|[\uff25\uff45]?[\uff38\uff58][\uff34\uff54][\uff2e\uff4e'
      ']?|[\u0414\u0434\u1c81][\u041e\u043e\u1c82][\u0411\u0431]|[Aa][Nn][Ee][Xx][Oo])[\.:\uff0e]?'
      '[\u0009 ,\-\u00a0]*|[\u0009 ,\u00a0]*(?:[#Xx~\uff03\uff38\uff58\uff5e]|[Ii\u0130\u0131][Nn]'
      '[Tt]|[\uff29\uff49][\uff2e\uff4e][\uff34\uff54])[\.:\uff0e]?[\u0009 ,\-\u00a0]*|[\u0009 '
      '\u00a0]*(?:,{2}|;)[\.:\uff0e]?[\u0009 ,\-\u00a0]*|[\u0009 \u00a0]*,+[\.:\uff0e]?[\u0009 ,\-'
      '\u00a0]*)$',
      ''
    )
    when v_digits <= 15 then regexp_replace(
      v_label,
      '(?:;[Ee][Xx][Tt]=|[\u0009 ,\u00a0]*(?:[Ee]?[Xx][Tt](?:[Ee][Nn][Ss\u017f][Ii\u0130\u0131](?:'
      '[Oo]\u0301?|[\u00d3\u00f3]))?[Nn]?|[\uff25\uff45]?[\uff38\uff58][\uff34\uff54][\uff2e\uff4e'
      ']?|[\u0414\u0434\u1c81][\u041e\u043e\u1c82][\u0411\u0431]|[Aa][Nn][Ee][Xx][Oo])[\.:\uff0e]?'
      '[\u0009 ,\-\u00a0]*|[\u0009 \u00a0]*(?:,{2}|;)[\.:\uff0e]?[\u0009 ,\-\u00a0]*)$',
      ''
    )
    when v_digits <= 20 then regexp_replace(
      v_label,
      '(?:;[Ee][Xx][Tt]=|[\u0009 ,\u00a0]*(?:[Ee]?[Xx][Tt](?:[Ee][Nn][Ss\u017f][Ii\u0130\u0131](?:'
      '[Oo]\u0301?|[\u00d3\u00f3]))?[Nn]?|[\uff25\uff45]?[\uff38\uff58][\uff34\uff54][\uff2e\uff4e'
      ']?|[\u0414\u0434\u1c81][\u041e\u043e\u1c82][\u0411\u0431]|[Aa][Nn][Ee][Xx][Oo])[\.:\uff0e]?'
      '[\u0009 ,\-\u00a0]*)$',
      ''
    )
    else v_label
  end;
  return case when length(v_rest) < length(v_label) then v_rest else v_text end;
end
$$;

comment on function onethread.phone_cut_extension(text) is
  'Internal: the text without an extension at its end, if there is one.';
