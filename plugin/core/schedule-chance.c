/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what is left to chance: numbers made from the schedule's key by
 * SHA-256 over a counter, so that the same state has the same future and an
 * observer of all the past cannot tell it. */

#include "schedule-private.h"

#include <math.h>
#include <string.h>

static void
hash_u64 (GChecksum *hash, guint64 number)
{
  guint64 bytes = GUINT64_TO_BE (number);

  g_checksum_update (hash, (const guchar *) &bytes, sizeof bytes);
}

static void
take_digest (GChecksum *hash, guint8 *digest)
{
  gsize length = PEN_SCHEDULE_KEY_BYTES;

  g_checksum_get_digest (hash, digest, &length);
  g_checksum_reset (hash);
}

void
pen_chance_init (PenChance *chance, const guint8 *key, const char *label, guint64 number)
{
  chance->hash = g_checksum_new (G_CHECKSUM_SHA256);
  chance->counter = 0;
  chance->used_bytes = PEN_SCHEDULE_KEY_BYTES;
  g_checksum_update (chance->hash, key, PEN_SCHEDULE_KEY_BYTES);
  hash_u64 (chance->hash, number);
  g_checksum_update (chance->hash, (const guchar *) label, (gssize) strlen (label));
  take_digest (chance->hash, chance->seed);
}

void
pen_chance_clear (PenChance *chance)
{
  g_clear_pointer (&chance->hash, g_checksum_free);
}

static guint32
draw_u32 (PenChance *chance)
{
  guint32 number;

  if (chance->used_bytes == PEN_SCHEDULE_KEY_BYTES)
    {
      g_checksum_update (chance->hash, chance->seed, PEN_SCHEDULE_KEY_BYTES);
      hash_u64 (chance->hash, chance->counter++);
      take_digest (chance->hash, chance->block);
      chance->used_bytes = 0;
    }
  memcpy (&number, chance->block + chance->used_bytes, sizeof number);
  chance->used_bytes += sizeof number;
  return GUINT32_FROM_BE (number);
}

/* Draws again rather than folding the range: every number is as likely as every other. */
guint32
pen_chance_below (PenChance *chance, guint32 bound)
{
  guint32 limit;
  guint32 number;

  if (bound <= 1)
    return 0;
  limit = G_MAXUINT32 - G_MAXUINT32 % bound;
  do
    number = draw_u32 (chance);
  while (number >= limit);
  return number % bound;
}

guint
pen_chance_poisson (PenChance *chance, double mean, guint most)
{
  double floor_value = exp (-mean);
  double product = 1.0;
  guint n = 0;

  for (;;)
    {
      product *= (draw_u32 (chance) + 0.5) / 4294967296.0;
      if (product <= floor_value || n >= most)
        return n;
      n++;
    }
}

void
pen_chance_shuffle (PenChance *chance, GPtrArray *array, guint from)
{
  for (guint left = array->len - from; left > 1; left--)
    {
      guint other = from + pen_chance_below (chance, left);
      gpointer last = array->pdata[from + left - 1];

      array->pdata[from + left - 1] = array->pdata[other];
      array->pdata[other] = last;
    }
}

static void
fill_from_chance (guint8 *buffer, gsize length_bytes, gpointer data)
{
  for (gsize i = 0; i < length_bytes; i++)
    buffer[i] = (guint8) (draw_u32 (data) & 0xff);
}

PenRandom
pen_chance_random (PenChance *chance)
{
  PenRandom random = { fill_from_chance, chance };

  return random;
}
