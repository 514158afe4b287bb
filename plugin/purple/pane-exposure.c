/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Reports of exposure for ledger pane, harness and menus: what the account's
 * policy says goes into the query. */

#include "purple/pane-exposure.h"

/* @bare: (out) (transfer full): owns the account's name in the query */
static PenExposureQuery
complete_query (PurpleAccount *purple, const PenExposureQuery *query, char **bare)
{
  PenExposureQuery complete = *query;
  PenPolicy policy = PEN_POLICY_DEFAULT;

  *bare = NULL;
  if (purple != NULL)
    {
      policy = pen_account_policy (purple);
      complete.account = *bare = pen_account_bare (purple);
    }
  if (complete.fresh_s == 0)
    complete.fresh_s = policy.fresh_s;
  if (complete.period_s == 0)
    complete.period_s = policy.period_s;
  return complete;
}

PenExposureReport *
pen_pane_exposure_begin (PurpleAccount *purple, const PenExposureQuery *query, GError **error)
{
  g_autofree char *bare = NULL;
  PenExposureQuery complete = complete_query (purple, query, &bare);

  return pen_app_need_store (pen_app (), error) ? pen_exposure_report_begin (pen_app ()->ledger, &complete, error) : NULL;
}

PenExposure *
pen_pane_exposure (PurpleAccount *purple, const PenExposureQuery *query, GError **error)
{
  g_autofree char *bare = NULL;
  PenExposureQuery complete = complete_query (purple, query, &bare);

  return pen_app_need_store (pen_app (), error) ? pen_exposure_report (pen_app ()->ledger, &complete, error) : NULL;
}

gint64
pen_pane_exposure_export (PurpleAccount *purple, const PenExposureQuery *query, const char *path, const char *format,
                          GError **error)
{
  g_autofree char *bare = NULL;
  PenExposureQuery complete = complete_query (purple, query, &bare);

  return pen_app_need_store (pen_app (), error) ? pen_exposure_export (pen_app ()->ledger, &complete, path, format, error) : -1;
}
