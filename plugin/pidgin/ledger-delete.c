/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Deleting old rows. Nothing can be deleted before it was said how much it
 * is, and the button that does it is never the default. */

#include "ledger-delete.h"

#include <glib/gi18n-lib.h>

#include "ledger-scan.h"
#include "ledger-words.h"

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define MAX_DAYS 36500
#define TYPING_MS 250

typedef struct
{
  PenLedgerDesk desk;
  GtkWidget *dialog;
  GtkWidget *days;
  GtkWidget *consequence;
  gint64 before_us;
  guint typing;
} Delete;

/* A count that is on its way outlives its dialog. */
typedef struct
{
  Delete *delete;
  GtkWidget *dialog;
  gint64 before_us;
} Count;

static void
say_consequence (Delete *delete, const PenLedgerTotals *totals)
{
  g_autofree char *rows = pen_words_number (totals->rows);
  g_autofree char *people = pen_words_number (totals->people);
  g_autofree char *before = pen_words_time (delete->before_us);
  g_autofree char *text =
    totals->rows == 0
      ? g_strdup (_("No row is that old: nothing would be deleted."))
      : g_strdup_printf (_("Gone for good will be: %s rows, about %s people, all from before %s. The filter does not "
                           "matter here. What others keep of it stays with them."), rows, people, before);

  gtk_label_set_text (GTK_LABEL (delete->consequence), text);
  gtk_dialog_set_response_sensitive (GTK_DIALOG (delete->dialog), GTK_RESPONSE_OK, totals->rows > 0);
}

static void
take_count (PenLedgerScan *scan, gpointer data)
{
  Count *count = data;

  if (count->dialog == NULL || count->before_us != count->delete->before_us)
    return;
  if (scan->error != NULL)
    gtk_label_set_text (GTK_LABEL (count->delete->consequence), scan->error->message);
  else
    say_consequence (count->delete, &scan->totals);
}

static void
free_count (gpointer data)
{
  Count *count = data;

  if (count->dialog != NULL)
    g_object_remove_weak_pointer (G_OBJECT (count->dialog), (gpointer *) &count->dialog);
  g_free (count);
}

static gboolean
ask_count (gpointer data)
{
  Delete *delete = data;
  PenLedgerWish wish = { .filter = PEN_LEDGER_FILTER_ALL };
  PenLedgerScan scan = { .kind = PEN_SCAN_TOTALS };
  Count *count = g_new0 (Count, 1);
  PenLedgerScanner scanner = { take_count, count, free_count, TRUE };

  delete->typing = 0;
  delete->before_us = g_get_real_time ()
                      - gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (delete->days)) * DAY_US;
  wish.filter.until_us = delete->before_us;
  *count = (Count) { delete, delete->dialog, delete->before_us };
  g_object_add_weak_pointer (G_OBJECT (delete->dialog), (gpointer *) &count->dialog);
  pen_ledger_scan (delete->desk.scans, &wish, &scan, &scanner);
  return G_SOURCE_REMOVE;
}

static void
on_days (GtkWidget *days, Delete *delete)
{
  if (delete->typing != 0)
    g_source_remove (delete->typing);
  gtk_label_set_text (GTK_LABEL (delete->consequence), _("Counting…"));
  gtk_dialog_set_response_sensitive (GTK_DIALOG (delete->dialog), GTK_RESPONSE_OK, FALSE);
  delete->typing = g_timeout_add (TYPING_MS, ask_count, delete);
}

static void
on_window_gone (gpointer data, G_GNUC_UNUSED GObject *window)
{
  PenLedgerDesk *desk = data;

  desk->pane->purge_forget (desk);
  g_free (desk);
}

static void
on_deleted (gint64 rows, const GError *error, gpointer data)
{
  g_autofree PenLedgerDesk *desk = data;
  g_autofree char *number = pen_words_number (rows);
  g_autofree char *sentence = rows >= 0 ? g_strdup_printf (_("Rows deleted: %s."), number) : g_strdup (error->message);

  g_object_weak_unref (G_OBJECT (desk->window), on_window_gone, desk);
  desk->say (sentence, desk->data);
  desk->deleted (desk->data);
}

/* The window may be closed before the last row is gone. */
static void
delete_rows (Delete *delete)
{
  PenLedgerDesk *desk = g_memdup2 (&delete->desk, sizeof delete->desk);
  PenPanePurge purge = { on_deleted, desk };

  g_object_weak_ref (G_OBJECT (desk->window), on_window_gone, desk);
  desk->deleting (desk->data);
  desk->pane->purge_begin (delete->before_us, &purge);
}

static void
on_response (GtkWidget *dialog, int response, Delete *delete)
{
  if (response == GTK_RESPONSE_OK)
    delete_rows (delete);
  gtk_widget_destroy (dialog);
}

static void
on_destroy (GtkWidget *dialog, Delete *delete)
{
  if (delete->typing != 0)
    g_source_remove (delete->typing);
  delete->typing = 0;
}

static void
add_days (Delete *delete, GtkWidget *box)
{
  GtkWidget *line = gtk_hbox_new (FALSE, 6);
  GtkWidget *label = gtk_label_new_with_mnemonic (_("Delete all rows that are _older than this many days:"));

  delete->days = gtk_spin_button_new_with_range (0, MAX_DAYS, 1);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (delete->days), PEN_LEDGER_RETENTION_DAYS);
  gtk_label_set_mnemonic_widget (GTK_LABEL (label), delete->days);
  atk_object_set_name (gtk_widget_get_accessible (delete->days), _("Days"));
  gtk_box_pack_start (GTK_BOX (line), label, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (line), delete->days, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), line, FALSE, FALSE, 0);
  g_signal_connect (delete->days, "value-changed", G_CALLBACK (on_days), delete);
}

void
pen_ledger_delete_show (const PenLedgerDesk *desk)
{
  Delete *delete = g_new0 (Delete, 1);
  GtkWidget *box;

  delete->desk = *desk;
  delete->dialog = gtk_dialog_new_with_buttons (_("Delete old rows"), desk->window, GTK_DIALOG_DESTROY_WITH_PARENT,
                                                _("_Keep them"), GTK_RESPONSE_CANCEL, _("_Delete"), GTK_RESPONSE_OK,
                                                NULL);
  box = gtk_dialog_get_content_area (GTK_DIALOG (delete->dialog));
  gtk_box_set_spacing (GTK_BOX (box), 12);
  gtk_container_set_border_width (GTK_CONTAINER (delete->dialog), 12);
  gtk_dialog_set_default_response (GTK_DIALOG (delete->dialog), GTK_RESPONSE_CANCEL);
  delete->consequence = gtk_label_new (NULL);
  gtk_label_set_line_wrap (GTK_LABEL (delete->consequence), TRUE);
  gtk_misc_set_alignment (GTK_MISC (delete->consequence), 0, 0);
  add_days (delete, box);
  gtk_box_pack_start (GTK_BOX (box), delete->consequence, TRUE, TRUE, 0);
  g_object_set_data_full (G_OBJECT (delete->dialog), "penregister-delete", delete, g_free);
  g_signal_connect (delete->dialog, "response", G_CALLBACK (on_response), delete);
  g_signal_connect (delete->dialog, "destroy", G_CALLBACK (on_destroy), delete);
  gtk_widget_show_all (delete->dialog);
  on_days (delete->days, delete);
}
