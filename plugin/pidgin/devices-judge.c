/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how a device is judged: only after its key was shown to be compared
 * is it trusted, and forgetting says first what is gone then. */

#include "devices-pane.h"

#include "devices-code.h"
#include "devices-list.h"
#include "exposure-gui.h"

#include <glib/gi18n-lib.h>

#define SPACE_PX 6

enum
{
  BUTTON_TRUST,
  BUTTON_DISTRUST,
  BUTTON_FORGET
};

static void
finish (PenDevicesWindow *window, gboolean done, const char *text, const GError *error)
{
  if (done)
    pen_devices_fill (window);
  pen_devices_say (window, done ? text : error->message);
}

static void
set_trust (PenDevicesWindow *window, const PenDeviceChosen *chosen, const char *trust, const char *text)
{
  PurpleAccount *account = pen_devices_account (window);
  g_autoptr (GError) error = NULL;

  if (account != NULL)
    finish (window, pen_interface ()->trust (account, chosen->typed, chosen->device, trust, &error), text, error);
}

static void
on_compared (GtkWidget *question, int response, PenDevicesWindow *window)
{
  const PenDeviceChosen *chosen = g_object_get_data (G_OBJECT (question), "pen-chosen");

  if (response == GTK_RESPONSE_ACCEPT)
    set_trust (window, chosen, "trusted", _("The device is verified now."));
  gtk_widget_destroy (question);
}

static void
on_forget (GtkWidget *question, int response, PenDevicesWindow *window)
{
  const PenDeviceChosen *chosen = g_object_get_data (G_OBJECT (question), "pen-chosen");
  PurpleAccount *account = pen_devices_account (window);
  g_autoptr (GError) error = NULL;

  if (response == GTK_RESPONSE_ACCEPT && account != NULL)
    finish (window, pen_interface ()->forget_device (account, chosen->typed, chosen->device, &error),
            _("The device is forgotten."), error);
  gtk_widget_destroy (question);
}

static void
on_question_gone (GtkWidget *question, PenDevicesWindow *window)
{
  if (window->question == question)
    window->question = NULL;
}

/* What is asked stands in a window of its own; to close it is to say no. */
static GtkWidget *
ask (PenDevicesWindow *window, const char *title, const char *text)
{
  GtkWidget *question = gtk_message_dialog_new (GTK_WINDOW (window->widget),
                                                GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT,
                                                GTK_MESSAGE_QUESTION, GTK_BUTTONS_NONE, "%s", title);

  if (window->question != NULL)
    gtk_widget_destroy (window->question);
  window->question = question;
  gtk_window_set_title (GTK_WINDOW (question), title);
  gtk_message_dialog_format_secondary_text (GTK_MESSAGE_DIALOG (question), "%s", text);
  gtk_dialog_add_button (GTK_DIALOG (question), GTK_STOCK_CANCEL, GTK_RESPONSE_CANCEL);
  g_signal_connect (question, "destroy", G_CALLBACK (on_question_gone), window);
  return question;
}

static void
show_question (GtkWidget *question, PenDeviceChosen *chosen, const char *yes, GCallback answered)
{
  PenDevicesWindow *window = g_object_get_data (G_OBJECT (gtk_window_get_transient_for (GTK_WINDOW (question))),
                                                "pen-window");

  g_object_set_data_full (G_OBJECT (question), "pen-chosen", chosen, (GDestroyNotify) pen_device_chosen_free);
  gtk_dialog_add_button (GTK_DIALOG (question), yes, GTK_RESPONSE_ACCEPT);
  gtk_dialog_set_default_response (GTK_DIALOG (question), GTK_RESPONSE_CANCEL);
  g_signal_connect (question, "response", answered, window);
  gtk_widget_show (question);
}

static void
on_trust_clicked (GtkWidget *button, PenDevicesWindow *window)
{
  g_autoptr (PenDeviceChosen) chosen = pen_devices_list_chosen (window->list);
  g_autofree char *groups = chosen != NULL ? pen_devices_groups (chosen->fingerprint, TRUE) : NULL;
  g_autofree char *text = NULL;

  if (chosen == NULL || chosen->fingerprint == NULL)
    {
      pen_devices_say (window, _("The key of this device is not known yet: there is nothing to compare."));
      return;
    }
  text = g_strdup_printf (_("Look at the screen of that device, or have it read to you by somebody whose voice you "
                            "know. It must show:\n\n%s"), groups);
  show_question (ask (window, _("Does the device show the same?"), text), g_steal_pointer (&chosen),
                 _("It shows the _same"), G_CALLBACK (on_compared));
}

static void
on_distrust_clicked (GtkWidget *button, PenDevicesWindow *window)
{
  g_autoptr (PenDeviceChosen) chosen = pen_devices_list_chosen (window->list);

  if (chosen != NULL)
    set_trust (window, chosen, "distrusted", _("The device is distrusted: nothing is encrypted for it any more."));
}

static void
on_forget_clicked (GtkWidget *button, PenDevicesWindow *window)
{
  g_autoptr (PenDeviceChosen) chosen = pen_devices_list_chosen (window->list);

  if (chosen == NULL)
    return;
  show_question (ask (window, _("Forget this device?"),
                      _("Its key, what you decided about it, and the session with it are gone then. If it comes back, "
                        "its key is judged as if it were new.")),
                 g_steal_pointer (&chosen), _("_Forget"), G_CALLBACK (on_forget));
}

static void
on_selected (GtkTreeSelection *selection, PenDevicesWindow *window)
{
  g_autoptr (PenDeviceChosen) chosen = pen_devices_list_chosen (window->list);

  for (gsize i = 0; i < G_N_ELEMENTS (window->buttons); i++)
    gtk_widget_set_sensitive (window->buttons[i], chosen != NULL && !chosen->is_this);
}

GtkWidget *
pen_devices_buttons (PenDevicesWindow *window)
{
  GtkWidget *box = gtk_hbox_new (FALSE, SPACE_PX);

  window->buttons[BUTTON_TRUST] = pen_gui_button (_("_Trust…"), _("Shows its fingerprint to be compared first"),
                                                  G_CALLBACK (on_trust_clicked), window);
  window->buttons[BUTTON_DISTRUST] = pen_gui_button (_("_Distrust"), _("Nothing is encrypted for it any more"),
                                                     G_CALLBACK (on_distrust_clicked), window);
  window->buttons[BUTTON_FORGET] = pen_gui_button (_("_Forget…"), _("As if it had never been seen"),
                                                   G_CALLBACK (on_forget_clicked), window);
  for (gsize i = 0; i < G_N_ELEMENTS (window->buttons); i++)
    gtk_box_pack_start (GTK_BOX (box), window->buttons[i], FALSE, FALSE, 0);
  g_signal_connect (gtk_tree_view_get_selection (GTK_TREE_VIEW (window->list)), "changed", G_CALLBACK (on_selected),
                    window);
  on_selected (NULL, window);
  return box;
}
