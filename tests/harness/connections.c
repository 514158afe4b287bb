/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Signing on and off: a request is answered when the connection has really
 * come or gone, never before. */

#include "harness.h"

typedef struct
{
  HarnessCall *call;
  char *account;
  gboolean wants_on;
  guint64 serial;
} Pending;

typedef struct
{
  char *account;
  char *code;
  char *message;
  guint64 until;
} Ending;

static GList *pending;
static guint64 last_serial;
static GHashTable *last_errors;
static int anchor;

static const char *const error_codes[] = {
  [PURPLE_CONNECTION_ERROR_NETWORK_ERROR] = "network",
  [PURPLE_CONNECTION_ERROR_INVALID_USERNAME] = "invalid_user",
  [PURPLE_CONNECTION_ERROR_AUTHENTICATION_FAILED] = "auth_failed",
  [PURPLE_CONNECTION_ERROR_AUTHENTICATION_IMPOSSIBLE] = "auth_impossible",
  [PURPLE_CONNECTION_ERROR_NO_SSL_SUPPORT] = "no_tls",
  [PURPLE_CONNECTION_ERROR_ENCRYPTION_ERROR] = "encryption",
  [PURPLE_CONNECTION_ERROR_NAME_IN_USE] = "name_in_use",
  [PURPLE_CONNECTION_ERROR_INVALID_SETTINGS] = "invalid_settings",
  [PURPLE_CONNECTION_ERROR_CERT_NOT_PROVIDED] = "cert_not_provided",
  [PURPLE_CONNECTION_ERROR_CERT_UNTRUSTED] = "cert_untrusted",
  [PURPLE_CONNECTION_ERROR_CERT_EXPIRED] = "cert_expired",
  [PURPLE_CONNECTION_ERROR_CERT_NOT_ACTIVATED] = "cert_not_activated",
  [PURPLE_CONNECTION_ERROR_CERT_HOSTNAME_MISMATCH] = "cert_hostname_mismatch",
  [PURPLE_CONNECTION_ERROR_CERT_FINGERPRINT_MISMATCH] = "cert_fingerprint_mismatch",
  [PURPLE_CONNECTION_ERROR_CERT_SELF_SIGNED] = "cert_self_signed",
  [PURPLE_CONNECTION_ERROR_CERT_OTHER_ERROR] = "cert_other",
  [PURPLE_CONNECTION_ERROR_OTHER_ERROR] = "other"
};

static void
ending_free (gpointer data)
{
  Ending *ending = data;

  g_free (ending->account);
  g_free (ending->code);
  g_free (ending->message);
  g_free (ending);
}

static void
report_reason (PurpleConnection *gc, PurpleConnectionError reason, const char *text)
{
  Ending *ending = g_new0 (Ending, 1);

  ending->account = harness_account_handle (purple_connection_get_account (gc));
  ending->code = g_strdup ((guint) reason < G_N_ELEMENTS (error_codes) ? error_codes[reason] : "other");
  ending->message = g_strdup (text);
  g_hash_table_replace (last_errors, ending->account, ending);
}

static PurpleConnectionUiOps connection_ops = { .report_disconnect_reason = report_reason };

static void
pending_add (HarnessCall *call, PurpleAccount *account, gboolean wants_on)
{
  Pending *entry = g_new0 (Pending, 1);

  entry->call = call;
  entry->account = harness_account_handle (account);
  entry->wants_on = wants_on;
  entry->serial = ++last_serial;
  pending = g_list_append (pending, entry);
}

static HarnessCall *
pending_take (GList *link)
{
  Pending *entry = link->data;
  HarnessCall *call = entry->call;

  pending = g_list_delete_link (pending, link);
  g_free (entry->account);
  g_free (entry);
  return call;
}

void
harness_connections_forget (HarnessCall *call)
{
  for (GList *l = pending; l != NULL; l = l->next)
    if (((Pending *) l->data)->call == call)
      {
        pending_take (l);
        return;
      }
}

static GList *
pending_find (const char *account, guint64 until)
{
  for (GList *l = pending; l != NULL; l = l->next)
    if (g_str_equal (((Pending *) l->data)->account, account) && ((Pending *) l->data)->serial <= until)
      return l;
  return NULL;
}

/* What was asked for after an end is not answered by it. */
static void
settle (const char *account, gboolean is_on, const Ending *ending)
{
  guint64 until = ending != NULL ? ending->until : last_serial;
  GList *link;

  while ((link = pending_find (account, until)) != NULL)
    {
      gboolean wants_on = ((Pending *) link->data)->wants_on;
      HarnessCall *call = pending_take (link);

      if (wants_on == is_on)
        harness_reply (call, NULL);
      else if (ending != NULL && ending->code != NULL)
        harness_fail (call, ending->code, "%s", ending->message);
      else
        harness_fail (call, is_on ? "signed_on" : "signed_off", "The account has signed %s.", is_on ? "on" : "off");
    }
}

static void
on_signed_on (PurpleConnection *gc, gpointer data)
{
  PurpleAccount *account = purple_connection_get_account (gc);
  g_autofree char *handle = harness_account_handle (account);

  harness_event_emit (harness_event_new ("signed-on", account));
  settle (handle, TRUE, NULL);
}

static gboolean
settle_off (gpointer data)
{
  const Ending *ending = data;

  settle (ending->account, FALSE, ending);
  return G_SOURCE_REMOVE;
}

/* The connection is still there while libpurple tells: the reply comes after. */
static void
on_signed_off (PurpleConnection *gc, gpointer data)
{
  PurpleAccount *account = purple_connection_get_account (gc);
  g_autofree char *handle = harness_account_handle (account);
  JsonObject *event = harness_event_new ("signed-off", account);
  Ending *ending = g_hash_table_lookup (last_errors, handle);

  if (ending != NULL)
    {
      JsonObject *error = json_object_new ();

      g_hash_table_steal (last_errors, handle);
      harness_put (error, "code", ending->code);
      harness_put (error, "message", ending->message);
      json_object_set_object_member (event, "error", error);
    }
  else
    {
      ending = g_new0 (Ending, 1);
      ending->account = g_steal_pointer (&handle);
    }
  ending->until = last_serial;
  harness_event_emit (event);
  g_idle_add_full (G_PRIORITY_DEFAULT, settle_off, ending, ending_free);
}

static gboolean
settle_nothing_began (gpointer data)
{
  PurpleAccount *account = harness_account_find (data);
  gboolean asks_password = FALSE;

  if (account == NULL)
    settle (data, FALSE, NULL);
  else
    asks_password = purple_account_get_password (account) == NULL;
  if (account != NULL && !asks_password && purple_account_is_disconnected (account))
    settle (data, FALSE, NULL);
  return G_SOURCE_REMOVE;
}

static void
start_connecting (HarnessCall *call, PurpleAccount *account)
{
  PurpleStatusType *type = purple_account_get_status_type_with_primitive (account, PURPLE_STATUS_AVAILABLE);

  pending_add (call, account, TRUE);
  if (!purple_presence_is_online (purple_account_get_presence (account)) && type != NULL)
    purple_account_set_status (account, purple_status_type_get_id (type), TRUE, NULL);
  if (!purple_account_get_enabled (account, HARNESS_UI_ID))
    purple_account_set_enabled (account, HARNESS_UI_ID, TRUE);
  if (purple_account_is_disconnected (account))
    purple_account_connect (account);
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, settle_nothing_began, harness_account_handle (account), g_free);
}

static void
run_connect (HarnessCall *call)
{
  PurpleAccount *account = harness_call_account (call);
  g_autofree char *reason = NULL;

  if (account == NULL)
    return;
  if (purple_find_prpl (purple_account_get_protocol_id (account)) == NULL)
    harness_fail (call, "no_protocol", "The protocol of this account is not loaded.");
  else if (!harness_guard_account (account, &reason))
    harness_fail (call, "not_loopback", "%s", reason);
  else if (purple_account_is_connected (account))
    harness_reply (call, NULL);
  else
    start_connecting (call, account);
}

static void
run_disconnect (HarnessCall *call)
{
  PurpleAccount *account = harness_call_account (call);

  if (account == NULL)
    return;
  if (purple_account_is_disconnected (account))
    {
      purple_account_set_enabled (account, HARNESS_UI_ID, FALSE);
      harness_reply (call, NULL);
      return;
    }
  pending_add (call, account, FALSE);
  purple_account_set_enabled (account, HARNESS_UI_ID, FALSE);
  if (!purple_account_is_disconnected (account))
    purple_account_disconnect (account);
}

void
harness_connections_install (void)
{
  last_errors = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, ending_free);
  purple_connections_set_ui_ops (&connection_ops);
  purple_signal_connect (purple_connections_get_handle (), "signed-on", &anchor, PURPLE_CALLBACK (on_signed_on), NULL);
  purple_signal_connect (purple_connections_get_handle (), "signed-off", &anchor, PURPLE_CALLBACK (on_signed_off),
                         NULL);
}

const HarnessCommand harness_connection_commands[] = {
  { "connect", run_connect },
  { "disconnect", run_disconnect },
  { NULL, NULL }
};
