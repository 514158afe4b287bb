/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The window of people and devices: whose devices it shows, and when anew. */

#include "devices-window.h"

#include "devices-list.h"
#include "devices-pane.h"
#include "exposure-gui.h"

#include <gdk/gdkkeysyms.h>
#include <glib/gi18n-lib.h>

#define SPACE_PX 6
#define WIDTH_PX 860
#define HEIGHT_PX 640

static PenDevicesWindow *shown;

void
pen_devices_say (PenDevicesWindow *window, const char *text)
{
  gtk_label_set_text (GTK_LABEL (window->state), text);
}

PurpleAccount *
pen_devices_account (const PenDevicesWindow *window)
{
  int chosen = gtk_combo_box_get_active (GTK_COMBO_BOX (window->account));

  return chosen >= 0 && chosen < (int) window->accounts->len ? window->accounts->pdata[chosen] : NULL;
}

void
pen_devices_fill (PenDevicesWindow *window)
{
  PurpleAccount *account = pen_devices_account (window);
  g_autoptr (GError) error = NULL;

  if (account == NULL)
    gtk_list_store_clear (GTK_LIST_STORE (gtk_tree_view_get_model (GTK_TREE_VIEW (window->list))));
  if (account == NULL)
    pen_devices_say (window, _("There is no account of Pen Register yet. Add one first."));
  else if (!pen_devices_list_fill (window->list, account, window->typed, &error))
    pen_devices_say (window, error != NULL ? error->message : "");
  else
    pen_devices_say (window, window->typed != NULL
                               ? _("Verify a device by comparing its fingerprint, or by the link on its screen.")
                               : _("These are devices of your own. Enter a person to see theirs."));
  pen_devices_show_link (window);
}

static void
on_person (GtkWidget *any, PenDevicesWindow *window)
{
  char *typed = g_strstrip (g_strdup (gtk_entry_get_text (GTK_ENTRY (window->person))));

  g_free (window->typed);
  window->typed = *typed != '\0' ? g_strdup (typed) : NULL;
  g_free (typed);
  /* Whoever asks for a person means the first of their devices. */
  gtk_tree_selection_unselect_all (gtk_tree_view_get_selection (GTK_TREE_VIEW (window->list)));
  pen_devices_fill (window);
}

static void
offer_accounts (PenDevicesWindow *window, PurpleAccount *wanted, PurpleAccount *gone)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  int active = 0;

  g_ptr_array_set_size (window->accounts, 0);
  for (GList *l = purple_accounts_get_all (); l != NULL; l = l->next)
    if (l->data != gone && pen_interface_is_ours (l->data))
      {
        active = l->data == wanted ? (int) texts->len : active;
        g_ptr_array_add (window->accounts, l->data);
        g_ptr_array_add (texts, pen_interface_bare (l->data));
      }
  pen_gui_combo_fill (window->account, texts, active);
}

static void
on_destroy (GtkWidget *widget, PenDevicesWindow *window)
{
  GtkWidget *const silent[] = { window->account, window->person, window->link, window->code };

  shown = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (silent); i++)
    g_signal_handlers_disconnect_matched (silent[i], G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, window);
  g_signal_handlers_disconnect_matched (gtk_tree_view_get_selection (GTK_TREE_VIEW (window->list)),
                                        G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, window);
  if (window->question != NULL)
    gtk_widget_destroy (window->question);
  g_ptr_array_unref (window->accounts);
  g_free (window->typed);
  g_free (window);
}

static gboolean
on_key (GtkWidget *widget, GdkEventKey *event, PenDevicesWindow *window)
{
  gboolean closes = event->keyval == GDK_KEY_Escape
                    || (event->keyval == GDK_KEY_w && (event->state & GDK_CONTROL_MASK) != 0);

  if (closes)
    gtk_widget_destroy (widget);
  return closes;
}

static GtkWidget *
build_head (PenDevicesWindow *window)
{
  GtkWidget *row = gtk_hbox_new (FALSE, SPACE_PX);

  window->account = pen_gui_combo (G_CALLBACK (pen_devices_fill), window);
  window->person = gtk_entry_new ();
  g_signal_connect (window->person, "activate", G_CALLBACK (on_person), window);
  pen_gui_field (GTK_BOX (row), _("_Account of yours:"), window->account);
  pen_gui_field (GTK_BOX (row), _("_Person:"), window->person);
  gtk_box_pack_start (GTK_BOX (row), pen_gui_button (_("_Show"), _("Shows the devices of this person"),
                                                     G_CALLBACK (on_person), window), FALSE, FALSE, 0);
  return row;
}

static PenDevicesWindow *
new_window (void)
{
  PenDevicesWindow *window = g_new0 (PenDevicesWindow, 1);
  GtkWidget *box = gtk_vbox_new (FALSE, SPACE_PX);

  window->accounts = g_ptr_array_new ();
  window->widget = gtk_window_new (GTK_WINDOW_TOPLEVEL);
  window->state = pen_gui_text ("");
  window->list = pen_devices_list_new ();
  gtk_window_set_title (GTK_WINDOW (window->widget), _("People and devices"));
  gtk_window_set_role (GTK_WINDOW (window->widget), "penregister-devices");
  gtk_window_set_default_size (GTK_WINDOW (window->widget), WIDTH_PX, HEIGHT_PX);
  gtk_container_set_border_width (GTK_CONTAINER (window->widget), SPACE_PX);
  g_object_set_data (G_OBJECT (window->widget), "pen-window", window);
  gtk_box_pack_start (GTK_BOX (box), build_head (window), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), pen_gui_scrolled (window->list), TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), pen_devices_buttons (window), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), window->state, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), pen_devices_links (window), FALSE, FALSE, 0);
  gtk_container_add (GTK_CONTAINER (window->widget), box);
  g_signal_connect (window->widget, "destroy", G_CALLBACK (on_destroy), window);
  g_signal_connect (window->widget, "key-press-event", G_CALLBACK (on_key), window);
  gtk_widget_show_all (box);
  return window;
}

void
pen_devices_show (PurpleAccount *account, const char *name)
{
  if (shown == NULL)
    shown = new_window ();
  offer_accounts (shown, account, NULL);
  gtk_entry_set_text (GTK_ENTRY (shown->person), name != NULL ? name : "");
  on_person (NULL, shown);
  gtk_window_present (GTK_WINDOW (shown->widget));
}

void
pen_devices_changed (PurpleAccount *account)
{
  if (shown != NULL && pen_devices_account (shown) == account)
    pen_devices_fill (shown);
}

void
pen_devices_forget_account (PurpleAccount *account)
{
  if (shown == NULL)
    return;
  if (shown->question != NULL && pen_devices_account (shown) == account)
    gtk_widget_destroy (shown->question);
  offer_accounts (shown, pen_devices_account (shown), account);
  pen_devices_fill (shown);
}

void
pen_devices_close (void)
{
  if (shown != NULL)
    gtk_widget_destroy (shown->widget);
}
