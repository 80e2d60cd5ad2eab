-- Is a text one emoji, as WhatsApp lets people react with? A picture with its colour or skin, several
-- that are joined to one, a flag, or a digit on a key. By blocks of Unicode: a picture of a later version
-- is one too.
create or replace function onethread.is_emoji(p_text text)
returns boolean
language sql
immutable
strict
parallel safe
return length(p_text) <= 32
  and p_text ~ replace(
    '^(?:[\U0001F1E6-\U0001F1FF]{2}|[0-9#*]\uFE0F?\u20E3|PICTURE(?:\u200DPICTURE)*)$',
    'PICTURE',
    '[\u00A9\u00AE\u203C\u2049\u2100-\u214F\u2190-\u21FF\u2300-\u23FF\u2460-\u24FF\u25A0-\u27BF'
    '\u2900-\u297F\u2B00-\u2BFF\u3030\u303D\u3297\u3299\U0001F000-\U0001FAFF]'
    '[\uFE0E\uFE0F\U0001F3FB-\U0001F3FF\U000E0020-\U000E007F]*');

comment on function onethread.is_emoji(text) is
  'True for one emoji, however many characters it is made of.';
