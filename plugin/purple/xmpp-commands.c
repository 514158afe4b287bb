/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which slash commands of the XMPP plugin our accounts have, and runs
 * them. libpurple finds a command by the protocol's id alone, and its functions
 * are private, so the account passes for a plain one while the command is
 * looked up, and no longer: what the command itself does (log, write, send) it
 * does on an account of ours. */

#include "purple/xmpp-commands.h"

#include "purple/account.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define PRPL_JABBER "prpl-jabber"

/**
 * CommandName:
 * @name: as typed after the slash
 * @wants_jid: its first word is a JID
 * @takes_name: without a word it is about the conversation's own name
 */
typedef struct
{
  const char *name;
  gboolean wants_jid;
  gboolean takes_name;
} CommandName;

static const CommandName command_names[] = {
  { "config", FALSE, FALSE },
  { "configure", FALSE, FALSE },
  { "nick", FALSE, FALSE },
  { "part", FALSE, FALSE },
  { "register", FALSE, FALSE },
  { "topic", FALSE, FALSE },
  { "ban", FALSE, FALSE },
  { "affiliate", FALSE, FALSE },
  { "role", FALSE, FALSE },
  { "invite", TRUE, FALSE },
  { "join", FALSE, FALSE },
  { "kick", FALSE, FALSE },
  { "msg", FALSE, FALSE },
  { "ping", TRUE, FALSE },
  { "buzz", TRUE, TRUE },
  { "mood", FALSE, FALSE },
};

typedef struct
{
  PurpleAccount *account;
  char *protocol_id;
} Disguise;

static PurpleCmdRet
do_nothing (PurpleConversation *conv, const gchar *cmd, gchar **args, gchar **error, void *data)
{
  return PURPLE_CMD_RET_CONTINUE;
}

guint
pen_xmpp_commands_mark (void)
{
  PurpleCmdId id = purple_cmd_register ("penregister-mark", "", PURPLE_CMD_P_VERY_LOW, PURPLE_CMD_FLAG_PRPL_ONLY,
                                        PEN_PLUGIN_ID, do_nothing, NULL, NULL);

  purple_cmd_unregister (id);
  return id;
}

void
pen_xmpp_commands_drop (guint from, guint to)
{
  for (guint id = from + 1; id < to; id++)
    purple_cmd_unregister (id);
}

/* Comes first of all commands of its name: the look-up is over. */
static PurpleCmdRet
take_off (PurpleConversation *conv, const gchar *cmd, gchar **args, gchar **error, void *data)
{
  Disguise *disguise = data;

  disguise->account->protocol_id = disguise->protocol_id;
  return PURPLE_CMD_RET_CONTINUE;
}

static PurpleCmdStatus
run_as_plain (PurpleConversation *conv, const char *cmd, const char *line, char **error)
{
  PurpleAccount *account = purple_conversation_get_account (conv);
  PenAccount *own = pen_account_find (account);
  Disguise disguise = { account, account->protocol_id };
  g_autofree char *plain = g_strdup (PRPL_JABBER);
  g_autofree char *markup = g_markup_escape_text (line, -1);
  PurpleCmdStatus status;
  PurpleCmdId id;

  id = purple_cmd_register (cmd, "s", PURPLE_CMD_P_VERY_HIGH,
                            PURPLE_CMD_FLAG_IM | PURPLE_CMD_FLAG_CHAT | PURPLE_CMD_FLAG_PRPL_ONLY
                              | PURPLE_CMD_FLAG_ALLOW_WRONG_ARGS,
                            PRPL_JABBER, take_off, NULL, &disguise);
  if (own != NULL)
    pen_gate_by_hand (own->gate, TRUE);
  account->protocol_id = plain;
  status = purple_cmd_do_command (conv, line, markup, error);
  account->protocol_id = disguise.protocol_id;
  if (own != NULL && own == pen_account_find (account))
    pen_gate_by_hand (own->gate, FALSE);
  purple_cmd_unregister (id);
  return status;
}

/* Why @who cannot stand where an XMPP address is wanted, for numbers alone:
 * the rest is the XMPP plugin's to judge. */
static char *
refusal_of (PurpleAccount *account, const char *cmd, const char *who)
{
  g_autoptr (PenAddress) address = pen_account_resolve (account, who, NULL);

  if (address == NULL)
    return strpbrk (who, "@abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL
             ? g_strdup_printf (_("/%s needs an XMPP address, and %s is none."), cmd, who)
             : NULL;
  if (address->kind != PEN_ADDRESS_TEL && address->kind != PEN_ADDRESS_SHORT && address->kind != PEN_ADDRESS_GROUP)
    return NULL;
  return g_strdup_printf (_("/%s needs an XMPP address, and %s is a phone number."), cmd, address->name);
}

static char *
refuse_number (PurpleConversation *conv, const CommandName *command, const char *arguments)
{
  g_autofree char *who = NULL;

  if (!command->wants_jid)
    return NULL;
  if (arguments != NULL)
    who = g_strndup (arguments, strcspn (arguments, " "));
  else if (command->takes_name)
    who = g_strdup (purple_conversation_get_name (conv));
  if (who == NULL || *who == '\0')
    return NULL;
  return refusal_of (purple_conversation_get_account (conv), command->name, who);
}

/* The command that takes the disguise off counts as tried, so libpurple says
 * "not found" where arguments do not fit. */
static char *
words_of_status (PurpleCmdStatus status, const char *cmd)
{
  if (status == PURPLE_CMD_STATUS_FAILED)
    return g_strdup_printf (_("/%s failed."), cmd);
  return g_strdup_printf (_("/%s: something is missing, or too much. See /help %s."), cmd, cmd);
}

static PurpleCmdRet
on_command (PurpleConversation *conv, const gchar *cmd, gchar **args, gchar **error, void *data)
{
  const CommandName *command = data;
  const char *arguments = args != NULL ? args[0] : NULL;
  g_autofree char *line = NULL;
  PurpleCmdStatus status;

  *error = refuse_number (conv, command, arguments);
  if (*error != NULL)
    return PURPLE_CMD_RET_FAILED;

  line = arguments != NULL ? g_strconcat (cmd, " ", arguments, NULL) : g_strdup (cmd);
  status = run_as_plain (conv, cmd, line, error);
  if (status == PURPLE_CMD_STATUS_OK)
    return PURPLE_CMD_RET_OK;
  if (*error == NULL)
    *error = words_of_status (status, cmd);
  return PURPLE_CMD_RET_FAILED;
}

/* libpurple tells of commands only to a conversation, so this one has an
 * account of the XMPP plugin and nothing else. */
static char *
help_of (const char *name, PurpleConversationType type)
{
  char protocol_id[] = PRPL_JABBER;
  PurpleAccount account = { .protocol_id = protocol_id };
  PurpleConversation conv = { .type = type, .account = &account };
  GList *texts = purple_cmd_help (&conv, name);
  char *help = texts != NULL ? g_strdup (texts->data) : NULL;

  g_list_free (texts);
  return help;
}

GArray *
pen_xmpp_commands_register (void)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (PurpleCmdId));

  for (gsize i = 0; i < G_N_ELEMENTS (command_names); i++)
    {
      const CommandName *command = &command_names[i];
      g_autofree char *im = help_of (command->name, PURPLE_CONV_TYPE_IM);
      g_autofree char *chat = help_of (command->name, PURPLE_CONV_TYPE_CHAT);
      PurpleCmdFlag flags = PURPLE_CMD_FLAG_PRPL_ONLY | PURPLE_CMD_FLAG_ALLOW_WRONG_ARGS;
      PurpleCmdId id;

      if (im == NULL && chat == NULL)
        continue;
      flags |= im != NULL ? PURPLE_CMD_FLAG_IM : 0;
      flags |= chat != NULL ? PURPLE_CMD_FLAG_CHAT : 0;
      id = purple_cmd_register (command->name, "s", PURPLE_CMD_P_PRPL, flags, PEN_PLUGIN_ID, on_command,
                                chat != NULL ? chat : im, (void *) command);
      g_array_append_val (ids, id);
    }
  return ids;
}

void
pen_xmpp_commands_unregister (GArray *ids)
{
  if (ids == NULL)
    return;
  for (guint i = 0; i < ids->len; i++)
    purple_cmd_unregister (g_array_index (ids, PurpleCmdId, i));
  g_array_unref (ids);
}
