/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Writes the rows of an element before it leaves: one for each person that it
 * names, with who learns it. Says by which rule an element of libpurple's own
 * may not leave at all. */

#include "purple/gate-private.h"

#include "purple/person.h"
#include "purple/queue.h"
#include "purple/room.h"
#include "purple/row-news.h"
#include "purple/services.h"

#include <debug.h>

static gboolean
is_number_text (const char *text)
{
  gsize plus = text[0] == '+' ? 1 : 0;

  return text[plus] != '\0' && strspn (text + plus, "0123456789,") == strlen (text + plus);
}

/* The mapping of names makes JIDs only; a bare number as receiver would go
 * out as the name of a server, and tell it to the resolver. */
static gboolean
is_unmapped (PenAccount *account, const char *to)
{
  g_autofree char *domain = NULL;
  g_autofree char *localpart = NULL;
  g_autoptr (PenAddress) address = NULL;

  if (to == NULL)
    return FALSE;
  domain = pen_jid_domain (to);
  if (domain == NULL || is_number_text (domain))
    return TRUE;
  localpart = pen_jid_localpart (to);
  if (localpart == NULL || !pen_services_is_gateway (account, domain))
    return FALSE;
  address = pen_gateway_address_of (to, domain, NULL, NULL);
  return address == NULL;
}

/* Whether the policy lets out what libpurple asks; @rule: (nullable): by which
 * rule. Hosts are no people: without asking them no service would be found. */
static gboolean
policy_lets (PenGate *gate, const PenStanzaFacts *facts, const char **rule)
{
  PenAccount *account = gate->account;

  *rule = NULL;
  for (guint i = 0; i < facts->persons->len; i++)
    {
      g_autoptr (PenAddress) address = pen_address_from_uri (g_ptr_array_index (facts->persons, i), NULL);
      gboolean is_host = address != NULL && address->kind == PEN_ADDRESS_XMPP && strchr (address->name, '@') == NULL;
      PenPerson *person = address != NULL && !is_host ? pen_person_get (account, address, NULL) : NULL;
      PenPolicy policy = pen_person_policy (account->purple, person != NULL ? person->contact : NULL);

      if (!is_host && !pen_policy_lets_library (policy.when, facts->kind, gate->by_hand > 0, rule))
        return FALSE;
    }
  return TRUE;
}

/* Nothing but our own plain text goes to a number at a gateway: what libpurple
 * would ask or tell there by itself stays here (docs/design.md, invariant 4). */
static gboolean
is_chatter_to_gateway (PenAccount *account, const PenStanzaFacts *facts)
{
  g_autofree char *domain = facts->to != NULL ? pen_jid_domain (facts->to) : NULL;

  return domain != NULL && strchr (facts->to, '@') != NULL && pen_services_is_gateway (account, domain);
}

/* What goes to an encrypted room is ours and tagged; the rest would be in
 * clear, whoever made it. A subject is for all to read. */
static gboolean
is_clear_text_to_room (PenAccount *account, const PenStanzaFacts *facts)
{
  return g_strcmp0 (facts->type, "groupchat") == 0 && g_strcmp0 (facts->child_name, "subject") != 0
         && pen_rooms_forbid_clear (account, facts->to);
}

const char *
pen_gate_refusal_rule (PenGate *gate, const PenStanzaFacts *facts, const PenGateTag *tag, PenRowStatus *status)
{
  const char *rule = NULL;

  *status = PEN_ROW_DROPPED;
  if ((tag == NULL || !tag->is_sms) && is_chatter_to_gateway (gate->account, facts))
    return "gateway-plain-text-only";
  if (tag != NULL)
    return NULL;
  if (is_clear_text_to_room (gate->account, facts))
    return "room-encrypted";
  if (is_unmapped (gate->account, facts->to))
    return "not-an-address";
  if (!facts->is_request || policy_lets (gate, facts, &rule))
    return NULL;
  *status = PEN_ROW_WITHHELD;
  return rule;
}

static void
observe (PenAccount *account, PenLedgerRow *row, const PenStanzaFacts *facts)
{
  g_autofree char *domain = facts->to != NULL ? pen_jid_domain (facts->to) : NULL;
  const char *directory = pen_services_directory (account, NULL);

  pen_ledger_row_observe (row, PEN_OBSERVER_HOME, account->domain);
  if (domain == NULL || g_str_equal (domain, account->domain))
    return;
  if (pen_services_is_gateway (account, domain))
    pen_ledger_row_observe (row, PEN_OBSERVER_GATEWAY, domain);
  else if (g_strcmp0 (directory, domain) == 0)
    pen_ledger_row_observe (row, PEN_OBSERVER_DIRECTORY, domain);
  else
    pen_ledger_row_observe (row, PEN_OBSERVER_PEER, domain);
}

/* What all rows of one element have in common. */
typedef struct
{
  PenGate *gate;
  const PenStanzaFacts *facts;
  const PenGateTag *tag;
  PenRowStatus status;
  const char *rule;
  PenTrigger trigger;
  gint64 bytes_out;
} Common;

/* Why what is not ours leaves. */
static PenTrigger
trigger_of (const PenGate *gate)
{
  if (gate->by_hand > 0)
    return PEN_TRIGGER_MANUAL;
  return gate->account->is_online ? PEN_TRIGGER_LIBRARY : PEN_TRIGGER_LOGIN;
}

static gint64
write_row (const Common *common, const char *address, GError **error)
{
  const PenStanzaFacts *facts = common->facts;
  const PenGateTag *tag = common->tag;
  PenAccount *account = common->gate->account;
  g_autoptr (PenLedgerRow) row = g_new0 (PenLedgerRow, 1);

  row->account = g_strdup (account->bare);
  row->address = g_strdup (address);
  row->source = g_strdup (account->source);
  row->stanza = g_strdup (facts->id);
  row->kind = tag != NULL && tag->kind >= 0 ? (PenKind) tag->kind : facts->kind;
  row->trigger = tag != NULL ? tag->trigger : common->trigger;
  row->rule = g_strdup (tag != NULL ? tag->rule : common->rule);
  row->batch = tag != NULL ? g_strdup (tag->batch) : NULL;
  row->cover = tag != NULL && tag->covers != NULL && g_strv_contains (tag->covers, address);
  row->status = common->status;
  row->bytes_out = common->bytes_out;
  observe (account, row, facts);
  if (!pen_ledger_append (pen_app ()->ledger, row, error))
    return -1;
  return row->row;
}

static int
size_of (xmlnode *element)
{
  int length_bytes = 0;

  g_free (xmlnode_to_str (element, &length_bytes));
  return length_bytes;
}

/* A tag names the person in our own form where the element has another. */
static const char *
address_at (const PenStanzaFacts *facts, const PenGateTag *tag, guint i)
{
  if (tag != NULL && tag->address != NULL && i == 0)
    return tag->address;
  return g_ptr_array_index (facts->persons, i);
}

gboolean
pen_gate_record (PenGate *gate, PenGateItem *item, const PenStanzaFacts *facts, const PenGateTag *tag, GError **error)
{
  Common common = { .gate = gate, .facts = facts, .tag = tag, .status = PEN_ROW_RECORDED,
                    .trigger = trigger_of (gate) };

  if (facts->persons->len == 0)
    return TRUE;
  if (!pen_database_begin (pen_app ()->database, error))
    return FALSE;
  if (tag == NULL && facts->is_request)
    policy_lets (gate, facts, &common.rule);
  common.bytes_out = tag != NULL && tag->bytes_out > 0 ? tag->bytes_out : size_of (item->element);
  for (guint i = 0; i < facts->persons->len; i++)
    {
      gint64 row = write_row (&common, address_at (facts, tag, i), error);

      if (row < 0)
        return FALSE;
      g_array_append_val (item->rows, row);
      pen_row_news_add (row);
    }
  item->rollbacks = pen_database_rollbacks (pen_app ()->database);
  if (tag != NULL && tag->trigger == PEN_TRIGGER_SCHEDULE)
    pen_queue_spent (gate->account, common.bytes_out);
  return TRUE;
}

void
pen_gate_record_kept (PenGate *gate, xmlnode *element, const PenStanzaFacts *facts, PenRowStatus status,
                      const char *rule)
{
  Common common = { .gate = gate, .facts = facts, .status = status, .rule = rule, .trigger = trigger_of (gate) };
  g_autoptr (GError) error = NULL;

  if (!pen_database_begin (pen_app ()->database, &error))
    {
      purple_debug_error ("penregister", "what was kept back is not recorded: %s\n", error->message);
      return;
    }
  common.bytes_out = size_of (element);
  for (guint i = 0; i < facts->persons->len; i++)
    {
      gint64 row = write_row (&common, g_ptr_array_index (facts->persons, i), &error);

      if (row < 0)
        {
          purple_debug_error ("penregister", "what was kept back is not recorded: %s\n", error->message);
          return;
        }
      pen_row_news_add (row);
    }
  pen_app_touch (pen_app ());
}
