/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Our engine on the store as it is, one commit a stanza; and the same with
 * what the plugin writes in that commit: the row of the ledger, the outbox. */

#include "bench-omemo.h"
#include "omemo/engine.h"
#include "penregister/ledger.h"
#include "penregister/outbox.h"

#define TEXT "How much does this cost?"

/* An encrypted stanza for one device has about so many bytes. */
#define STANZA_BYTES 900

typedef struct
{
  const char *jid;
  PenDatabase *database;
  PenOmemo *omemo;
  PenLedger *ledger;
} Side;

/* @number: of messages so far, for their ids */
typedef struct
{
  Side sides[2];
  gboolean has_rows;
  guint number;
} Pair;

static gint64
tell_time (gpointer data)
{
  return g_get_real_time ();
}

static const PenClock clock_real = { tell_time, NULL };

static void
commit (Side *side)
{
  GError *error = NULL;

  pen_database_commit (side->database, &error);
  bench_check_error (error);
}

/* What the plugin writes */

static void
keep (Side *side, const char *id, const char *stanza, const char *to)
{
  PenOutboxEntry entry = { (char *) id, (char *) side->jid, (char *) to, (char *) TEXT, PEN_ROUTE_ENCRYPTED,
                           PEN_MESSAGE_SENT, (char *) stanza, TRUE, g_get_real_time () };
  GError *error = NULL;

  pen_outbox_put (side->database, &entry, &error);
  bench_check_error (error);
}

static void
record (Side *side, const char *id, const char *to)
{
  g_autoptr (PenLedgerRow) row = g_new0 (PenLedgerRow, 1);
  GError *error = NULL;

  row->account = g_strdup (side->jid);
  row->kind = PEN_KIND_DELIVERY;
  row->address = g_strconcat ("xmpp:", to, NULL);
  row->trigger = PEN_TRIGGER_SEND;
  row->source = g_strdup ("192.0.2.17");
  row->stanza = g_strdup (id);
  row->bytes_out = STANZA_BYTES;
  pen_ledger_row_observe (row, PEN_OBSERVER_HOME, "example.org");
  pen_ledger_append (side->ledger, row, &error);
  bench_check_error (error);
  pen_ledger_mark_sent (side->ledger, row->row, &error);
  bench_check_error (error);
}

static void
write_rows (Pair *pair, Side *side, const char *to)
{
  g_autofree char *id = g_strdup_printf ("purple%08x", ++pair->number * 2654435761u);
  g_autofree char *stanza = g_strnfill (STANZA_BYTES, 'x');

  keep (side, id, stanza, to);
  record (side, id, to);
}

/* Messages */

static gpointer
seal (gpointer data, guint from)
{
  Pair *pair = data;
  Side *side = &pair->sides[from];
  const char *to[] = { pair->sides[1 - from].jid, NULL };
  GError *error = NULL;
  PenOmemoMessage *letter;

  pen_database_begin (side->database, &error);
  bench_check_error (error);
  letter = pen_omemo_encrypt (side->omemo, to, TEXT, &error);
  bench_check_error (error);
  if (pair->has_rows)
    write_rows (pair, side, to[0]);
  commit (side);
  return letter;
}

static void
open_all (gpointer data, guint to, GPtrArray *letters)
{
  Pair *pair = data;
  Side *side = &pair->sides[to];
  GError *error = NULL;

  pen_database_begin (side->database, &error);
  for (guint i = 0; error == NULL && i < letters->len; i++)
    pen_omemo_plain_free (pen_omemo_decrypt (side->omemo, pair->sides[1 - to].jid, letters->pdata[i], &error));
  bench_check_error (error);
  commit (side);
}

static void
free_letter (gpointer letter)
{
  pen_omemo_message_free (letter);
}

static void
pass (Pair *pair, guint from)
{
  g_autoptr (GPtrArray) letters = g_ptr_array_new_with_free_func (free_letter);

  g_ptr_array_add (letters, seal (pair, from));
  open_all (pair, 1 - from, letters);
}

/* A pair that has answered each other */

static void
begin_side (Side *side, const char *folder, const char *name, const char *jid)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  GError *error = NULL;
  gboolean done = FALSE;

  side->jid = jid;
  side->database = pen_database_open (path, NULL, &error);
  bench_check_error (error);
  side->ledger = pen_ledger_new (side->database, &clock_real);
  side->omemo = pen_omemo_new (side->database, &clock_real, &bench_random, jid, &error);
  bench_check_error (error);
  while (!done)
    {
      pen_omemo_prepare (side->omemo, &done, &error);
      bench_check_error (error);
    }
  commit (side);
}

/* The devices after the first one share its keys: whoever encrypts to them does the same work for each. */
static void
meet (Side *side, const Side *other, guint n_devices)
{
  g_autoptr (GArray) devices = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint32 first = pen_omemo_device (other->omemo);
  GError *error = NULL;
  PenOmemoBundle *bundle = pen_omemo_own_bundle (other->omemo, &error);

  bench_check_error (error);
  for (guint i = 0; i < n_devices; i++)
    {
      guint32 device = first > n_devices ? first - i : first + i;

      g_array_append_val (devices, device);
    }
  pen_omemo_learn_devices (side->omemo, other->jid, devices, NULL, &error);
  for (guint i = 0; error == NULL && i < n_devices; i++)
    {
      PenOmemoPeer peer = { (char *) other->jid, g_array_index (devices, guint32, i) };

      pen_omemo_begin_session (side->omemo, &peer, bundle, &error);
    }
  bench_check_error (error);
  pen_omemo_bundle_free (bundle);
  commit (side);
}

static void
learn_first (Side *side, const Side *other)
{
  g_autoptr (GArray) devices = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint32 device = pen_omemo_device (other->omemo);
  GError *error = NULL;

  g_array_append_val (devices, device);
  pen_omemo_learn_devices (side->omemo, other->jid, devices, NULL, &error);
  bench_check_error (error);
  commit (side);
}

static Pair *
begin_pair (const char *folder, const char *const names[2], guint n_devices)
{
  Pair *pair = g_new0 (Pair, 1);

  begin_side (&pair->sides[0], folder, names[0], BENCH_ALICE);
  begin_side (&pair->sides[1], folder, names[1], BENCH_BOB);
  meet (&pair->sides[0], &pair->sides[1], n_devices);
  learn_first (&pair->sides[1], &pair->sides[0]);
  pass (pair, 0);
  pass (pair, 1);
  return pair;
}

gpointer
bench_ours_devices (const char *folder, guint n_devices)
{
  g_autofree char *alice = g_strdup_printf ("ours-%u-alice.db", n_devices);
  g_autofree char *bob = g_strdup_printf ("ours-%u-bob.db", n_devices);
  const char *const names[] = { alice, bob };

  return begin_pair (folder, names, n_devices);
}

static gpointer
begin (const char *folder)
{
  return begin_pair (folder, (const char *const[]) { "ours-alice.db", "ours-bob.db" }, 1);
}

static gpointer
begin_with_rows (const char *folder)
{
  Pair *pair = begin_pair (folder, (const char *const[]) { "product-alice.db", "product-bob.db" }, 1);

  pair->has_rows = TRUE;
  return pair;
}

static void
end (gpointer data)
{
  Pair *pair = data;

  for (guint i = 0; i < 2; i++)
    {
      pen_omemo_free (pair->sides[i].omemo);
      pen_ledger_free (pair->sides[i].ledger);
      pen_database_close (pair->sides[i].database);
    }
  g_free (pair);
}

const BenchRival bench_rival_ours = { "ours", begin, seal, open_all, free_letter, end };
const BenchRival bench_rival_product = { "ours, row and outbox", begin_with_rows, seal, open_all, free_letter, end };
