-- Generated from phonenumbers 9.0.43 and Unicode 14.0.0 by: python -m phone_generator
-- Do not edit; change app/phone_generator/templates, generate again.

-- Whether a text, from its first to its last character, can be a phone number with an extension.
--
-- Expects decimal digits written 0-9.
create or replace function onethread.phone_is_viable(p_text text)
returns boolean
language plpgsql
immutable
parallel safe
as $$
declare
  v_text text collate "C" := p_text;
begin
  return v_text ~ (
    '^(?:(?:[0-9]{2}|[\+\uff0b]*(?:[ \(-\*\--/X\[\]x~\u00a0\u00ad\u200b\u2010-\u2015\u2053\u2060'
    '\u2212\u223c\u3000\u30fc\uff08\uff09\uff0d-\uff0f\uff3b\uff3d\uff5e]*[0-9]){3,}[ \(-\*\--9A-'
    '\[\]a-z~\u00a0\u00ad\u0130\u0131\u017f\u200b\u2010-\u2015\u2053\u2060\u212a\u2212\u223c\u3000'
    '\u30fc\uff08\uff09\uff0d-\uff0f\uff3b\uff3d\uff5e]*(?:;[Ee][Xx][Tt]=[0-9]{1,20}|[\u0009 ,'
    '\u00a0]*(?:[Ee]?[Xx][Tt](?:[Ee][Nn][Ss\u017f][Ii\u0130\u0131](?:[Oo]\u0301?|[\u00d3\u00f3]))?'
    '[Nn]?|[\uff25\uff45]?[\uff38\uff58][\uff34\uff54][\uff2e\uff4e]?|[\u0414\u0434\u1c81][\u041e'
    '\u043e\u1c82][\u0411\u0431]|[Aa][Nn][Ee][Xx][Oo])[\.:\uff0e]?[\u0009 ,\-\u00a0]*[0-9]{1,20}#?'
    '|[\u0009 ,\u00a0]*(?:[#Xx~\uff03\uff38\uff58\uff5e]|[Ii\u0130\u0131][Nn][Tt]|[\uff29\uff49]['
    '\uff2e\uff4e][\uff34\uff54])[\.:\uff0e]?[\u0009 ,\-\u00a0]*[0-9]{1,9}#?|[ \-]+[0-9]{1,6}#|['
    '\u0009 \u00a0]*(?:,{2}|;)[\.:\uff0e]?[\u0009 ,\-\u00a0]*[0-9]{1,15}#?|[\u0009 \u00a0]*,+[\.:'
    '\uff0e]?[\u0009 ,\-\u00a0]*[0-9]{1,9}#?)?))$'
  );
end
$$;

comment on function onethread.phone_is_viable(text) is
  'Internal: whether the whole text can be a phone number, with or without an extension.';
