/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which number stands for a contact that does not exist: a mobile
 * number of the same plan and range as a contact's, of which nobody can tell
 * which of the two was made from the other. */

#include "penregister/number.h"

#include <string.h>

/* The end of the number that is drawn; country and range stay. */
#define DRAWN_DIGITS 7
#define KEPT_DIGITS 3
#define TRIES 64

static gboolean
is_mobile (const char *e164)
{
  PenNumberType type = pen_number_type (e164);

  return type == PEN_NUMBER_TYPE_MOBILE || type == PEN_NUMBER_TYPE_FIXED_OR_MOBILE;
}

/* 250 is a multiple of ten: every digit is as likely as every other. */
static char
draw_digit (const PenRandom *random)
{
  guint8 byte;

  do
    random->fill (&byte, 1, random->data);
  while (byte >= 250);
  return (char) ('0' + byte % 10);
}

static char *
find_model (const char *like)
{
  g_autofree char *region = NULL;

  if (!pen_number_is_e164 (like))
    return NULL;
  if (is_mobile (like))
    return g_strdup (like);
  region = pen_number_region (like);
  return region != NULL ? pen_number_example_mobile (region) : NULL;
}

char *
pen_number_draw_mobile (const char *like, const PenRandom *random)
{
  g_autofree char *model = find_model (like);
  g_autofree char *region = model != NULL ? pen_number_region (model) : NULL;
  gsize length = model != NULL ? strlen (model) : 0;
  gsize from;

  if (region == NULL || length <= KEPT_DIGITS + 1)
    return NULL;
  from = MAX (length - MIN (DRAWN_DIGITS, length), KEPT_DIGITS + 1);
  for (guint i = 0; i < TRIES; i++)
    {
      g_autofree char *number = g_strdup (model);
      g_autofree char *its_region = NULL;

      for (gsize k = from; k < length; k++)
        number[k] = draw_digit (random);
      its_region = is_mobile (number) ? pen_number_region (number) : NULL;
      if (g_strcmp0 (its_region, region) == 0 && strcmp (number, like) != 0)
        return g_steal_pointer (&number);
    }
  return NULL;
}
