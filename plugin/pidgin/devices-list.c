/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which devices stand in the list, in which order, and what is said
 * of each. */

#include "devices-list.h"

#include "devices-code.h"
#include "exposure-gui.h"
#include "ledger-words.h"

#include <glib/gi18n-lib.h>

#define NAME_CHARS 80

enum
{
  COLUMN_WHOSE,
  COLUMN_DEVICE,
  COLUMN_TRUST,
  COLUMN_FINGERPRINT,
  COLUMN_USE,
  COLUMN_SEEN,
  N_SHOWN,
  COLUMN_TYPED = N_SHOWN,
  COLUMN_NUMBER,
  COLUMN_HEX,
  COLUMN_IS_THIS,
  N_COLUMNS
};

static const char *const titles[N_SHOWN] = {
  N_("Whose"), N_("Device"), N_("Trust"), N_("Fingerprint"), N_("In use"), N_("Last message"),
};

static const struct
{
  const char *word;
  const char *text;
} trusts[] = {
  { "undecided", N_("not decided: compare it") },
  { "blind", N_("trusted without comparing") },
  { "trusted", N_("verified") },
  { "distrusted", N_("distrusted: nothing is sent to it") },
};

static const char *
say_trust (const char *word)
{
  for (gsize i = 0; i < G_N_ELEMENTS (trusts); i++)
    if (g_strcmp0 (trusts[i].word, word) == 0)
      return _(trusts[i].text);
  return _(trusts[0].text);
}

GtkWidget *
pen_devices_list_new (void)
{
  GtkListStore *store = gtk_list_store_new (N_COLUMNS, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING,
                                            G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_UINT, G_TYPE_STRING,
                                            G_TYPE_BOOLEAN);
  GtkWidget *list = gtk_tree_view_new_with_model (GTK_TREE_MODEL (store));

  g_object_unref (store);
  for (int i = 0; i < N_SHOWN; i++)
    pen_gui_column (GTK_TREE_VIEW (list), _(titles[i]), i);
  return pen_gui_name (list, _("Devices"), NULL);
}

static void
add_device (GtkListStore *store, const PenPaneDevice *device, const char *whose, const char *typed)
{
  g_autofree char *number = g_strdup_printf ("%u", device->device);
  g_autofree char *groups = pen_devices_groups (device->fingerprint, TRUE);
  g_autofree char *seen = pen_words_time (device->last_seen_us);
  g_autofree char *clean = pen_words_clean (whose, NAME_CHARS);

  gtk_list_store_insert_with_values (store, NULL, G_MAXINT, COLUMN_WHOSE, clean, COLUMN_DEVICE, number, COLUMN_TRUST,
                                     device->trust != NULL ? say_trust (device->trust) : _("this device"),
                                     COLUMN_FINGERPRINT,
                                     device->fingerprint != NULL ? groups : _("its key is not known yet"), COLUMN_USE,
                                     device->is_active ? _("yes") : _("not any more"), COLUMN_SEEN, seen,
                                     COLUMN_TYPED, typed, COLUMN_NUMBER, device->device, COLUMN_HEX,
                                     device->fingerprint, COLUMN_IS_THIS, device->trust == NULL, -1);
}

/* @but: a device that stands in the list already */
static gboolean
add_devices (GtkListStore *store, PurpleAccount *account, const char *typed, guint32 but, GError **error)
{
  g_autoptr (GPtrArray) devices = pen_interface ()->devices (account, typed, error);
  g_autofree char *bare = pen_interface_bare (account);
  gboolean own = g_str_equal (typed, bare);

  for (guint i = 0; devices != NULL && i < devices->len; i++)
    if (!own || ((PenPaneDevice *) devices->pdata[i])->device != but)
      add_device (store, devices->pdata[i], own ? _("yours") : typed, typed);
  return devices != NULL;
}

/* Own devices last: whoever opens this about a person sees theirs first. */
static gboolean
fill (GtkListStore *store, PurpleAccount *account, const char *typed, GError **error)
{
  g_autofree char *bare = pen_interface_bare (account);
  PenPaneDevice own = { .is_active = TRUE };
  gboolean filled = TRUE;

  if (!pen_interface ()->own_device (account, &own.device, &own.fingerprint, error))
    return FALSE;
  if (typed != NULL && !g_str_equal (typed, bare))
    filled = add_devices (store, account, typed, own.device, error);
  add_device (store, &own, _("yours"), bare);
  g_free (own.fingerprint);
  return add_devices (store, account, bare, own.device, filled ? error : NULL) && filled;
}

PenDeviceChosen *
pen_devices_list_chosen (GtkWidget *list)
{
  GtkTreeSelection *selection = gtk_tree_view_get_selection (GTK_TREE_VIEW (list));
  PenDeviceChosen *chosen;
  GtkTreeModel *model;
  GtkTreeIter iter;

  if (!gtk_tree_selection_get_selected (selection, &model, &iter))
    return NULL;
  chosen = g_new0 (PenDeviceChosen, 1);
  gtk_tree_model_get (model, &iter, COLUMN_TYPED, &chosen->typed, COLUMN_NUMBER, &chosen->device, COLUMN_HEX,
                      &chosen->fingerprint, COLUMN_IS_THIS, &chosen->is_this, -1);
  return chosen;
}

void
pen_device_chosen_free (PenDeviceChosen *chosen)
{
  if (chosen == NULL)
    return;
  g_free (chosen->typed);
  g_free (chosen->fingerprint);
  g_free (chosen);
}

static void
choose (GtkWidget *list, const PenDeviceChosen *wanted)
{
  GtkTreeSelection *selection = gtk_tree_view_get_selection (GTK_TREE_VIEW (list));
  GtkTreeModel *model = gtk_tree_view_get_model (GTK_TREE_VIEW (list));
  GtkTreeIter iter;

  for (gboolean more = gtk_tree_model_get_iter_first (model, &iter); more;
       more = gtk_tree_model_iter_next (model, &iter))
    {
      g_autoptr (PenDeviceChosen) found = NULL;

      gtk_tree_selection_select_iter (selection, &iter);
      found = pen_devices_list_chosen (list);
      if (wanted == NULL || (found->device == wanted->device && g_str_equal (found->typed, wanted->typed)))
        return;
    }
  gtk_tree_selection_unselect_all (selection);
}

gboolean
pen_devices_list_fill (GtkWidget *list, PurpleAccount *account, const char *typed, GError **error)
{
  GtkListStore *store = GTK_LIST_STORE (gtk_tree_view_get_model (GTK_TREE_VIEW (list)));
  g_autoptr (PenDeviceChosen) wanted = pen_devices_list_chosen (list);
  gboolean filled;

  gtk_list_store_clear (store);
  filled = fill (store, account, typed, error);
  choose (list, wanted);
  return filled;
}
