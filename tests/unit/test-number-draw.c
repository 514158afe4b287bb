/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Cover numbers: valid, mobile, of the region and range of the number they
 * are made like, and never that number. */

#include "penregister/number.h"

#include <string.h>

static void
fill (guint8 *buffer, gsize length_bytes, gpointer data)
{
  for (gsize i = 0; i < length_bytes; i++)
    buffer[i] = (guint8) g_rand_int (data);
}

static const char *const contacts[] = {
  "+12025550123", "+4915123456789", "+447400123456", "+33612345678", "+4520123456", "+6581234567", "+819012345678",
  "+5511961234567", "+919876543210", "+61412345678", "+390612345678", "+4930123456", "+41781234567", "+3545123456",
};

static void
test_drawn (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  PenRandom random = { fill, rand };

  for (guint i = 0; i < G_N_ELEMENTS (contacts); i++)
    {
      g_autofree char *region = pen_number_region (contacts[i]);
      g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

      for (guint n = 0; n < 200; n++)
        {
          char *drawn = pen_number_draw_mobile (contacts[i], &random);
          g_autofree char *its_region = pen_number_region (drawn);
          PenNumberType type = pen_number_type (drawn);

          g_assert_nonnull (drawn);
          g_assert_true (type == PEN_NUMBER_TYPE_MOBILE || type == PEN_NUMBER_TYPE_FIXED_OR_MOBILE);
          g_assert_cmpstr (its_region, ==, region);
          g_assert_cmpstr (drawn, !=, contacts[i]);
          g_hash_table_add (seen, drawn);
        }
      g_test_message ("%s: %u of 200 are different", contacts[i], g_hash_table_size (seen));
      g_assert_cmpuint (g_hash_table_size (seen), >, 190);
    }
}

/* The same chance draws the same number. */
static void
test_pure (void)
{
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (GRand) one = g_rand_new_with_seed (i);
      g_autoptr (GRand) other = g_rand_new_with_seed (i);
      PenRandom randoms[] = { { fill, one }, { fill, other } };
      g_autofree char *first = pen_number_draw_mobile (contacts[1], &randoms[0]);
      g_autofree char *second = pen_number_draw_mobile (contacts[1], &randoms[1]);

      g_assert_cmpstr (first, ==, second);
    }
}

static void
test_none (void)
{
  static const char *const others[] = { NULL, "", "12345", "+", "+1", "+999123456789", "+80012345678", "0151234567",
                                        "juliet@example.org", "+88" };
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  PenRandom random = { fill, rand };

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_null (pen_number_draw_mobile (others[i], &random));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/number-draw/drawn", test_drawn);
  g_test_add_func ("/number-draw/pure", test_pure);
  g_test_add_func ("/number-draw/none", test_none);
  return g_test_run ();
}
