-- depends: onethread_0025_lean_message
-- A message's identity is not looked up a second time.

-- The link holds the identity, for share, while the message goes in: the key's own check of every row
-- said nothing new. When an identity is deleted, whatsapp_identity_30_leave does what the key did.
alter table public.whatsapp_message drop constraint whatsapp_message_identity_fkey;
