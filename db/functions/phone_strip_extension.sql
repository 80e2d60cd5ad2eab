-- Generated from phonenumbers 9.0.43 and Unicode 14.0.0 by: python -m app.phone_metadata
-- Do not edit; change the template in app/phone_metadata/templates and generate again.
-- A number without its extension (x12, ext. 12, ;ext=12, #12, ",,12" and their like).
--
-- Only if what remains is a number of its own; otherwise the text stays as it is. Expects decimal
-- digits written 0-9. Extensions are part of a call, not of an identity, and are not kept.
create or replace function public.phone_strip_extension(p_text text)
returns text
language plpgsql
immutable
parallel safe
as $$
declare
  v_text text collate "C" := p_text;
  v_rest text collate "C";
begin
  v_rest := regexp_replace(
    v_text,
    '(?:\;[Ee][Xx][Tt]\=(?:(?:[0-9]){1,20})|(?:[\u0009 \,\u00a0])*(?:(?:[Ee])?[Xx][Tt](?:[Ee][Nn]['
    'Ss\u017f][Ii\u0130\u0131](?:[Oo](?:\u0301)?|[\u00d3\u00f3]))?(?:[Nn])?|(?:[\uff25\uff45])?[\u'
    'ff38\uff58][\uff34\uff54](?:[\uff2e\uff4e])?|[\u0414\u0434\u1c81][\u041e\u043e\u1c82][\u0411\'
    'u0431]|[Aa][Nn][Ee][Xx][Oo])(?:[\.\:\uff0e])?(?:[\u0009 \,\-\u00a0])*(?:(?:[0-9]){1,20})(?:\#'
    ')?|(?:[\u0009 \,\u00a0])*(?:[\#Xx\~\uff03\uff38\uff58\uff5e]|[Ii\u0130\u0131][Nn][Tt]|[\uff29'
    '\uff49][\uff2e\uff4e][\uff34\uff54])(?:[\.\:\uff0e])?(?:[\u0009 \,\-\u00a0])*(?:(?:[0-9]){1,9'
    '})(?:\#)?|(?:[ \-])+(?:(?:[0-9]){1,6})\#|(?:[\u0009 \u00a0])*(?:(?:\,){2}|\;)(?:[\.\:\uff0e])'
    '?(?:[\u0009 \,\-\u00a0])*(?:(?:[0-9]){1,15})(?:\#)?|(?:[\u0009 \u00a0])*(?:\,)+(?:[\.\:\uff0e'
    '])?(?:[\u0009 \,\-\u00a0])*(?:(?:[0-9]){1,9})(?:\#)?)$',
    ''
  );
  if v_rest = v_text or public.phone_is_viable(v_rest) then
    return v_rest;
  end if;
  return v_text;
end
$$;

comment on function public.phone_strip_extension(text) is
  'Internal: the text without an extension at its end, if what remains can be a phone number.';
