/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "exposure-picture.h"
#include "interface.h"

G_BEGIN_DECLS

/* What takes a while is read in slices while nothing else is to be done, so
 * that Pidgin goes on. Whoever starts it may give it up at any time, and gets
 * no answer then; answers never come before the call returned. */

typedef struct _PenExposureRun PenExposureRun;
typedef struct _PenPictureFill PenPictureFill;

/**
 * PenExposureWait: who is told.
 * @report: once: @exposure (transfer full) (nullable), or %NULL with @error; the run is gone then
 * @ticks: after each slice, @is_done once: the fill is gone then
 */
typedef struct
{
  void (*report) (PenExposure *exposure, const GError *error, gpointer data);
  void (*ticks) (gboolean is_done, gpointer data);
  gpointer data;
} PenExposureWait;

/** pen_exposure_run_new: Returns: (transfer full): @account: (nullable): of all accounts with %NULL. */
PenExposureRun *pen_exposure_run_new (PurpleAccount *account, const PenExposureQuery *query,
                                      const PenExposureWait *wait);
void pen_exposure_run_free (PenExposureRun *run);

/**
 * pen_picture_fill_new:
 * @picture: outlives the fill
 * @numbers: (transfer full) (element-type GArray of gint64): numbers of the rows of each lane
 *
 * Returns: (transfer full) (nullable): puts each row's tick into its lane; %NULL with @error set
 */
PenPictureFill *pen_picture_fill_new (PenPicture *picture, GPtrArray *numbers, const PenExposureWait *wait,
                                      GError **error);
void pen_picture_fill_free (PenPictureFill *fill);

G_END_DECLS
