/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Makes the stanza of a message whose route is decided, and finds the JID that
 * it goes to. Nothing but plain text goes to a gateway. */

#include "purple/outgoing.h"

#include "omemo/media.h"
#include "purple/message.h"
#include "purple/omemo-talk.h"
#include "purple/request.h"
#include "purple/services.h"
#include "purple/talk.h"

#include <debug.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <util.h>

#define NS_RECEIPTS "urn:xmpp:receipts"
#define NS_CHAT_STATES "http://jabber.org/protocol/chatstates"

char *
pen_outgoing_plain_text (const char *html)
{
  char *text = NULL;

  purple_markup_html_to_xhtml (html, NULL, &text);
  return text != NULL ? text : g_strdup ("");
}

static gboolean
wants_receipts (PenAccount *account)
{
  return purple_account_get_bool (account->purple, PEN_OPTION_RECEIPTS, TRUE);
}

static xmlnode *
plain_message (PenAccount *account, const char *to, const char *id, const char *text)
{
  xmlnode *message = xmlnode_new ("message");

  xmlnode_set_attrib (message, "type", "chat");
  xmlnode_set_attrib (message, "to", to);
  xmlnode_set_attrib (message, "id", id);
  xmlnode_insert_data (xmlnode_new_child (message, "body"), text, -1);
  xmlnode_set_namespace (xmlnode_new_child (message, "active"), NS_CHAT_STATES);
  if (wants_receipts (account))
    xmlnode_set_namespace (xmlnode_new_child (message, "request"), NS_RECEIPTS);
  return message;
}

static gboolean
is_at (const char *jid, const char *host)
{
  g_autofree char *domain = jid != NULL ? pen_jid_domain (jid) : NULL;

  return domain != NULL && g_str_equal (domain, host);
}

static void
on_gateway_jid (PenAccount *account, xmlnode *iq, gpointer data)
{
  PenAddress *asked = data;
  PenPerson *person = pen_person_get (account, asked, NULL);
  const char *host = pen_services_gateway (account);
  g_autoptr (GError) error = NULL;
  g_autofree char *jid = NULL;

  if (person != NULL && host != NULL)
    {
      if (iq != NULL && g_strcmp0 (xmlnode_get_attrib (iq, "type"), "result") == 0)
        jid = pen_gateway_prompt_jid (iq, host, asked, &error);
      if (error != NULL)
        purple_debug_warning ("penregister", "the gateway's address is not believed: %s\n", error->message);
      if (jid == NULL)
        jid = pen_gateway_wire_jid (asked, host, pen_services_gateway_flags (account, host));
      g_free (person->contact->wire);
      person->contact->wire = g_steal_pointer (&jid);
      person->is_resolving = FALSE;
      pen_person_save (person);
      if (account->is_online)
        pen_message_release (account, person, TRUE);
    }
  pen_address_free (asked);
}

/* The JID of a number is the gateway's to say where it can (XEP-0100 6.3);
 * what it said is kept. */
static const char *
gateway_jid (PenAccount *account, PenPerson *person, const char *host, gboolean *is_asking)
{
  guint flags = pen_services_gateway_flags (account, host);
  PenRequest wish = { "set", host, on_gateway_jid, NULL };
  PenGateTag tag = { .trigger = PEN_TRIGGER_SEND, .kind = PEN_KIND_GATEWAY };

  *is_asking = FALSE;
  if (is_at (person->contact->wire, host))
    return person->contact->wire;
  if ((flags & PEN_GATEWAY_PROMPT) == 0 || person->address->kind == PEN_ADDRESS_GROUP)
    {
      g_free (person->contact->wire);
      person->contact->wire = pen_gateway_wire_jid (person->address, host, flags);
      pen_person_save (person);
      return person->contact->wire;
    }
  *is_asking = TRUE;
  if (person->is_resolving)
    return NULL;
  wish.data = pen_address_copy (person->address);
  person->is_resolving = TRUE;
  if (pen_request_send (account, &wish, pen_gateway_prompt_set (person->address), &tag) < 0)
    {
      pen_address_free (wish.data);
      person->is_resolving = FALSE;
      *is_asking = FALSE;
    }
  return NULL;
}

static xmlnode *
sms_message (PenAccount *account, PenPerson *person, const char *id, const char *text, PenOutgoing *outgoing)
{
  const char *host = pen_services_gateway (account);
  gboolean is_asking = FALSE;
  const char *to = host != NULL ? gateway_jid (account, person, host, &is_asking) : NULL;

  *outgoing = is_asking ? PEN_OUTGOING_WAITS : PEN_OUTGOING_FAILED;
  return to != NULL ? pen_gateway_message (to, id, text, wants_receipts (account)) : NULL;
}

static char *
plain_receiver (const PenPerson *person)
{
  if (person->address->kind == PEN_ADDRESS_TEL)
    {
      const char *jids = person->contact->jids != NULL ? person->contact->jids : "";

      return jids[0] != '\0' ? g_strndup (jids, strcspn (jids, " ")) : NULL;
    }
  return g_strdup (person->address->name);
}

static xmlnode *
encrypted_message (PenAccount *account, PenPerson *person, const PenOutboxEntry *entry, PenOutgoing *outgoing)
{
  g_autoptr (GError) error = NULL;
  xmlnode *stanza = NULL;
  PenSealed sealed = pen_secrets_seal (account, person, entry, &stanza, &error);

  *outgoing = sealed == PEN_SEALED_WAITS ? PEN_OUTGOING_WAITS : PEN_OUTGOING_FAILED;
  if (error != NULL)
    purple_debug_warning ("penregister", "not encrypted, so not sent: %s\n", error->message);
  return stanza;
}

static xmlnode *
build (PenAccount *account, PenPerson *person, const PenOutboxEntry *entry, PenOutgoing *outgoing)
{
  g_autofree char *text = pen_outgoing_plain_text (entry->text);
  g_autofree char *to = NULL;

  *outgoing = PEN_OUTGOING_FAILED;
  /* It holds the key to a file, whatever was chosen for other messages. */
  if (entry->route != PEN_ROUTE_ENCRYPTED && pen_media_holds_link (text))
    return NULL;
  if (entry->route == PEN_ROUTE_SMS)
    return sms_message (account, person, entry->message, text, outgoing);
  if (entry->route == PEN_ROUTE_ENCRYPTED)
    return encrypted_message (account, person, entry, outgoing);
  if (entry->route != PEN_ROUTE_PLAIN)
    return NULL;
  to = plain_receiver (person);
  return to != NULL ? plain_message (account, to, entry->message, text) : NULL;
}

/* Before @entry says that it is handed over now. */
static PenGateTag
tag_of (const PenOutboxEntry *entry, const char *address)
{
  return (PenGateTag) { .trigger = PEN_TRIGGER_SEND, .kind = PEN_KIND_DELIVERY, .address = address,
                        .message = entry->message, .is_sms = entry->route == PEN_ROUTE_SMS,
                        .may_have_left = entry->handed, .bytes_out = (gint64) strlen (entry->stanza) };
}

/* What did not get into the gate must not stand in the outbox as sent. */
static void
take_back (PenOutboxEntry *entry)
{
  pen_outbox_entry_hold (entry);
  if (pen_database_in_transaction (pen_app ()->database) && !pen_outbox_put (pen_app ()->database, entry, NULL))
    pen_database_rollback (pen_app ()->database);
}

static const char *
failure_sentence (const PenOutboxEntry *entry)
{
  g_autofree char *text = pen_outgoing_plain_text (entry->text);

  if (entry->route == PEN_ROUTE_ENCRYPTED)
    return _("This message could not be encrypted to any device. It is kept, and not sent in clear.");
  if (pen_media_holds_link (text))
    return _("This message holds the key to a file, so it goes only encrypted. It is kept, and not sent in clear.");
  return _("There is no address to which this message could go.");
}

PenOutgoing
pen_outgoing_send (PenAccount *account, PenPerson *person, PenOutboxEntry *entry, GError **error)
{
  g_autofree char *address = pen_address_to_uri (person->address);
  PenOutgoing outgoing = PEN_OUTGOING_FAILED;
  g_autoptr (GError) failure = NULL;
  PenGateTag tag;
  gboolean is_in;
  xmlnode *stanza = build (account, person, entry, &outgoing);

  if (stanza == NULL)
    {
      if (outgoing != PEN_OUTGOING_WAITS)
        g_set_error_literal (error, PEN_ADDRESS_ERROR, PEN_ADDRESS_ERROR_NOT_AN_ADDRESS, failure_sentence (entry));
      return outgoing;
    }
  g_free (entry->stanza);
  entry->stanza = xmlnode_to_str (stanza, NULL);
  tag = tag_of (entry, address);
  entry->handed = TRUE;
  entry->state = PEN_MESSAGE_SENT;
  is_in = pen_database_begin (pen_app ()->database, &failure)
          && pen_outbox_put (pen_app ()->database, entry, &failure)
          && pen_gate_send (account->gate, stanza, &tag, &failure) >= 0;
  xmlnode_free (stanza);
  if (is_in)
    return PEN_OUTGOING_HANDED;
  take_back (entry);
  outgoing = failure->domain == PEN_ADDRESS_ERROR ? PEN_OUTGOING_FAILED : PEN_OUTGOING_REFUSED;
  g_propagate_error (error, g_steal_pointer (&failure));
  return outgoing;
}

gboolean
pen_outgoing_send_again (PenAccount *account, const PenOutboxEntry *entry, GError **error)
{
  xmlnode *stanza = xmlnode_from_str (entry->stanza, -1);
  g_autoptr (PenAddress) address = pen_account_resolve (account->purple, entry->name, error);
  g_autofree char *uri = address != NULL ? pen_address_to_uri (address) : NULL;
  PenGateTag tag = tag_of (entry, uri);
  gboolean is_in = stanza != NULL && uri != NULL && pen_gate_send (account->gate, stanza, &tag, error) >= 0;

  if (stanza != NULL)
    xmlnode_free (stanza);
  return is_in;
}

void
pen_outgoing_receipt (PenAccount *account, const char *to, const char *id)
{
  PenGateTag tag = { .trigger = PEN_TRIGGER_LIBRARY, .kind = PEN_KIND_DELIVERY, .rule = "receipt" };
  xmlnode *message = xmlnode_new ("message");
  xmlnode *received = xmlnode_new_child (message, "received");
  g_autofree char *own_id = pen_app_new_id (pen_app ());
  g_autoptr (GError) error = NULL;

  xmlnode_set_attrib (message, "to", to);
  xmlnode_set_attrib (message, "id", own_id);
  xmlnode_set_namespace (received, NS_RECEIPTS);
  xmlnode_set_attrib (received, "id", id);
  if (pen_gate_send (account->gate, message, &tag, &error) < 0)
    purple_debug_warning ("penregister", "a receipt is not sent: %s\n", error->message);
  xmlnode_free (message);
}
