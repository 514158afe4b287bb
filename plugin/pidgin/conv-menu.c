/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what the menu of a conversation offers. Most of it is what /pen
 * does when typed, so that the answer stands in the conversation. A menu names
 * its conversation by account and name: that may be gone when it is used. */

#include "conv-menu.h"

#include "conv-state.h"
#include "devices-window.h"
#include "ledger-part.h"
#include "ledger-words.h"

#include <cmds.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define DATA_MENU "penregister-menu"
#define HOSTS_CHARS 80

/* @command: (nullable): for /pen; @message: (nullable): what @choice answers */
typedef struct
{
  PurpleAccount *account;
  char *name;
  char *command;
  char *message;
  PenChoice choice;
  void (*show) (PurpleAccount *account, const char *name);
} Act;

typedef struct
{
  PurpleConversation *conv;
  const PenConvState *state;
  GtkWidget *shell;
} Menu;

static void
act_free (Act *act)
{
  g_free (act->name);
  g_free (act->command);
  g_free (act->message);
  g_free (act);
}

static Act *
act_new (const Menu *menu)
{
  Act *act = g_new0 (Act, 1);

  act->account = purple_conversation_get_account (menu->conv);
  act->name = g_strdup (purple_conversation_get_name (menu->conv));
  return act;
}

static PurpleConversation *
conversation_of (const Act *act)
{
  if (g_list_find (purple_accounts_get_all (), act->account) == NULL)
    return NULL;
  return purple_find_conversation_with_account (PURPLE_CONV_TYPE_IM, act->name, act->account);
}

static void
say_fault (PurpleConversation *conv, const char *html)
{
  purple_conversation_write (conv, NULL, html, PURPLE_MESSAGE_ERROR | PURPLE_MESSAGE_NO_LOG, time (NULL));
}

void
pen_conv_menu_run (PurpleConversation *conv, const char *line)
{
  g_autofree char *fault = NULL;
  PurpleCmdStatus status = purple_cmd_do_command (conv, line, line, &fault);

  if (status != PURPLE_CMD_STATUS_OK)
    say_fault (conv, fault != NULL ? fault : _("That could not be done."));
}

static void
answer (PurpleConversation *conv, const Act *act)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *html = NULL;

  if (pen_interface ()->answer (act->account, act->message, act->choice, &error))
    return;
  html = g_markup_escape_text (error != NULL ? error->message : _("That could not be done."), -1);
  say_fault (conv, html);
}

static void
on_chosen (GtkMenuItem *item, Act *act)
{
  PurpleConversation *conv = conversation_of (act);

  if (conv == NULL || (GTK_IS_CHECK_MENU_ITEM (item) && !gtk_check_menu_item_get_active (GTK_CHECK_MENU_ITEM (item))))
    return;
  if (act->message != NULL)
    answer (conv, act);
  else if (act->command != NULL)
    pen_conv_menu_run (conv, act->command);
  else
    act->show (act->account, act->name);
}

static void
add_act (GtkWidget *shell, GtkWidget *item, Act *act)
{
  g_signal_connect_data (item, "activate", G_CALLBACK (on_chosen), act, (GClosureNotify) (GCallback) act_free, 0);
  gtk_menu_shell_append (GTK_MENU_SHELL (shell), item);
}

static void
add_command (const Menu *menu, const char *label, const char *command)
{
  Act *act = act_new (menu);

  act->command = g_strdup (command);
  add_act (menu->shell, gtk_menu_item_new_with_mnemonic (label), act);
}

/* One of several of which one holds. Made active before it can do anything. */
static GSList *
add_radio (const Menu *menu, GSList *group, const char *label, const char *command, gboolean is_on)
{
  GtkWidget *item = gtk_radio_menu_item_new_with_mnemonic (group, label);
  Act *act = act_new (menu);

  if (is_on)
    gtk_check_menu_item_set_active (GTK_CHECK_MENU_ITEM (item), TRUE);
  act->command = g_strdup (command);
  add_act (menu->shell, item, act);
  return gtk_radio_menu_item_get_group (GTK_RADIO_MENU_ITEM (item));
}

static void
add_words (const Menu *menu, const char *words)
{
  GtkWidget *item = gtk_menu_item_new_with_label (words);

  gtk_widget_set_sensitive (item, FALSE);
  gtk_menu_shell_append (GTK_MENU_SHELL (menu->shell), item);
}

static void
add_line (const Menu *menu)
{
  gtk_menu_shell_append (GTK_MENU_SHELL (menu->shell), gtk_separator_menu_item_new ());
}

static Menu
add_submenu (const Menu *menu, const char *label)
{
  GtkWidget *item = gtk_menu_item_new_with_mnemonic (label);
  Menu sub = { menu->conv, menu->state, gtk_menu_new () };

  gtk_menu_item_set_submenu (GTK_MENU_ITEM (item), sub.shell);
  gtk_menu_shell_append (GTK_MENU_SHELL (menu->shell), item);
  return sub;
}

static void
add_lookup (const Menu *menu)
{
  const PenPaneTalk *talk = menu->state->talk;
  g_autofree char *label = NULL;
  g_autofree char *hosts = NULL;

  if (talk->told == NULL)
    {
      add_words (menu, _("Look up now: there is nobody to ask"));
      return;
    }
  hosts = pen_words_clean (talk->told, HOSTS_CHARS);
  label = g_strdup_printf (_("_Look up now (tells %s)"), g_strdelimit (hosts, "_", '-'));
  add_command (menu, label, "pen lookup");
}

static void
add_choices (const Menu *menu)
{
  const PenPaneTalk *talk = menu->state->talk;
  PenAddressKind kind = talk->kind;
  PenChoice now = talk->choice;
  GSList *group = NULL;

  if (kind == PEN_ADDRESS_ALPHA)
    return;
  group = add_radio (menu, group, _("_Ask me each time"), "pen ask", now != PEN_CHOICE_SMS && now != PEN_CHOICE_PLAIN);
  if (kind != PEN_ADDRESS_XMPP)
    group = add_radio (menu, group, _("Always _SMS"), "pen sms on", now == PEN_CHOICE_SMS);
  if (kind == PEN_ADDRESS_XMPP || kind == PEN_ADDRESS_TEL)
    add_radio (menu, group, _("Always _without encryption"), "pen plain", now == PEN_CHOICE_PLAIN);
}

static const struct
{
  const char *label;
  const char *command;
  int when;
} policies[] = {
  { N_("As the _account says"), "pen policy default", -1 },
  { N_("Ask when I _send"), "pen policy send", PEN_WHEN_SEND },
  { N_("Ask as soon as I _type the address"), "pen policy typed", PEN_WHEN_TYPED },
  { N_("Ask together with others, at _fixed times"), "pen policy batch", PEN_WHEN_BATCH },
  { N_("_Never ask anybody"), "pen policy never", PEN_WHEN_NEVER },
};

static void
add_policies (const Menu *menu)
{
  Menu sub = add_submenu (menu, _("_Policy for this person"));
  GSList *group = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (policies); i++)
    group = add_radio (&sub, group, _(policies[i].label), policies[i].command,
                       menu->state->talk->when == policies[i].when);
}

static const struct
{
  const char *label;
  PenChoice choice;
} answers[] = {
  { N_("_Keep it for now"), PEN_CHOICE_WAIT },
  { N_("Do _not send"), PEN_CHOICE_CANCEL },
  { N_("Send _encrypted"), PEN_CHOICE_ENCRYPTED },
  { N_("Send as _SMS"), PEN_CHOICE_SMS },
  { N_("Send _without encryption"), PEN_CHOICE_PLAIN },
};

static void
fill_answers (const Menu *menu)
{
  const PenPaneTalk *talk = menu->state->talk;

  for (gsize i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      Act *act;

      if ((talk->choices & (1u << answers[i].choice)) == 0)
        continue;
      act = act_new (menu);
      act->message = g_strdup (talk->held);
      act->choice = answers[i].choice;
      add_act (menu->shell, gtk_menu_item_new_with_mnemonic (_(answers[i].label)), act);
    }
}

/* An act without message or command opens a window about the person. */
static void
add_window (const Menu *menu, const char *label, void (*show) (PurpleAccount *account, const char *name))
{
  Act *act = act_new (menu);

  act->show = show;
  add_act (menu->shell, gtk_menu_item_new_with_mnemonic (label), act);
}

static void
fill (const Menu *menu)
{
  add_words (menu, menu->state->words);
  if (menu->state->talk == NULL)
    return;
  if (menu->state->talk->held != NULL)
    {
      Menu sub = add_submenu (menu, _("A_nswer the held message"));

      fill_answers (&sub);
    }
  add_line (menu);
  add_command (menu, _("Why this _route?"), "pen why");
  add_lookup (menu);
  add_window (menu, _("What was asked about this _person…"), pen_ledger_part_show_person);
  add_line (menu);
  add_choices (menu);
  add_policies (menu);
  add_line (menu);
  add_window (menu, _("_Devices and fingerprints…"), pen_devices_show);
}

/* Under the button, or above it where there is no room. */
static void
place (GtkMenu *shell, gint *x, gint *y, gboolean *push_in, gpointer data)
{
  GtkWidget *button = data;
  GtkAllocation at;

  gtk_widget_get_allocation (button, &at);
  gdk_window_get_origin (gtk_widget_get_window (button), x, y);
  *x += at.x;
  *y += at.y + at.height;
  *push_in = TRUE;
}

static gboolean
on_used_idle (gpointer shell)
{
  gtk_widget_destroy (shell);
  return G_SOURCE_REMOVE;
}

/* "activate" of the chosen item comes after this. */
static void
on_used (GtkWidget *shell, gpointer data)
{
  g_idle_add_full (G_PRIORITY_LOW, on_used_idle, g_object_ref (shell), g_object_unref);
}

static void
pop_up (PurpleConversation *conv, GtkWidget *button, void (*filler) (const Menu *menu))
{
  g_autoptr (PenConvState) state = pen_conv_state_new (conv, NULL);
  Menu menu = { conv, state, gtk_menu_new () };

  filler (&menu);
  gtk_widget_show_all (menu.shell);
  gtk_menu_attach_to_widget (GTK_MENU (menu.shell), button, NULL);
  g_signal_connect (menu.shell, "selection-done", G_CALLBACK (on_used), NULL);
  gtk_menu_popup (GTK_MENU (menu.shell), NULL, NULL, place, button, 0, gtk_get_current_event_time ());
}

void
pen_conv_menu_popup (PurpleConversation *conv, GtkWidget *button)
{
  if (pen_conv_is_ours (conv))
    pop_up (conv, button, fill);
}

void
pen_conv_menu_popup_answers (PurpleConversation *conv, GtkWidget *button)
{
  g_autoptr (PenConvState) state = pen_conv_is_ours (conv) ? pen_conv_state_new (conv, NULL) : NULL;

  if (state != NULL && state->talk != NULL && state->talk->held != NULL)
    pop_up (conv, button, fill_answers);
}

/* Before the tray, which stands last and at the other side. */
static GtkWidget *
make_item (PidginWindow *window)
{
  GtkWidget *item = gtk_menu_item_new_with_mnemonic (_("_Pen Register"));
  g_autoptr (GList) children = gtk_container_get_children (GTK_CONTAINER (window->menu.menubar));
  gint place_of_tray = g_list_index (children, window->menu.tray);

  gtk_menu_shell_insert (GTK_MENU_SHELL (window->menu.menubar), item, place_of_tray);
  g_object_set_data (G_OBJECT (window->menu.menubar), DATA_MENU, item);
  return item;
}

static gboolean
is_open (GtkWidget *item)
{
  GtkWidget *shell = gtk_menu_item_get_submenu (GTK_MENU_ITEM (item));

  return shell != NULL && gtk_widget_get_mapped (shell);
}

void
pen_conv_menu_show (PidginWindow *window)
{
  PurpleConversation *conv = pidgin_conv_window_get_active_conversation (window);
  GtkWidget *item = g_object_get_data (G_OBJECT (window->menu.menubar), DATA_MENU);
  g_autoptr (PenConvState) state = NULL;
  Menu menu;

  if (!pen_conv_is_ours (conv))
    {
      pen_conv_menu_remove (window);
      return;
    }
  if (item == NULL)
    item = make_item (window);
  if (is_open (item))
    return;
  state = pen_conv_state_new (conv, NULL);
  menu = (Menu) { conv, state, gtk_menu_new () };
  fill (&menu);
  gtk_widget_show_all (menu.shell);
  gtk_menu_item_set_submenu (GTK_MENU_ITEM (item), menu.shell);
  gtk_widget_show (item);
}

void
pen_conv_menu_remove (PidginWindow *window)
{
  GtkWidget *item = g_object_get_data (G_OBJECT (window->menu.menubar), DATA_MENU);

  if (item == NULL)
    return;
  g_object_set_data (G_OBJECT (window->menu.menubar), DATA_MENU, NULL);
  gtk_widget_destroy (item);
}
