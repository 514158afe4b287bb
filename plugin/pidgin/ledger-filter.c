/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what the fields over the list ask for. A person is named as they
 * are typed anywhere else; a date as year-month-day, with or without a time. */

#include "ledger-filter.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>

#include "ledger-words.h"

/* A search that is overtaken by the next key is stopped, so it may begin soon. Half a day is no day. */
#define TYPING_MS 40
#define DAY_TYPING_MS 500
#define N_BAR_COLUMNS 3
#define N_BAR_ROWS 4
#define HOUR_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

typedef enum
{
  FIELD_ACCOUNT,
  FIELD_PERSON,
  FIELD_TEXT,
  FIELD_OBSERVER,
  FIELD_KIND,
  FIELD_TRIGGER,
  FIELD_COVER,
  FIELD_SPAN,
  FIELD_SINCE,
  FIELD_UNTIL,
  N_FIELDS
} Field;

static const char *const labels[N_FIELDS] = {
  N_("_Account:"), N_("_Person:"), N_("Te_xt:"), N_("_Who learned it:"), N_("W_hat was asked:"), N_("_Because:"),
  N_("_Real or cover:"), N_("_Time:"), N_("_From:"), N_("_Until:"),
};

static const struct
{
  const char *label;
  int hours;
} spans[] = {
  { N_("any time"), 0 },
  { N_("the last hour"), 1 },
  { N_("the last 24 hours"), 24 },
  { N_("the last 7 days"), 24 * 7 },
  { N_("the last 30 days"), 24 * 30 },
};

struct _PenLedgerBar
{
  PenLedgerHost host;
  void (*changed) (gpointer data);
  gpointer data;
  GtkWidget *table;
  GtkWidget *fields[N_FIELDS];
  guint typing;
  gboolean is_typed;
  const char *problem;
};

/* Change */

static gboolean
tell (gpointer data)
{
  PenLedgerBar *bar = data;

  bar->typing = 0;
  bar->changed (bar->data);
  return G_SOURCE_REMOVE;
}

static void
tell_after (PenLedgerBar *bar, guint ms)
{
  if (bar->typing != 0)
    g_source_remove (bar->typing);
  bar->typing = g_timeout_add (ms, tell, bar);
}

static void
on_typed (GtkWidget *entry, PenLedgerBar *bar)
{
  bar->is_typed = TRUE;
  tell_after (bar, TYPING_MS);
}

static void
on_day_typed (GtkWidget *entry, PenLedgerBar *bar)
{
  tell_after (bar, DAY_TYPING_MS);
}

static void
on_chosen (GtkWidget *choice, PenLedgerBar *bar)
{
  bar->is_typed = FALSE;
  tell_after (bar, 0);
}

static void
on_destroy (GtkWidget *table, PenLedgerBar *bar)
{
  if (bar->typing != 0)
    g_source_remove (bar->typing);
  bar->typing = 0;
}

/* Fields */

static void
add_field (PenLedgerBar *bar, Field field, GtkWidget *widget)
{
  GtkWidget *label = gtk_label_new_with_mnemonic (_(labels[field]));
  GtkWidget *box = gtk_hbox_new (FALSE, 6);
  guint column = (guint) field % N_BAR_COLUMNS;
  guint row = (guint) field / N_BAR_COLUMNS;
  g_autofree char *name = NULL;

  gtk_label_set_mnemonic_widget (GTK_LABEL (label), widget);
  gtk_misc_set_alignment (GTK_MISC (label), 0, 0.5f);
  name = g_strdup (gtk_label_get_text (GTK_LABEL (label)));
  g_strdelimit (name, ":", ' ');
  atk_object_set_name (gtk_widget_get_accessible (widget), g_strstrip (name));
  gtk_box_pack_start (GTK_BOX (box), label, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), widget, TRUE, TRUE, 0);
  gtk_table_attach (GTK_TABLE (bar->table), box, column, column + 1, row, row + 1, GTK_EXPAND | GTK_FILL, GTK_FILL, 0, 0);
  bar->fields[field] = widget;
}

static void
add_entry (PenLedgerBar *bar, Field field, const char *tooltip)
{
  gboolean is_day = field == FIELD_SINCE || field == FIELD_UNTIL;
  GtkWidget *entry = gtk_entry_new ();

  gtk_entry_set_width_chars (GTK_ENTRY (entry), 14);
  gtk_widget_set_tooltip_text (entry, tooltip);
  g_signal_connect (entry, "changed", G_CALLBACK (is_day ? on_day_typed : on_typed), bar);
  add_field (bar, field, entry);
}

static GtkWidget *
add_choice (PenLedgerBar *bar, Field field)
{
  GtkWidget *choice = gtk_combo_box_text_new ();

  add_field (bar, field, choice);
  return choice;
}

static void
end_choice (PenLedgerBar *bar, GtkWidget *choice)
{
  gtk_combo_box_set_active (GTK_COMBO_BOX (choice), 0);
  g_signal_connect (choice, "changed", G_CALLBACK (on_chosen), bar);
}

static void
add_word (GtkWidget *choice, const char *word)
{
  gtk_combo_box_text_append_text (GTK_COMBO_BOX_TEXT (choice), word);
}

static void
add_accounts (PenLedgerBar *bar)
{
  g_auto (GStrv) accounts = bar->host.accounts ();
  GtkWidget *choice = gtk_combo_box_text_new_with_entry ();
  GtkWidget *entry = gtk_bin_get_child (GTK_BIN (choice));

  for (guint i = 0; accounts != NULL && accounts[i] != NULL; i++)
    add_word (choice, accounts[i]);
  gtk_entry_set_width_chars (GTK_ENTRY (entry), 14);
  gtk_widget_set_tooltip_text (choice, _("Empty for all; an account that was deleted can be typed."));
  atk_object_set_name (gtk_widget_get_accessible (entry), _("Account"));
  g_signal_connect (choice, "changed", G_CALLBACK (on_typed), bar);
  add_field (bar, FIELD_ACCOUNT, choice);
}

static void
add_choices (PenLedgerBar *bar)
{
  GtkWidget *observer = add_choice (bar, FIELD_OBSERVER);
  GtkWidget *kind = add_choice (bar, FIELD_KIND);
  GtkWidget *trigger = add_choice (bar, FIELD_TRIGGER);
  GtkWidget *cover = add_choice (bar, FIELD_COVER);
  GtkWidget *span = add_choice (bar, FIELD_SPAN);

  add_word (observer, _("anybody"));
  for (int i = 0; i < PEN_N_OBSERVERS; i++)
    add_word (observer, pen_words_observer ((PenObserver) i));
  add_word (kind, _("anything"));
  for (int i = 0; i < PEN_N_KINDS; i++)
    add_word (kind, pen_words_kind ((PenKind) i));
  add_word (trigger, _("any reason"));
  for (int i = 0; i < PEN_N_TRIGGERS; i++)
    add_word (trigger, pen_words_trigger ((PenTrigger) i));
  add_word (cover, _("both"));
  add_word (cover, _("real"));
  add_word (cover, _("cover"));
  for (gsize i = 0; i < G_N_ELEMENTS (spans); i++)
    add_word (span, _(spans[i].label));
  end_choice (bar, observer);
  end_choice (bar, kind);
  end_choice (bar, trigger);
  end_choice (bar, cover);
  end_choice (bar, span);
}

static void
on_clear (GtkWidget *button, PenLedgerBar *bar)
{
  pen_ledger_bar_clear (bar);
}

static void
free_bar (gpointer data)
{
  g_free (data);
}

PenLedgerBar *
pen_ledger_bar_new (const PenLedgerHost *host, void (*changed) (gpointer data), gpointer data)
{
  PenLedgerBar *bar = g_new0 (PenLedgerBar, 1);
  GtkWidget *clear = gtk_button_new_with_mnemonic (_("Show a_ll"));

  bar->host = *host;
  bar->changed = changed;
  bar->data = data;
  bar->table = gtk_table_new (N_BAR_ROWS, N_BAR_COLUMNS, FALSE);
  gtk_table_set_row_spacings (GTK_TABLE (bar->table), 6);
  gtk_table_set_col_spacings (GTK_TABLE (bar->table), 12);
  g_object_set_data_full (G_OBJECT (bar->table), "penregister-bar", bar, free_bar);
  g_signal_connect (bar->table, "destroy", G_CALLBACK (on_destroy), bar);
  add_accounts (bar);
  add_entry (bar, FIELD_PERSON, _("A phone number or an XMPP address"));
  add_entry (bar, FIELD_TEXT, _("Found in addresses, hosts, results, rules and stanza ids"));
  add_choices (bar);
  add_entry (bar, FIELD_SINCE, _("A day such as 2026-05-31, with or without a time such as 14:30"));
  add_entry (bar, FIELD_UNTIL, _("A day such as 2026-05-31, with or without a time such as 14:30"));
  g_signal_connect (clear, "clicked", G_CALLBACK (on_clear), bar);
  gtk_table_attach (GTK_TABLE (bar->table), clear, N_BAR_COLUMNS - 1, N_BAR_COLUMNS, N_BAR_ROWS - 1, N_BAR_ROWS,
                    GTK_FILL, GTK_FILL, 0, 0);
  return bar;
}

GtkWidget *
pen_ledger_bar_widget (PenLedgerBar *bar)
{
  return bar->table;
}

/* Setting */

static GtkWidget *
account_entry (PenLedgerBar *bar)
{
  return gtk_bin_get_child (GTK_BIN (bar->fields[FIELD_ACCOUNT]));
}

static void
set_text (GtkWidget *entry, const char *text)
{
  gtk_entry_set_text (GTK_ENTRY (entry), text != NULL ? text : "");
}

void
pen_ledger_bar_set_person (PenLedgerBar *bar, const char *account, const char *address)
{
  set_text (account_entry (bar), account);
  set_text (bar->fields[FIELD_PERSON], address);
  set_text (bar->fields[FIELD_TEXT], NULL);
  set_text (bar->fields[FIELD_SINCE], NULL);
  set_text (bar->fields[FIELD_UNTIL], NULL);
  for (int field = FIELD_OBSERVER; field <= FIELD_SPAN; field++)
    gtk_combo_box_set_active (GTK_COMBO_BOX (bar->fields[field]), 0);
}

void
pen_ledger_bar_clear (PenLedgerBar *bar)
{
  pen_ledger_bar_set_person (bar, NULL, NULL);
}

void
pen_ledger_bar_focus (PenLedgerBar *bar)
{
  gtk_widget_grab_focus (bar->fields[FIELD_TEXT]);
}

gboolean
pen_ledger_bar_is_typed (PenLedgerBar *bar)
{
  return bar->is_typed;
}

const char *
pen_ledger_bar_problem (PenLedgerBar *bar)
{
  return bar->problem;
}

/* Reading */

static char *
take_text (GtkWidget *entry)
{
  char *text = g_strstrip (g_strdup (gtk_entry_get_text (GTK_ENTRY (entry))));

  if (*text != '\0')
    return text;
  g_free (text);
  return NULL;
}

static int
take_choice (PenLedgerBar *bar, Field field)
{
  return gtk_combo_box_get_active (GTK_COMBO_BOX (bar->fields[field])) - 1;
}

static char *
take_address (PenLedgerBar *bar, const char *account)
{
  g_autofree char *typed = take_text (bar->fields[FIELD_PERSON]);
  char *address;

  if (typed == NULL)
    return NULL;
  address = bar->host.resolve (account, typed);
  return address != NULL ? address : g_steal_pointer (&typed);
}

/* Returns: whether the field holds a day, or nothing. @at_us: the end of that day with @is_end. */
static gboolean
take_time (GtkWidget *entry, gboolean is_end, gint64 *at_us)
{
  g_autofree char *text = take_text (entry);
  g_auto (GStrv) parts = g_strsplit_set (text != NULL ? text : "", "- :", 6);
  guint n_parts = g_strv_length (parts);
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autoptr (GDateTime) time = NULL;
  g_autoptr (GDateTime) end = NULL;

  *at_us = 0;
  if (text == NULL)
    return TRUE;
  if (n_parts != 3 && n_parts != 5)
    return FALSE;
  time = g_date_time_new (zone, atoi (parts[0]), atoi (parts[1]), atoi (parts[2]), n_parts == 5 ? atoi (parts[3]) : 0,
                          n_parts == 5 ? atoi (parts[4]) : 0, 0);
  if (time == NULL)
    return FALSE;
  if (is_end)
    end = n_parts == 3 ? g_date_time_add_days (time, 1) : g_date_time_add_minutes (time, 1);
  *at_us = g_date_time_to_unix (is_end ? end : time) * G_USEC_PER_SEC;
  return TRUE;
}

static void
take_times (PenLedgerBar *bar, PenLedgerFilter *filter)
{
  int span = gtk_combo_box_get_active (GTK_COMBO_BOX (bar->fields[FIELD_SPAN]));
  gint64 recent_us;

  bar->problem = NULL;
  if (!take_time (bar->fields[FIELD_SINCE], FALSE, &filter->since_us)
      || !take_time (bar->fields[FIELD_UNTIL], TRUE, &filter->until_us))
    bar->problem = _("That is not a day. Write it as 2026-05-31, with or without a time such as 14:30.");
  if (span <= 0)
    return;
  recent_us = g_get_real_time () - spans[span].hours * HOUR_US;
  filter->since_us = MAX (filter->since_us, recent_us);
}

PenLedgerWish *
pen_ledger_bar_wish (PenLedgerBar *bar)
{
  PenLedgerWish *wish = g_new0 (PenLedgerWish, 1);

  wish->account = take_text (account_entry (bar));
  wish->address = take_address (bar, wish->account);
  wish->text = take_text (bar->fields[FIELD_TEXT]);
  wish->filter = (PenLedgerFilter) PEN_LEDGER_FILTER_ALL;
  wish->filter.account = wish->account;
  wish->filter.address = wish->address;
  wish->filter.text = wish->text;
  wish->filter.observer = take_choice (bar, FIELD_OBSERVER);
  wish->filter.kind = take_choice (bar, FIELD_KIND);
  wish->filter.trigger = take_choice (bar, FIELD_TRIGGER);
  wish->filter.cover = take_choice (bar, FIELD_COVER);
  take_times (bar, &wish->filter);
  return wish;
}

PenLedgerWish *
pen_ledger_wish_copy (const PenLedgerWish *wish)
{
  PenLedgerWish *copy = g_new0 (PenLedgerWish, 1);

  copy->filter = wish->filter;
  copy->filter.account = copy->account = g_strdup (wish->account);
  copy->filter.address = copy->address = g_strdup (wish->address);
  copy->filter.text = copy->text = g_strdup (wish->text);
  return copy;
}

void
pen_ledger_wish_free (PenLedgerWish *wish)
{
  if (wish == NULL)
    return;
  g_free (wish->account);
  g_free (wish->address);
  g_free (wish->text);
  g_free (wish);
}
