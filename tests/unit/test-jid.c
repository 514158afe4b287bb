/*
 * Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JIDs and their parts, and what is known of a phone number.
 */
#include <string.h>

#include "penregister/address.h"
#include "penregister/number.h"
#include "row-fixture.h"

#define NAME_TEL "+15551234567"

static void
test_jid_parts (void)
{
  static const char full[] = "Juliet@Example.org/Balcony/2";
  g_autofree char *bare = pen_jid_bare (full);
  g_autofree char *local = pen_jid_localpart (full);
  g_autofree char *domain = pen_jid_domain (full);
  g_autofree char *host = pen_jid_domain ("Example.org");

  g_assert_cmpstr (bare, ==, "juliet@example.org");
  g_assert_cmpstr (local, ==, "juliet");
  g_assert_cmpstr (domain, ==, "example.org");
  g_assert_cmpstr (host, ==, "example.org");
  g_assert_cmpstr (pen_jid_resource (full), ==, "Balcony/2");
  g_assert_null (pen_jid_resource ("juliet@example.org"));
  g_assert_null (pen_jid_resource ("juliet@example.org/"));
  g_assert_null (pen_jid_localpart ("example.org"));
  g_assert_null (pen_jid_bare (NULL));
  g_assert_null (pen_jid_domain ("@"));
}

typedef struct
{
  const char *jid;
  gboolean want;
} ValidRow;

static void
test_jid_valid (void)
{
  static const ValidRow rows[] = {
    { "juliet@example.org", TRUE },     { "example.org/x", TRUE },     { "localhost", TRUE },
    { "a@b/c d", TRUE },                { "a@b/", FALSE },             { "a@b/\x01", FALSE },
    { "a@b/\xff", FALSE },              { "\xff@b", FALSE },           { "", FALSE },
    { NULL, FALSE },                    { "/x", FALSE },               { "a b@c", FALSE },
    { "a@[fe80::1%eth0]", FALSE },
  };
  g_autofree char *long_resource = g_strnfill (PEN_JID_PART_MAX_BYTES + 1, 'r');
  g_autofree char *too_long = g_strconcat ("a@b/", long_resource, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      if (pen_jid_is_valid (rows[i].jid) != rows[i].want)
        g_error ("wrong verdict on \"%s\"", rows[i].jid);
    }
  g_assert_false (pen_jid_is_valid (too_long));
  too_long[strlen (too_long) - 1] = '\0';
  g_assert_true (pen_jid_is_valid (too_long));
}

static const PairRow escape_rows[] = {
  { "at", "juliet@example.org", "juliet\\40example.org" },
  { "all", "a \"&'/:<>@b", "a\\20\\22\\26\\27\\2f\\3a\\3c\\3e\\40b" },
  { "backslash-plain", "c:\\cool stuff", "c\\3a\\cool\\20stuff" },
  { "backslash-before-code", "c:\\5commas", "c\\3a\\5c5commas" },
  { "backslash-code", "\\20", "\\5c20" },
  { "backslash-end", "a\\", "a\\" },
  { "number", "+1555,+1556;a=b", "+1555,+1556;a=b" },
  { "upper-case-is-no-code", "\\2F", "\\2F" },
  { "unicode", "é@b", "é\\40b" },
};

static void
test_escape (gconstpointer data)
{
  const PairRow *row = data;
  g_autofree char *escaped = pen_jid_escape_localpart (row->name);
  g_autofree char *back = pen_jid_unescape_localpart (escaped);

  g_assert_cmpstr (escaped, ==, row->want);
  g_assert_cmpstr (back, ==, row->name);
}

static void
test_escape_refused (void)
{
  g_assert_null (pen_jid_escape_localpart (NULL));
  g_assert_null (pen_jid_escape_localpart (""));
  g_assert_null (pen_jid_escape_localpart (" a"));
  g_assert_null (pen_jid_escape_localpart ("a "));
  g_assert_null (pen_jid_unescape_localpart (NULL));
}

static void
assert_shown (const char *e164, const char *home, const char *want)
{
  g_autofree char *shown = pen_number_format (e164, home);

  g_assert_cmpstr (shown, ==, want);
}

static void
test_number_format (void)
{
  assert_shown ("+442079460100", "GB", "020 7946 0100");
  assert_shown ("+442079460100", "US", "+44 20 7946 0100");
  assert_shown ("+442079460100", NULL, "+44 20 7946 0100");
  assert_shown (NAME_TEL, "us", "(555) 123-4567");
  assert_shown ("+14165550123", "US", "+1 416-555-0123");
  assert_shown ("rubbish", "US", "rubbish");
}

static void
test_number_facts (void)
{
  g_autofree char *gb = pen_number_region ("+442079460100");
  g_autofree char *mobile = pen_number_example_mobile ("DE");
  PenNumberVerdict verdict;

  g_assert_cmpstr (gb, ==, "GB");
  g_assert_null (pen_number_region (NAME_TEL));
  g_assert_null (pen_number_region ("+870773111632"));
  g_assert_null (pen_number_region (NULL));
  g_assert_cmpint (pen_number_type (mobile), ==, PEN_NUMBER_TYPE_MOBILE);
  g_assert_cmpint (pen_number_type ("+49301234567"), ==, PEN_NUMBER_TYPE_FIXED);
  g_assert_cmpint (pen_number_type ("+12025550123"), ==, PEN_NUMBER_TYPE_FIXED_OR_MOBILE);
  g_assert_cmpint (pen_number_type ("+18002345678"), ==, PEN_NUMBER_TYPE_OTHER);
  g_assert_cmpint (pen_number_type (NAME_TEL), ==, PEN_NUMBER_TYPE_UNKNOWN);
  g_assert_cmpint (pen_number_type (NULL), ==, PEN_NUMBER_TYPE_UNKNOWN);
  g_assert_null (pen_number_example_mobile ("XX"));
  g_assert_null (pen_number_example_mobile (NULL));
  g_assert_null (pen_number_to_e164 ("12345", NULL, &verdict));
  g_assert_cmpint (verdict, ==, PEN_NUMBER_SHORT_CODE);
  g_assert_null (pen_number_read (NULL, NULL, NULL));
  g_assert_null (pen_number_read ("\xff", NULL, NULL));
}

static void
test_region_known (void)
{
  g_assert_true (pen_region_is_known ("US"));
  g_assert_true (pen_region_is_known ("de"));
  g_assert_false (pen_region_is_known ("USA"));
  g_assert_false (pen_region_is_known ("XX"));
  g_assert_false (pen_region_is_known ("001"));
  g_assert_false (pen_region_is_known (""));
  g_assert_false (pen_region_is_known (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/jid/escape/", escape_rows, test_escape);
  g_test_add_func ("/jid/parts", test_jid_parts);
  g_test_add_func ("/jid/valid", test_jid_valid);
  g_test_add_func ("/jid/escape-refused", test_escape_refused);
  g_test_add_func ("/number/format", test_number_format);
  g_test_add_func ("/number/facts", test_number_facts);
  g_test_add_func ("/number/region-known", test_region_known);
  return g_test_run ();
}
