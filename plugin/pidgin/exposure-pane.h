/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <gtk/gtk.h>

#include "exposure-run.h"

G_BEGIN_DECLS

/**
 * PenExposureView: the state of one view; its widgets live as long as its box.
 * @report: (nullable): what was read last
 * @items: (nullable) (element-type PenExposureItem): of it, those that are shown; borrowed
 * @picture: (nullable): what is drawn; @fill: (nullable): reads its ticks
 * @accounts: (element-type PurpleAccount): as offered; %NULL first, for all
 */
typedef struct
{
  GtkWidget *box;
  GtkWidget *account;
  GtkWidget *days;
  GtkWidget *window;
  GtkWidget *observer;
  GtkWidget *drawing;
  GtkWidget *table;
  GtkWidget *state;
  GPtrArray *accounts;
  PenExposureRun *run;
  PenExposure *report;
  GPtrArray *items;
  PenPicture *picture;
  PenPictureFill *fill;
} PenExposureView;

/** pen_exposure_shown_window: Returns: (transfer none) (nullable): the chosen window of the report, or all as one. */
const PenExposureWindow *pen_exposure_shown_window (const PenExposureView *view);

/** pen_exposure_show: shows the chosen window and observer. */
void pen_exposure_show (PenExposureView *view);

/** pen_exposure_say: puts a sentence under the view. */
void pen_exposure_say (PenExposureView *view, const char *text);

/** pen_exposure_query_of: Returns: the days that are asked for. */
PenExposureQuery pen_exposure_query_of (const PenExposureView *view);

/** pen_exposure_account_of: Returns: (transfer none) (nullable): the chosen account, NULL for all. */
PurpleAccount *pen_exposure_account_of (const PenExposureView *view);

/** pen_exposure_buttons: Returns: (transfer floating): buttons that save what is shown. */
GtkWidget *pen_exposure_buttons (PenExposureView *view);

G_END_DECLS
