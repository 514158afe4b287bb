/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how lines stand in conversations, and tells of them by the signals
 * of pane.h. Text from the wire and from errors never becomes markup.
 *
 * send_im returns 0, so libpurple writes no line of its own; its
 * "sent-im-msg" it emits whatever send_im returns, so that is not done here. */

#include "purple/talk.h"

#include "purple/words.h"

#include <blist.h>
#include <core.h>
#include <privacy.h>
#include <server.h>
#include <signals.h>

#include <glib/gi18n-lib.h>
#include <log.h>

#define DATA_LINE "penregister/line"
#define DATA_MESSAGE "penregister/message"
#define DATA_STATE "penregister/state"
#define DATA_WARNING "penregister/warning"

PurpleConversation *
pen_talk_conversation (PurpleAccount *purple, const char *name, gboolean open)
{
  PurpleConversation *conv = purple_find_conversation_with_account (PURPLE_CONV_TYPE_IM, name, purple);

  if (conv == NULL && open)
    conv = purple_conversation_new (PURPLE_CONV_TYPE_IM, purple, name);
  return conv;
}

static time_t
now_s (void)
{
  return (time_t) (pen_clock_now_us (&pen_app ()->clock) / G_USEC_PER_SEC);
}

gboolean
pen_talk_is_deaf (void)
{
  return g_strcmp0 (purple_core_get_ui (), "BitlBee") == 0;
}

void
pen_talk_notice (PurpleConversation *conv, const char *text)
{
  g_autofree char *line = g_strdup_printf ("%s: %s", purple_conversation_get_name (conv), text);
  g_autofree char *html = pen_words_html (line);
  PurpleConnection *gc = purple_conversation_get_gc (conv);

  if (gc != NULL)
    purple_connection_notice (gc, html);
}

static void
write_text (PurpleConversation *conv, const char *text, PurpleMessageFlags flags)
{
  g_autofree char *html = pen_words_html (text);

  purple_conversation_write (conv, NULL, html, flags, now_s ());
  if (pen_talk_is_deaf ())
    pen_talk_notice (conv, text);
}

/* A plugin that sees the line may have closed the conversation. */
static void
unmark (PurpleConversation *conv, const char *key)
{
  if (g_list_find (purple_get_conversations (), conv) != NULL)
    purple_conversation_set_data (conv, key, NULL);
}

/* A room is a conversation too, but never opened by us. */
static PurpleConversation *
place_of (PurpleAccount *purple, const char *name, gboolean open)
{
  PurpleConversation *room = purple_find_conversation_with_account (PURPLE_CONV_TYPE_CHAT, name, purple);

  return room != NULL ? room : pen_talk_conversation (purple, name, open);
}

void
pen_talk_system (PurpleAccount *purple, const char *name, const char *text, gboolean open)
{
  PurpleConversation *conv = place_of (purple, name, open);

  if (conv != NULL)
    write_text (conv, text, PURPLE_MESSAGE_SYSTEM | PURPLE_MESSAGE_NO_LOG);
}

void
pen_talk_warning (PurpleAccount *purple, const char *name, const char *text, gboolean open)
{
  PurpleConversation *conv = place_of (purple, name, open);

  if (conv == NULL)
    return;
  purple_conversation_set_data (conv, DATA_WARNING, (gpointer) text);
  write_text (conv, text, PURPLE_MESSAGE_SYSTEM | PURPLE_MESSAGE_NO_LOG);
  unmark (conv, DATA_WARNING);
}

void
pen_talk_error (PurpleAccount *purple, const char *name, const char *text)
{
  PurpleConversation *conv = pen_talk_conversation (purple, name, TRUE);

  if (conv != NULL)
    write_text (conv, text, PURPLE_MESSAGE_ERROR);
}

static void
keep_text (PurpleConversation *conv, const char *key, const char *text)
{
  char *old = purple_conversation_get_data (conv, key);

  purple_conversation_set_data (conv, key, g_strdup (text));
  g_free (old);
}

static void
forget_texts (PurpleConversation *conv)
{
  keep_text (conv, DATA_MESSAGE, NULL);
  keep_text (conv, DATA_STATE, NULL);
}

/* Pidgin's log is clear text: what is or may yet be encrypted stays out of it. */
static PurpleMessageFlags
log_flags (PurpleAccount *purple, const PenPaneMessage *line)
{
  gboolean is_secret = line->route == PEN_ROUTE_ENCRYPTED || line->state == PEN_MESSAGE_HELD;

  return is_secret && !purple_account_get_bool (purple, PEN_OPTION_LOG_ENCRYPTED, FALSE) ? PURPLE_MESSAGE_NO_LOG : 0;
}

void
pen_talk_sent_elsewhere (PurpleAccount *purple, const char *html, const PenPaneMessage *line, gint64 at_s)
{
  PurpleConversation *conv = pen_talk_conversation (purple, line->name, TRUE);

  if (conv == NULL)
    return;
  purple_conversation_set_data (conv, DATA_LINE, (gpointer) line);
  purple_conv_im_write (PURPLE_CONV_IM (conv), NULL, html,
                        PURPLE_MESSAGE_SEND | PURPLE_MESSAGE_REMOTE_SEND | log_flags (purple, line), (time_t) at_s);
  unmark (conv, DATA_LINE);
}

void
pen_talk_log (PurpleAccount *purple, const char *name, const char *html)
{
  PurpleConversation *conv = pen_talk_conversation (purple, name, FALSE);

  if (conv == NULL || !purple_conversation_is_logging (conv)
      || purple_account_get_bool (purple, PEN_OPTION_LOG_ENCRYPTED, FALSE))
    return;
  if (conv->logs == NULL)
    conv->logs = g_list_append (NULL, purple_log_new (PURPLE_LOG_IM, name, purple, conv, now_s (), NULL));
  for (GList *link = conv->logs; link != NULL; link = link->next)
    purple_log_write (link->data, PURPLE_MESSAGE_SEND, purple_account_get_username (purple), now_s (), html);
}

void
pen_talk_sent (PurpleAccount *purple, const char *html, const PenPaneMessage *line)
{
  PurpleConversation *conv = pen_talk_conversation (purple, line->name, TRUE);

  if (conv != NULL)
    {
      keep_text (conv, DATA_MESSAGE, line->message);
      keep_text (conv, DATA_STATE, pen_message_state_to_string (line->state));
      purple_conversation_set_data (conv, DATA_LINE, (gpointer) line);
      purple_conv_im_write (PURPLE_CONV_IM (conv), NULL, html, PURPLE_MESSAGE_SEND | log_flags (purple, line),
                            now_s ());
      unmark (conv, DATA_LINE);
    }
  if (line->state != PEN_MESSAGE_HELD)
    pen_talk_emit ("penregister-im-out", purple, line);
}

/* One line on its way through serv_got_im(), which may open the conversation
 * itself. Lives on the stack and is its own signal handle. */
typedef struct
{
  PurpleAccount *purple;
  const PenPaneMessage *line;
  PurpleConversation *marked;
} Incoming;

/* The signature is that of "writing-im-msg". */
static gboolean
on_writing (PurpleAccount *purple, G_GNUC_UNUSED const char *who, G_GNUC_UNUSED char **html,
            PurpleConversation *conv, PurpleMessageFlags flags, Incoming *incoming)
{
  if (incoming->marked == NULL && purple == incoming->purple && (flags & PURPLE_MESSAGE_RECV) != 0)
    {
      incoming->marked = conv;
      purple_conversation_set_data (conv, DATA_LINE, (gpointer) incoming->line);
    }
  return FALSE;
}

void
pen_talk_received (PurpleConnection *gc, const PenPaneMessage *line, gint64 at_s)
{
  PurpleAccount *purple = purple_connection_get_account (gc);
  Incoming incoming = { .purple = purple, .line = line };
  g_autofree char *html = pen_words_html (line->text);
  void *conversations = purple_conversations_get_handle ();

  if (purple_privacy_check (purple, line->name))
    pen_talk_emit ("penregister-im-in", purple, line);

  purple_signal_connect (conversations, "writing-im-msg", &incoming, PURPLE_CALLBACK (on_writing), &incoming);
  serv_got_im (gc, line->name, html, PURPLE_MESSAGE_RECV | log_flags (purple, line), (time_t) at_s);
  purple_signal_disconnect (conversations, "writing-im-msg", &incoming, PURPLE_CALLBACK (on_writing));
  if (incoming.marked != NULL)
    unmark (incoming.marked, DATA_LINE);
}

void
pen_talk_in_room (PurpleAccount *purple, const PenPaneMessage *line, gint64 at_s, gboolean is_old)
{
  PurpleConversation *conv = purple_find_conversation_with_account (PURPLE_CONV_TYPE_CHAT, line->name, purple);
  g_autofree char *html = pen_words_html (line->text);

  if (conv == NULL)
    return;
  purple_conversation_set_data (conv, DATA_LINE, (gpointer) line);
  serv_got_chat_in (purple_account_get_connection (purple), purple_conv_chat_get_id (PURPLE_CONV_CHAT (conv)), line->from,
                    log_flags (purple, line) | (is_old ? PURPLE_MESSAGE_DELAYED : 0), html, (time_t) at_s);
  unmark (conv, DATA_LINE);
}

static void
on_deleting (PurpleConversation *conv, G_GNUC_UNUSED gpointer data)
{
  if (pen_account_is_ours (purple_conversation_get_account (conv)))
    forget_texts (conv);
}

static const char *const message_signals[] = { "penregister-im-in", "penregister-im-out", "penregister-im-status",
                                               "penregister-question" };

void
pen_talk_signals_register (PurplePlugin *plugin)
{
  purple_signal_register (plugin, "penregister-row", purple_marshal_VOID__POINTER, NULL, 1,
                          purple_value_new (PURPLE_TYPE_POINTER));
  purple_signal_register (plugin, "penregister-route", purple_marshal_VOID__POINTER_POINTER, NULL, 2,
                          purple_value_new (PURPLE_TYPE_SUBTYPE, PURPLE_SUBTYPE_ACCOUNT),
                          purple_value_new (PURPLE_TYPE_STRING));
  purple_signal_register (plugin, "penregister-devices", purple_marshal_VOID__POINTER_POINTER_POINTER, NULL, 3,
                          purple_value_new (PURPLE_TYPE_SUBTYPE, PURPLE_SUBTYPE_ACCOUNT),
                          purple_value_new (PURPLE_TYPE_STRING), purple_value_new (PURPLE_TYPE_STRING));
  for (gsize i = 0; i < G_N_ELEMENTS (message_signals); i++)
    purple_signal_register (plugin, message_signals[i], purple_marshal_VOID__POINTER_POINTER, NULL, 2,
                            purple_value_new (PURPLE_TYPE_SUBTYPE, PURPLE_SUBTYPE_ACCOUNT),
                            purple_value_new (PURPLE_TYPE_POINTER));
}

void
pen_talk_connect (PurplePlugin *plugin)
{
  purple_signal_connect (purple_conversations_get_handle (), "deleting-conversation", plugin,
                         PURPLE_CALLBACK (on_deleting), NULL);
}

void
pen_talk_signals_unregister (PurplePlugin *plugin)
{
  for (GList *l = purple_get_ims (); l != NULL; l = l->next)
    on_deleting (l->data, NULL);
  purple_signal_unregister (plugin, "penregister-row");
  purple_signal_unregister (plugin, "penregister-route");
  purple_signal_unregister (plugin, "penregister-devices");
  for (gsize i = 0; i < G_N_ELEMENTS (message_signals); i++)
    purple_signal_unregister (plugin, message_signals[i]);
}

void
pen_talk_emit (const char *signal, PurpleAccount *purple, const PenPaneMessage *line)
{
  purple_signal_emit (pen_app ()->plugin, signal, purple, line);
}

void
pen_talk_emit_route (PurpleAccount *purple, const char *name)
{
  PurpleBlistUiOps *ops = purple_blist_get_ui_ops ();
  PurpleBuddy *buddy = purple_find_buddy (purple, name);

  purple_signal_emit (pen_app ()->plugin, "penregister-route", purple, name);
  if (buddy != NULL && ops != NULL && ops->update != NULL)
    ops->update (purple_get_blist (), PURPLE_BLIST_NODE (buddy));
}

static const char *
say_held (PenRouteReason reason)
{
  switch (reason)
    {
    case PEN_REASON_OMEMO_MISSING:
      return _("Held: reachable encrypted, but your own keys are not published yet");
    case PEN_REASON_NO_KEYS:
      return _("Held: no device's key may be used");
    case PEN_REASON_DOWNGRADE:
      return _("Held: was encrypted before, and is not now");
    case PEN_REASON_LOOKING_UP:
      return _("Held: still being looked up");
    case PEN_REASON_COULD_NOT_ASK:
      return _("Held: nobody could tell whether encryption is possible");
    case PEN_REASON_NOT_ASKED:
      return _("Not looked up yet");
    case PEN_REASON_WITHHELD:
      return _("Not looked up: your policy lets nobody be asked");
    case PEN_REASON_CONSENT_SMS:
      return _("Held: an SMS needs your consent");
    case PEN_REASON_NO_GATEWAY:
      return _("Held: no SMS gateway is known");
    case PEN_REASON_OTR:
      return _("Held: OTR text never goes as SMS");
    case PEN_REASON_CONSENT_PLAIN:
      return _("Held: you want to be asked before sending without encryption");
    case PEN_REASON_NO_REPLY:
      return _("Cannot be answered: a name instead of a number");
    default:
      return _("Held until you decide");
    }
}

static char *
say_slot (gint64 slot_at_us)
{
  gint64 now_us = pen_clock_now_us (&pen_app ()->clock);
  g_autofree char *at = NULL;

  if (slot_at_us <= now_us)
    return g_strdup (_("Held: waits for the next batch"));
  at = pen_words_clock (slot_at_us, now_us);
  return g_strdup_printf (_("Held: waits for the %s batch"), at);
}

char *
pen_talk_route_words (const PenRouteDecision *decision, guint devices, gint64 slot_at_us)
{
  switch (decision->route)
    {
    case PEN_ROUTE_ENCRYPTED:
      if (devices == 0)
        return g_strdup (_("Encrypted"));
      return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                           "Encrypted to %u device", "Encrypted to %u devices", devices), devices);
    case PEN_ROUTE_SMS:
      return g_strdup (_("SMS, not encrypted"));
    case PEN_ROUTE_PLAIN:
      return g_strdup (_("XMPP, not encrypted"));
    default:
      return decision->reason == PEN_REASON_WAITS_FOR_SLOT ? say_slot (slot_at_us)
                                                           : g_strdup (say_held (decision->reason));
    }
}
