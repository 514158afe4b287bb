/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The page of settings: for each account the usual policies, what each means
 * in a sentence, and about how much it would have told in this user's own
 * last 30 days. */

#include "settings-page.h"

#include "exposure-gui.h"
#include "exposure-run.h"
#include "exposure-words.h"
#include "interface.h"
#include "ledger-words.h"
#include "settings-predict.h"

#include <blist.h>
#include <glib/gi18n-lib.h>

#define SPACE_PX 6
#define INDENT_PX 24
/* Pidgin shows the page in a narrow window that scrolls. */
#define TEXT_PX 300
#define NAME_CHARS 80
#define MAX_PRESETS 8
#define PRESET_FIELDS (PEN_POLICY_WHEN | PEN_POLICY_PAD | PEN_POLICY_SLOTS | PEN_POLICY_PERIOD \
                       | PEN_POLICY_FAST_SLOTS | PEN_POLICY_FAST_PERIOD)

/* One account's part of the page. @run: (nullable): adds up its last days */
typedef struct
{
  PurpleAccount *account;
  GtkWidget *choices[MAX_PRESETS];
  GtkWidget *numbers[MAX_PRESETS];
  GtkWidget *state;
  PenExposureRun *run;
  gboolean is_setting;
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
say (const PenPrediction *found)
{
  g_autofree char *questions = pen_exposure_words_questions (found->lookups, found->people);
  g_autofree char *timing = pen_exposure_words_timing (found->timing_s);
  g_autofree char *strangers = pen_words_number ((gint64) found->strangers);

  if (found->is_counted && found->lookups == 0)
    return g_strdup (_("Your last 30 days: nothing was asked."));
  if (found->is_counted)
    return g_strdup_printf (_("Your last 30 days, as counted: at most %s, %s, for one server."), questions, timing);
  if (found->lookups == 0)
    return g_strdup (_("Your last 30 days would have been about: nothing asked."));
  if (found->strangers > 0)
    return g_strdup_printf (_("Your last 30 days would have been about: %s, %s of the questions for strangers, %s."),
                            questions, strangers, timing);
  return g_strdup_printf (_("Your last 30 days would have been about: %s, %s, for one server."), questions, timing);
}

static void
set_numbers (Part *part, guint i, const char *text)
{
  const PenPolicyPreset *preset = pen_interface ()->preset_at (i);
  g_autofree char *all = g_strdup_printf ("%s %s", _(preset->sentence), text);

  gtk_label_set_text (GTK_LABEL (part->numbers[i]), text);
  atk_object_set_description (gtk_widget_get_accessible (part->choices[i]), all);
}

static guint
count_contacts (PurpleAccount *account)
{
  GSList *buddies = purple_find_buddies (account, NULL);
  guint n_buddies = g_slist_length (buddies);

  g_slist_free (buddies);
  return n_buddies;
}

static void
on_report (PenExposure *exposure, const GError *error, gpointer data)
{
  Part *part = data;
  PenPolicy now = PEN_POLICY_DEFAULT;
  PenPredictFrom from = { exposure != NULL ? exposure->total : NULL, &now, 0 };

  part->run = NULL;
  if (is_there (part))
    {
      pen_interface ()->policy_get (part->account, NULL, &now, NULL);
      from.contacts = count_contacts (part->account);
    }
  for (guint i = 0; i < MAX_PRESETS && part->choices[i] != NULL; i++)
    {
      const PenPolicyPreset *preset = pen_interface ()->preset_at (i);
      PenPolicy policy = preset->policy;
      PenPrediction found;
      g_autofree char *text = NULL;

      policy.fresh_s = now.fresh_s;
      if (exposure != NULL)
        {
          found = pen_predict (&from, &policy);
          text = say (&found);
        }
      set_numbers (part, i, text != NULL ? text : error->message);
    }
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

static void
show_choice (Part *part)
{
  PenPolicy now = PEN_POLICY_DEFAULT;

  pen_interface ()->policy_get (part->account, NULL, &now, NULL);
  part->is_setting = TRUE;
  for (guint i = 0; i < MAX_PRESETS && part->choices[i] != NULL; i++)
    if (is_in_force (pen_interface ()->preset_at (i), &now))
      gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (part->choices[i]), TRUE);
  part->is_setting = FALSE;
}

static void
on_toggled (GtkToggleButton *choice, Part *part)
{
  guint i = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (choice), "pen-preset"));
  const PenPolicyPreset *preset = pen_interface ()->preset_at (i);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (part->is_setting || !gtk_toggle_button_get_active (choice) || !is_there (part))
    return;
  if (pen_interface ()->policy_set (part->account, NULL, &preset->policy, PRESET_FIELDS, &error))
    text = g_strdup_printf (_("From now on: %s"), _(preset->name));
  gtk_label_set_text (GTK_LABEL (part->state), text != NULL ? text : error->message);
  if (text == NULL)
    show_choice (part);
  start_report (part);
}

/* Building */

static void
on_part_destroy (GtkWidget *box, Part *part)
{
  for (guint i = 0; i < MAX_PRESETS && part->choices[i] != NULL; i++)
    g_signal_handlers_disconnect_matched (part->choices[i], G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, part);
  pen_exposure_run_free (part->run);
  g_free (part);
}

static GtkWidget *
build_text (const char *text)
{
  GtkWidget *label = pen_gui_text (text);
  GtkWidget *indent = gtk_alignment_new (0, 0, 1, 0);

  gtk_widget_set_size_request (label, TEXT_PX, -1);
  gtk_alignment_set_padding (GTK_ALIGNMENT (indent), 0, 0, INDENT_PX, 0);
  gtk_container_add (GTK_CONTAINER (indent), label);
  return indent;
}

static void
add_choice (Part *part, GtkBox *box, guint i, const PenPolicyPreset *preset)
{
  GtkWidget *numbers = build_text (_("The ledger is being added up…"));

  part->choices[i] = i == 0 ? gtk_radio_button_new_with_label (NULL, _(preset->name))
                            : gtk_radio_button_new_with_label_from_widget (GTK_RADIO_BUTTON (part->choices[0]),
                                                                           _(preset->name));
  part->numbers[i] = gtk_bin_get_child (GTK_BIN (numbers));
  g_object_set_data (G_OBJECT (part->choices[i]), "pen-preset", GUINT_TO_POINTER (i));
  gtk_box_pack_start (box, part->choices[i], FALSE, FALSE, 0);
  gtk_box_pack_start (box, build_text (_(preset->sentence)), FALSE, FALSE, 0);
  gtk_box_pack_start (box, numbers, FALSE, FALSE, SPACE_PX);
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
  for (guint i = 0; i < MAX_PRESETS && (preset = pen_interface ()->preset_at (i)) != NULL; i++)
    add_choice (part, GTK_BOX (box), i, preset);
  part->state = pen_gui_text ("");
  gtk_box_pack_start (GTK_BOX (box), part->state, FALSE, FALSE, 0);
  gtk_container_set_border_width (GTK_CONTAINER (box), SPACE_PX);
  gtk_container_add (GTK_CONTAINER (frame), box);
  show_choice (part);
  for (guint i = 0; i < MAX_PRESETS && part->choices[i] != NULL; i++)
    g_signal_connect (part->choices[i], "toggled", G_CALLBACK (on_toggled), part);
  g_signal_connect (frame, "destroy", G_CALLBACK (on_part_destroy), part);
  start_report (part);
  return frame;
}

static GtkWidget *
get_config_frame (PurplePlugin *plugin)
{
  GtkWidget *box = gtk_vbox_new (FALSE, SPACE_PX);
  gboolean any = FALSE;

  gtk_container_set_border_width (GTK_CONTAINER (box), SPACE_PX);
  for (GList *l = purple_accounts_get_all (); l != NULL; l = l->next)
    if (pen_interface_is_ours (l->data))
      {
        gtk_box_pack_start (GTK_BOX (box), build_part (l->data), FALSE, FALSE, 0);
        any = TRUE;
      }
  if (!any)
    gtk_box_pack_start (GTK_BOX (box), pen_gui_text (_("There is no account of Pen Register yet. Add one first.")),
                        FALSE, FALSE, 0);
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
