/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what the words after /pen mean. Answers stand in the conversation
 * as system lines that are never logged; a wrong word gets the right form.
 * BitlBee has neither: there the commands come as messages. */

#include "purple/command.h"

#include "purple/actions-exposure.h"
#include "purple/actions-policy.h"
#include "purple/media.h"
#include "purple/message.h"
#include "purple/omemo-trust.h"
#include "purple/omemo-verify.h"
#include "purple/outgoing.h"
#include "purple/pane.h"
#include "purple/room.h"
#include "purple/talk.h"
#include "purple/wish.h"
#include "purple/words.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LEDGER_DEFAULT_ROWS 10
#define LEDGER_MAX_ROWS 50
#define MAX_WORDS 4
#define COMMAND "/pen"

/* One command as it was typed. @word is what follows the sub-command; @more
 * what follows that. */
typedef struct
{
  PurpleAccount *purple;
  const char *name;
  const char *word;
  const char *more;
} Typed;

/* Returns the answer; NULL without error means that the words were wrong. */
typedef char *(*RunFunc) (const Typed *typed, GError **error);

typedef struct
{
  const char *name;
  const char *form;
  const char *what;
  gboolean in_chats;
  RunFunc run;
} SubCommand;

static char *run_help (const Typed *typed, GError **error);

static char *
run_status (const Typed *typed, GError **error)
{
  return typed->word == NULL ? pen_wish_status (typed->purple, typed->name, error) : NULL;
}

static char *
run_why (const Typed *typed, GError **error)
{
  return typed->word == NULL ? pen_wish_why (typed->purple, typed->name, error) : NULL;
}

static char *
run_lookup (const Typed *typed, GError **error)
{
  return typed->word == NULL ? pen_wish_lookup (typed->purple, typed->name, error) : NULL;
}

static gboolean
read_rows (const char *word, guint *rows)
{
  guint64 n = LEDGER_DEFAULT_ROWS;

  if (word != NULL && !g_ascii_string_to_unsigned (word, 10, 1, LEDGER_MAX_ROWS, &n, NULL))
    return FALSE;
  *rows = (guint) n;
  return TRUE;
}

static char *
run_ledger (const Typed *typed, GError **error)
{
  gboolean all = g_strcmp0 (typed->word, "all") == 0;
  guint rows;

  if (!read_rows (all ? typed->more : typed->word, &rows) || (!all && typed->more != NULL))
    return NULL;
  return pen_wish_ledger (typed->purple, all ? NULL : typed->name, rows, error);
}

static char *
make_export_path (const char *format)
{
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_utc (pen_clock_now_us (&pen_app ()->clock) / G_USEC_PER_SEC);
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%dT%H%M%SZ");
  g_autofree char *name = g_strdup_printf ("ledger-%s.%s", time, format);
  g_autofree char *folder = g_path_get_dirname (pen_database_path (pen_app ()->database));

  return g_build_filename (folder, name, NULL);
}

/* Into our own folder alone: who types this need not be who owns the machine. */
static char *
run_export (const Typed *typed, GError **error)
{
  const char *format = typed->word != NULL ? typed->word : "csv";
  g_autofree char *bare = pen_account_bare (typed->purple);
  g_autofree char *path = NULL;
  PenLedgerFilter filter = PEN_LEDGER_FILTER_ALL;

  if (typed->more != NULL || (!g_str_equal (format, "csv") && !g_str_equal (format, "json"))
      || !pen_app_need_store (pen_app (), error))
    return NULL;
  path = make_export_path (format);
  filter.account = bare;
  if (pen_pane_interface ()->export_rows (&filter, path, format, error) < 0)
    return NULL;
  return g_strdup_printf ("%s %s", _("The ledger is exported."), path);
}

static char *
run_sms (const Typed *typed, GError **error)
{
  if (typed->more != NULL)
    return NULL;
  if (g_strcmp0 (typed->word, "on") == 0)
    return pen_wish_choose (typed->purple, typed->name, PEN_CHOICE_SMS, error);
  if (g_strcmp0 (typed->word, "off") == 0 || g_strcmp0 (typed->word, "ask") == 0)
    return pen_wish_choose (typed->purple, typed->name, PEN_CHOICE_ASK, error);
  return NULL;
}

static char *
run_plain (const Typed *typed, GError **error)
{
  return typed->word == NULL ? pen_wish_choose (typed->purple, typed->name, PEN_CHOICE_PLAIN, error) : NULL;
}

static char *
run_ask (const Typed *typed, GError **error)
{
  return typed->word == NULL ? pen_wish_choose (typed->purple, typed->name, PEN_CHOICE_ASK, error) : NULL;
}

/* Batches are padded for a whole account or not at all, and knowingly. */
static char *
run_padded (const Typed *typed, GError **error)
{
  if (typed->more == NULL)
    return pen_policy_consent_words (typed->purple, TRUE);
  return g_str_equal (typed->more, "yes") ? pen_policy_pad (typed->purple, typed->name, error) : NULL;
}

static char *
run_policy (const Typed *typed, GError **error)
{
  const PenPolicyPreset *preset = pen_policy_preset_find (typed->word);

  if (typed->word == NULL)
    return pen_wish_policy_words (typed->purple, typed->name, error);
  if (preset != NULL && preset->policy.pad)
    return run_padded (typed, error);
  if (typed->more != NULL)
    return NULL;
  if (g_str_equal (typed->word, "default"))
    return pen_wish_policy (typed->purple, typed->name, PEN_WISH_NO_POLICY, error);
  return preset != NULL ? pen_wish_policy (typed->purple, typed->name, (int) preset->policy.when, error) : NULL;
}

static const char *
trust_of (const char *word)
{
  if (g_strcmp0 (word, "trust") == 0)
    return "trusted";
  return g_strcmp0 (word, "distrust") == 0 ? "distrusted" : NULL;
}

static char *
run_fp_verify (const Typed *typed, GError **error)
{
  g_autoptr (PenOmemoUri) uri = pen_omemo_uri_read (typed->more, error);

  return uri != NULL ? pen_secrets_verify (typed->purple, typed->name, uri, error) : NULL;
}

static gboolean
change_device (const Typed *typed, guint32 device, GError **error)
{
  const char *trust = trust_of (typed->more);

  if (trust != NULL)
    return pen_secrets_trust (typed->purple, typed->name, device, trust, error);
  return g_strcmp0 (typed->more, "forget") == 0
         && pen_secrets_forget_device (typed->purple, typed->name, device, error);
}

static char *
run_fp (const Typed *typed, GError **error)
{
  guint64 device = 0;

  if (typed->word == NULL)
    return pen_secrets_fingerprints (typed->purple, typed->name, error);
  if (g_str_equal (typed->word, "link"))
    return typed->more == NULL ? pen_secrets_own_uri (typed->purple, error) : NULL;
  if (g_str_equal (typed->word, "verify"))
    return typed->more != NULL ? run_fp_verify (typed, error) : NULL;
  if (!g_ascii_string_to_unsigned (typed->word, 10, 1, G_MAXINT32, &device, NULL)
      || !change_device (typed, (guint32) device, error))
    return NULL;
  return pen_secrets_fingerprints (typed->purple, typed->name, error);
}

static char *
run_open (const Typed *typed, GError **error)
{
  return typed->word == NULL ? pen_media_open_last (typed->purple, typed->name, error) : NULL;
}

static char *
run_room (const Typed *typed, GError **error)
{
  return typed->more == NULL ? pen_rooms_command (typed->purple, typed->name, typed->word, error) : NULL;
}

static char *
run_exposure (const Typed *typed, GError **error)
{
  return typed->more == NULL ? pen_exposure_command (typed->purple, typed->name, typed->word, error) : NULL;
}

static const SubCommand commands[] = {
  { "status", "status", N_("how a message would go now, and what is known"), FALSE, run_status },
  { "why", "why", N_("why it would go that way"), FALSE, run_why },
  { "lookup", "lookup", N_("ask now; this tells the servers that are asked"), FALSE, run_lookup },
  { "ledger", "ledger [all] [n]", N_("the last rows about this address, or about all"), TRUE, run_ledger },
  { "export", "export [csv|json]", N_("Export the ledger…"), TRUE, run_export },
  { "sms", "sms on|off|ask", N_("always SMS to this person, or ask first"), FALSE, run_sms },
  { "plain", "plain", N_("always send, also without encryption"), FALSE, run_plain },
  { "ask", "ask", N_("ask me before each step back"), FALSE, run_ask },
  { "policy", "policy [typed|send|batch|padded|never|default]", N_("when others are asked about this person"), FALSE, run_policy },
  { "fp", "fp [DEVICE trust|distrust|forget] | link | verify LINK",
    N_("devices, their fingerprints, and whether you trust them"), FALSE, run_fp },
  { "open", "open", N_("fetch and decrypt the last file; this tells its host that you read it"), FALSE, run_open },
  { "room", "room [plain|encrypted|cancel]", N_("how messages to this room go, and who could not read them"), TRUE, run_room },
  { "exposure", "exposure [days]", N_("what each server could hand over about you"), TRUE, run_exposure },
  { "help", "help", N_("these lines"), TRUE, run_help },
};

static char *
run_help (G_GNUC_UNUSED const Typed *typed, G_GNUC_UNUSED GError **error)
{
  GString *out = g_string_new (_("What /pen can do in this conversation:"));

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (out, "\n/pen %s: %s", commands[i].form, _(commands[i].what));
  return g_string_free (out, FALSE);
}

static const SubCommand *
find_command (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, name))
      return &commands[i];
  return NULL;
}

static char *
say_refusal (const SubCommand *command, const char *name, const GError *error)
{
  if (command == NULL)
    {
      g_autofree char *shown = pen_words_cell (name, 20);

      return g_strdup_printf (_("There is no /pen %s. Type /pen help."), shown);
    }
  if (error != NULL)
    return g_strdup (error->message);
  return g_strdup_printf (_("Type it so: /pen %s"), command->form);
}

static char *
run (const SubCommand *command, PurpleConversation *conv, char **words, GError **error)
{
  const char *word = words[0] != NULL ? words[1] : NULL;
  Typed typed = { purple_conversation_get_account (conv), purple_conversation_get_name (conv), word,
                  word != NULL ? words[2] : NULL };

  if (command == NULL || (typed.more != NULL && words[3] != NULL))
    return NULL;
  if (!command->in_chats && purple_conversation_get_type (conv) != PURPLE_CONV_TYPE_IM)
    {
      g_set_error_literal (error, PEN_ADDRESS_ERROR, PEN_ADDRESS_ERROR_NOT_AN_ADDRESS,
                           _("This works in a conversation with one person only."));
      return NULL;
    }
  return command->run (&typed, error);
}

/* Runs of blanks count once: empty words are left out. */
static char **
split_words (const char *text)
{
  g_auto (GStrv) parts = g_strsplit_set (text != NULL ? text : "", " \t\n", -1);
  GPtrArray *words = g_ptr_array_new ();

  for (guint i = 0; parts[i] != NULL && words->len < MAX_WORDS; i++)
    if (*parts[i] != '\0')
      g_ptr_array_add (words, g_ascii_strdown (parts[i], -1));
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (words, FALSE);
}

static void
show (PurpleConversation *conv, const char *text)
{
  g_autofree char *html = pen_words_html (text);

  purple_conversation_write (conv, NULL, html, PURPLE_MESSAGE_SYSTEM | PURPLE_MESSAGE_NO_LOG,
                             (time_t) (pen_clock_now_us (&pen_app ()->clock) / G_USEC_PER_SEC));
}

/* Returns: the answer; or NULL, and in @refusal why there is none. */
static char *
obey (PurpleConversation *conv, const char *text, char **refusal)
{
  g_auto (GStrv) words = split_words (text);
  const char *name = words[0] != NULL ? words[0] : "help";
  const SubCommand *command = find_command (name);
  g_autoptr (GError) error = NULL;
  char *answer = run (command, conv, words, &error);

  *refusal = answer == NULL ? say_refusal (command, name, error) : NULL;
  return answer;
}

static PurpleCmdRet
on_command (PurpleConversation *conv, G_GNUC_UNUSED const char *cmd, char **args, char **error,
            G_GNUC_UNUSED void *data)
{
  g_autofree char *refusal = NULL;
  g_autofree char *answer = obey (conv, args[0], &refusal);

  if (answer == NULL)
    {
      *error = pen_words_html (refusal);
      return PURPLE_CMD_RET_FAILED;
    }
  show (conv, answer);
  return PURPLE_CMD_RET_OK;
}

/* Returns: the words after /pen; NULL when it is not that. */
static const char *
after_command (const char *text)
{
  const char *rest = text + strlen (COMMAND);

  return g_str_has_prefix (text, COMMAND) && (*rest == '\0' || g_ascii_isspace (*rest)) ? rest : NULL;
}

int
pen_command_send_im (PurpleConnection *gc, const char *who, const char *html, PurpleMessageFlags flags)
{
  g_autofree char *text = pen_talk_is_deaf () ? pen_outgoing_plain_text (html) : NULL;
  const char *rest = text != NULL ? after_command (text) : NULL;
  PurpleConversation *conv = rest != NULL && pen_account_of (gc) != NULL
                               ? pen_talk_conversation (purple_connection_get_account (gc), who, TRUE) : NULL;

  g_autofree char *refusal = NULL;
  g_autofree char *answer = conv != NULL ? obey (conv, rest, &refusal) : NULL;

  if (conv == NULL)
    return pen_message_send_im (gc, who, html, flags);
  pen_talk_notice (conv, answer != NULL ? answer : refusal);
  return 0;
}

PurpleCmdId
pen_command_register (void)
{
  return purple_cmd_register ("pen", "s", PURPLE_CMD_P_PRPL,
                              PURPLE_CMD_FLAG_IM | PURPLE_CMD_FLAG_CHAT | PURPLE_CMD_FLAG_PRPL_ONLY
                                | PURPLE_CMD_FLAG_ALLOW_WRONG_ARGS,
                              PEN_PLUGIN_ID, on_command,
                              _("pen &lt;word&gt;: how messages to this person go, who was asked about them, and what you "
                                "decide; /pen help lists all words."),
                              NULL);
}

void
pen_command_unregister (PurpleCmdId id)
{
  purple_cmd_unregister (id);
}
