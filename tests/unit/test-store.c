/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Outbox, contacts and settings: what is kept comes back as it was. */

#include <glib/gstdio.h>
#include <string.h>

#include "database-private.h"
#include "penregister/contact.h"
#include "penregister/outbox.h"

typedef struct
{
  char *folder;
  char *path;
  PenDatabase *database;
} Desk;

static void
set_up (Desk *desk, gconstpointer data)
{
  (void) data;
  desk->folder = g_dir_make_tmp ("penregister-test-XXXXXX", NULL);
  desk->path = g_build_filename (desk->folder, "store.db", NULL);
  desk->database = pen_database_open (desk->path, NULL, NULL);
  g_assert_nonnull (desk->database);
}

static void
tear_down (Desk *desk, gconstpointer data)
{
  (void) data;
  pen_database_close (desk->database);
  g_unlink (desk->path);
  g_rmdir (desk->folder);
  g_free (desk->folder);
  g_free (desk->path);
}

static void
reopen (Desk *desk)
{
  g_assert_true (pen_database_commit (desk->database, NULL));
  pen_database_close (desk->database);
  desk->database = pen_database_open (desk->path, NULL, NULL);
  g_assert_nonnull (desk->database);
}

static gboolean
put (Desk *desk, const char *message, const char *name, const char *text, GError **error)
{
  PenOutboxEntry entry = { .message = (char *) message,
                           .account = (char *) "juliet@capulet.example",
                           .name = (char *) name,
                           .text = (char *) text,
                           .route = PEN_ROUTE_SMS,
                           .state = PEN_MESSAGE_SENT,
                           .stanza = (char *) "<message/>\xff",
                           .handed = TRUE,
                           .at_us = 17 };

  return pen_outbox_put (desk->database, &entry, error);
}

static void
assert_order (Desk *desk, const char *name, const char *expected)
{
  g_autoptr (GPtrArray) entries = pen_outbox_list (desk->database, "juliet@capulet.example", name, NULL);
  g_autoptr (GString) order = g_string_new (NULL);

  for (guint i = 0; i < entries->len; i++)
    g_string_append_printf (order, "%s ", ((PenOutboxEntry *) entries->pdata[i])->message);
  g_assert_cmpstr (order->str, ==, expected);
}

static void
test_outbox (Desk *desk, gconstpointer data)
{
  g_autoptr (PenOutboxEntry) entry = NULL;
  g_autoptr (GError) error = NULL;

  (void) data;
  g_assert_true (put (desk, "m2", "+15550000001", "<b>one</b>", NULL));
  g_assert_true (put (desk, "m1", "+15550000002", "two", NULL));
  g_assert_true (put (desk, "m3", "+15550000001", "three", NULL));
  g_assert_true (put (desk, "m2", "+15550000001", "<b>one</b> again", NULL));
  reopen (desk);

  entry = pen_outbox_get (desk->database, "m2", NULL);
  g_assert_cmpstr (entry->text, ==, "<b>one</b> again");
  g_assert_cmpstr (entry->stanza, ==, "<message/>\xff");
  g_assert_cmpint (entry->route, ==, PEN_ROUTE_SMS);
  g_assert_cmpint (entry->state, ==, PEN_MESSAGE_SENT);
  g_assert_true (entry->handed);
  g_assert_cmpint (entry->at_us, ==, 17);

  assert_order (desk, NULL, "m2 m1 m3 ");
  assert_order (desk, "+15550000001", "m2 m3 ");
  g_assert_true (pen_outbox_remove (desk->database, "m2", NULL));
  g_assert_true (pen_outbox_remove (desk->database, "m2", NULL));
  assert_order (desk, NULL, "m1 m3 ");
  g_assert_null (pen_outbox_get (desk->database, "m2", &error));
  g_assert_no_error (error);
}

static void
test_outbox_limits (Desk *desk, gconstpointer data)
{
  static const struct
  {
    gsize bytes;
    gboolean fits;
  } rows[] = { { PEN_OUTBOX_MAX_BYTES, TRUE }, { PEN_OUTBOX_MAX_BYTES + 1, FALSE }, { 10 * 1024 * 1024, FALSE } };

  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = g_strnfill (rows[i].bytes, 'x');
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (put (desk, "big", "+15550000001", text, &error), ==, rows[i].fits);
      g_assert_cmpint (error != NULL, ==, !rows[i].fits);
    }
  {
    g_autoptr (PenOutboxEntry) entry = pen_outbox_get (desk->database, "big", NULL);

    g_assert_cmpuint (strlen (entry->text), ==, PEN_OUTBOX_MAX_BYTES);
  }
}

static void
save_contact (Desk *desk, const char *account, const char *name, guint devices)
{
  PenContact contact = { .account = (char *) account,
                         .name = (char *) name,
                         .state = PEN_CAPABILITY_ENCRYPTED,
                         .origin = PEN_ORIGIN_PUSHED,
                         .asked_at_us = 23,
                         .devices = devices,
                         .pinned = TRUE,
                         .choice = PEN_CHOICE_SMS,
                         .when = PEN_WHEN_NEVER,
                         .jids = (char *) "romeo@montague.example romeo@verona.example",
                         .wire = NULL };

  g_assert_true (pen_contact_save (desk->database, &contact, NULL));
}

static void
assert_devices (Desk *desk, const char *account, const char *name, guint devices)
{
  g_autoptr (PenContact) contact = pen_contact_load (desk->database, account, name, NULL);

  g_assert_cmpuint (contact->devices, ==, devices);
}

static void
test_contact (Desk *desk, gconstpointer data)
{
  g_autoptr (PenContact) blank = pen_contact_load (desk->database, "a@example", "+1", NULL);
  g_autoptr (PenContact) kept = NULL;

  (void) data;
  g_assert_cmpstr (blank->account, ==, "a@example");
  g_assert_cmpstr (blank->name, ==, "+1");
  g_assert_cmpint (blank->state, ==, PEN_CAPABILITY_UNKNOWN);
  g_assert_cmpint (blank->choice, ==, PEN_CHOICE_ASK);
  g_assert_cmpint (blank->when, ==, -1);
  g_assert_false (blank->pinned);

  save_contact (desk, "a@example", "+1", 1);
  save_contact (desk, "a@example", "+1", 2);
  save_contact (desk, "a@example", "+2", 3);
  save_contact (desk, "b@example", "+1", 4);
  reopen (desk);
  kept = pen_contact_load (desk->database, "a@example", "+1", NULL);
  g_assert_cmpint (kept->state, ==, PEN_CAPABILITY_ENCRYPTED);
  g_assert_cmpint (kept->origin, ==, PEN_ORIGIN_PUSHED);
  g_assert_cmpint (kept->asked_at_us, ==, 23);
  g_assert_cmpuint (kept->devices, ==, 2);
  g_assert_true (kept->pinned);
  g_assert_cmpint (kept->choice, ==, PEN_CHOICE_SMS);
  g_assert_cmpint (kept->when, ==, PEN_WHEN_NEVER);
  g_assert_cmpstr (kept->jids, ==, "romeo@montague.example romeo@verona.example");
  g_assert_null (kept->wire);
}

static void
test_contact_forget (Desk *desk, gconstpointer data)
{
  (void) data;
  save_contact (desk, "a@example", "+1", 1);
  save_contact (desk, "a@example", "+2", 2);
  save_contact (desk, "a@example", "+3", 3);
  save_contact (desk, "b@example", "+1", 4);
  g_assert_true (pen_contact_forget (desk->database, "a@example", "+1", NULL));
  assert_devices (desk, "a@example", "+1", 0);
  assert_devices (desk, "a@example", "+2", 2);
  g_assert_true (pen_contact_forget (desk->database, "a@example", NULL, NULL));
  assert_devices (desk, "a@example", "+2", 0);
  assert_devices (desk, "b@example", "+1", 4);
}

static void
test_setting (Desk *desk, gconstpointer data)
{
  g_autofree char *found = NULL;
  g_autoptr (GError) error = NULL;

  (void) data;
  g_assert_null (pen_setting_get (desk->database, "key", &error));
  g_assert_no_error (error);
  g_assert_true (pen_setting_set (desk->database, "key", "one", NULL));
  g_assert_true (pen_setting_set (desk->database, "key", "two", NULL));
  reopen (desk);
  found = pen_setting_get (desk->database, "key", NULL);
  g_assert_cmpstr (found, ==, "two");
  g_assert_true (pen_setting_set (desk->database, "key", NULL, NULL));
  g_assert_null (pen_setting_get (desk->database, "key", &error));
  g_assert_no_error (error);
}

/* The lists' numbers are in files: this fails when one of them moves. */
static void
test_numbers (Desk *desk, gconstpointer data)
{
  static const struct
  {
    int value;
    int number;
  } rows[] = {
    { PEN_KIND_DEVICE_LIST, 0 }, { PEN_KIND_DELIVERY, 11 }, { PEN_KIND_OTHER, 13 },
    { PEN_TRIGGER_TYPED, 0 }, { PEN_TRIGGER_LOGIN, 7 },
    { PEN_OBSERVER_HOME, 0 }, { PEN_OBSERVER_WEB, 4 },
    { PEN_ROW_RECORDED, 0 }, { PEN_ROW_SENT, 1 }, { PEN_ROW_ANSWERED, 2 }, { PEN_ROW_ERROR, 3 },
    { PEN_ROW_TIMEOUT, 4 }, { PEN_ROW_WITHHELD, 5 }, { PEN_ROW_DROPPED, 6 }, { PEN_ROW_UNKNOWN, 7 },
    { PEN_DISCLOSED_CLEAR, 0 }, { PEN_DISCLOSED_LIST, 3 },
    { PEN_ROUTE_ENCRYPTED, 0 }, { PEN_ROUTE_SMS, 1 }, { PEN_ROUTE_PLAIN, 2 }, { PEN_ROUTE_HOLD, 3 },
    { PEN_CAPABILITY_UNKNOWN, 0 }, { PEN_CAPABILITY_ABSENT, 1 }, { PEN_CAPABILITY_ENCRYPTED, 2 },
    { PEN_ORIGIN_NONE, 0 }, { PEN_ORIGIN_CHOSEN, 4 },
    { PEN_WHEN_TYPED, 0 }, { PEN_WHEN_SEND, 1 }, { PEN_WHEN_BATCH, 2 }, { PEN_WHEN_NEVER, 3 },
    { PEN_CHOICE_ASK, 0 }, { PEN_CHOICE_SMS, 2 }, { PEN_CHOICE_PLAIN, 3 }, { PEN_CHOICE_CANCEL, 5 },
    { PEN_MESSAGE_HELD, 0 }, { PEN_MESSAGE_SENT, 1 }, { PEN_MESSAGE_UNKNOWN, 5 },
  };

  (void) desk;
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (rows[i].value, ==, rows[i].number);
}

#define TEST(path, function) g_test_add (path, Desk, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/store/outbox/entries", test_outbox);
  TEST ("/store/outbox/limits", test_outbox_limits);
  TEST ("/store/contact/keep", test_contact);
  TEST ("/store/contact/forget", test_contact_forget);
  TEST ("/store/setting", test_setting);
  TEST ("/store/numbers", test_numbers);
  return g_test_run ();
}
