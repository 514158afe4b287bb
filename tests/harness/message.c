/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What is known of the messages that we sent: whose they are, how far they
 * have come. */

#include "harness.h"

#define MAX_KNOWN_MESSAGES 200000

typedef struct
{
  char *account;
  const char *state;
} Known;

static GHashTable *messages;
static GQueue ages = G_QUEUE_INIT;

static void
known_free (gpointer data)
{
  Known *known = data;

  g_free (known->account);
  g_free (known);
}

static Known *
find_or_add (PurpleAccount *account, const char *message)
{
  Known *known;

  if (messages == NULL)
    messages = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, known_free);
  known = g_hash_table_lookup (messages, message);
  if (known != NULL)
    return known;
  known = g_new0 (Known, 1);
  known->account = harness_account_handle (account);
  g_hash_table_insert (messages, g_strdup (message), known);
  g_queue_push_tail (&ages, g_strdup (message));
  if (ages.length > MAX_KNOWN_MESSAGES)
    {
      g_autofree char *oldest = g_queue_pop_head (&ages);

      g_hash_table_remove (messages, oldest);
    }
  return known;
}

void
harness_message_note (PurpleAccount *account, const char *message, const char *state)
{
  if (message != NULL)
    find_or_add (account, message)->state = g_intern_string (state);
}

PurpleAccount *
harness_message_account (const char *message)
{
  const Known *known = messages != NULL ? g_hash_table_lookup (messages, message) : NULL;

  return known != NULL ? harness_account_find (known->account) : NULL;
}

const char *
harness_message_state (const char *message)
{
  const Known *known = messages != NULL ? g_hash_table_lookup (messages, message) : NULL;

  return known != NULL ? known->state : NULL;
}
