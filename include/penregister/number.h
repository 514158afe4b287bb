/*
 * Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#pragma once

#include <glib.h>
#include "penregister/clock.h"

G_BEGIN_DECLS

/** PEN_NUMBER_SHORT_MIN: fewest digits of an SMS short code. */
#define PEN_NUMBER_SHORT_MIN 3
/** PEN_NUMBER_SHORT_MAX: most digits of an SMS short code. */
#define PEN_NUMBER_SHORT_MAX 6
/** PEN_NUMBER_E164_MAX: most digits of a number, country code included (E.164 §6). */
#define PEN_NUMBER_E164_MAX 15
/** PEN_NUMBER_TEXT_MAX_BYTES: longer texts are not read as a number at all. */
#define PEN_NUMBER_TEXT_MAX_BYTES 256

/**
 * PenNumberVerdict:
 * @PEN_NUMBER_OK: a complete number in E.164 form
 * @PEN_NUMBER_SHORT_CODE: three to six digits, dialled as they are
 * @PEN_NUMBER_NEEDS_REGION: a national number, and no region to complete it with
 * @PEN_NUMBER_UNKNOWN_REGION: the region is not a known ISO 3166 code
 * @PEN_NUMBER_NOT_A_NUMBER: holds characters that no phone number has
 * @PEN_NUMBER_INVALID_COUNTRY_CODE: no country has this calling code
 * @PEN_NUMBER_TOO_SHORT: fewer digits than the country's numbers have
 * @PEN_NUMBER_TOO_LONG: more digits than the country's numbers have
 * @PEN_NUMBER_INVALID_LENGTH: between two lengths that the country uses
 * @PEN_NUMBER_EXTENSION: a number with an extension or subaddress
 * @PEN_NUMBER_FAILED: the number library itself failed (out of memory)
 *
 * What became of a text that was read as a phone number.
 */
typedef enum
{
  PEN_NUMBER_OK = 0,
  PEN_NUMBER_SHORT_CODE,
  PEN_NUMBER_NEEDS_REGION,
  PEN_NUMBER_UNKNOWN_REGION,
  PEN_NUMBER_NOT_A_NUMBER,
  PEN_NUMBER_INVALID_COUNTRY_CODE,
  PEN_NUMBER_TOO_SHORT,
  PEN_NUMBER_TOO_LONG,
  PEN_NUMBER_INVALID_LENGTH,
  PEN_NUMBER_EXTENSION,
  PEN_NUMBER_FAILED
} PenNumberVerdict;

/**
 * PenNumberType:
 *
 * What kind of line a number belongs to. Where a country's plan does not tell
 * mobile from fixed (North America) it is %PEN_NUMBER_TYPE_FIXED_OR_MOBILE; a
 * number of no assigned range is %PEN_NUMBER_TYPE_UNKNOWN.
 */
typedef enum
{
  PEN_NUMBER_TYPE_UNKNOWN = 0,
  PEN_NUMBER_TYPE_MOBILE,
  PEN_NUMBER_TYPE_FIXED,
  PEN_NUMBER_TYPE_FIXED_OR_MOBILE,
  PEN_NUMBER_TYPE_OTHER
} PenNumberType;

/**
 * pen_number_read:
 * @text: (nullable): a number as a person or an RFC 3966 URI writes it, without the
 *   scheme; `;ext=`, `;isub=` and `;phone-context=` are understood
 * @region: (nullable): ISO 3166 alpha-2 region of national numbers; %NULL or "": none
 * @verdict: (out) (optional): what it is, or why it is refused
 *
 * Reads a phone number or a short code. Only the length and the country code are
 * checked, not whether the number is assigned. `00` always stands for `+`. A number of
 * three to six digits without `+` is a short code, whatever the region.
 *
 * Source: E.164 §6, RFC 3966 §3 and §5.1.
 *
 * Returns: (transfer full) (nullable): `+` and digits for %PEN_NUMBER_OK, digits for
 *   %PEN_NUMBER_SHORT_CODE, %NULL for every other verdict
 */
char *pen_number_read (const char *text, const char *region, PenNumberVerdict *verdict);

/**
 * pen_number_to_e164:
 * @text: (nullable): as for pen_number_read()
 * @region: (nullable): as for pen_number_read()
 * @verdict: (out) (optional): as for pen_number_read()
 *
 * As pen_number_read(), but short codes are no result.
 *
 * Returns: (transfer full) (nullable): `+` and digits; %NULL unless the verdict is %PEN_NUMBER_OK
 */
char *pen_number_to_e164 (const char *text, const char *region, PenNumberVerdict *verdict);

/**
 * pen_number_is_e164:
 * @text: (nullable): any text
 *
 * Whether @text is in the form `+[1-9][0-9]{1,14}`; no look at any numbering plan.
 * Source: E.164 §6.
 *
 * Returns: %TRUE if it has that form
 */
gboolean pen_number_is_e164 (const char *text);

/**
 * pen_number_is_short_code:
 * @text: (nullable): any text
 *
 * Whether @text is three to six ASCII digits that do not begin with `00`.
 *
 * Returns: %TRUE if it has that form
 */
gboolean pen_number_is_short_code (const char *text);

/**
 * pen_number_type:
 * @e164: (nullable): a number in E.164 form
 *
 * Tells mobile from fixed lines, for the hint that a fixed line may not take SMS.
 *
 * Returns: the type; %PEN_NUMBER_TYPE_UNKNOWN for anything that is not such a number
 */
PenNumberType pen_number_type (const char *e164);

/**
 * pen_number_region:
 * @e164: (nullable): a number in E.164 form
 *
 * The region that a number is assigned to.
 *
 * Returns: (transfer full) (nullable): ISO 3166 alpha-2; %NULL if the number's range is
 *   not assigned, or belongs to no country
 */
char *pen_number_region (const char *e164);

/**
 * pen_number_format:
 * @e164: a number in E.164 form
 * @home_region: (nullable): the reader's ISO 3166 alpha-2 region
 *
 * Writes a number for a person: in national form inside @home_region, else in
 * international form. For the eye only, never a name or key.
 *
 * Returns: (transfer full): the text; a copy of @e164 where it cannot be formatted
 */
char *pen_number_format (const char *e164, const char *home_region);

/**
 * pen_number_example_mobile:
 * @region: (nullable): ISO 3166 alpha-2
 *
 * A number of the mobile form of @region, for hints in entry fields and for tests.
 *
 * Returns: (transfer full) (nullable): E.164, or %NULL if the region is not known
 */
char *pen_number_example_mobile (const char *region);

/**
 * pen_number_draw_mobile:
 * @like: (nullable): a contact's number in E.164 form
 * @random: the only chance it takes
 *
 * A cover number: valid, mobile (or of a range that is both), of the region
 * and range of @like, or of the region's mobile form if @like is a fixed line.
 * Most such numbers belong to somebody: a stranger is asked about.
 *
 * Returns: (transfer full) (nullable): E.164; %NULL if @like is of no known plan
 */
char *pen_number_draw_mobile (const char *like, const PenRandom *random);

/**
 * pen_region_is_known:
 * @region: (nullable): any text
 *
 * Whether @region is an ISO 3166 alpha-2 code (either case) with a numbering plan.
 *
 * Returns: %TRUE if it is
 */
gboolean pen_region_is_known (const char *region);

G_END_DECLS
