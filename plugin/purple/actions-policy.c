/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how a person changes the policy: presets to choose from, one
 * sentence that says what changes for whom, and only then the change.
 *
 * libpurple does not tell when a dialog was closed without an answer: then
 * nothing changes, and the next one about the same takes its place. */

#include "purple/actions-policy.h"

#include "purple/pane.h"
#include "purple/talk.h"
#include "purple/wish.h"
#include "purple/words.h"

#include <connection.h>
#include <core.h>
#include <notify.h>
#include <request.h>
#include <signals.h>

#include <glib/gi18n-lib.h>

#define ALL_BUT_FRESH                                                                                                \
  (PEN_POLICY_WHEN | PEN_POLICY_PAD | PEN_POLICY_SLOTS | PEN_POLICY_PERIOD | PEN_POLICY_FAST_SLOTS                   \
   | PEN_POLICY_FAST_PERIOD)
#define SECONDS_A_MINUTE 60

/* A change that waits for its yes; its own handle for requests and signals.
 * @name: (nullable): for one person; @preset: (nullable): for the account */
typedef struct
{
  PurpleAccount *purple;
  char *name;
  int when;
  const PenPolicyPreset *preset;
} Change;

/* Of all accounts: libpurple's requests are process-wide too. */
static GSList *changes;

static void
free_change (Change *change)
{
  changes = g_slist_remove (changes, change);
  purple_signals_disconnect_by_handle (change);
  g_free (change->name);
  g_free (change);
}

static void
close_change (Change *change)
{
  purple_request_close_with_handle (change);
  free_change (change);
}

static void
on_signing_off (PurpleConnection *gc, Change *change)
{
  if (purple_connection_get_account (gc) == change->purple)
    close_change (change);
}

static Change *
find_change (PurpleAccount *purple, const char *name)
{
  for (GSList *link = changes; link != NULL; link = link->next)
    {
      Change *change = link->data;

      if (change->purple == purple && g_strcmp0 (change->name, name) == 0)
        return change;
    }
  return NULL;
}

static Change *
new_change (PurpleAccount *purple, const char *name)
{
  Change *old = find_change (purple, name);
  Change *change = g_new0 (Change, 1);

  if (old != NULL)
    close_change (old);
  change->purple = purple;
  change->name = g_strdup (name);
  purple_signal_connect (purple_connections_get_handle (), "signing-off", change, PURPLE_CALLBACK (on_signing_off),
                         change);
  changes = g_slist_prepend (changes, change);
  return change;
}

/* Whoever agrees to what the options say keeps the numbers in them. */
static gboolean
keep_preset (PurpleAccount *purple, const PenPolicyPreset *preset, gboolean is_agreed, GError **error)
{
  gboolean has_own = preset->policy.pad && pen_account_awaits_consent (purple);
  PenPolicy policy = has_own ? pen_account_policy_chosen (purple) : preset->policy;

  return pen_pane_policy_set (purple, NULL, &policy, ALL_BUT_FRESH | (is_agreed ? PEN_POLICY_AGREED : 0), error);
}

static char *
say_preset (PurpleAccount *purple, const PenPolicyPreset *preset)
{
  g_autofree char *bare = pen_account_bare (purple);

  return g_strdup_printf (_("For everybody whom %s asks about, except those with a setting of their own: %s"), bare,
                          _(preset->sentence));
}

static void
apply_to_account (const Change *change)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = say_preset (change->purple, change->preset);

  if (keep_preset (change->purple, change->preset, TRUE, &error))
    purple_notify_info (pen_app ()->plugin, _("How people are asked about"), _(change->preset->name), text);
  else
    purple_notify_error (pen_app ()->plugin, _("Pen Register"), _("The setting could not be kept."), error->message);
}

static void
apply_to_contact (PurpleAccount *purple, const char *name, int when)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = pen_wish_policy (purple, name, when, &error);

  pen_talk_system (purple, name, text != NULL ? text : error->message, TRUE);
}

/* The client closes its dialog when these return. */
static void
on_yes (Change *change, G_GNUC_UNUSED int action)
{
  if (g_slist_find (changes, change) == NULL)
    return;
  if (change->preset != NULL)
    apply_to_account (change);
  else
    apply_to_contact (change->purple, change->name, change->when);
  free_change (change);
}

/* Whoever does not want strangers asked about gets what is usual, not batches
 * that show the contact list as it is. */
static void
on_no (Change *change, G_GNUC_UNUSED int action)
{
  if (g_slist_find (changes, change) == NULL)
    return;
  if (change->preset != NULL && change->preset->policy.pad && pen_account_awaits_consent (change->purple))
    keep_preset (change->purple, pen_policy_preset_at (0), FALSE, NULL);
  free_change (change);
}

static gboolean
client_can_ask (void)
{
  PurpleRequestUiOps *ops = purple_request_get_ui_ops ();

  return ops != NULL && ops->request_action != NULL;
}

/* BitlBee knows yes and no by these words alone, in no other language. */
static const char *
label (const char *words, const char *for_bitlbee)
{
  return g_strcmp0 (purple_core_get_ui (), "BitlBee") == 0 ? for_bitlbee : words;
}

static void
ask (Change *change, const char *primary, const char *text)
{
  purple_request_action (change, _("How people are asked about"), primary, text, 0, change->purple, change->name, NULL,
                         change, 2, label (_("_Cancel"), "Reject"), G_CALLBACK (on_no),
                         label (_("C_hange it"), "Accept"), G_CALLBACK (on_yes));
}

void
pen_policy_confirm_contact (PurpleAccount *purple, const char *name, int when)
{
  g_autofree char *text = NULL;
  g_autofree char *primary = NULL;
  Change *change;

  if (!client_can_ask ())
    {
      apply_to_contact (purple, name, when);
      return;
    }
  change = new_change (purple, name);
  change->when = when;
  text = pen_wish_policy_sentence (purple, name, when);
  primary = g_strdup (_("Change when others are asked about this person?"));
  ask (change, primary, text);
}

static char *
say_every (guint period_s)
{
  if (period_s % SECONDS_A_MINUTE != 0)
    return g_strdup_printf (_("every %u seconds"), period_s);
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                       "every minute", "every %u minutes", period_s / SECONDS_A_MINUTE),
                          period_s / SECONDS_A_MINUTE);
}

static char *
say_amount (const PenPolicy *policy)
{
  g_autofree char *every = say_every (policy->period_s);
  g_autofree char *fast = say_every (policy->fast_period_s);

  if (policy->fast_slots == 0 || policy->fast_period_s == 0)
    return g_strdup_printf (_("About %u numbers are asked about %s"), policy->slots, every);
  return g_strdup_printf (_("About %u numbers are asked about %s, and %u more %s"), policy->slots, every,
                          policy->fast_slots, fast);
}

char *
pen_policy_consent_words (PurpleAccount *purple, gboolean by_command)
{
  PenPolicy policy = pen_account_awaits_consent (purple) ? pen_account_policy_chosen (purple)
                                                         : pen_policy_preset_find ("padded")->policy;
  g_autofree char *amount = say_amount (&policy);
  g_autofree char *bare = pen_account_bare (purple);
  GString *out = g_string_new (NULL);

  g_string_append_printf (out,
                          _("%s, at fixed times: those of your contacts and, most of them, made-up ones, which belong "
                            "to strangers who have nothing to do with you. When the directory knows such a number, "
                            "the stranger's server is asked too, as your contact's would be."),
                          amount);
  g_string_append (out, "\n\n");
  g_string_append (out, _("What padding does not hide: how many of the numbers are registered, and who asks about you. "
                          "Whoever runs the directory can still guess who is real when few of the strangers' numbers "
                          "are registered, or when the other side also asks about you. And what you send shows its "
                          "receiver to the servers, whatever is asked."));
  g_string_append (out, "\n\n");
  g_string_append_printf (out, _("This holds for everybody whom %s asks about, except those with a setting of their "
                                 "own."), bare);
  if (by_command)
    g_string_append (out, _(" Nothing has changed yet: type /pen policy padded yes to switch it on."));
  return g_string_free (out, FALSE);
}

char *
pen_policy_pad (PurpleAccount *purple, const char *name, GError **error)
{
  const PenPolicyPreset *preset = pen_policy_preset_find ("padded");
  Change *open = find_change (purple, NULL);

  if (!keep_preset (purple, preset, TRUE, error) || !pen_pane_policy_set (purple, name, &preset->policy, 0, error))
    return NULL;
  if (open != NULL)
    close_change (open);
  return say_preset (purple, preset);
}

char *
pen_policy_preset_words (PurpleAccount *purple, guint i)
{
  const PenPolicyPreset *preset = pen_policy_preset_at (i);

  g_return_val_if_fail (preset != NULL, NULL);
  return preset->policy.pad ? pen_policy_consent_words (purple, FALSE) : say_preset (purple, preset);
}

gboolean
pen_policy_preset_keep (PurpleAccount *purple, guint i, gboolean is_agreed, GError **error)
{
  const PenPolicyPreset *preset = pen_policy_preset_at (i);
  Change *open = find_change (purple, NULL);

  g_return_val_if_fail (preset != NULL, FALSE);
  if (!keep_preset (purple, preset, is_agreed, error))
    return FALSE;
  if (open != NULL)
    close_change (open);
  return TRUE;
}

void
pen_policy_ask_consent (PurpleAccount *purple)
{
  g_autofree char *text = NULL;
  g_autofree char *consent = NULL;
  Change *change;

  if (!pen_account_awaits_consent (purple) || find_change (purple, NULL) != NULL)
    return;
  change = new_change (purple, NULL);
  change->preset = pen_policy_preset_find ("padded");
  consent = pen_policy_consent_words (purple, !client_can_ask ());
  text = g_strdup_printf (_("%s\n\nUntil you agree nobody is asked about anybody."), consent);
  if (!client_can_ask ())
    {
      purple_notify_warning (pen_app ()->plugin, _("Pen Register"), _("Ask about strangers' numbers too?"), text);
      return;
    }
  purple_request_action (change, _("How people are asked about"), _("Ask about strangers' numbers too?"), text, 0, purple,
                         NULL, NULL, change, 2, label (_("_Do not pad, ask when I send"), "Reject"), G_CALLBACK (on_no),
                         label (_("_Pad with strangers' numbers"), "Accept"), G_CALLBACK (on_yes));
}

static void
on_preset (PurpleConnection *gc, int number)
{
  PurpleAccount *purple = purple_connection_get_account (gc);
  const PenPolicyPreset *preset = number >= 0 ? pen_policy_preset_at ((guint) number) : NULL;
  g_autofree char *text = NULL;
  g_autofree char *primary = NULL;
  Change *change;

  if (preset == NULL)
    return;
  change = new_change (purple, NULL);
  change->preset = preset;
  text = pen_policy_preset_words (purple, (guint) number);
  primary = g_strdup_printf (_("Change it to “%s”?"), _(preset->name));
  ask (change, primary, text);
}

static void
on_nothing (G_GNUC_UNUSED PurpleConnection *gc, G_GNUC_UNUSED int number)
{
}

static const char *
preset_name (guint i)
{
  return _(pen_policy_preset_at (i)->name);
}

/* Settings of one's own are shown beside the preset that comes nearest. */
static int
number_of (const PenPolicy *policy)
{
  for (guint i = 0; pen_policy_preset_at (i) != NULL; i++)
    {
      const PenPolicy *it = &pen_policy_preset_at (i)->policy;

      if (it->when == policy->when && (it->when != PEN_WHEN_BATCH || it->pad == policy->pad))
        return (int) i;
    }
  return 0;
}

static void
on_policy (PurplePluginAction *action)
{
  PurpleConnection *gc = action->context;
  PurpleAccount *purple = purple_connection_get_account (gc);
  PenPolicy policy = pen_account_policy_chosen (purple);
  PurpleRequestUiOps *ops = purple_request_get_ui_ops ();
  g_autofree char *now = pen_words_policy (&policy);
  g_autofree char *bare = pen_account_bare (purple);
  g_autofree char *whose = g_strdup_printf (_("Asking about people: %s"), bare);
  g_autofree char *means = NULL;
  g_autofree char *text = NULL;

  means = g_strdup_printf (_("Now: %s.\n\nEach question about a person tells a server that you are interested in them. "
                             "What a change means is said before it is made."), now);
  text = g_strdup_printf ("%s\n%s", whose, means);
  if (ops == NULL || ops->request_choice == NULL || !client_can_ask ())
    {
      purple_notify_info (gc, _("How people are asked about"), text,
                          _("Change it in the account's options, or type /pen policy in a conversation."));
      return;
    }
  purple_request_choice (gc, _("How people are asked about"),
                         _("When may others be asked whether a person can be reached encrypted?"), text,
                         number_of (&policy), _("_Go on"), G_CALLBACK (on_preset), _("_Cancel"),
                         G_CALLBACK (on_nothing), purple, NULL, NULL, gc, preset_name (0), 0, preset_name (1), 1,
                         preset_name (2), 2, preset_name (3), 3, preset_name (4), 4, NULL);
}

PurplePluginAction *
pen_policy_action (void)
{
  return purple_plugin_action_new (_("How people are asked about…"), on_policy);
}
