/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Encrypted messages on their way out and in. Decides what an encrypted stanza
 * may hold, and what is said when one that came in cannot be read. The ratchets
 * are the engine's (plugin/omemo). */

#include "purple/omemo-talk.h"

#include "penregister/outbox.h"
#include "purple/backlog.h"
#include "purple/lookup.h"
#include "purple/message.h"
#include "purple/omemo-account.h"
#include "purple/omemo-bundles.h"
#include "purple/outgoing.h"
#include "purple/talk.h"
#include "wire/wire.h"

#include <blist.h>
#include <debug.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define NS_EME "urn:xmpp:eme:0"
#define NS_HINTS "urn:xmpp:hints"
#define NS_RECEIPTS "urn:xmpp:receipts"
/* A chain that grows so long without a word of ours gets one (docs/omemo.md 4.4). */
#define HEARTBEAT_COUNTER 50

char **
pen_secrets_jids (const PenPerson *person)
{
  const char *jids = person->contact->jids != NULL ? person->contact->jids : "";

  if (person->address->kind == PEN_ADDRESS_TEL)
    return g_strsplit (jids, " ", -1);
  return g_strsplit (person->address->name, " ", 1);
}

static void
send_sealed (PenAccount *account, const char *to, PenOmemoMessage *sealed, const char *rule)
{
  PenGateTag tag = { .trigger = PEN_TRIGGER_LIBRARY, .kind = PEN_KIND_DELIVERY, .rule = rule };
  g_autofree char *id = pen_app_new_id (pen_app ());
  g_autoptr (GError) error = NULL;
  xmlnode *message = xmlnode_new ("message");

  xmlnode_set_attrib (message, "type", "chat");
  xmlnode_set_attrib (message, "to", to);
  xmlnode_set_attrib (message, "id", id);
  xmlnode_insert_child (message, pen_omemo_message_build (sealed));
  xmlnode_set_namespace (xmlnode_new_child (message, "store"), NS_HINTS);
  if (pen_gate_send (account->gate, message, &tag, &error) < 0)
    purple_debug_warning ("penregister", "a key transport is not sent: %s\n", error->message);
  xmlnode_free (message);
}

/* A message without text: it moves the ratchet on, so that the other side can. */
void
pen_secrets_send_key_transport (PenAccount *account, const char *jid, const char *rule)
{
  PenOmemo *omemo = pen_secrets_engine (account);
  const char *const jids[] = { jid, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (PenOmemoMessage) sealed = omemo != NULL ? pen_omemo_encrypt (omemo, jids, NULL, &error) : NULL;

  if (sealed != NULL)
    send_sealed (account, jid, sealed, rule);
  else if (omemo == NULL)
    pen_secrets_keep_transport (account, jid, rule);
  else
    purple_debug_info ("penregister", "no key transport to %s: %s\n", jid, error->message);
}

xmlnode *
pen_secrets_stanza (const char *type, const char *to, const char *id, const PenOmemoMessage *sealed)
{
  xmlnode *message = xmlnode_new ("message");
  xmlnode *encryption;

  xmlnode_set_attrib (message, "type", type);
  xmlnode_set_attrib (message, "to", to);
  xmlnode_set_attrib (message, "id", id);
  xmlnode_insert_child (message, pen_omemo_message_build (sealed));
  encryption = xmlnode_new_child (message, "encryption");
  xmlnode_set_namespace (encryption, NS_EME);
  xmlnode_set_attrib (encryption, "namespace", PEN_OMEMO_NS);
  xmlnode_set_attrib (encryption, "name", "OMEMO");
  xmlnode_insert_data (xmlnode_new_child (message, "body"),
                       "This message is encrypted with OMEMO, which your program does not show.", -1);
  xmlnode_set_namespace (xmlnode_new_child (message, "store"), NS_HINTS);
  return message;
}

static gboolean
has_listed (PenOmemo *omemo, char **jids)
{
  for (guint i = 0; jids[i] != NULL; i++)
    {
      g_autoptr (GPtrArray) devices = pen_omemo_devices (omemo, jids[i], NULL);

      for (guint k = 0; devices != NULL && k < devices->len; k++)
        if (((const PenOmemoDevice *) g_ptr_array_index (devices, k))->is_active)
          return TRUE;
    }
  return FALSE;
}

/* A turn that the store gave up took the list with it, while the contact
 * stands as one that has it. Asked once until a message goes: a store that
 * fails again must not ask for ever. Returns whether an answer is to come. */
static gboolean
ask_lost_list (PenAccount *account, PenPerson *person, PenOmemo *omemo, char **jids)
{
  if (person->is_list_lost || has_listed (omemo, jids))
    return FALSE;
  person->is_list_lost = TRUE;
  person->contact->asked_at_us = 0;
  pen_person_save (person);
  pen_lookup_want (account, person, PEN_TRIGGER_SEND);
  return person->lookup == PEN_LOOKUP_PENDING;
}

PenSealed
pen_secrets_seal (PenAccount *account, PenPerson *person, const PenOutboxEntry *entry, xmlnode **stanza, GError **error)
{
  PenOmemo *omemo = pen_secrets_engine (account);
  g_auto (GStrv) jids = pen_secrets_jids (person);
  g_autofree char *text = pen_outgoing_plain_text (entry->text);
  g_autoptr (PenOmemoMessage) sealed = NULL;

  if (omemo == NULL || jids[0] == NULL)
    {
      g_set_error_literal (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_NO_DEVICE, _("Your own keys are not published yet."));
      return PEN_SEALED_FAILED;
    }
  /* A device that is in no list known here wrote: the list is asked for anew first. */
  if (person->lookup == PEN_LOOKUP_PENDING && person->contact->asked_at_us == 0)
    return PEN_SEALED_WAITS;
  pen_secrets_announce (account, person->address->name);
  if (person->open_bundles > 0 || pen_bundles_ask_missing (account, person, (const char *const *) jids))
    return PEN_SEALED_WAITS;
  if (!pen_database_begin (pen_app ()->database, error))
    return PEN_SEALED_FAILED;
  sealed = pen_omemo_encrypt (omemo, (const char *const *) jids, text, error);
  if (sealed == NULL)
    {
      pen_bundles_forget_asked (person);
      if (!ask_lost_list (account, person, omemo, jids))
        return PEN_SEALED_FAILED;
      g_clear_error (error);
      return PEN_SEALED_WAITS;
    }
  person->is_list_lost = FALSE;
  *stanza = pen_secrets_stanza ("chat", jids[0], entry->message, sealed);
  if (purple_account_get_bool (account->purple, PEN_OPTION_RECEIPTS, TRUE))
    xmlnode_set_namespace (xmlnode_new_child (*stanza, "request"), NS_RECEIPTS);
  return PEN_SEALED;
}

/* Only what belongs to a message stays; a second, clear copy does not. */
static void
replace_body (xmlnode *message, const char *text)
{
  xmlnode *child = message->child;
  xmlnode *body;

  while (child != NULL)
    {
      xmlnode *next = child->next;
      const char *ns = child->type == XMLNODE_TYPE_TAG ? xmlnode_get_namespace (child) : NULL;

      if (child->type == XMLNODE_TYPE_TAG && g_strcmp0 (ns, "urn:xmpp:delay") != 0
          && g_strcmp0 (ns, "http://jabber.org/protocol/chatstates") != 0)
        xmlnode_free (child);
      child = next;
    }
  body = xmlnode_new_child (message, "body");
  if (xmlnode_get_namespace (message) != NULL)
    xmlnode_set_namespace (body, xmlnode_get_namespace (message));
  xmlnode_insert_data (body, text, -1);
}

static gboolean
is_of_store (const GError *error)
{
  return error->domain != PEN_OMEMO_ERROR || error->code == PEN_OMEMO_ERROR_STORE;
}

static void
say_trouble (PenAccount *account, const char *sender, const char *name, const PenOmemoMessage *sealed,
             const GError *error)
{
  if (is_of_store (error))
    {
      pen_app_store_failed (pen_app (), error);
      pen_talk_system (account->purple, name, _("An encrypted message came in, and could not be opened because the store "
                                                "refused. Ask the sender to write again."), TRUE);
      return;
    }
  /* Nothing for us that says nothing, and what was read before, come every day. */
  if (error->code != PEN_OMEMO_ERROR_DUPLICATE && (error->code != PEN_OMEMO_ERROR_NOT_FOR_US || sealed->payload != NULL))
    purple_debug_warning ("penregister", "not decrypted: %s\n", error->message);
  switch (error->code)
    {
    case PEN_OMEMO_ERROR_DUPLICATE:
      return;
    case PEN_OMEMO_ERROR_NOT_FOR_US:
      if (sealed->payload == NULL)
        return;
      pen_secrets_look_again (account);
      pen_talk_system (account->purple, name, _("A message came in that is not encrypted for this device. Ask the "
                                                "sender to write again: this device is on your list now."), TRUE);
      return;
    case PEN_OMEMO_ERROR_TRUST:
      pen_talk_warning (account->purple, name, _("A message came in under another key than the one that is known for "
                                                 "this device. It is not shown. Compare fingerprints with /pen fp."),
                        TRUE);
      return;
    case PEN_OMEMO_ERROR_NO_SESSION:
      pen_talk_system (account->purple, name, pen_bundles_repair (account, sender, sealed->sender)
                       ? _("A message came in that cannot be decrypted. A new session is being begun: ask the sender to "
                           "write again.")
                       : _("A message came in that cannot be decrypted. If it happens again, sign off and on, and ask the "
                           "sender to do the same."), TRUE);
      return;
    default:
      pen_talk_system (account->purple, name, _("A damaged encrypted message came in and is not shown."), TRUE);
      return;
    }
}

/* With the next message, as the policy has it: a list that servers push comes by itself. */
static void
ask_list_anew (PenAccount *account, const char *sender)
{
  g_autoptr (PenAddress) address = pen_address_parse (sender, NULL, NULL);
  PenPerson *person = address != NULL ? pen_person_get (account, address, NULL) : NULL;

  if (person == NULL || pen_person_capability (account, person).origin == PEN_ORIGIN_PUSHED)
    return;
  person->contact->asked_at_us = 0;
  pen_person_save (person);
}

static void
follow_up (PenAccount *account, const char *sender, const PenOmemoPlain *plain)
{
  gboolean is_known = purple_find_buddy (account->purple, sender) != NULL
                      || pen_talk_conversation (account->purple, sender, FALSE) != NULL;

  if (plain->used_prekey)
    pen_secrets_used_prekey (account);
  if (!plain->is_listed)
    ask_list_anew (account, sender);
  /* A stranger learns nothing from an answer (docs/omemo.md 2). */
  if (is_known && (plain->used_prekey || (plain->counter > 0 && plain->counter % HEARTBEAT_COUNTER == 0)))
    pen_secrets_send_key_transport (account, sender, plain->used_prekey ? "key-transport" : "heartbeat");
}

PenOpened
pen_secrets_open (PenAccount *account, xmlnode *message, const char *sender, const char *name)
{
  xmlnode *encrypted = pen_wire_child (message, "encrypted", PEN_OMEMO_NS);
  PenOmemo *omemo = pen_secrets_store (account);
  g_autoptr (PenOmemoMessage) sealed = NULL;
  g_autoptr (PenOmemoPlain) plain = NULL;
  g_autoptr (GError) error = NULL;

  /* Without keys of our own the sender's words for other programs are shown: nothing is lost without a word. */
  if (encrypted == NULL || omemo == NULL)
    return PEN_OPENED_NOT_ENCRYPTED;
  sealed = pen_omemo_message_read (encrypted, &error);
  if (sealed == NULL)
    {
      purple_debug_warning ("penregister", "a malformed encrypted message: %s\n", error->message);
      return PEN_OPENED_NOTHING;
    }
  if (pen_database_begin (pen_app ()->database, &error))
    plain = pen_omemo_decrypt (omemo, sender, sealed, &error);
  if (plain == NULL)
    {
      say_trouble (account, sender, name, sealed, error);
      if (is_of_store (error))
        return PEN_OPENED_REFUSED;
      return error->code == PEN_OMEMO_ERROR_DUPLICATE ? PEN_OPENED_AGAIN : PEN_OPENED_NOTHING;
    }
  pen_backlog_changed (account->backlog);
  pen_app_touch_soon (pen_app ());
  pen_bundles_healed (account, sender, sealed->sender);
  follow_up (account, sender, plain);
  if (plain->text == NULL)
    return PEN_OPENED_NOTHING;
  replace_body (message, plain->text);
  return PEN_OPENED_TEXT;
}
