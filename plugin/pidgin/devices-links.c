/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Verifying by a link that came by a safe way, and the link and the code by
 * which others verify this device. */

#include "devices-pane.h"

#include "devices-code.h"
#include "exposure-gui.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define SPACE_PX 6
#define CODE_PX 220

static void
on_verify (GtkWidget *any, PenDevicesWindow *window)
{
  g_autofree char *text = g_strdup (gtk_entry_get_text (GTK_ENTRY (window->link)));
  PurpleAccount *account = pen_devices_account (window);
  g_autoptr (GError) error = NULL;
  g_autofree char *done = NULL;

  if (account == NULL || *g_strstrip (text) == '\0')
    {
      pen_devices_say (window, _("Paste the link first, which begins with xmpp: and comes from their screen."));
      return;
    }
  done = pen_interface ()->verify_uri (account, window->typed, text, &error);
  if (done != NULL)
    {
      gtk_entry_set_text (GTK_ENTRY (window->link), "");
      pen_devices_fill (window);
    }
  pen_devices_say (window, done != NULL ? done : error->message);
}

static void
on_copy (GtkWidget *button, PenDevicesWindow *window)
{
  const char *text = gtk_entry_get_text (GTK_ENTRY (window->own_link));

  gtk_clipboard_set_text (gtk_widget_get_clipboard (button, GDK_SELECTION_CLIPBOARD), text, -1);
  pen_devices_say (window, _("The link is copied. Send it by a way that nobody else can change."));
}

static gboolean
on_expose (GtkWidget *widget, GdkEventExpose *event, PenDevicesWindow *window)
{
  const char *text = gtk_entry_get_text (GTK_ENTRY (window->own_link));
  g_autoptr (PenDevicesCode) code = *text != '\0' ? pen_devices_code_new (text) : NULL;
  cairo_t *cr;

  if (code == NULL)
    return FALSE;
  cr = gdk_cairo_create (gtk_widget_get_window (widget));
  pen_devices_code_draw (code, cr, CODE_PX);
  cairo_destroy (cr);
  return TRUE;
}

void
pen_devices_show_link (PenDevicesWindow *window)
{
  PurpleAccount *account = pen_devices_account (window);
  g_autofree char *uri = account != NULL ? pen_interface ()->own_uri (account, NULL) : NULL;

  gtk_entry_set_text (GTK_ENTRY (window->own_link), uri != NULL ? uri : "");
  pen_gui_name (window->code, _("QR code of your link"), uri != NULL ? uri : "");
  gtk_widget_queue_draw (window->code);
}

static GtkWidget *
build_verify (PenDevicesWindow *window)
{
  GtkWidget *row = gtk_hbox_new (FALSE, SPACE_PX);

  window->link = gtk_entry_new ();
  g_signal_connect (window->link, "activate", G_CALLBACK (on_verify), window);
  pen_gui_field (GTK_BOX (row), _("Their _link:"), window->link);
  gtk_box_pack_start (GTK_BOX (row), pen_gui_button (_("_Verify"), _("Trusts the devices that the link names"),
                                                     G_CALLBACK (on_verify), window), FALSE, FALSE, 0);
  return row;
}

GtkWidget *
pen_devices_links (PenDevicesWindow *window)
{
  GtkWidget *box = gtk_vbox_new (FALSE, SPACE_PX);
  GtkWidget *row = gtk_hbox_new (FALSE, SPACE_PX);
  GtkWidget *code = gtk_alignment_new (0.5, 0, 0, 0);

  window->own_link = gtk_entry_new ();
  gtk_editable_set_editable (GTK_EDITABLE (window->own_link), FALSE);
  pen_gui_field (GTK_BOX (row), _("_Your link:"), window->own_link);
  gtk_box_pack_start (GTK_BOX (row), pen_gui_button (_("_Copy"), _("Copies your link"), G_CALLBACK (on_copy), window),
                      FALSE, FALSE, 0);
  window->code = pen_gui_drawing (_("QR code of your link"));
  gtk_widget_set_size_request (window->code, CODE_PX, CODE_PX);
  g_signal_connect (window->code, "expose-event", G_CALLBACK (on_expose), window);
  gtk_container_add (GTK_CONTAINER (code), window->code);
  gtk_box_pack_start (GTK_BOX (box), build_verify (window), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), row, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), code, FALSE, FALSE, 0);
  return box;
}
