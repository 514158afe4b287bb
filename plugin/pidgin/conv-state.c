/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides the words of a conversation's state: never only a colour or an
 * icon, and what sending would tell whom stands there before it does. */

#include "conv-state.h"

#include "ledger-words.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A name may be as long as a page, and hold what turns the line round. */
#define NAME_CHARS 80

gboolean
pen_conv_is_ours (PurpleConversation *conv)
{
  return conv != NULL && purple_conversation_get_type (conv) == PURPLE_CONV_TYPE_IM
         && pen_interface_is_ours (purple_conversation_get_account (conv))
         && strchr (purple_conversation_get_name (conv), '/') == NULL;
}

/* Nothing is held yet: then the way is not known. */
static PenConvIcon
pick_icon (PenRoute route, const PenPaneTalk *talk)
{
  PenConvIcon icon = pen_conv_icon_of (route);

  return icon == PEN_CONV_ICON_HELD && (talk == NULL || talk->n_held == 0) ? PEN_CONV_ICON_UNKNOWN : icon;
}

static char *
say_words (PurpleConversation *conv, const PenPaneStatus *status, const char *draft)
{
  const PenPane *pane = pen_interface ();
  guint parts = status->route == PEN_ROUTE_SMS && draft != NULL ? pane->sms_parts (draft) : 0;

  if (!purple_account_is_connected (purple_conversation_get_account (conv)))
    return g_strdup (_("Offline: nothing can be sent"));
  if (parts == 0)
    return g_strdup (status->words);
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s, %u part", "%s, %u parts", parts), status->words, parts);
}

static char *
say_left (gint64 left_s)
{
  if (left_s >= 3600)
    return g_strdup_printf ("%" G_GINT64_FORMAT ":%02d:%02d", left_s / 3600, (int) (left_s / 60 % 60),
                            (int) (left_s % 60));
  return g_strdup_printf ("%d:%02d", (int) (left_s / 60), (int) (left_s % 60));
}

static char *
say_held (const PenPaneTalk *talk, const char *words)
{
  gint64 left_s = (talk->slot_at_us - g_get_real_time ()) / G_USEC_PER_SEC;
  g_autofree char *left = NULL;

  if (talk->slot_at_us == 0 || left_s < 0)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                         "%u message is not sent yet. %s.", "%u messages are not sent yet. %s.",
                                         talk->n_held), talk->n_held, words);
  left = say_left (left_s);
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u message is not sent yet. %s: %s left.",
                                       "%u messages are not sent yet. %s: %s left.", talk->n_held),
                          talk->n_held, words, left);
}

static char *
say_asks (PurpleConversation *conv, const PenPaneTalk *talk)
{
  g_autofree char *name = pen_words_clean (purple_conversation_get_name (conv), NAME_CHARS);
  g_autofree char *told = pen_words_clean (talk->asks, NAME_CHARS);

  return g_strdup_printf (talk->kind == PEN_ADDRESS_TEL
                            ? _("Writing to %s asks about this number when you send: it tells %s.")
                            : _("Writing to %s asks about this address when you send: it tells %s."),
                          name, told);
}

static void
fill_notice (PenConvState *state, PurpleConversation *conv, const char *route_words)
{
  if (state->talk == NULL)
    return;
  if (state->talk->n_held > 0)
    state->notice = say_held (state->talk, route_words);
  else if (state->talk->asks != NULL)
    {
      state->notice = say_asks (conv, state->talk);
      state->may_refuse = TRUE;
    }
}

PenConvState *
pen_conv_state_new (PurpleConversation *conv, const char *draft)
{
  PurpleAccount *account = purple_conversation_get_account (conv);
  const char *name = purple_conversation_get_name (conv);
  const PenPane *pane = pen_interface ();
  PenConvState *state = g_new0 (PenConvState, 1);
  g_autoptr (GError) error = NULL;
  PenPaneStatus *status = pane->status (account, name, &error);

  state->route = PEN_ROUTE_HOLD;
  state->icon = PEN_CONV_ICON_UNKNOWN;
  if (status == NULL)
    {
      state->words = g_strdup (_("Nothing can be said about this address"));
      state->why = g_strdup (error != NULL ? error->message : "");
      return state;
    }
  state->talk = pane->talk (account, name, NULL);
  state->route = status->route;
  state->icon = pick_icon (status->route, state->talk);
  state->words = say_words (conv, status, draft);
  state->why = status->why != NULL ? g_strjoinv ("\n", status->why) : g_strdup ("");
  fill_notice (state, conv, status->words);
  pane->status_free (status);
  return state;
}

void
pen_conv_state_free (PenConvState *state)
{
  if (state->talk != NULL)
    pen_interface ()->talk_free (state->talk);
  g_free (state->words);
  g_free (state->why);
  g_free (state->notice);
  g_free (state);
}

gboolean
pen_conv_state_waits (const PenConvState *state)
{
  return state->talk != NULL && state->talk->n_held > 0 && state->talk->slot_at_us > 0;
}
