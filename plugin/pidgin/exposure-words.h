/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "penregister/exposure.h"

G_BEGIN_DECLS

/* What an observer can hold, in words. All texts are (transfer full). */

/** pen_exposure_words_who: "your server: example.org". */
char *pen_exposure_words_who (const PenExposureItem *item);

/** pen_exposure_words_timing: how finely its times show acts of the user; @timing_s: 0 for not at all. */
char *pen_exposure_words_timing (gint64 timing_s);

/** pen_exposure_words_questions: "12 questions about 5 people". */
char *pen_exposure_words_questions (guint64 lookups, guint64 people);

/** pen_exposure_words_numbers: all that it holds, a sentence. */
char *pen_exposure_words_numbers (const PenExposureItem *item);

/** pen_exposure_words_baseline: what it would hold by the behaviour of 2016, a sentence. */
char *pen_exposure_words_baseline (const PenExposureBaseline *baseline);

/** pen_exposure_words_days: "23/10/26 – 21/11/26", in the user's form; @until_us is exclusive. */
char *pen_exposure_words_days (gint64 since_us, gint64 until_us);

G_END_DECLS
