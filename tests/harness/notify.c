/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* libpurple's notices, as events. None stays open. */

#include "harness.h"

/* Returning NULL tells libpurple that the notice is closed already. */
static void *
emit_notice (const char *title, const char *const *parts)
{
  JsonObject *event = harness_event_new ("notice", NULL);
  GString *text = g_string_new (NULL);
  g_autofree char *plain = harness_plain_text (title);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_autofree char *part = harness_plain_text (parts[i]);

      if (part[0] != '\0')
        g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", part);
    }
  harness_put (event, "title", plain);
  harness_put (event, "text", text->str);
  g_string_free (text, TRUE);
  harness_event_emit (event);
  return NULL;
}

static const char *
text_or_empty (const char *text)
{
  return text != NULL ? text : "";
}

static void *
notify_message (PurpleNotifyMsgType type, const char *title, const char *primary, const char *secondary)
{
  const char *parts[] = { text_or_empty (title != NULL ? primary : NULL), text_or_empty (secondary), NULL };

  return emit_notice (title != NULL ? title : primary, parts);
}

static void *
notify_email (PurpleConnection *gc, const char *subject, const char *from, const char *to, const char *url)
{
  const char *parts[] = { text_or_empty (subject), text_or_empty (from), text_or_empty (to), text_or_empty (url),
                          NULL };

  return emit_notice ("Mail", parts);
}

/* The signature is libpurple's notify_emails. */
static void *
notify_emails (PurpleConnection *gc, size_t count, gboolean detailed, const char **subjects, const char **froms,
               const char **tos, const char **urls)
{
  g_autofree char *number = g_strdup_printf ("%" G_GSIZE_FORMAT, count);
  const char *parts[] = { number, NULL };

  return emit_notice ("Mail", parts);
}

static void *
notify_formatted (const char *title, const char *primary, const char *secondary, const char *text)
{
  const char *parts[] = { text_or_empty (primary), text_or_empty (secondary), text_or_empty (text), NULL };

  return emit_notice (title, parts);
}

static void
append_cells (GString *text, GList *cells, gboolean are_columns)
{
  for (GList *l = cells; l != NULL; l = l->next)
    {
      const char *cell = are_columns ? ((const PurpleNotifySearchColumn *) l->data)->title : l->data;

      g_string_append_printf (text, "%s%s", l == cells ? "" : "\t", text_or_empty (cell));
    }
}

/* The signature is libpurple's notify_searchresults. The results are ours to free. */
static void *
notify_results (PurpleConnection *gc, const char *title, const char *primary, const char *secondary,
                PurpleNotifySearchResults *results, gpointer data)
{
  JsonObject *event = harness_event_new ("notice", gc != NULL ? purple_connection_get_account (gc) : NULL);
  GString *text = g_string_new (NULL);

  append_cells (text, results->columns, TRUE);
  for (GList *l = results->rows; l != NULL; l = l->next)
    {
      g_string_append_c (text, '\n');
      append_cells (text, l->data, FALSE);
    }
  harness_put (event, "title", title != NULL ? title : primary);
  harness_put (event, "text", text->str);
  g_string_free (text, TRUE);
  purple_notify_searchresults_free (results);
  harness_event_emit (event);
  return NULL;
}

static void *
notify_user_info (PurpleConnection *gc, const char *who, PurpleNotifyUserInfo *info)
{
  g_autofree char *text = purple_notify_user_info_get_text_with_newline (info, "<br>");
  const char *parts[] = { text, NULL };

  return emit_notice (who, parts);
}

static void *
notify_uri (const char *uri)
{
  const char *parts[] = { text_or_empty (uri), NULL };

  return emit_notice ("URI", parts);
}

static PurpleNotifyUiOps notify_ops = { .notify_message = notify_message,
                                        .notify_email = notify_email,
                                        .notify_emails = notify_emails,
                                        .notify_formatted = notify_formatted,
                                        .notify_searchresults = notify_results,
                                        .notify_userinfo = notify_user_info,
                                        .notify_uri = notify_uri };

void
harness_notify_install (void)
{
  purple_notify_set_ui_ops (&notify_ops);
}
