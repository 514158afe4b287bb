/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/exposure.h"
#include "purple/account.h"

G_BEGIN_DECLS

/* The part of the interface of pane.h that tells what observers can hold. */

/** pen_pane_exposure: as PenPane.exposure. */
PenExposure *pen_pane_exposure (PurpleAccount *purple, const PenExposureQuery *query, GError **error);

/** pen_pane_exposure_export: as PenPane.exposure_export. */
gint64 pen_pane_exposure_export (PurpleAccount *purple, const PenExposureQuery *query, const char *path,
                                 const char *format, GError **error);

/** pen_pane_exposure_begin: the same in steps. Returns: (transfer full) (nullable): as pen_exposure_report_begin() */
PenExposureReport *pen_pane_exposure_begin (PurpleAccount *purple, const PenExposureQuery *query, GError **error);

G_END_DECLS
