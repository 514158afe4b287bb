/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Where the rows that are shown are written to, and as what. CSV and JSON are
 * the protocol plugin's business; pages are printed here. */

#include "ledger-export.h"

#include <glib/gi18n-lib.h>

#include "ledger-words.h"

typedef enum
{
  FORMAT_CSV,
  FORMAT_JSON,
  FORMAT_PDF,
  N_FORMATS
} Format;

static const char *const format_words[N_FORMATS] = { "csv", "json", "pdf" };
static const char *const format_labels[N_FORMATS] = { N_("CSV, for a spreadsheet"), N_("JSON, for programs"),
                                                      N_("PDF, for paper") };

typedef struct
{
  PenLedgerJob head;
  PenLedgerDesk desk;
  PenLedgerWish *wish;
  char *path;
  Format format;
  PenLedgerPaper paper;
  gint64 n_rows;
  gint64 n_matching;
} ExportJob;

typedef struct
{
  PenLedgerDesk desk;
  PenLedgerWish *wish;
  GtkWidget *chooser;
  GtkWidget *format;
} Export;

/* The job */

static void
print (ExportJob *job, const PenLedgerCall *call)
{
  PenLedgerSpan span = { .stop = call->ending };
  g_autoptr (GArray) numbers = call->pane->reader_numbers (call->reader, &job->wish->filter, &span, &job->head.error);

  if (numbers == NULL)
    return;
  job->n_matching = numbers->len;
  job->n_rows = pen_ledger_print (call, numbers, &job->paper, job->path, &job->head.error);
}

static void
run (PenLedgerJob *head, const PenLedgerCall *call)
{
  ExportJob *job = (ExportJob *) head;

  if (job->format == FORMAT_PDF)
    print (job, call);
  else
    job->n_rows = call->pane->reader_export (call->reader, &job->wish->filter, job->path, format_words[job->format],
                                             &head->error);
}

static void
done (PenLedgerJob *head)
{
  ExportJob *job = (ExportJob *) head;
  g_autofree char *number = pen_words_number (job->n_rows);
  g_autofree char *sentence = NULL;

  if (head->error != NULL)
    sentence = g_strdup (head->error->message);
  else if (job->n_rows < job->n_matching)
    sentence = g_strdup_printf (_("The newest rows were written to %s: %s. CSV and JSON hold all of them."),
                                job->path, number);
  else
    sentence = g_strdup_printf (_("Rows written to %s: %s."), job->path, number);
  job->desk.say (sentence, job->desk.data);
}

static void
free_export_job (PenLedgerJob *head)
{
  ExportJob *job = (ExportJob *) head;

  pen_ledger_wish_free (job->wish);
  g_free (job->path);
  g_free (job);
}

/* Lying down, of the size that this country uses. */
static PenLedgerPaper
find_paper (void)
{
  GtkPaperSize *size = gtk_paper_size_new (NULL);
  PenLedgerPaper paper = { gtk_paper_size_get_height (size, GTK_UNIT_POINTS),
                           gtk_paper_size_get_width (size, GTK_UNIT_POINTS) };

  gtk_paper_size_free (size);
  return paper;
}

static void
write_rows (Export *export, const char *path)
{
  ExportJob *job = g_new0 (ExportJob, 1);

  job->head = (PenLedgerJob) { .run = run, .done = done, .free = free_export_job, .is_kept = TRUE };
  job->desk = export->desk;
  job->wish = pen_ledger_wish_copy (export->wish);
  job->path = g_strdup (path);
  job->format = (Format) gtk_combo_box_get_active (GTK_COMBO_BOX (export->format));
  job->paper = find_paper ();
  job->desk.say (_("Writing…"), job->desk.data);
  pen_ledger_feed_push (export->desk.scans, &job->head);
}

/* The dialog */

static void
on_response (GtkWidget *dialog, int response, Export *export)
{
  g_autofree char *path = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    path = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (dialog));
  if (path != NULL)
    write_rows (export, path);
  gtk_widget_destroy (dialog);
}

static void
on_format (GtkWidget *format, Export *export)
{
  int chosen = gtk_combo_box_get_active (GTK_COMBO_BOX (format));
  g_autofree char *name = g_strdup_printf ("metadata-ledger.%s", format_words[CLAMP (chosen, 0, N_FORMATS - 1)]);

  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (export->chooser), name);
}

static GtkWidget *
make_format (Export *export)
{
  GtkWidget *line = gtk_hbox_new (FALSE, 6);
  GtkWidget *label = gtk_label_new_with_mnemonic (_("_Write as:"));

  export->format = gtk_combo_box_text_new ();
  for (int i = 0; i < N_FORMATS; i++)
    gtk_combo_box_text_append_text (GTK_COMBO_BOX_TEXT (export->format), _(format_labels[i]));
  gtk_label_set_mnemonic_widget (GTK_LABEL (label), export->format);
  atk_object_set_name (gtk_widget_get_accessible (export->format), _("Write as"));
  gtk_box_pack_start (GTK_BOX (line), label, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (line), export->format, FALSE, FALSE, 0);
  g_signal_connect (export->format, "changed", G_CALLBACK (on_format), export);
  gtk_widget_show_all (line);
  return line;
}

static void
free_export (gpointer data)
{
  Export *export = data;

  pen_ledger_wish_free (export->wish);
  g_free (export);
}

void
pen_ledger_export_show (const PenLedgerDesk *desk, const PenLedgerWish *wish)
{
  Export *export = g_new0 (Export, 1);

  export->desk = *desk;
  export->wish = pen_ledger_wish_copy (wish);
  export->chooser = gtk_file_chooser_dialog_new (_("Export the rows that are shown"), desk->window,
                                                 GTK_FILE_CHOOSER_ACTION_SAVE, GTK_STOCK_CANCEL, GTK_RESPONSE_CANCEL,
                                                 _("_Export"), GTK_RESPONSE_ACCEPT, NULL);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (export->chooser), TRUE);
  gtk_file_chooser_set_do_overwrite_confirmation (GTK_FILE_CHOOSER (export->chooser), TRUE);
  gtk_file_chooser_set_extra_widget (GTK_FILE_CHOOSER (export->chooser), make_format (export));
  gtk_dialog_set_default_response (GTK_DIALOG (export->chooser), GTK_RESPONSE_ACCEPT);
  gtk_combo_box_set_active (GTK_COMBO_BOX (export->format), FORMAT_CSV);
  g_object_set_data_full (G_OBJECT (export->chooser), "penregister-export", export, free_export);
  g_signal_connect (export->chooser, "response", G_CALLBACK (on_response), export);
  gtk_widget_show (export->chooser);
}
