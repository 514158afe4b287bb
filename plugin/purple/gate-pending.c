/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Completes rows: which answer, error, receipt or silence belongs to which
 * row. An answer counts only when id and sender fit (RFC 6120 8.1.2.1). */

#include "purple/gate-private.h"

#include "purple/row-news.h"
#include "purple/services.h"
#include "wire/wire.h"

#include <debug.h>
#include <string.h>

#define SWEEP_US (5 * G_USEC_PER_SEC)
#define ANSWER_TIMEOUT_US (PEN_ANSWER_TIMEOUT_S * G_USEC_PER_SEC)
/* How long a late answer, or the error of an SMS, still finds its row. */
#define KEEP_ANSWER_US (10 * 60 * G_USEC_PER_SEC)
#define KEEP_DELIVERY_US (G_GINT64_CONSTANT (24) * 60 * 60 * G_USEC_PER_SEC)

typedef struct
{
  GArray *rows;
  char *to;
  gint64 since_us;
  gboolean is_delivery;
  gboolean is_timed_out;
} Pending;

static void
pending_free (gpointer data)
{
  Pending *pending = data;

  g_array_unref (pending->rows);
  g_free (pending->to);
  g_free (pending);
}

void
pen_gate_finish_rows (const GArray *rows, PenRowStatus status, const char *result, gint64 bytes_in)
{
  const PenLedgerOutcome outcome = { status, result, bytes_in };

  for (guint i = 0; i < rows->len; i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 row = g_array_index (rows, gint64, i);

      if (!pen_database_begin (pen_app ()->database, &error)
          || !pen_ledger_finish (pen_app ()->ledger, row, &outcome, &error))
        purple_debug_error ("penregister", "row %" G_GINT64_FORMAT " not completed: %s\n", row, error->message);
      pen_row_news_add (row);
    }
  if (rows->len > 0)
    pen_app_touch (pen_app ());
}

/* Returns whether the entry is of no more use. */
static gboolean
sweep_one (gpointer id, gpointer value, gpointer data)
{
  Pending *pending = value;
  gint64 age_us = *(gint64 *) data - pending->since_us;

  if (pending->is_delivery)
    return age_us > KEEP_DELIVERY_US;
  if (!pending->is_timed_out && age_us >= ANSWER_TIMEOUT_US)
    {
      pending->is_timed_out = TRUE;
      pen_gate_finish_rows (pending->rows, PEN_ROW_TIMEOUT, "no-answer", 0);
    }
  return age_us > KEEP_ANSWER_US;
}

static void
sweep (gpointer data)
{
  PenGate *gate = data;
  gint64 now_us = pen_clock_now_us (&pen_app ()->clock);

  gate->sweep = 0;
  g_hash_table_foreach_remove (gate->pending, sweep_one, &now_us);
  if (g_hash_table_size (gate->pending) > 0)
    gate->sweep = pen_timers_add (pen_app ()->timers, SWEEP_US, sweep, gate);
}

void
pen_gate_pending_init (PenGate *gate)
{
  gate->pending = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, pending_free);
}

/* The stream is gone: no answer can come any more. Messages may still get theirs, found by their stanza. */
static void
give_up_one (gpointer id, gpointer value, gpointer data)
{
  Pending *pending = value;

  if (!pending->is_delivery && !pending->is_timed_out)
    pen_gate_finish_rows (pending->rows, PEN_ROW_UNKNOWN, "connection-lost", 0);
}

void
pen_gate_pending_clear (PenGate *gate)
{
  pen_timers_cancel (pen_app ()->timers, gate->sweep);
  g_hash_table_foreach (gate->pending, give_up_one, NULL);
  g_clear_pointer (&gate->pending, g_hash_table_unref);
}

void
pen_gate_pending_add (PenGate *gate, const PenGateItem *item)
{
  Pending *pending;
  gboolean is_message = g_strcmp0 (item->name, "message") == 0;

  if (item->id == NULL || !(item->awaits_answer || is_message))
    return;
  pending = g_new0 (Pending, 1);
  pending->rows = g_array_ref (item->rows);
  pending->to = g_strdup (item->to);
  pending->since_us = pen_clock_now_us (&pen_app ()->clock);
  pending->is_delivery = is_message;
  g_hash_table_replace (gate->pending, g_strdup (item->id), pending);
  if (gate->sweep == 0)
    gate->sweep = pen_timers_add (pen_app ()->timers, SWEEP_US, sweep, gate);
}

gboolean
pen_gate_saw_answer (PenGate *gate, xmlnode *iq)
{
  const char *id = xmlnode_get_attrib (iq, "id");
  Pending *pending = id != NULL ? g_hash_table_lookup (gate->pending, id) : NULL;
  g_autoptr (PenWireError) failure = pen_wire_error_read (iq);
  int length_bytes = 0;
  g_autofree char *text = NULL;

  if (pending == NULL || pending->is_delivery
      || !pen_account_answers (gate->account, pending->to, xmlnode_get_attrib (iq, "from")))
    return FALSE;
  text = xmlnode_to_str (iq, &length_bytes);
  pen_gate_finish_rows (pending->rows, failure != NULL ? PEN_ROW_ERROR : PEN_ROW_ANSWERED,
                        failure != NULL ? failure->condition : "result", length_bytes);
  g_hash_table_remove (gate->pending, id);
  return TRUE;
}

/* A gateway answers for a number from its host or from the number itself. */
static gboolean
is_of_host (PenAccount *account, const char *from, const char *domain)
{
  return strchr (from, '@') == NULL || pen_services_is_gateway (account, domain);
}

/* The server bounces in the receiver's name. Anybody else of that host knows
 * nothing of our messages. */
static gboolean
speaks_for (PenAccount *account, const char *to, const char *from)
{
  g_autofree char *domain = to != NULL ? pen_jid_domain (to) : NULL;
  g_autofree char *from_domain = from != NULL ? pen_jid_domain (from) : NULL;
  g_autofree char *bare = to != NULL ? pen_jid_bare (to) : NULL;
  g_autofree char *from_bare = from != NULL ? pen_jid_bare (from) : NULL;

  if (domain == NULL || g_strcmp0 (domain, from_domain) != 0)
    return FALSE;
  return is_of_host (account, from, domain) || g_strcmp0 (bare, from_bare) == 0;
}

/* Of a number speaks its gateway, or who a directory said has it. */
static gboolean
speaks_for_number (PenAccount *account, const char *name, const char *from)
{
  g_autofree char *domain = pen_jid_domain (from);
  g_autofree char *bare = pen_jid_bare (from);
  g_autoptr (PenContact) contact = NULL;

  if (is_of_host (account, from, domain))
    return TRUE;
  contact = pen_contact_load (pen_app ()->database, account->bare, name, NULL);
  return contact != NULL && pen_contact_has_jid (contact, bare);
}

/* Of what was sent no more is left than whom it was about. */
static gboolean
answers_row (PenAccount *account, gint64 number, const char *from)
{
  g_autoptr (PenLedgerRow) row = pen_ledger_get (pen_app ()->ledger, number, NULL);
  g_autoptr (PenAddress) address = row != NULL ? pen_address_from_uri (row->address, NULL) : NULL;

  if (address == NULL)
    return FALSE;
  return address->kind == PEN_ADDRESS_XMPP ? speaks_for (account, address->name, from)
                                           : speaks_for_number (account, address->name, from);
}

static gboolean
has_not_left (PenGate *gate, const char *id)
{
  for (GList *link = gate->waiting->head; link != NULL; link = link->next)
    {
      const PenGateItem *item = link->data;

      if (!item->may_have_left && g_strcmp0 (item->id, id) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Sent on a former stream: of the stanza's rows those that @from may complete. */
static GArray *
find_rows (PenGate *gate, const char *id, const char *from)
{
  g_autofree char *host = from != NULL ? pen_jid_domain (from) : NULL;
  GArray *rows = NULL;

  if (id != NULL && host != NULL && !has_not_left (gate, id))
    rows = pen_ledger_find_stanza (pen_app ()->ledger, gate->account->bare, id, host, NULL);
  for (guint i = rows != NULL ? rows->len : 0; i > 0; i--)
    if (!answers_row (gate->account, g_array_index (rows, gint64, i - 1), from))
      g_array_remove_index (rows, i - 1);
  return rows;
}

void
pen_gate_saw_delivery (PenGate *gate, const char *id, const char *from, PenRowStatus status, const char *result)
{
  Pending *pending = id != NULL ? g_hash_table_lookup (gate->pending, id) : NULL;
  g_autoptr (GArray) rows = NULL;

  if (pending != NULL)
    {
      if (pending->is_delivery && speaks_for (gate->account, pending->to, from))
        pen_gate_finish_rows (pending->rows, status, result, 0);
      return;
    }
  rows = find_rows (gate, id, from);
  if (rows != NULL)
    pen_gate_finish_rows (rows, status, result, 0);
}
