/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which answer belongs to which request of our own, and ends each of
 * them exactly once. */

#include "purple/request.h"

#include "purple/talk.h"

#include <debug.h>

typedef struct
{
  PenAccount *account;
  char *id;
  char *to;
  PenRequestFunc function;
  gpointer data;
  guint timer;
} Request;

static void
request_free (Request *request)
{
  pen_timers_cancel (pen_app ()->timers, request->timer);
  g_free (request->id);
  g_free (request->to);
  g_free (request);
}

/* Out of the table first: the function may send the next request. */
static void
finish (Request *request, xmlnode *iq)
{
  g_hash_table_steal (request->account->requests, request->id);
  request->function (request->account, iq, request->data);
  request_free (request);
}

static void
on_timeout (gpointer data)
{
  Request *request = data;

  request->timer = 0;
  finish (request, NULL);
}

static xmlnode *
new_iq (const char *type, const char *to, const char *id, xmlnode *child)
{
  xmlnode *iq = xmlnode_new ("iq");

  xmlnode_set_attrib (iq, "type", type);
  xmlnode_set_attrib (iq, "id", id);
  if (to != NULL)
    xmlnode_set_attrib (iq, "to", to);
  xmlnode_insert_child (iq, child);
  return iq;
}

gint64
pen_request_send (PenAccount *account, const PenRequest *wish, xmlnode *child, const PenGateTag *tag)
{
  g_autofree char *id = pen_app_new_id (pen_app ());
  g_autoptr (GError) error = NULL;
  xmlnode *iq = new_iq (wish->type, wish->to, id, child);
  gint64 row = pen_gate_send (account->gate, iq, tag, &error);
  Request *request;

  xmlnode_free (iq);
  if (row < 0)
    {
      purple_debug_error ("penregister", "a request was not sent: %s\n", error->message);
      return -1;
    }
  request = g_new0 (Request, 1);
  request->account = account;
  request->id = g_steal_pointer (&id);
  request->to = g_strdup (wish->to);
  request->function = wish->function;
  request->data = wish->data;
  request->timer = pen_timers_add (pen_app ()->timers, PEN_ANSWER_TIMEOUT_S * G_USEC_PER_SEC, on_timeout, request);
  g_hash_table_insert (account->requests, request->id, request);
  return row;
}

gboolean
pen_request_saw (PenAccount *account, xmlnode *iq)
{
  const char *id = xmlnode_get_attrib (iq, "id");
  Request *request = id != NULL ? g_hash_table_lookup (account->requests, id) : NULL;

  if (request == NULL)
    return FALSE;
  if (!pen_account_answers (account, request->to, xmlnode_get_attrib (iq, "from")))
    {
      purple_debug_warning ("penregister", "an answer to %s came from somebody else and is not believed\n", id);
      return FALSE;
    }
  finish (request, iq);
  return TRUE;
}

gboolean
pen_request_give_up (PenAccount *account, const char *id)
{
  Request *request = g_hash_table_lookup (account->requests, id);

  if (request == NULL)
    return FALSE;
  finish (request, NULL);
  return TRUE;
}

void
pen_request_cancel_all (PenAccount *account)
{
  g_autoptr (GList) requests = g_hash_table_get_values (account->requests);

  for (GList *link = requests; link != NULL; link = link->next)
    finish (link->data, NULL);
}
