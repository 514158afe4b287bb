/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how a held message asks its one question: what would leave, to
 * whom, who could read it, and which answer is the safe one.
 *
 * libpurple does not tell when a dialog was closed without an answer, so a new
 * question about the same person replaces the old one, whether that is still
 * on the screen or not. It is announced again only when it is another one. */

#include "purple/question.h"

#include "penregister/sms.h"
#include "purple/message.h"
#include "purple/services.h"
#include "purple/talk.h"
#include "purple/words.h"

#include <core.h>
#include <request.h>
#include <signals.h>

#include <glib/gi18n-lib.h>

#define EXCERPT_MAX_CHARS 200
#define SENDING (PEN_CHOICE_BIT (PEN_CHOICE_SMS) | PEN_CHOICE_BIT (PEN_CHOICE_PLAIN))

/* An open question; its own handle for libpurple's requests and signals. */
typedef struct
{
  PurpleAccount *purple;
  char *name;
  char *message;
  guint choices;
} Question;

/* Open questions of all accounts: libpurple's requests are process-wide too. */
static GSList *questions;

typedef struct
{
  PenChoice choice;
  const char *label;
  GCallback answered;
} Button;

static void
free_question (Question *question)
{
  purple_signals_disconnect_by_handle (question);
  g_free (question->name);
  g_free (question->message);
  g_free (question);
}

static void
close_question (Question *question)
{
  questions = g_slist_remove (questions, question);
  purple_request_close_with_handle (question);
  free_question (question);
}

static Question *
find_question (PurpleAccount *purple, const char *name)
{
  for (GSList *l = questions; l != NULL; l = l->next)
    {
      Question *question = l->data;

      if (question->purple == purple && g_str_equal (question->name, name))
        return question;
    }
  return NULL;
}

void
pen_question_close (PurpleAccount *purple, const char *name)
{
  GSList *next;

  for (GSList *l = questions; l != NULL; l = next)
    {
      Question *question = l->data;

      next = l->next;
      if (question->purple == purple && (name == NULL || g_str_equal (question->name, name)))
        close_question (question);
    }
}

/* The dialog is closed by the client itself when this returns, so it is only
 * let go here: closing it twice could hit a new one. */
static void
answer (Question *question, PenChoice choice)
{
  g_autoptr (GError) error = NULL;

  if (g_slist_find (questions, question) == NULL)
    return;
  questions = g_slist_remove (questions, question);
  if (!pen_message_answer (question->purple, question->message, choice, &error))
    pen_talk_error (question->purple, question->name,
                    error != NULL ? error->message : _("Your answer could not be kept. The message is still held."));
  free_question (question);
}

/* A function a button: clients disagree on the number that they hand over. */
static void
on_encrypted (Question *question, G_GNUC_UNUSED int action)
{
  answer (question, PEN_CHOICE_ENCRYPTED);
}

static void
on_sms (Question *question, G_GNUC_UNUSED int action)
{
  answer (question, PEN_CHOICE_SMS);
}

static void
on_plain (Question *question, G_GNUC_UNUSED int action)
{
  answer (question, PEN_CHOICE_PLAIN);
}

static void
on_wait (Question *question, G_GNUC_UNUSED int action)
{
  answer (question, PEN_CHOICE_WAIT);
}

static void
on_cancel (Question *question, G_GNUC_UNUSED int action)
{
  answer (question, PEN_CHOICE_CANCEL);
}

/* In the order in which they stand. */
static const Button all_buttons[] = {
  { PEN_CHOICE_WAIT, N_("_Keep it for now"), G_CALLBACK (on_wait) },
  { PEN_CHOICE_CANCEL, N_("_Do not send"), G_CALLBACK (on_cancel) },
  { PEN_CHOICE_ENCRYPTED, N_("Send _encrypted"), G_CALLBACK (on_encrypted) },
  { PEN_CHOICE_SMS, N_("Send as _SMS"), G_CALLBACK (on_sms) },
  { PEN_CHOICE_PLAIN, N_("Send _without encryption"), G_CALLBACK (on_plain) },
};

#define N_BUTTONS G_N_ELEMENTS (all_buttons)

/* BitlBee has “yes” and “no” instead of buttons, and knows them by these
 * words alone, in no other language; the last “yes” of two counts. */
static const char *
label_of (const Button *button)
{
  if (g_strcmp0 (purple_core_get_ui (), "BitlBee") != 0)
    return _(button->label);
  if ((SENDING & PEN_CHOICE_BIT (button->choice)) != 0)
    return "Accept";
  return button->choice == PEN_CHOICE_CANCEL ? "Reject" : _(button->label);
}

/* Fills @buttons from the left; the safe answers come first. Where there is
 * one “yes” only, it means the one answer that was asked about. */
static guint
pick_buttons (guint choices, Button *buttons)
{
  guint n = 0;

  if (g_strcmp0 (purple_core_get_ui (), "BitlBee") == 0 && (choices & PEN_CHOICE_BIT (PEN_CHOICE_SMS)) != 0)
    choices &= ~PEN_CHOICE_BIT (PEN_CHOICE_PLAIN);
  for (gsize i = 0; i < N_BUTTONS; i++)
    if ((choices & PEN_CHOICE_BIT (all_buttons[i].choice)) != 0)
      {
        buttons[n] = all_buttons[i];
        buttons[n++].label = label_of (&all_buttons[i]);
      }
  return n;
}

static char *
say_choices (guint choices)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < PEN_N_CHOICES; i++)
    if ((choices & PEN_CHOICE_BIT (i)) != 0)
      g_string_append_printf (out, out->len > 0 ? " %s" : "%s", pen_choice_to_string (i));
  return g_string_free (out, FALSE);
}

static void
add_sms (GString *out, PenAccount *account, const char *who, const char *text)
{
  const char *host = pen_services_gateway (account);
  guint parts = (guint) MAX (pen_sms_length (text).segments, 1);

  g_string_append (out, "\n\n");
  g_string_append_printf (out, g_dngettext (GETTEXT_PACKAGE,
                                         "As SMS: the text goes unencrypted to %s through the gateway %s, as %u SMS. ",
                                         "As SMS: the text goes unencrypted to %s through the gateway %s, as %u SMS. ",
                                            parts),
                          who, host != NULL ? host : "?", parts);
  g_string_append (out, _("The gateway and the carriers can read it, and it may cost money."));
}

static void
add_plain (GString *out, PenAccount *account, const PenPerson *person, const char *who)
{
  g_autofree char *peer = pen_jid_domain (person->address->name);

  g_string_append (out, "\n\n");
  if (person->address->kind == PEN_ADDRESS_XMPP && peer != NULL && g_strcmp0 (peer, account->domain) != 0)
    g_string_append_printf (out, _("Without encryption: the text goes to %s over XMPP. The servers %s and %s can "
                                   "read it."),
                            who, account->domain, peer);
  else
    g_string_append_printf (out, _("Without encryption: the text goes to %s over XMPP. The server %s, and any other "
                                   "on the way, can read it."),
                            who, account->domain);
}

static char *
say_secondary (PenAccount *account, const PenPerson *person, const char *text, const PenRouteDecision *decision)
{
  GString *out = g_string_new (_(pen_route_reason_sentence (decision->reason)));
  g_autofree char *who = pen_words_who (account->purple, person->address->name);
  g_autofree char *excerpt = pen_words_cell (text, EXCERPT_MAX_CHARS);

  if ((decision->choices & PEN_CHOICE_BIT (PEN_CHOICE_SMS)) != 0)
    add_sms (out, account, who, text);
  if ((decision->choices & PEN_CHOICE_BIT (PEN_CHOICE_PLAIN)) != 0)
    add_plain (out, account, person, who);
  if ((decision->choices & SENDING) != 0)
    g_string_append (out, _("\n\nYour answer is kept for this person. “Ask me each time” in their menu, or /pen ask, "
                            "takes it back."));
  g_string_append_printf (out, _("\n\nThe message: “%s”"), excerpt);
  return g_string_free (out, FALSE);
}

static char *
say_primary (PurpleAccount *purple, const char *name, guint choices)
{
  g_autofree char *who = pen_words_who (purple, name);
  gboolean sms = (choices & PEN_CHOICE_BIT (PEN_CHOICE_SMS)) != 0;
  gboolean plain = (choices & PEN_CHOICE_BIT (PEN_CHOICE_PLAIN)) != 0;

  if (sms && plain)
    return g_strdup_printf (_("Send this to %s unencrypted?"), who);
  if (sms)
    return g_strdup_printf (_("Send this to %s as SMS?"), who);
  if (plain)
    return g_strdup_printf (_("Send this to %s without encryption?"), who);
  return g_strdup_printf (_("Your message to %s is not sent. Keep it?"), who);
}

static void
on_deleting (PurpleConversation *conv, Question *question)
{
  if (purple_conversation_get_account (conv) == question->purple
      && purple_conversation_get_type (conv) == PURPLE_CONV_TYPE_IM
      && g_strcmp0 (purple_conversation_get_name (conv), question->name) == 0)
    close_question (question);
}

static void
on_signing_off (PurpleConnection *gc, Question *question)
{
  if (purple_connection_get_account (gc) == question->purple)
    close_question (question);
}

static Question *
new_question (PurpleAccount *purple, const char *name, const char *message, guint choices)
{
  Question *question = g_new0 (Question, 1);

  question->purple = purple;
  question->name = g_strdup (name);
  question->message = g_strdup (message);
  question->choices = choices;
  purple_signal_connect (purple_conversations_get_handle (), "deleting-conversation", question,
                         PURPLE_CALLBACK (on_deleting), question);
  purple_signal_connect (purple_connections_get_handle (), "signing-off", question, PURPLE_CALLBACK (on_signing_off),
                         question);
  questions = g_slist_prepend (questions, question);
  return question;
}

static gboolean
client_can_ask (void)
{
  PurpleRequestUiOps *ops = purple_request_get_ui_ops ();

  return ops != NULL && ops->request_action != NULL;
}

/* For clients without dialogs: the question in the conversation, and what to type. */
static void
ask_by_line (PurpleAccount *purple, const char *name, const char *question, guint choices)
{
  GString *out = g_string_new (question);

  if ((choices & PEN_CHOICE_BIT (PEN_CHOICE_SMS)) != 0)
    g_string_append (out, _("\n/pen sms on: send this and what follows as SMS"));
  if ((choices & PEN_CHOICE_BIT (PEN_CHOICE_PLAIN)) != 0)
    g_string_append (out, _("\n/pen plain: send this and what follows without encryption"));
  pen_talk_system (purple, name, out->str, TRUE);
  g_string_free (out, TRUE);
}

/* purple_request_action() reads as many pairs as it is told; the rest of the
 * array is handed over unread. The first button is a safe one. */
static void
ask_by_dialog (Question *question, const char *primary, const char *secondary)
{
  Button b[N_BUTTONS] = { { 0 } };
  guint n = pick_buttons (question->choices, b);
  PurpleConversation *conv = pen_talk_conversation (question->purple, question->name, FALSE);
  g_autofree char *text = g_strconcat (secondary, "\n\n",
                                       _("Closing this window sends nothing and keeps the message."), NULL);

  purple_request_action (question, _("Message held"), primary, text, 0, question->purple, question->name, conv,
                         question, n, b[0].label, b[0].answered, b[1].label, b[1].answered, b[2].label, b[2].answered,
                         b[3].label, b[3].answered, b[4].label, b[4].answered);
}

static void
announce (PurpleAccount *purple, const char *name, const char *message, const char *text, guint choices)
{
  g_autofree char *words = say_choices (choices);
  PenPaneMessage line = { .message = message, .name = name, .text = text, .route = PEN_ROUTE_HOLD,
                          .state = PEN_MESSAGE_HELD, .choices = words };

  pen_talk_emit ("penregister-question", purple, &line);
}

void
pen_question_ask (PenAccount *account, PenPerson *person, const char *message, const char *text,
                  const PenRouteDecision *decision)
{
  PurpleAccount *purple = account->purple;
  const char *name = person->address->name;
  guint choices = decision->choices | PEN_CHOICE_BIT (PEN_CHOICE_CANCEL);
  Question *old = find_question (purple, name);
  gboolean is_new = old == NULL || old->choices != choices || g_strcmp0 (old->message, message) != 0;
  g_autofree char *primary = say_primary (purple, name, choices);
  g_autofree char *secondary = say_secondary (account, person, text, decision);
  Question *question;

  pen_question_close (purple, name);
  question = new_question (purple, name, message, choices);
  if (client_can_ask ())
    ask_by_dialog (question, primary, secondary);
  else if (is_new)
    ask_by_line (purple, name, secondary, choices);
  if (is_new)
    announce (purple, name, message, text, choices);
}
