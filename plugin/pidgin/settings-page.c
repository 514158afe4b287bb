/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The page of settings: for each account what was told in its last 30 days,
 * the usual policies, what each means in a sentence, and about how much it
 * would have told in the same days. Choosing one changes nothing: a button
 * does, after what it changes was read. */

#include "settings-page.h"

#include "exposure-gui.h"
#include "exposure-run.h"
#include "exposure-words.h"
#include "interface.h"
#include "ledger-words.h"
#include "settings-predict.h"

#include <blist.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define SPACE_PX 6
#define INDENT_PX 24
/* Pidgin shows the page in a narrow window that scrolls, until somebody widens it. */
#define TEXT_PX 300
#define PAGE_PX 100
#define NAME_CHARS 80
#define MAX_PRESETS 8

/* One account's part of the page. @run: (nullable): adds up its last days; @question: (nullable): whether to change */
typedef struct
{
  PurpleAccount *account;
  GtkWidget *choices[MAX_PRESETS];
  GtkWidget *numbers[MAX_PRESETS];
  GtkWidget *buttons[MAX_PRESETS];
  GtkWidget *counted;
  GtkWidget *state;
  PenExposureRun *run;
  GtkWidget *question;
} Part;

static GtkWidget *page;

static gboolean
is_there (const Part *part)
{
  return g_list_find (purple_accounts_get_all (), part->account) != NULL;
}

static gboolean
is_in_force (const PenPolicyPreset *preset, const PenPolicy *now)
{
  return preset->policy.when == now->when && (now->when != PEN_WHEN_BATCH || !preset->policy.pad == !now->pad);
}

/* Words */

static char *
say_times (gint64 timing_s)
{
  g_autofree char *timing = pen_exposure_words_timing (timing_s);

  if (timing_s == 0)
    return g_strdup (_("times that say nothing about when you did something"));
  /* Translators: as in "times exact to 1 second". */
  return g_strdup_printf (_("times %s"), timing);
}

static char *
say_counted (const PenPrediction *found)
{
  g_autofree char *questions = pen_exposure_words_questions (found->lookups, found->people);
  g_autofree char *times = say_times (found->timing_s);

  if (found->lookups == 0)
    return g_strdup (_("Your last 30 days: nothing was asked."));
  if (found->people == 0)
    return g_strdup (_("Your last 30 days, as counted: nobody was asked about."));
  return g_strdup_printf (_("Your last 30 days, as counted, at the server that learned most: %s, %s."), questions,
                          times);
}

static char *
say_predicted (const PenPrediction *found)
{
  g_autofree char *questions = pen_exposure_words_questions (found->lookups, found->people);
  g_autofree char *times = say_times (found->timing_s);
  g_autofree char *strangers = pen_words_number ((gint64) found->strangers);

  if (found->people == 0 && found->strangers == 0)
    return g_strdup (_("Your last 30 days would have been: nobody asked about."));
  if (found->strangers > 0)
    return g_strdup_printf (_("Your last 30 days would have been, at the server that learns most: about %s, %s of the "
                              "questions for strangers, %s."), questions, strangers, times);
  return g_strdup_printf (_("Your last 30 days would have been, at the server that learns most: about %s, %s."),
                          questions, times);
}

static void
set_numbers (Part *part, guint i, const char *text)
{
  const PenPolicyPreset *preset = pen_interface ()->preset_at (i);
  g_autofree char *all = g_strdup_printf ("%s %s", _(preset->sentence), text);

  gtk_label_set_text (GTK_LABEL (part->numbers[i]), text);
  atk_object_set_description (gtk_widget_get_accessible (part->choices[i]), all);
}

/* Servers and services on the list are nobody. */
static gboolean
is_person (const char *name)
{
  return strchr (name, '@') != NULL || name[0] == '+';
}

static guint
count_contacts (PurpleAccount *account)
{
  g_autoptr (GHashTable) people = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GSList *buddies = purple_find_buddies (account, NULL);

  for (GSList *l = buddies; l != NULL; l = l->next)
    {
      const char *name = purple_buddy_get_name (l->data);

      if (is_person (name))
        g_hash_table_add (people, g_strdup (purple_normalize (account, name)));
    }
  g_slist_free (buddies);
  return g_hash_table_size (people);
}

static void
show_numbers (Part *part, const PenExposureWindow *window)
{
  PenPrediction found = pen_predict_counted (window);
  PenPredictFrom from = { window, count_contacts (part->account) };
  PenPolicy now = PEN_POLICY_DEFAULT;
  g_autofree char *counted = say_counted (&found);

  gtk_label_set_text (GTK_LABEL (part->counted), counted);
  pen_interface ()->policy_get (part->account, NULL, &now, NULL);
  for (guint i = 0; i < MAX_PRESETS && part->choices[i] != NULL; i++)
    {
      PenPolicy policy = pen_interface ()->preset_at (i)->policy;
      g_autofree char *text = NULL;

      policy.fresh_s = now.fresh_s;
      found = pen_predict (&from, &policy);
      text = say_predicted (&found);
      set_numbers (part, i, text);
    }
}

static void
on_report (PenExposure *exposure, const GError *error, gpointer data)
{
  Part *part = data;

  part->run = NULL;
  if (exposure == NULL)
    gtk_label_set_text (GTK_LABEL (part->counted), error->message);
  else if (is_there (part))
    show_numbers (part, exposure->total);
  pen_interface ()->exposure_free (exposure);
}

static void
start_report (Part *part)
{
  PenExposureQuery query = PEN_EXPOSURE_QUERY_DEFAULT;
  const PenExposureWait wait = { .report = on_report, .data = part };

  pen_exposure_run_free (g_steal_pointer (&part->run));
  part->run = pen_exposure_run_new (part->account, &query, &wait);
}

/* Choosing */

static gboolean
is_chosen (const Part *part, guint i)
{
  return gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (part->choices[i]));
}

/* The button stands under what is chosen and not in force. */
static void
show_button (Part *part)
{
  PenPolicy now = PEN_POLICY_DEFAULT;

  pen_interface ()->policy_get (part->account, NULL, &now, NULL);
  for (guint i = 0; i < MAX_PRESETS && part->choices[i] != NULL; i++)
    gtk_widget_set_visible (part->buttons[i],
                            is_chosen (part, i) && !is_in_force (pen_interface ()->preset_at (i), &now));
}

/* The arrow keys go on from what is in force, not from what was refused. */
static void
show_choice (Part *part, gboolean is_focused)
{
  PenPolicy now = PEN_POLICY_DEFAULT;

  pen_interface ()->policy_get (part->account, NULL, &now, NULL);
  for (guint i = 0; i < MAX_PRESETS && part->choices[i] != NULL; i++)
    if (is_in_force (pen_interface ()->preset_at (i), &now))
      {
        gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (part->choices[i]), TRUE);
        if (is_focused)
          gtk_widget_grab_focus (part->choices[i]);
      }
  show_button (part);
}

static void
on_answered (GtkWidget *question, int response, Part *part)
{
  guint i = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (question), "pen-preset"));
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  part->question = NULL;
  gtk_widget_destroy (question);
  if (!is_there (part))
    return;
  if (response == GTK_RESPONSE_ACCEPT && pen_interface ()->preset_set (part->account, i, TRUE, &error))
    text = g_strdup_printf (_("From now on: %s"), _(pen_interface ()->preset_at (i)->name));
  if (response == GTK_RESPONSE_ACCEPT)
    gtk_label_set_text (GTK_LABEL (part->state), text != NULL ? text : error->message);
  show_choice (part, TRUE);
  start_report (part);
}

/* What changes for whom is read before it does. */
static void
ask (Part *part, guint i)
{
  const PenPolicyPreset *preset = pen_interface ()->preset_at (i);
  GtkWindow *top = GTK_WINDOW (gtk_widget_get_toplevel (part->state));
  g_autofree char *words = pen_interface ()->preset_words (part->account, i);
  g_autofree char *primary = g_strdup_printf (_("Change it to “%s”?"), _(preset->name));
  gboolean pads = preset->policy.pad;

  part->question = gtk_message_dialog_new (top, GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT, GTK_MESSAGE_QUESTION,
                                           GTK_BUTTONS_NONE, "%s",
                                           pads ? _("Ask about strangers' numbers too?") : primary);
  gtk_message_dialog_format_secondary_text (GTK_MESSAGE_DIALOG (part->question), "%s", words);
  gtk_window_set_title (GTK_WINDOW (part->question), _("How people are asked about"));
  gtk_dialog_add_buttons (GTK_DIALOG (part->question), GTK_STOCK_CANCEL, GTK_RESPONSE_CANCEL,
                          pads ? _("_Pad with strangers' numbers") : _("C_hange it"), GTK_RESPONSE_ACCEPT, NULL);
  gtk_dialog_set_default_response (GTK_DIALOG (part->question), GTK_RESPONSE_CANCEL);
  g_object_set_data (G_OBJECT (part->question), "pen-preset", GUINT_TO_POINTER (i));
  g_signal_connect (part->question, "response", G_CALLBACK (on_answered), part);
  gtk_widget_show (part->question);
}

static void
on_change (GtkButton *button, Part *part)
{
  if (part->question == NULL && is_there (part) && PEN_PANE_HAS (pen_interface (), preset_set))
    ask (part, GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "pen-preset")));
}

static void
on_toggled (GtkToggleButton *choice, Part *part)
{
  if (gtk_toggle_button_get_active (choice) && is_there (part))
    show_button (part);
}

/* Building */

static void
on_part_destroy (GtkWidget *box, Part *part)
{
  for (guint i = 0; i < MAX_PRESETS && part->choices[i] != NULL; i++)
    g_signal_handlers_disconnect_matched (part->choices[i], G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, part);
  if (part->question != NULL)
    gtk_widget_destroy (part->question);
  pen_exposure_run_free (part->run);
  g_free (part);
}

/* A label breaks its lines at the width that it asked for. */
static void
on_room (GtkWidget *holder, GtkAllocation *room, GtkWidget *label)
{
  int less_px = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (label), "pen-less"));
  int wanted_px = MAX (room->width - less_px, 1);
  int width_px;

  gtk_widget_get_size_request (label, &width_px, NULL);
  if (width_px != wanted_px)
    gtk_widget_set_size_request (label, wanted_px, -1);
}

static void
follow_width (GtkWidget *label, GtkWidget *holder, int less_px)
{
  gtk_widget_set_size_request (label, TEXT_PX - less_px, -1);
  g_object_set_data (G_OBJECT (label), "pen-less", GINT_TO_POINTER (less_px));
  g_signal_connect_object (holder, "size-allocate", G_CALLBACK (on_room), label, 0);
}

/* Returns the label, which stands at the end of @box. */
static GtkWidget *
add_text (GtkBox *box, const char *text, guint indent_px)
{
  GtkWidget *label = pen_gui_text (text);
  GtkWidget *indent = gtk_alignment_new (0, 0, 1, 0);

  gtk_alignment_set_padding (GTK_ALIGNMENT (indent), 0, SPACE_PX, indent_px, 0);
  gtk_container_add (GTK_CONTAINER (indent), label);
  follow_width (label, indent, (int) indent_px);
  gtk_box_pack_start (box, indent, FALSE, FALSE, 0);
  return label;
}

static GtkWidget *
add_button (Part *part, GtkBox *box, guint i)
{
  GtkWidget *button = pen_gui_button (_("C_hange to this…"), _("What this changes for whom is said first."),
                                      G_CALLBACK (on_change), part);
  GtkWidget *indent = gtk_alignment_new (0, 0, 0, 0);

  gtk_alignment_set_padding (GTK_ALIGNMENT (indent), 0, 0, INDENT_PX, 0);
  gtk_container_add (GTK_CONTAINER (indent), button);
  gtk_box_pack_start (box, indent, FALSE, FALSE, 0);
  gtk_widget_set_no_show_all (button, TRUE);
  g_object_set_data (G_OBJECT (button), "pen-preset", GUINT_TO_POINTER (i));
  return button;
}

static void
add_choice (Part *part, GtkBox *box, guint i, const PenPolicyPreset *preset)
{
  GtkWidget *name;

  part->choices[i] = i == 0 ? gtk_radio_button_new_with_label (NULL, _(preset->name))
                            : gtk_radio_button_new_with_label_from_widget (GTK_RADIO_BUTTON (part->choices[0]),
                                                                           _(preset->name));
  name = gtk_bin_get_child (GTK_BIN (part->choices[i]));
  gtk_label_set_line_wrap (GTK_LABEL (name), TRUE);
  gtk_label_set_line_wrap_mode (GTK_LABEL (name), PANGO_WRAP_WORD_CHAR);
  follow_width (name, part->choices[i], INDENT_PX + SPACE_PX);
  gtk_box_pack_start (box, part->choices[i], FALSE, FALSE, 0);
  add_text (box, _(preset->sentence), INDENT_PX);
  part->numbers[i] = add_text (box, "", INDENT_PX);
  set_numbers (part, i, "");
  part->buttons[i] = add_button (part, box, i);
}

static GtkWidget *
build_part (PurpleAccount *account)
{
  Part *part = g_new0 (Part, 1);
  g_autofree char *bare = pen_interface_bare (account);
  g_autofree char *clean = pen_words_clean (bare, NAME_CHARS);
  g_autofree char *title = g_strdup_printf (_("Asking about people: %s"), clean);
  GtkWidget *frame = gtk_frame_new (title);
  GtkWidget *box = gtk_vbox_new (FALSE, 0);
  const PenPolicyPreset *preset;

  part->account = account;
  part->counted = add_text (GTK_BOX (box), _("The ledger is being added up…"), 0);
  for (guint i = 0; i < MAX_PRESETS && (preset = pen_interface ()->preset_at (i)) != NULL; i++)
    add_choice (part, GTK_BOX (box), i, preset);
  part->state = add_text (GTK_BOX (box), "", 0);
  gtk_container_set_border_width (GTK_CONTAINER (box), SPACE_PX);
  gtk_container_add (GTK_CONTAINER (frame), box);
  show_choice (part, FALSE);
  for (guint i = 0; i < MAX_PRESETS && part->choices[i] != NULL; i++)
    g_signal_connect (part->choices[i], "toggled", G_CALLBACK (on_toggled), part);
  g_signal_connect (frame, "destroy", G_CALLBACK (on_part_destroy), part);
  start_report (part);
  return frame;
}

/* As narrow as one likes: it scrolls up and down alone. */
static void
on_size (GtkWidget *box, GtkRequisition *wanted)
{
  wanted->width = MIN (wanted->width, PAGE_PX);
}

static GtkWidget *
get_config_frame (PurplePlugin *plugin)
{
  GtkWidget *box = gtk_vbox_new (FALSE, SPACE_PX);
  gboolean any = FALSE;

  gtk_container_set_border_width (GTK_CONTAINER (box), SPACE_PX);
  g_signal_connect (box, "size-request", G_CALLBACK (on_size), NULL);
  for (GList *l = purple_accounts_get_all (); l != NULL; l = l->next)
    if (pen_interface_is_ours (l->data))
      {
        gtk_box_pack_start (GTK_BOX (box), build_part (l->data), FALSE, FALSE, 0);
        any = TRUE;
      }
  if (!any)
    add_text (GTK_BOX (box), _("There is no account of Pen Register yet. Add one first."), 0);
  page = box;
  g_object_add_weak_pointer (G_OBJECT (page), (gpointer *) &page);
  gtk_widget_show_all (page);
  return page;
}

PidginPluginUiInfo pen_settings_ui = { .get_config_frame = get_config_frame };

void
pen_settings_part_init (PurplePlugin *plugin)
{
  page = NULL;
}

void
pen_settings_part_uninit (PurplePlugin *plugin)
{
  if (page == NULL)
    return;
  g_object_remove_weak_pointer (G_OBJECT (page), (gpointer *) &page);
  gtk_widget_destroy (page);
  page = NULL;
}
