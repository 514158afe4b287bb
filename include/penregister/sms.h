/*
 * Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** PEN_SMS_SENDER_MAX: most characters of an alphanumeric sender (3GPP TS 23.040 §9.1.2.5). */
#define PEN_SMS_SENDER_MAX 11

/**
 * PenSmsEncoding:
 * @PEN_SMS_GSM7: the GSM 7 bit default alphabet with its extension table
 * @PEN_SMS_UCS2: UTF-16 code units
 *
 * How a text goes into a short message.
 */
typedef enum
{
  PEN_SMS_GSM7 = 0,
  PEN_SMS_UCS2
} PenSmsEncoding;

/**
 * PenSmsLength:
 * @encoding: the encoding that the text needs
 * @units: septets (GSM7) or UTF-16 code units (UCS2) of the whole text
 * @segments: short messages it takes, 0 for an empty text
 * @per_segment: units that fit into each of them
 * @left_in_segment: units still free in the last one
 *
 * What a text costs as SMS.
 */
typedef struct
{
  PenSmsEncoding encoding;
  gsize units;
  gsize segments;
  gsize per_segment;
  gsize left_in_segment;
} PenSmsLength;

/**
 * pen_sms_length:
 * @utf8: (nullable): the text; each byte that is not UTF-8 counts as U+FFFD
 *
 * Counts what @utf8 costs before it is sent: 160 septets or 70 units in one message,
 * 153 or 67 in each of several. An escape pair or surrogate pair is never split over two
 * messages, so a segment may stay one unit short.
 *
 * Source: 3GPP TS 23.038 §6.2.1, TS 23.040 §9.2.3.24.1.
 *
 * Returns: the count, by value
 */
PenSmsLength pen_sms_length (const char *utf8);

/**
 * pen_sms_sender_is_valid:
 * @text: (nullable): any text
 *
 * Whether @text can be an alphanumeric sender: 1 to %PEN_SMS_SENDER_MAX letters, digits
 * and inner spaces of the GSM alphabet, at least one of them a letter.
 *
 * Source: 3GPP TS 23.040 §9.1.2.5.
 *
 * Returns: %TRUE if it can
 */
gboolean pen_sms_sender_is_valid (const char *text);

/**
 * pen_sms_is_otr:
 * @text: (nullable): a message about to be sent
 *
 * Whether @text belongs to the OTR protocol: a query, data message, fragment or error,
 * or a text that carries the whitespace tag. Such text means nothing on a phone.
 *
 * Source: Off-the-Record Messaging Protocol version 3, "Requesting an OTR conversation",
 * "Fragmentation" and "Tagged plaintext messages".
 *
 * Returns: %TRUE if it does
 */
gboolean pen_sms_is_otr (const char *text);

G_END_DECLS
