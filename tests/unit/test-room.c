/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The whole truth table of messages to rooms, written down a second time: each
 * combination of facts fits exactly one line, and the line says what happens. */

#include "penregister/room.h"

#include <string.h>

#define N_COLUMNS 12
#define MANY (PEN_ROOM_MEMBERS_MAX + 1)

/* One column a fact. config, members: a asking, k known, f failed. others: 0
 * none, 1 to the most there may be, + more. All else: y or n. A dot is any. */
static const struct
{
  const char *facts;
  PenRoute route;
  const char *reason;
} table[] = {
  /* config, members-only, non-anonymous, members, chosen-plain, pinned, omemo,
   * others, asking, withheld, could-not, unreachable */
  { "....y.......", PEN_ROUTE_PLAIN, "chosen-plain" },
  { "a...n.......", PEN_ROUTE_HOLD, "asking-room" },
  { "f...n.......", PEN_ROUTE_HOLD, "silent" },
  { "kn..nn......", PEN_ROUTE_PLAIN, "open" },
  { "kn..ny......", PEN_ROUTE_HOLD, "no-longer" },
  { "kyn.nn......", PEN_ROUTE_PLAIN, "anonymous" },
  { "kyn.ny......", PEN_ROUTE_HOLD, "no-longer" },
  { "kyy.n.n.....", PEN_ROUTE_HOLD, "omemo-missing" },
  { "kyyan.y.....", PEN_ROUTE_HOLD, "asking-room" },
  { "kyyfn.y.....", PEN_ROUTE_HOLD, "silent" },
  { "kyykn.y0....", PEN_ROUTE_HOLD, "alone" },
  { "kyykn.y+....", PEN_ROUTE_HOLD, "too-many" },
  { "kyykn.y1y...", PEN_ROUTE_HOLD, "looking-up" },
  { "kyykn.y1ny..", PEN_ROUTE_HOLD, "withheld" },
  { "kyykn.y1nny.", PEN_ROUTE_HOLD, "could-not-ask" },
  { "kyykn.y1nnny", PEN_ROUTE_HOLD, "unreachable" },
  { "kyykn.y1nnnn", PEN_ROUTE_ENCRYPTED, "encrypted" },
};

static const char *const values[N_COLUMNS] = { "akf", "ny", "ny", "akf", "ny", "ny", "ny", "01+", "ny", "ny", "ny", "ny" };

static PenRoomAnswer
answer_of (char letter)
{
  return letter == 'a' ? PEN_ROOM_ASKING : letter == 'k' ? PEN_ROOM_KNOWN : PEN_ROOM_FAILED;
}

static PenRoomFacts
facts_of (const char *row)
{
  PenRoomFacts facts = {
    .config = answer_of (row[0]),
    .members_only = row[1] == 'y',
    .non_anonymous = row[2] == 'y',
    .members = answer_of (row[3]),
    .chosen_plain = row[4] == 'y',
    .pinned = row[5] == 'y',
    .omemo = row[6] == 'y',
    .others = row[7] == '0' ? 0 : row[7] == '1' ? PEN_ROOM_MEMBERS_MAX : MANY,
    .asking = row[8] == 'y',
    .withheld = row[9] == 'y',
    .could_not = row[10] == 'y',
    .unreachable = row[11] == 'y',
  };

  return facts;
}

static gboolean
fits (const char *pattern, const char *row)
{
  for (int i = 0; i < N_COLUMNS; i++)
    if (pattern[i] != '.' && pattern[i] != row[i])
      return FALSE;
  return TRUE;
}

static void
check (const char *row)
{
  PenRoomFacts facts = facts_of (row);
  PenRoomDecision decision = pen_room_decide (&facts);
  guint fitting = 0;
  guint right = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    if (fits (table[i].facts, row))
      {
        fitting++;
        if (decision.route == table[i].route
            && g_str_equal (pen_room_reason_name (decision.reason), table[i].reason))
          right++;
      }
  if (fitting == 1 && right == 1)
    return;
  g_test_message ("%s: %u lines fit; it is %s", row, fitting, pen_room_reason_name (decision.reason));
  g_test_fail ();
}

/* Counts through all combinations, like a counter with digits of its own in each place. */
static void
test_table (void)
{
  char row[N_COLUMNS + 1] = { 0 };
  gsize digits[N_COLUMNS] = { 0 };
  guint combinations = 0;
  int place;

  do
    {
      for (int i = 0; i < N_COLUMNS; i++)
        row[i] = values[i][digits[i]];
      check (row);
      combinations++;
      for (place = 0; place < N_COLUMNS && ++digits[place] == strlen (values[place]); place++)
        digits[place] = 0;
    }
  while (place < N_COLUMNS);
  g_assert_cmpuint (combinations, ==, 3 * 3 * 3 * 512);
}

static void
test_words (void)
{
  static const char *const waiting[] = { "asking-room", "omemo-missing", "looking-up", NULL };

  for (int i = 0; i < PEN_N_ROOM_REASONS; i++)
    {
      const char *sentence = pen_room_reason_sentence ((PenRoomReason) i);
      const char *name = pen_room_reason_name ((PenRoomReason) i);

      g_assert_true (g_str_has_suffix (sentence, "."));
      g_assert_cmpint (pen_room_reason_waits ((PenRoomReason) i), ==, g_strv_contains (waiting, name));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/room/table", test_table);
  g_test_add_func ("/room/words", test_words);
  return g_test_run ();
}
