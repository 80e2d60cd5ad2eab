"""A call of each function that programs call, as docs/reference/sql.md shows it: all are run.

Business 1 in Israel has two conversations: 1 of +972501234567, with lead 1, who wrote message 1; 2
of 876019134910105@lid, who wrote message 2.
"""

from __future__ import annotations

STORY = """
insert into business (name, default_region) values ('Clinic', 'IL');
insert into lead (business_id, phone, name) values (1, '050-123-4567', 'Dana');
insert into whatsapp_message (business_id, direction, from_number, body, provider)
values (1, 'inbound', '+972501234567', 'Hello', 'meta_cloud'),
  (1, 'inbound', '876019134910105@lid', 'Hi', 'baileys');
"""

EXAMPLES = {
    "normalize_phone": "select onethread.normalize_phone('050-123-4567', 'IL');",
    "phone_status": "select onethread.phone_status('050-123-4567', 'IL');",
    "phone_match_key": "select onethread.phone_match_key('+5511987654321');",
    "phone_metadata_version": "select onethread.phone_metadata_version();",
    "whatsapp_identifier": (
        "select kind, value from onethread.whatsapp_identifier('050-123-4567', 'IL');"
    ),
    "canonical_key": ("select onethread.canonical_key(1, null, 'phone', '+972501234567');"),
    "visible_businesses": "select onethread.visible_businesses(current_user);",
    "revoke_from_others": "select onethread.revoke_from_others('table', 'public.business');",
    "has_several_businesses": "select onethread.has_several_businesses();",
    "list_webhook_secrets": "select * from onethread.list_webhook_secrets();",
    "delete_webhooks": "select onethread.delete_webhooks(1, array[7]);",
    "take_turn": "select onethread.take_turn(1, 'retry', true);",
    "list_caller_policies": "select * from onethread.list_caller_policies();",
    "list_pending_evidence": "select * from onethread.list_pending_evidence(100);",
    "find_conversation": "select onethread.find_conversation(1, '050-123-4567');",
    "find_conversation_by_id": "select onethread.find_conversation_by_id(1, 2);",
    "find_thread": "select onethread.find_thread(1, 'phone:1:+972501234567');",
    "apply_pending_evidence": "select onethread.apply_pending_evidence(1);",
    "learn_from_copies": "select onethread.learn_from_copies(1, array['3EB0C767D097B7C9']);",
    "preview_merge": "select * from onethread.preview_merge(1, 1, 2);",
    "merge_conversations": "select onethread.merge_conversations(1, 1, 2, 'she said so');",
    "undo_merge": (
        "select onethread.undo_merge(1, onethread.merge_conversations(1, 1, 2, 'by mistake'));"
    ),
    "split_identifier": "select onethread.split_identifier(1, 'lid', '876019134910105');",
    "declare_different": "select onethread.declare_different(1, 1, 2, 'the receptionist');",
    "explain_message": "select * from onethread.explain_message(1, 1);",
    "adopt_leads": "select onethread.adopt_leads(1, 0, 1000);",
    "adopt_conversations": "select onethread.adopt_conversations(1, 0, 1000, true);",
    "link_unlinked_messages": "select onethread.link_unlinked_messages(1, 1000);",
    "list_stale_phones": "select * from onethread.list_stale_phones();",
    "rekey_phones": "select onethread.rekey_phones(array[1]);",
    "list_inbox": "select * from onethread.list_inbox(1, null, 50);",
    "list_thread": "select * from onethread.list_thread(1, 1, null, 50);",
    "list_conversation": "select * from onethread.list_conversation(1, '050-123-4567');",
    "list_changes": "select * from onethread.list_changes(1, null);",
    "search_conversations": "select * from onethread.search_conversations(1, 'dana');",
    "count_unread": "select onethread.count_unread(1, 1);",
    "count_waiting": "select * from onethread.count_waiting(1000);",
    "mark_read": "select onethread.mark_read(1, 1, 1);",
    "reply_address": "select * from onethread.reply_address(1, 1);",
    "find_reply_address": "select * from onethread.find_reply_address(1, 1);",
    "explain_no_address": "select onethread.explain_no_address(1, 1);",
    "queue_message": "select onethread.queue_message(1, 1, 'On my way', 'agent', 'your-key');",
    "delivery_note": (
        "select onethread.delivery_note(m, m.status) from whatsapp_message m "
        "where m.business_id = 1 and m.id = 1;"
    ),
    "claim_queued_messages": (
        "select * from onethread.claim_queued_messages(1, 10, interval '5 minutes', 'meta_cloud');"
    ),
    "claim_answers": (
        "select * from onethread.claim_answers(1, 10, interval '5 minutes', 'meta_cloud');"
    ),
    "note_sent_message": "select onethread.note_sent_message(1, 3, 1, 'wamid.A1');",
    "note_unconfirmed_message": (
        "select onethread.note_unconfirmed_message(1, 3, 1, 'no answer came back');"
    ),
    "note_failed_message": (
        "select onethread.note_failed_message(1, 3, 1, 'busy', now() + interval '1 minute');"
    ),
    "preview_erasure": "select * from onethread.preview_erasure(1, '050-123-4567');",
    "start_erasure": "select onethread.start_erasure(1, '050-123-4567');",
    "continue_erasure": (
        "select onethread.continue_erasure(1, onethread.start_erasure(1, '050-123-4567'));"
    ),
    "export_person": "select * from onethread.export_person(1, '050-123-4567');",
    "delete_expired_messages": "select * from onethread.delete_expired_messages(1, 1000);",
    "delete_expired_events": "select onethread.delete_expired_events(1, 1000);",
    "delete_expired_evidence": "select onethread.delete_expired_evidence(1, 1000);",
    "delete_expired_names": "select onethread.delete_expired_names(1, 1000);",
    "delete_expired_rejects": "select onethread.delete_expired_rejects(1, 1000);",
    "list_response_times": (
        "select r.source, percentile_cont(0.5) within group (order by r.response_open_time)\n"
        "from onethread.list_response_times(1, now() - interval '30 days', now()) r\n"
        "group by r.source;"
    ),
    "list_silent_conversations": "select onethread.list_silent_conversations(1, 0, 100);",
    "forget_silent_conversation": "select onethread.forget_silent_conversation(1, 1);",
    "list_unmet_people": "select * from onethread.list_unmet_people(1, 0, 100);",
    "forget_unmet_person": "select onethread.forget_unmet_person(1, 'phone::+972521110009');",
    "withdraw_different": (
        "select onethread.declare_different(1, 1, 2, 'a slip of the mouse');\n"
        "select onethread.withdraw_different(1, 1, 2);"
    ),
    "mark_unread": "select onethread.mark_unread(1, 1);",
    "count_inbox": "select * from onethread.count_inbox(1);",
    "start_conversation": (
        "select onethread.start_conversation(1, '050-765-4321', 'Hello', 'agent', 'your-key');"
    ),
}
