/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides where the state of a conversation stands in its pane. All of it
 * hangs on the pane's own box: it goes when the pane goes, moves with it to
 * another window, and is put back where Pidgin has built its toolbar anew. */

#include "conv-strip.h"

#include "conv-menu.h"
#include "conv-state.h"

#include <glib/gi18n-lib.h>

#define DATA_STRIP "penregister-strip"
/* Longer words are cut on the button; its tooltip has all of them. */
#define MAX_BUTTON_CHARS 36
#define NOTICE_WIDTH 300
#define SPACE 6

struct _PenConvStrip
{
  PidginConversation *gtkconv;
  GtkWidget *pane;
  GtkWidget *button;
  GtkWidget *icon;
  GtkWidget *label;
  GtkWidget *bar;
  GtkWidget *bar_icon;
  GtkWidget *notice;
  GtkWidget *refuse;
  GtkWidget *answer;
  GtkTextBuffer *entry;
  gulong on_typed;
  gulong on_gone;
  guint typed_idle;
};

static void
strip_free (PenConvStrip *strip)
{
  if (strip->typed_idle != 0)
    g_source_remove (strip->typed_idle);
  g_signal_handler_disconnect (strip->entry, strip->on_typed);
  g_signal_handler_disconnect (strip->pane, strip->on_gone);
  g_object_unref (strip->entry);
  g_object_unref (strip->button);
  g_object_unref (strip->bar);
  g_free (strip);
}

static PenConvStrip *
strip_of (PidginConversation *gtkconv)
{
  return g_object_get_data (G_OBJECT (gtkconv->tab_cont), DATA_STRIP);
}

static void
on_gone (GtkWidget *pane, gpointer data)
{
  g_object_set_data (G_OBJECT (pane), DATA_STRIP, NULL);
}

static gboolean
on_typed_idle (gpointer data)
{
  PenConvStrip *strip = data;

  strip->typed_idle = 0;
  pen_conv_strip_show (strip->gtkconv);
  return G_SOURCE_REMOVE;
}

static void
on_typed (GtkTextBuffer *buffer, PenConvStrip *strip)
{
  if (strip->typed_idle == 0)
    strip->typed_idle = g_idle_add (on_typed_idle, strip);
}

static void
on_button (GtkWidget *button, PenConvStrip *strip)
{
  pen_conv_menu_popup (strip->gtkconv->active_conv, button);
}

static void
on_refuse (GtkWidget *button, PenConvStrip *strip)
{
  GtkWidget *entry = strip->gtkconv->entry;

  pen_conv_menu_run (strip->gtkconv->active_conv, "pen policy never");
  gtk_widget_grab_focus (entry);
}

static void
on_answer (GtkWidget *button, PenConvStrip *strip)
{
  pen_conv_menu_popup_answers (strip->gtkconv->active_conv, button);
}

static void
name_it (GtkWidget *widget, const char *name, const char *description)
{
  AtkObject *object = gtk_widget_get_accessible (widget);

  atk_object_set_name (object, name);
  atk_object_set_description (object, description);
}

static void
make_button (PenConvStrip *strip)
{
  GtkWidget *box = gtk_hbox_new (FALSE, SPACE / 2);

  strip->button = g_object_ref_sink (gtk_button_new ());
  strip->icon = gtk_image_new ();
  strip->label = gtk_label_new (NULL);
  gtk_label_set_ellipsize (GTK_LABEL (strip->label), PANGO_ELLIPSIZE_END);
  gtk_misc_set_alignment (GTK_MISC (strip->label), 0.0, 0.5);
  gtk_button_set_relief (GTK_BUTTON (strip->button), GTK_RELIEF_NONE);
  gtk_box_pack_start (GTK_BOX (box), strip->icon, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), strip->label, TRUE, TRUE, 0);
  gtk_container_add (GTK_CONTAINER (strip->button), box);
  gtk_widget_show_all (box);
  g_signal_connect (strip->button, "clicked", G_CALLBACK (on_button), strip);
}

static GtkWidget *
add_bar_button (PenConvStrip *strip, const char *label, const char *tooltip, GCallback clicked)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);
  GtkWidget *frame = gtk_alignment_new (1.0, 0.5, 0.0, 0.0);

  gtk_widget_set_tooltip_text (button, tooltip);
  g_signal_connect (button, "clicked", clicked, strip);
  gtk_container_add (GTK_CONTAINER (frame), button);
  gtk_widget_show (frame);
  gtk_box_pack_end (GTK_BOX (strip->bar), frame, FALSE, FALSE, 0);
  return button;
}

static void
make_bar (PenConvStrip *strip)
{
  strip->bar = g_object_ref_sink (gtk_hbox_new (FALSE, SPACE));
  strip->bar_icon = gtk_image_new ();
  strip->notice = gtk_label_new (NULL);
  gtk_label_set_line_wrap (GTK_LABEL (strip->notice), TRUE);
  gtk_label_set_line_wrap_mode (GTK_LABEL (strip->notice), PANGO_WRAP_WORD_CHAR);
  gtk_misc_set_alignment (GTK_MISC (strip->notice), 0.0, 0.5);
  gtk_widget_set_size_request (strip->notice, NOTICE_WIDTH, -1);
  gtk_box_pack_start (GTK_BOX (strip->bar), strip->bar_icon, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (strip->bar), strip->notice, TRUE, TRUE, 0);
  strip->refuse = add_bar_button (strip, _("Do _not ask"), _("Nobody is asked about this person, unless you look up "
                                                             "yourself."), G_CALLBACK (on_refuse));
  strip->answer = add_bar_button (strip, _("Ans_wer…"), _("What becomes of the held message"), G_CALLBACK (on_answer));
  gtk_widget_show (strip->bar_icon);
  gtk_widget_show (strip->notice);
}

/* The info pane stands in an event box, at the top of the box of all. */
static GtkBox *
box_of (PidginConversation *gtkconv)
{
  GtkWidget *event_box = gtk_widget_get_parent (gtkconv->infopane_hbox);
  GtkWidget *box = event_box != NULL ? gtk_widget_get_parent (event_box) : NULL;

  return box != NULL && GTK_IS_BOX (box) ? GTK_BOX (box) : NULL;
}

static PenConvStrip *
strip_new (PidginConversation *gtkconv)
{
  PenConvStrip *strip = g_new0 (PenConvStrip, 1);

  strip->gtkconv = gtkconv;
  strip->entry = g_object_ref (gtkconv->entry_buffer);
  strip->on_typed = g_signal_connect (strip->entry, "changed", G_CALLBACK (on_typed), strip);
  strip->pane = gtkconv->tab_cont;
  strip->on_gone = g_signal_connect (strip->pane, "destroy", G_CALLBACK (on_gone), NULL);
  make_button (strip);
  make_bar (strip);
  g_object_set_data_full (G_OBJECT (gtkconv->tab_cont), DATA_STRIP, strip, (GDestroyNotify) strip_free);
  return strip;
}

static void
take_out (GtkWidget *widget)
{
  GtkWidget *parent = gtk_widget_get_parent (widget);

  if (parent != NULL)
    gtk_container_remove (GTK_CONTAINER (parent), widget);
}

static void
put_in (PenConvStrip *strip)
{
  GtkBox *box = box_of (strip->gtkconv);

  if (gtk_widget_get_parent (strip->button) != strip->gtkconv->toolbar)
    {
      take_out (strip->button);
      gtk_box_pack_end (GTK_BOX (strip->gtkconv->toolbar), strip->button, FALSE, FALSE, 0);
    }
  if (box != NULL && gtk_widget_get_parent (strip->bar) != GTK_WIDGET (box))
    {
      take_out (strip->bar);
      gtk_box_pack_start (box, strip->bar, FALSE, FALSE, 0);
      gtk_box_reorder_child (box, strip->bar, 1);
    }
}

static void
show_button (PenConvStrip *strip, const PenConvState *state)
{
  g_autofree char *tooltip = g_strconcat (state->words, "\n", state->why, NULL);
  glong length = g_utf8_strlen (state->words, -1);

  gtk_image_set_from_pixbuf (GTK_IMAGE (strip->icon), pen_conv_icon_pixbuf (state->icon));
  gtk_label_set_text (GTK_LABEL (strip->label), state->words);
  gtk_label_set_width_chars (GTK_LABEL (strip->label), (gint) MIN (length + 1, MAX_BUTTON_CHARS));
  gtk_widget_set_tooltip_text (strip->button, tooltip);
  name_it (strip->button, state->words, state->why);
  gtk_widget_show (strip->button);
}

static void
show_bar (PenConvStrip *strip, const PenConvState *state)
{
  gboolean may_answer = state->talk != NULL && state->talk->held != NULL;

  gtk_widget_set_visible (strip->bar, state->notice != NULL);
  gtk_widget_set_visible (strip->refuse, state->may_refuse);
  gtk_widget_set_visible (strip->answer, may_answer);
  gtk_image_set_from_pixbuf (GTK_IMAGE (strip->bar_icon),
                             pen_conv_icon_pixbuf (may_answer ? PEN_CONV_ICON_HELD : PEN_CONV_ICON_UNKNOWN));
  gtk_label_set_text (GTK_LABEL (strip->notice), state->notice != NULL ? state->notice : "");
}

static char *
draft_of (const PenConvStrip *strip)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (strip->entry, &start, &end);
  return gtk_text_buffer_get_text (strip->entry, &start, &end, TRUE);
}

gboolean
pen_conv_strip_show (PidginConversation *gtkconv)
{
  PenConvStrip *strip = strip_of (gtkconv);
  g_autoptr (PenConvState) state = NULL;
  g_autofree char *draft = NULL;

  if (!pen_conv_is_ours (gtkconv->active_conv))
    {
      pen_conv_strip_remove (gtkconv);
      return FALSE;
    }
  if (strip == NULL)
    strip = strip_new (gtkconv);
  put_in (strip);
  draft = draft_of (strip);
  state = pen_conv_state_new (gtkconv->active_conv, draft);
  show_button (strip, state);
  show_bar (strip, state);
  return pen_conv_state_waits (state);
}

void
pen_conv_strip_remove (PidginConversation *gtkconv)
{
  PenConvStrip *strip = strip_of (gtkconv);

  if (strip == NULL)
    return;
  gtk_widget_destroy (strip->button);
  gtk_widget_destroy (strip->bar);
  g_object_set_data (G_OBJECT (gtkconv->tab_cont), DATA_STRIP, NULL);
}
