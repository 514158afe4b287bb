/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how a schedule is written down, and what is believed of it again.
 * Numbers are big-endian. Whatever does not fit exactly is refused: half a
 * population would tell more than none. */

#include "schedule-private.h"

#include <string.h>

#define VERSION 1
#define HEAD_MARK "PNSH"
#define SUBJECTS_MARK "PNSS"
#define FLAG_REAL 1
#define FLAG_ARRIVING 2
#define FLAG_ASKED 4
#define FLAGS_ALL (FLAG_REAL | FLAG_ARRIVING | FLAG_ASKED)
/* The lanes that go in rounds. */
#define N_ROUNDS (PEN_SCHEDULE_LANE_FAST + 1)

G_DEFINE_QUARK (pen-schedule-error-quark, pen_schedule_error)

typedef struct
{
  const guint8 *bytes;
  gsize left;
  gboolean is_bad;
} Reader;

static void
put (GByteArray *out, guint64 number, guint n_bytes)
{
  guint64 swapped = GUINT64_TO_BE (number);

  g_byte_array_append (out, (const guint8 *) &swapped + sizeof swapped - n_bytes, n_bytes);
}

static void
put_mark (GByteArray *out, const char *mark)
{
  g_byte_array_append (out, (const guint8 *) mark, 4);
  put (out, VERSION, 1);
}

static GByteArray *
save_head (const PenSchedule *schedule)
{
  GByteArray *out = g_byte_array_new ();

  put_mark (out, HEAD_MARK);
  g_byte_array_append (out, schedule->key, sizeof schedule->key);
  put (out, schedule->next_batch, 8);
  put (out, schedule->draws, 8);
  put (out, schedule->slots, 4);
  put (out, schedule->founded, 4);
  for (guint i = 0; i < PEN_SCHEDULE_N_CLOCKED; i++)
    {
      put (out, schedule->lanes[i].epoch, 8);
      put (out, schedule->lanes[i].round, 8);
      put (out, schedule->lanes[i].cursor, 4);
      put (out, (guint64) schedule->lanes[i].last_wall_us, 8);
    }
  return out;
}

static void
save_subject (GByteArray *out, const PenSubject *subject)
{
  gsize length = strlen (subject->name);

  put (out, subject->of, 1);
  put (out, (subject->is_real ? FLAG_REAL : 0u) | (subject->is_arriving ? FLAG_ARRIVING : 0u)
            | (subject->was_asked ? FLAG_ASKED : 0u), 1);
  put (out, (guint) (subject->when + 1), 1);
  put (out, subject->admitted, 4);
  put (out, length, 2);
  g_byte_array_append (out, (const guint8 *) subject->name, (guint) length);
}

static GByteArray *
save_subjects (const PenSchedule *schedule)
{
  GByteArray *out = g_byte_array_new ();

  put_mark (out, SUBJECTS_MARK);
  put (out, schedule->people->len - schedule->n_gone, 4);
  for (guint i = 0; i < schedule->people->len; i++)
    if (schedule->people->pdata[i] != NULL)
      save_subject (out, schedule->people->pdata[i]);
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      const GArray *order = schedule->lanes[i].order;

      put (out, order->len, 4);
      for (guint k = 0; k < order->len; k++)
        put (out, g_array_index (order, guint32, k), 4);
    }
  return out;
}

guint
pen_schedule_changed (PenSchedule *schedule)
{
  return schedule->changed;
}

GBytes *
pen_schedule_save (PenSchedule *schedule, PenSchedulePart part)
{
  schedule->changed &= ~(guint) part;
  return g_byte_array_free_to_bytes (part == PEN_SCHEDULE_PART_HEAD ? save_head (schedule) : save_subjects (schedule));
}

static const guint8 *
take (Reader *in, gsize n_bytes)
{
  const guint8 *here = in->bytes;

  if (in->is_bad || in->left < n_bytes)
    {
      in->is_bad = TRUE;
      return NULL;
    }
  in->bytes += n_bytes;
  in->left -= n_bytes;
  return here;
}

static guint64
get (Reader *in, guint n_bytes)
{
  const guint8 *here = take (in, n_bytes);
  guint64 number = 0;

  for (guint i = 0; here != NULL && i < n_bytes; i++)
    number = number << 8 | here[i];
  return number;
}

static Reader
open_part (GBytes *bytes, const char *mark)
{
  Reader in = { NULL, 0, FALSE };
  const guint8 *here;

  in.bytes = g_bytes_get_data (bytes, &in.left);
  here = take (&in, 4);
  if (here == NULL || memcmp (here, mark, 4) != 0 || get (&in, 1) != VERSION)
    in.is_bad = TRUE;
  return in;
}

static gboolean
is_number_of_slots (guint32 slots)
{
  return slots == 0
         || (slots >= PEN_SCHEDULE_SLOTS_MIN && slots <= PEN_SCHEDULE_SLOTS_MAX && (slots & (slots - 1)) == 0);
}

static gboolean
load_head (PenSchedule *schedule, GBytes *bytes)
{
  Reader in = open_part (bytes, HEAD_MARK);
  const guint8 *key = take (&in, sizeof schedule->key);

  if (key == NULL)
    return FALSE;
  memcpy (schedule->key, key, sizeof schedule->key);
  schedule->next_batch = get (&in, 8);
  schedule->draws = get (&in, 8);
  schedule->slots = (guint32) get (&in, 4);
  schedule->founded = (guint32) get (&in, 4);
  for (guint i = 0; i < PEN_SCHEDULE_N_CLOCKED; i++)
    {
      schedule->lanes[i].epoch = get (&in, 8);
      schedule->lanes[i].round = get (&in, 8);
      schedule->lanes[i].cursor = (guint32) get (&in, 4);
      schedule->lanes[i].last_wall_us = (gint64) get (&in, 8);
      if (ABS (schedule->lanes[i].last_wall_us / 2) > G_MAXINT64 / 4)
        return FALSE;
    }
  return !in.is_bad && in.left == 0 && schedule->next_batch > 0 && schedule->next_batch < G_MAXINT64
         && is_number_of_slots (schedule->slots) && schedule->founded <= PEN_SCHEDULE_SUBJECTS_MAX
         && (schedule->founded == 0) == (schedule->slots == 0);
}

static gboolean
load_subject (PenSchedule *schedule, Reader *in)
{
  guint64 of = get (in, 1);
  guint64 flags = get (in, 1);
  guint64 when = get (in, 1);
  guint32 admitted = (guint32) get (in, 4);
  gsize length = (gsize) get (in, 2);
  const guint8 *text = take (in, length);
  g_autofree char *name = text != NULL ? g_strndup ((const char *) text, length) : NULL;
  gboolean is_admitted = admitted != PEN_SCHEDULE_NOT_ADMITTED;
  PenSubject *subject;

  if (name == NULL || strlen (name) != length || of >= PEN_SCHEDULE_N_CLASSES || flags > FLAGS_ALL
      || when > PEN_N_WHENS || g_hash_table_contains (schedule->by_name, name))
    return FALSE;
  if ((is_admitted || (flags & FLAG_ARRIVING) != 0) && of != PEN_SCHEDULE_DIRECTORY)
    return FALSE;
  if (is_admitted && ((flags & FLAG_ARRIVING) != 0 || admitted >= schedule->admitted->len
                      || schedule->admitted->pdata[admitted] != NULL))
    return FALSE;
  subject = pen_schedule_insert (schedule, name, (PenScheduleClass) of);
  if (subject == NULL)
    return FALSE;
  subject->when = (int) when - 1;
  subject->is_real = (flags & FLAG_REAL) != 0;
  subject->is_arriving = (flags & FLAG_ARRIVING) != 0;
  subject->was_asked = (flags & FLAG_ASKED) != 0;
  subject->admitted = admitted;
  if (is_admitted)
    schedule->admitted->pdata[admitted] = subject;
  return TRUE;
}

/* How many rows say that they are admitted; their places must then be all numbers below that. */
static guint
count_admitted (Reader in, guint64 n)
{
  guint count = 0;

  for (guint64 i = 0; i < n && !in.is_bad; i++)
    {
      take (&in, 3);
      count += (guint32) get (&in, 4) != PEN_SCHEDULE_NOT_ADMITTED;
      take (&in, (gsize) get (&in, 2));
    }
  return in.is_bad ? 0 : count;
}

static gboolean
load_order (PenSchedule *schedule, PenLane *lane, Reader *in)
{
  guint64 n = get (in, 4);
  g_autofree guint8 *seen = g_new0 (guint8, PEN_SCHEDULE_SUBJECTS_MAX);

  if (n > schedule->admitted->len || lane->cursor > n)
    return FALSE;
  for (guint64 i = 0; i < n; i++)
    {
      guint32 place = (guint32) get (in, 4);

      if (in->is_bad || place >= schedule->admitted->len || seen[place])
        return FALSE;
      seen[place] = TRUE;
      g_array_append_val (lane->order, place);
    }
  return TRUE;
}

static gboolean
load_subjects (PenSchedule *schedule, GBytes *bytes)
{
  Reader in = open_part (bytes, SUBJECTS_MARK);
  guint64 n = get (&in, 4);

  if (in.is_bad || n > PEN_SCHEDULE_SUBJECTS_MAX)
    return FALSE;
  g_ptr_array_set_size (schedule->admitted, (int) count_admitted (in, n));
  for (guint64 i = 0; i < n; i++)
    if (!load_subject (schedule, &in))
      return FALSE;
  for (guint i = 0; i < N_ROUNDS; i++)
    if (!load_order (schedule, &schedule->lanes[i], &in))
      return FALSE;
  return !in.is_bad && in.left == 0 && schedule->lanes[PEN_SCHEDULE_LANE_SWEEP].cursor == 0
         && (schedule->founded == 0) == (schedule->admitted->len == 0);
}

PenSchedule *
pen_schedule_load (GBytes *head, GBytes *subjects, const PenScheduleCover *cover, GError **error)
{
  g_autoptr (PenSchedule) schedule = pen_schedule_alloc (cover);

  if (!load_head (schedule, head) || !load_subjects (schedule, subjects))
    {
      g_set_error_literal (error, PEN_SCHEDULE_ERROR, PEN_SCHEDULE_ERROR_UNREADABLE,
                           "what was stored of the schedule of lookups cannot be read");
      return NULL;
    }
  schedule->changed = 0;
  return g_steal_pointer (&schedule);
}
