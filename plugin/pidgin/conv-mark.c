/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what stands behind a message, and changes it in place while the
 * message climbs its ladder: text marks of the buffer remember where it is.
 *
 * Pidgin writes each line through one function of its table, which is ours
 * meanwhile. It also shows every line that is kept out of the log in grey and
 * without its author; encrypted messages are kept out of it, and are lines
 * like all others here. */

#include "conv-mark.h"

#include "conv-icons.h"

#include <glib/gi18n-lib.h>
#include <gtkconv.h>
#include <string.h>

#define DATA_LINE "penregister/line"
#define DATA_WARNING "penregister/warning"
/* Messages whose mark may still change; the oldest is forgotten first. */
#define MAX_MARKS 500
/* How a text buffer counts a picture. */
#define PICTURE 0xFFFC

typedef void (*WriteFunc) (PurpleConversation *conv, const char *name, const char *alias, const char *html,
                           PurpleMessageFlags flags, time_t at);

/* What write_conv is called with. */
typedef struct
{
  PurpleConversation *conv;
  const char *name;
  const char *alias;
  const char *html;
  PurpleMessageFlags flags;
  time_t at;
} Written;

typedef struct
{
  char *message;
  char *words;
  GtkTextMark *start;
  GtkTextMark *end;
} Mark;

/* Pidgin's function, for as long as ours stands in the table or another
 * plugin's that calls ours. */
static WriteFunc original;
static gboolean is_loaded;
static GQueue marks = G_QUEUE_INIT;

static void
pass_on (const Written *written, const char *html)
{
  original (written->conv, written->name, written->alias, html, written->flags, written->at);
}

static void
mark_free (Mark *mark)
{
  GtkTextBuffer *buffer = gtk_text_mark_get_buffer (mark->start);

  if (buffer != NULL)
    {
      gtk_text_buffer_delete_mark (buffer, mark->start);
      gtk_text_buffer_delete_mark (buffer, mark->end);
    }
  g_object_unref (mark->start);
  g_object_unref (mark->end);
  g_free (mark->message);
  g_free (mark->words);
  g_free (mark);
}

static const char *
say_route (PenRoute route)
{
  switch (route)
    {
    case PEN_ROUTE_ENCRYPTED:
      return _("encrypted");
    case PEN_ROUTE_SMS:
      return _("SMS, not encrypted");
    case PEN_ROUTE_PLAIN:
      return _("not encrypted");
    default:
      return _("held");
    }
}

/* NULL where the route says it all. */
static const char *
say_state (const PenPaneMessage *line)
{
  switch (line->state)
    {
    case PEN_MESSAGE_SENT:
      return _("sent");
    case PEN_MESSAGE_ACCEPTED:
      return line->route == PEN_ROUTE_SMS ? _("accepted by the gateway") : _("accepted");
    case PEN_MESSAGE_DELIVERED:
      return _("delivered");
    case PEN_MESSAGE_FAILED:
      return _("not delivered");
    case PEN_MESSAGE_UNKNOWN:
      return _("nobody knows whether it arrived");
    default:
      return NULL;
    }
}

static char *
say_mark (const PenPaneMessage *line)
{
  const char *state = line->message != NULL ? say_state (line) : NULL;

  if (line->route == PEN_ROUTE_HOLD && line->state == PEN_MESSAGE_FAILED)
    return g_strdup_printf ("[%s]", _("not sent"));
  if (state == NULL)
    return g_strdup_printf ("[%s]", say_route (line->route));
  return g_strdup_printf ("[%s, %s]", say_route (line->route), state);
}

static gboolean
may_change (const PenPaneMessage *line)
{
  return line->message != NULL && line->state != PEN_MESSAGE_DELIVERED && line->state != PEN_MESSAGE_FAILED;
}

static GtkTextBuffer *
buffer_of (PurpleConversation *conv)
{
  PidginConversation *gtkconv = PIDGIN_IS_PIDGIN_CONVERSATION (conv) ? PIDGIN_CONVERSATION (conv) : NULL;

  return gtkconv != NULL ? gtk_text_view_get_buffer (GTK_TEXT_VIEW (gtkconv->imhtml)) : NULL;
}

static GtkTextMark *
mark_at (GtkTextBuffer *buffer, const GtkTextIter *at)
{
  return g_object_ref (gtk_text_buffer_create_mark (buffer, NULL, at, TRUE));
}

/* The picture and a blank stand before the words. */
static void
take_in_picture (GtkTextIter *start)
{
  GtkTextIter at = *start;

  if (gtk_text_iter_backward_chars (&at, 2) && gtk_text_iter_get_char (&at) == PICTURE)
    *start = at;
}

/* Looked for from the end: the text itself may hold the same words. */
static void
remember (GtkTextBuffer *buffer, gint from, const char *message, const char *words)
{
  GtkTextIter limit, last, start, end;
  Mark *mark;

  gtk_text_buffer_get_iter_at_offset (buffer, &limit, from);
  gtk_text_buffer_get_end_iter (buffer, &last);
  if (!gtk_text_iter_backward_search (&last, words, GTK_TEXT_SEARCH_TEXT_ONLY, &start, &end, &limit))
    return;
  take_in_picture (&start);
  mark = g_new0 (Mark, 1);
  mark->message = g_strdup (message);
  mark->words = g_strdup (words);
  mark->start = mark_at (buffer, &start);
  mark->end = mark_at (buffer, &end);
  g_queue_push_tail (&marks, mark);
  while (marks.length > MAX_MARKS)
    mark_free (g_queue_pop_head (&marks));
}

static void
write_marked (const Written *written, const PenPaneMessage *line)
{
  GtkTextBuffer *buffer = buffer_of (written->conv);
  gint from = buffer != NULL ? gtk_text_buffer_get_char_count (buffer) : 0;
  g_autofree char *words = say_mark (line);
  g_autofree char *escaped = g_markup_escape_text (words, -1);
  g_autofree char *icon = pen_conv_icon_html (pen_conv_icon_of (line->route));
  g_autofree char *marked = g_strdup_printf ("%s <FONT SIZE=\"2\">%s %s</FONT>", written->html, icon, escaped);
  g_autofree char *message = may_change (line) ? g_strdup (line->message) : NULL;

  pass_on (written, marked);
  if (buffer != NULL && message != NULL)
    remember (buffer, from, message, words);
}

static void
write_warning (const Written *written)
{
  g_autofree char *icon = pen_conv_icon_html (PEN_CONV_ICON_WARNING);
  g_autofree char *marked = g_strdup_printf ("%s %s %s", icon, _("Attention:"), written->html);

  pass_on (written, marked);
}

/* The signature is that of PurpleConversationUiOps.write_conv. */
static void
write_conv (PurpleConversation *conv, const char *name, const char *alias, const char *html, PurpleMessageFlags flags,
            time_t at)
{
  Written written = { conv, name, alias, html, flags, at };
  const PenPaneMessage *line = NULL;
  gboolean is_warning = FALSE;

  if (is_loaded && (flags & (PURPLE_MESSAGE_SEND | PURPLE_MESSAGE_RECV)) != 0)
    line = purple_conversation_get_data (conv, DATA_LINE);
  if (is_loaded && (flags & PURPLE_MESSAGE_SYSTEM) != 0)
    is_warning = purple_conversation_get_data (conv, DATA_WARNING) != NULL;
  if (line != NULL)
    {
      written.flags &= ~PURPLE_MESSAGE_NO_LOG;
      write_marked (&written, line);
    }
  else if (is_warning)
    write_warning (&written);
  else
    pass_on (&written, html);
}

static gboolean
holds_words (GtkTextBuffer *buffer, const Mark *mark)
{
  GtkTextIter start, end;
  g_autofree char *there = NULL;

  gtk_text_buffer_get_iter_at_mark (buffer, &start, mark->start);
  gtk_text_buffer_get_iter_at_mark (buffer, &end, mark->end);
  there = gtk_text_buffer_get_text (buffer, &start, &end, TRUE);
  return g_str_has_suffix (there, mark->words);
}

static void
insert_mark (GtkTextBuffer *buffer, GtkTextIter *at, const PenPaneMessage *message, const char *words)
{
  GdkPixbuf *pixbuf = pen_conv_icon_pixbuf (pen_conv_icon_of (message->route));

  if (pixbuf != NULL)
    {
      gtk_text_buffer_insert_pixbuf (buffer, at, pixbuf);
      gtk_text_buffer_insert (buffer, at, " ", -1);
    }
  gtk_text_buffer_insert (buffer, at, words, -1);
}

/* The new words look like the old ones. FALSE when the old ones are gone. */
static gboolean
replace (Mark *mark, const PenPaneMessage *message, const char *words)
{
  GtkTextBuffer *buffer = gtk_text_mark_get_buffer (mark->start);
  g_autoptr (GSList) tags = NULL;
  GtkTextIter start, end;

  if (buffer == NULL || !holds_words (buffer, mark))
    return FALSE;
  gtk_text_buffer_get_iter_at_mark (buffer, &start, mark->start);
  gtk_text_buffer_get_iter_at_mark (buffer, &end, mark->end);
  gtk_text_iter_backward_char (&end);
  tags = gtk_text_iter_get_tags (&end);
  gtk_text_iter_forward_char (&end);
  gtk_text_buffer_delete (buffer, &start, &end);
  insert_mark (buffer, &start, message, words);
  end = start;
  gtk_text_buffer_move_mark (buffer, mark->end, &end);
  gtk_text_buffer_get_iter_at_mark (buffer, &start, mark->start);
  for (GSList *l = tags; l != NULL; l = l->next)
    gtk_text_buffer_apply_tag (buffer, l->data, &start, &end);
  g_free (mark->words);
  mark->words = g_strdup (words);
  return TRUE;
}

static GList *
find_mark (const char *message)
{
  for (GList *l = marks.tail; l != NULL; l = l->prev)
    if (g_strcmp0 (((const Mark *) l->data)->message, message) == 0)
      return l;
  return NULL;
}

void
pen_conv_marks_update (const PenPaneMessage *message)
{
  GList *link = message->message != NULL ? find_mark (message->message) : NULL;
  g_autofree char *words = NULL;

  if (link == NULL)
    return;
  words = say_mark (message);
  if (replace (link->data, message, words) && may_change (message))
    return;
  mark_free (link->data);
  g_queue_delete_link (&marks, link);
}

void
pen_conv_marks_load (void)
{
  PurpleConversationUiOps *ops = pidgin_conversations_get_conv_ui_ops ();

  is_loaded = TRUE;
  if (original != NULL)
    return;
  original = ops->write_conv;
  ops->write_conv = write_conv;
}

void
pen_conv_marks_unload (void)
{
  PurpleConversationUiOps *ops = pidgin_conversations_get_conv_ui_ops ();

  is_loaded = FALSE;
  if (ops->write_conv == write_conv)
    {
      ops->write_conv = original;
      original = NULL;
    }
  g_queue_clear_full (&marks, (GDestroyNotify) mark_free);
}
