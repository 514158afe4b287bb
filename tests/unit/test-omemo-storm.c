/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Many messages that come late, twice or never, a store that refuses at every
 * single step, and what a message costs. PEN_TEST_LONG=1 is the long form. */

#include "omemo-desk.h"

#define STORM_SHORT 500
#define STORM_LONG 10000
#define POOL 30
/* The library keeps so many receiving chains of a session. */
#define CHAINS 5
#define SPEED_MESSAGES 2000

/* A store that refuses: the linker puts this before the real one. */

int __real_pen_database_step (PenDatabase *database, sqlite3_stmt *statement, GError **error);
int __wrap_pen_database_step (PenDatabase *database, sqlite3_stmt *statement, GError **error);

static guint steps_left;
static gboolean stays_broken;
static guint refusals;

int
__wrap_pen_database_step (PenDatabase *database, sqlite3_stmt *statement, GError **error)
{
  if (steps_left == 0 || --steps_left > 0)
    return __real_pen_database_step (database, statement, error);
  refusals++;
  if (stays_broken)
    steps_left = 1;
  sqlite3_reset (statement);
  g_set_error_literal (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FULL, "No space.");
  return -1;
}

/* The storm */

typedef struct
{
  Party *from;
  Party *to;
  PenOmemoMessage *message;
  char *text;
  char *ratchet;
  gboolean was_read;
} Letter;

typedef struct
{
  Desk *desk;
  GPtrArray *pool;
  GHashTable *chains;
  guint read;
  guint repeated;
  guint stale;
} Storm;

static void
free_letter (gpointer data)
{
  Letter *letter = data;

  pen_omemo_message_free (letter->message);
  g_free (letter->text);
  g_free (letter->ratchet);
  g_free (letter);
}

static PenOmemoMessage *
copy_for (const PenOmemoMessage *message, const PenOmemoKey *key)
{
  PenOmemoMessage *copy = pen_omemo_message_new (message->sender);

  copy->iv = g_bytes_ref (message->iv);
  copy->payload = g_bytes_ref (message->payload);
  pen_omemo_message_add_key (copy, key->device, key->is_prekey, g_bytes_ref (key->data));
  return copy;
}

static void
post (Storm *storm, Party *from, guint number)
{
  const char *jid = g_str_equal (from->jid, ALICE) ? BOB : ALICE;
  g_autofree char *text = g_strdup_printf ("message %u", number);
  g_autoptr (PenOmemoMessage) message = send_to (storm->desk, from, jid, text);

  for (guint i = 0; i < storm->desk->n_parties; i++)
    {
      Party *to = storm->desk->parties[i];
      PenOmemoKey *key = key_for (message, to);
      Letter *letter;

      g_assert_true ((key == NULL) == (to == from));
      if (key == NULL || g_rand_int_range (storm->desk->dice, 0, 10) == 0)
        continue;
      letter = g_new0 (Letter, 1);
      letter->from = from;
      letter->to = to;
      letter->text = g_strdup (text);
      letter->message = copy_for (message, key);
      letter->ratchet = ratchet_of (storm->desk, key);
      *strchr (letter->ratchet, ':') = '\0';
      g_ptr_array_add (storm->pool, letter);
    }
}

/* Returns: whether the receiver still knows, or does not know yet, the chain of this letter. */
static gboolean
is_readable (Storm *storm, const Letter *letter)
{
  g_autofree char *pair = g_strdup_printf ("%p %p", (void *) letter->from, (void *) letter->to);
  GPtrArray *seen = g_hash_table_lookup (storm->chains, pair);

  if (seen == NULL)
    {
      seen = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (storm->chains, g_strdup (pair), seen);
    }
  for (guint i = seen->len; i > 0; i--)
    if (g_str_equal (g_ptr_array_index (seen, i - 1), letter->ratchet))
      return seen->len - i < CHAINS;
  g_ptr_array_add (seen, g_strdup (letter->ratchet));
  return TRUE;
}

static void
deliver (Storm *storm)
{
  guint chosen = (guint) g_rand_int_range (storm->desk->dice, 0, (gint32) storm->pool->len);
  Letter *letter = g_ptr_array_index (storm->pool, chosen);
  gboolean readable = is_readable (storm, letter);
  g_autoptr (GError) error = NULL;
  g_autoptr (PenOmemoPlain) plain = receive (letter->to, letter->from, letter->message, &error);

  if (!letter->was_read && readable)
    {
      g_assert_no_error (error);
      g_assert_cmpstr (plain->text, ==, letter->text);
      storm->read++;
    }
  else if (letter->was_read && readable)
    {
      g_assert_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_DUPLICATE);
      storm->repeated++;
    }
  else
    {
      g_assert_null (plain);
      storm->stale++;
    }
  letter->was_read = TRUE;
  if (g_rand_int_range (storm->desk->dice, 0, 5) != 0)
    g_ptr_array_remove_index_fast (storm->pool, chosen);
}

static void
free_chains (gpointer seen)
{
  g_ptr_array_unref (seen);
}

static void
settle (Desk *desk)
{
  for (guint i = 0; i < desk->n_parties; i++)
    meet (desk, desk->parties[i], g_str_equal (desk->parties[i]->jid, ALICE) ? BOB : ALICE);
}

/* Every two devices: one begins, the other one answers. */
static void
settle_all (Desk *desk)
{
  for (guint i = 0; i < desk->n_parties; i++)
    {
      Party *from = desk->parties[i];
      const char *jid = g_str_equal (from->jid, ALICE) ? BOB : ALICE;
      g_autoptr (PenOmemoMessage) message = NULL;

      meet (desk, from, jid);
      message = send_to (desk, from, jid, "hello");
      for (guint j = 0; j < desk->n_parties; j++)
        if (j != i)
          {
            g_autoptr (PenOmemoPlain) plain = receive_text (desk->parties[j], from, message, "hello");

            g_assert_nonnull (plain);
          }
    }
}

static void
test_storm (void)
{
  guint number = g_strcmp0 (g_getenv ("PEN_TEST_LONG"), "1") == 0 ? STORM_LONG : STORM_SHORT;
  g_autoptr (Desk) desk = desk_new ();
  Storm storm = { .desk = desk };

  storm.pool = g_ptr_array_new_with_free_func (free_letter);
  storm.chains = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_chains);
  for (guint i = 0; i < 5; i++)
    add_party (desk, i < 3 ? ALICE : BOB);
  settle_all (desk);
  for (guint i = 0; i < number; i++)
    {
      post (&storm, desk->parties[g_rand_int_range (desk->dice, 0, 5)], i);
      while (storm.pool->len > POOL)
        deliver (&storm);
    }
  while (storm.pool->len > 0)
    deliver (&storm);
  g_test_message ("%u messages: %u read, %u repeated, %u too late", number, storm.read, storm.repeated, storm.stale);
  g_assert_cmpuint (storm.read, >, number * 3);
  g_assert_cmpuint (storm.repeated, >, number / 2);
  g_ptr_array_unref (storm.pool);
  g_hash_table_unref (storm.chains);
}

/* A store that refuses */

/* @arrange: (nullable): what the turn did before */
typedef struct
{
  const char *name;
  gboolean (*run) (Desk *desk, GError **error);
  const char *arrange;
  gboolean stays_broken;
} Failure;

static gboolean
run_prepare (Desk *desk, GError **error)
{
  gboolean done;

  desk->now_us += 31 * DAY_US;
  return pen_omemo_prepare (desk->parties[0]->omemo, &done, error);
}

static gboolean
run_fill (Desk *desk, GError **error)
{
  gboolean done;

  return pen_omemo_prepare (desk->parties[0]->omemo, &done, error);
}

static gboolean
run_draw (Desk *desk, GError **error)
{
  return pen_omemo_draw_device (desk->parties[0]->omemo, error);
}

static gboolean
run_bundle (Desk *desk, GError **error)
{
  g_autoptr (PenOmemoBundle) bundle = pen_omemo_own_bundle (desk->parties[0]->omemo, error);

  return bundle != NULL;
}

static gboolean
run_learn (Desk *desk, GError **error)
{
  g_autoptr (GArray) list = g_array_new (FALSE, TRUE, sizeof (guint32));

  g_array_set_size (list, 1);
  g_array_index (list, guint32, 0) = 77;
  return pen_omemo_learn_devices (desk->parties[0]->omemo, BOB, list, NULL, error);
}

static gboolean
run_devices (Desk *desk, GError **error)
{
  g_autoptr (GPtrArray) devices = pen_omemo_devices (desk->parties[0]->omemo, BOB, error);

  return devices != NULL;
}

static gboolean
run_missing (Desk *desk, GError **error)
{
  const char *jids[] = { BOB, NULL };
  g_autoptr (GPtrArray) peers = pen_omemo_missing (desk->parties[0]->omemo, jids, error);

  return peers != NULL;
}

static gboolean
run_trust (Desk *desk, GError **error)
{
  guint left = steps_left;
  guint32 device;

  steps_left = 0;
  device = pen_omemo_device (desk->parties[2]->omemo);
  steps_left = left;
  return pen_omemo_trust (desk->parties[0]->omemo, BOB, device, PEN_OMEMO_TRUSTED, error);
}

static gboolean
run_begin (Desk *desk, GError **error)
{
  PenOmemoPeer peer = { (char *) BOB, 99 };
  guint left = steps_left;

  steps_left = 0;
  g_autoptr (PenOmemoBundle) bundle = bundle_of (desk->parties[2]);
  steps_left = left;
  return pen_omemo_begin_session (desk->parties[0]->omemo, &peer, bundle, error);
}

static gboolean
run_encrypt (Desk *desk, GError **error)
{
  g_autoptr (PenOmemoMessage) message = try_send (desk->parties[0], BOB, "hello", error);

  return message != NULL;
}

static gboolean
run_decrypt (Desk *desk, GError **error)
{
  guint left = steps_left;

  steps_left = 0;
  g_autoptr (PenOmemoMessage) message = try_send (desk->parties[2], ALICE, "hello", NULL);
  pen_database_rollback (desk->parties[2]->database);
  steps_left = left;
  g_autoptr (PenOmemoPlain) plain = receive (desk->parties[0], desk->parties[2], message, error);
  return plain != NULL;
}

static const Failure failures[] = {
  { "/omemo/refused/prepare", run_prepare, NULL, FALSE },
  { "/omemo/refused/first-prepare", run_fill, "DELETE FROM omemo_own", FALSE },
  { "/omemo/refused/fill", run_fill, "DELETE FROM omemo_prekey WHERE id < 50", FALSE },
  { "/omemo/refused/draw", run_draw, NULL, FALSE },
  { "/omemo/refused/bundle", run_bundle, NULL, FALSE },
  { "/omemo/refused/learn", run_learn, NULL, FALSE },
  { "/omemo/refused/devices", run_devices, NULL, FALSE },
  { "/omemo/refused/missing", run_missing, NULL, FALSE },
  { "/omemo/refused/trust", run_trust, NULL, FALSE },
  { "/omemo/refused/begin", run_begin, NULL, FALSE },
  { "/omemo/refused/encrypt", run_encrypt, NULL, FALSE },
  { "/omemo/refused/decrypt", run_decrypt, NULL, FALSE },
  { "/omemo/broken/prepare", run_prepare, NULL, TRUE },
  { "/omemo/broken/draw", run_draw, NULL, TRUE },
  { "/omemo/broken/learn", run_learn, NULL, TRUE },
  { "/omemo/broken/begin", run_begin, NULL, TRUE },
  { "/omemo/broken/encrypt", run_encrypt, NULL, TRUE },
  { "/omemo/broken/decrypt", run_decrypt, NULL, TRUE },
};

static void
assert_same (Party *party, const char *before)
{
  g_autofree char *after = dump (party);

  g_assert_cmpstr (before, ==, after);
}

/* Returns: whether the step was reached: it failed, and then nothing of it is there. */
static gboolean
fails_at (Desk *desk, const Failure *failure, guint step)
{
  Party *party = desk->parties[0];
  gint64 now_us = desk->now_us;
  g_autofree char *committed = dump (party);
  g_autofree char *before = NULL;
  g_autoptr (GError) error = NULL;
  gboolean succeeded;

  g_assert_true (pen_database_begin (party->database, NULL));
  if (failure->arrange != NULL)
    run_in (party, failure->arrange);
  before = dump (party);
  refusals = 0;
  steps_left = step;
  stays_broken = failure->stays_broken;
  succeeded = failure->run (desk, &error);
  /* The library takes a callback that failed for one that said yes. */
  g_assert_cmpint (succeeded, ==, refusals == 0);
  steps_left = 0;
  if (!succeeded)
    g_assert_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_STORE);
  /* Where the step could not be taken back, the turn was. */
  if (!succeeded && pen_database_in_transaction (party->database))
    assert_same (party, before);
  pen_database_rollback (party->database);
  assert_same (party, committed);
  desk->now_us = now_us;
  return !succeeded;
}

static void
test_refused (gconstpointer data)
{
  const Failure *failure = data;
  g_autoptr (Desk) desk = desk_new ();
  guint step = 1;

  add_party (desk, ALICE);
  add_party (desk, ALICE);
  add_party (desk, BOB);
  settle (desk);
  while (fails_at (desk, failure, step))
    step++;
  g_test_message ("%u steps", step - 1);
  g_assert_cmpuint (step, >, 1);
  /* What failed did not hurt the engine. */
  g_assert_true (failure->run (desk, NULL));
}

/* What fails inside a turn takes back itself and nothing else of the turn. */
static void
test_refused_alone (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  Party *bob = add_party (desk, BOB);
  g_autoptr (GError) error = NULL;

  settle (desk);
  pen_setting_set (alice->database, "key", "of this turn", NULL);
  g_autofree char *before = dump (alice);
  steps_left = 4;
  stays_broken = FALSE;
  g_assert_null (try_send (alice, BOB, "refused", &error));
  g_assert_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_STORE);
  g_assert_cmpuint (steps_left, ==, 0);
  g_autofree char *after = dump (alice);
  g_assert_cmpstr (before, ==, after);
  assert_setting (alice->database, "key", "of this turn");
  pass (desk, alice, bob, "goes");
  assert_setting (alice->database, "key", "of this turn");
}

/* Cost */

static void
test_speed (void)
{
  g_autoptr (Desk) desk = desk_new ();
  Party *alice = add_party (desk, ALICE);
  Party *bob = add_party (desk, BOB);
  gint64 times_us[3] = { 0, 0, 0 };

  settle (desk);
  pass (desk, alice, bob, "hello");
  pass (desk, bob, alice, "hello");
  for (guint i = 0; i < SPEED_MESSAGES; i++)
    {
      gint64 started_us = g_get_monotonic_time ();
      g_autoptr (PenOmemoMessage) message = try_send (alice, BOB, "a message of some length, as people write", NULL);
      gint64 sent_us = g_get_monotonic_time ();
      g_autoptr (PenOmemoPlain) plain = receive (bob, alice, message, NULL);
      gint64 read_us = g_get_monotonic_time ();

      g_assert_nonnull (plain);
      commit (alice);
      commit (bob);
      times_us[0] += sent_us - started_us;
      times_us[1] += read_us - sent_us;
      times_us[2] += g_get_monotonic_time () - read_us;
    }
  g_test_message ("encrypt %.1f us, decrypt %.1f us, both commits %.1f us", (double) times_us[0] / SPEED_MESSAGES,
                  (double) times_us[1] / SPEED_MESSAGES, (double) times_us[2] / SPEED_MESSAGES);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  slow_vfs_install (0);

  g_test_add_func ("/omemo/storm", test_storm);
  for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
    g_test_add_data_func (failures[i].name, &failures[i], test_refused);
  g_test_add_func ("/omemo/refused/alone", test_refused_alone);
  g_test_add_func ("/omemo/speed", test_speed);
  return g_test_run ();
}
