/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which buddies a search in the buddy list finds besides those that
 * Pidgin finds: the ones whose number holds the digits that were typed. What
 * is typed letter by letter is no whole number yet, so it is not resolved. */

#include "entry-search.h"

#include "interface.h"

#include <blist.h>
#include <gtkblist.h>
#include <string.h>

/* Fewer digits would find half of the list. */
#define MIN_DIGITS 3
#define LOOKS "+()-./ "

static GtkTreeView *view;
static GtkTreeViewSearchEqualFunc original;

/* NULL when it is no number. Leading zeros stand for a way of dialling. */
static char *
digits_of (const char *typed)
{
  GString *digits = g_string_new (NULL);

  for (const char *p = typed; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      gint value = g_unichar_digit_value (c);

      if (value >= 0 && (value > 0 || digits->len > 0))
        g_string_append_c (digits, (gchar) ('0' + value));
      else if (value < 0 && !g_unichar_isspace (c) && (c > 0x7f || strchr (LOOKS, (int) c) == NULL))
        return g_string_free (digits, TRUE);
    }
  return g_string_free (digits, digits->len < MIN_DIGITS);
}

static gboolean
has_digits (PurpleBuddy *buddy, const char *digits)
{
  const char *name = purple_buddy_get_name (buddy);

  return name[0] == '+' && pen_interface_is_ours (purple_buddy_get_account (buddy)) && strstr (name, digits) != NULL;
}

static gboolean
fits (PurpleBlistNode *node, const char *digits)
{
  if (PURPLE_BLIST_NODE_IS_BUDDY (node))
    return has_digits (PURPLE_BUDDY (node), digits);
  if (!PURPLE_BLIST_NODE_IS_CONTACT (node))
    return FALSE;
  for (PurpleBlistNode *child = purple_blist_node_get_first_child (node); child != NULL;
       child = purple_blist_node_get_sibling_next (child))
    if (has_digits (PURPLE_BUDDY (child), digits))
      return TRUE;
  return FALSE;
}

/* GTK wants FALSE for a row that fits. */
static gboolean
differs (GtkTreeModel *model, gint column, const gchar *key, GtkTreeIter *iter, gpointer data)
{
  g_autofree char *digits = NULL;
  PurpleBlistNode *node = NULL;

  if (!original (model, column, key, iter, NULL))
    return FALSE;
  digits = digits_of (key);
  if (digits == NULL)
    return TRUE;
  gtk_tree_model_get (model, iter, NODE_COLUMN, &node, -1);
  return node == NULL || !fits (node, digits);
}

static void
on_created (PurpleBuddyList *list, gpointer data)
{
  PidginBuddyList *gtk_list = pidgin_blist_get_default_gtk_blist ();

  if (view != NULL || gtk_list == NULL || gtk_list->treeview == NULL)
    return;
  view = GTK_TREE_VIEW (gtk_list->treeview);
  g_object_add_weak_pointer (G_OBJECT (view), (gpointer *) &view);
  original = gtk_tree_view_get_search_equal_func (view);
  gtk_tree_view_set_search_equal_func (view, differs, NULL, NULL);
}

void
pen_entry_search_init (PurplePlugin *plugin)
{
  purple_signal_connect (pidgin_blist_get_handle (), "gtkblist-created", plugin, PURPLE_CALLBACK (on_created), NULL);
  on_created (NULL, NULL);
}

void
pen_entry_search_uninit (PurplePlugin *plugin)
{
  if (view == NULL)
    return;
  if (gtk_tree_view_get_search_equal_func (view) == differs)
    gtk_tree_view_set_search_equal_func (view, original, NULL, NULL);
  g_object_remove_weak_pointer (G_OBJECT (view), (gpointer *) &view);
  view = NULL;
}
