/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* libFuzzer target: any text as an SMS or its sender. The count of parts fits
 * the count of units, whatever the text. */

#include "fuzz.h"

#include "penregister/sms.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  PenSmsLength length = pen_sms_length (text);
  gsize room = length.segments * length.per_segment;

  g_assert_cmpuint (length.left_in_segment, <=, length.per_segment);
  if (length.segments > 0)
    {
      /* At most one unit stays unused at the end of each part but the last. */
      g_assert_cmpuint (length.units + length.left_in_segment, <=, room);
      g_assert_cmpuint (length.units + length.left_in_segment + length.segments - 1, >=, room);
    }
  else
    g_assert_cmpuint (strlen (text), ==, 0);
  if (pen_sms_sender_is_valid (text))
    g_assert_cmpuint (g_utf8_strlen (text, -1), <=, PEN_SMS_SENDER_MAX);
  pen_sms_is_otr (text);
  return 0;
}
