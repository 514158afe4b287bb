/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The interface that ledger pane and harness get: thin functions over the
 * parts that do the work. */

#include "purple/pane.h"

#include "purple/import.h"
#include "purple/lookup.h"
#include "purple/media.h"
#include "purple/message.h"
#include "purple/omemo-trust.h"
#include "purple/pane-devices.h"
#include "purple/pane-exposure.h"
#include "purple/pane-talk.h"
#include "purple/purge.h"
#include "purple/row-news.h"
#include "purple/talk.h"

#include <glib/gi18n-lib.h>

static PenPaneStatus *
pane_status (PurpleAccount *purple, const char *typed, GError **error)
{
  return pen_app_need_store (pen_app (), error) ? pen_person_status (purple, typed, error) : NULL;
}

gint64
pen_pane_lookup (PurpleAccount *purple, const char *typed, GError **error)
{
  PenAccount *account = pen_account_find (purple);
  g_autoptr (PenAddress) address = pen_account_resolve (purple, typed, error);
  PenPerson *person;
  gint64 row;

  if (address == NULL)
    return -1;
  person = account != NULL && account->is_online ? pen_person_get (account, address, error) : NULL;
  if (person == NULL)
    {
      if (error != NULL && *error == NULL)
        g_set_error_literal (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
                             _("The account is offline: nobody can be asked. Go online and look up again."));
      return -1;
    }
  row = pen_lookup_want (account, person, PEN_TRIGGER_MANUAL);
  if (row > 0)
    return row;
  g_set_error_literal (error, PEN_DATABASE_ERROR, PEN_DATABASE_ERROR_FAILED,
                       row < 0 ? _("The question could not be recorded, so it was not asked.")
                       : person->lookup == PEN_LOOKUP_PENDING ? _("This is being asked already.")
                       : _("There is nobody to ask about this address: no phone directory is known. Name one in the "
                           "account's options."));
  return -1;
}

static gboolean
pane_answer (PurpleAccount *purple, const char *message, PenChoice choice, GError **error)
{
  return pen_app_need_store (pen_app (), error) && pen_message_answer (purple, message, choice, error);
}

static GPtrArray *
rows (const PenLedgerFilter *filter, guint limit, guint offset, GError **error)
{
  return pen_app_need_store (pen_app (), error) ? pen_ledger_query (pen_app ()->ledger, filter, limit, offset, error) : NULL;
}

static gint64
count (const PenLedgerFilter *filter, GError **error)
{
  return pen_app_need_store (pen_app (), error) ? pen_ledger_count (pen_app ()->ledger, filter, error) : -1;
}

static PenLedgerRow *
get (gint64 row, GError **error)
{
  return pen_app_need_store (pen_app (), error) ? pen_ledger_get (pen_app ()->ledger, row, error) : NULL;
}

static gint64
export_rows (const PenLedgerFilter *filter, const char *path, const char *format, GError **error)
{
  return pen_app_need_store (pen_app (), error) ? pen_ledger_export (pen_app ()->ledger, filter, path, format, error) : -1;
}

/* What waits to leave keeps its rows. */
static gint64
purge (gint64 before_us, GError **error)
{
  gint64 removed = -1;

  if (pen_app_need_store (pen_app (), error))
    removed = pen_ledger_purge_some (pen_app ()->ledger, before_us, G_MAXINT64, G_MAXUINT, error);
  return removed >= 0 && pen_ledger_purge_complete (pen_app ()->ledger, error) ? removed : -1;
}

static void
ledger_window (gboolean is_shown)
{
  pen_app ()->has_window = is_shown;
}

static void
virtual_clock (gint64 now_us)
{
  pen_timers_set_virtual (pen_app ()->timers, now_us);
  pen_row_news_tell ();
}

static void
seed (guint64 number)
{
  pen_app_seed (pen_app (), number);
}

static gboolean
commit (GError **error)
{
  return pen_app_need_store (pen_app (), error) && pen_database_commit (pen_app ()->database, error);
}

static PenDatabaseStats
stats (void)
{
  return pen_app ()->database != NULL ? pen_database_stats (pen_app ()->database) : (PenDatabaseStats) { 0 };
}

static gboolean
file_open (PurpleAccount *purple, const char *typed, const char *url, const PenPaneFile *file, GError **error)
{
  return pen_app_need_store (pen_app (), error) && pen_media_open (purple, typed, url, file, error);
}

static PenLedgerReader *
reader_open (GError **error)
{
  return pen_app_need_store (pen_app (), error) ? pen_ledger_reader_open (pen_database_path (pen_app ()->database), error) : NULL;
}

static void
copy_account (void)
{
  pen_import_ask (NULL);
}

static const PenPane interface = {
  .version = PEN_PANE_VERSION,
  .size = sizeof (PenPane),
  .status = pane_status,
  .status_free = pen_pane_status_free,
  .lookup = pen_pane_lookup,
  .policy_get = pen_pane_policy_get,
  .policy_set = pen_pane_policy_set,
  .answer = pane_answer,
  .rows = rows,
  .count = count,
  .get = get,
  .export_rows = export_rows,
  .purge = purge,
  .virtual_clock = virtual_clock,
  .seed = seed,
  .commit = commit,
  .stats = stats,
  .devices = pen_secrets_devices,
  .trust = pen_secrets_trust,
  .file_open = file_open,
  .exposure = pen_pane_exposure,
  .exposure_free = pen_exposure_free,
  .exposure_export = pen_pane_exposure_export,
  .reader_open = reader_open,
  .reader_close = pen_ledger_reader_close,
  .reader_numbers = pen_ledger_reader_numbers,
  .reader_rows = pen_ledger_reader_rows,
  .reader_totals = pen_ledger_reader_totals,
  .reader_export = pen_ledger_reader_export,
  .talk = pen_pane_talk,
  .talk_free = pen_pane_talk_free,
  .sms_parts = pen_pane_sms_parts,
  .own_device = pen_pane_own_device,
  .own_uri = pen_pane_own_uri,
  .verify_uri = pen_pane_verify_uri,
  .forget_device = pen_pane_forget_device,
  .exposure_begin = pen_pane_exposure_begin,
  .exposure_step = pen_exposure_report_step,
  .exposure_end = pen_exposure_report_end,
  .exposure_drop = pen_exposure_report_free,
  .preset_at = pen_policy_preset_at,
  .purge_begin = pen_purge_begin,
  .purge_forget = pen_purge_forget,
  .ledger_window = ledger_window,
  .preset_words = pen_pane_preset_words,
  .preset_set = pen_pane_preset_set,
  .copy_account = copy_account,
};

const PenPane *
pen_pane_interface (void)
{
  return &interface;
}
