/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* libFuzzer target: any text as an address. What comes out is canonical: it
 * stays the same when it is read again, and its URI leads back to it. */

#include "fuzz.h"

#include "penregister/address.h"

static void
check_address (const char *typed, const char *region)
{
  g_autoptr (PenAddress) address = pen_address_parse (typed, region, NULL);
  g_autoptr (PenAddress) back = NULL;
  g_autofree char *again = NULL;
  g_autofree char *uri = NULL;

  if (address == NULL)
    return;
  g_assert_true (g_utf8_validate (address->name, -1, NULL));
  g_assert_cmpint (pen_address_kind_of_name (address->name), ==, address->kind);
  again = pen_address_normalize (address->name);
  g_assert_cmpstr (again, ==, address->name);
  uri = pen_address_to_uri (address);
  back = uri != NULL ? pen_address_from_uri (uri, NULL) : NULL;
  if (uri != NULL)
    g_assert_true (back != NULL && pen_address_equal (back, address));
}

static void
check_jid (const char *text)
{
  g_autofree char *bare = pen_jid_bare (text);
  g_autofree char *bare_again = bare != NULL ? pen_jid_bare (bare) : NULL;

  g_assert_cmpstr (bare_again, ==, bare);
  g_free (pen_jid_escape_localpart (text));
  g_free (pen_jid_unescape_localpart (text));
  g_free (pen_jid_localpart (text));
  g_free (pen_jid_domain (text));
  pen_jid_resource (text);
  pen_jid_is_valid (text);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *once = pen_address_normalize (text);
  g_autofree char *twice = pen_address_normalize (once);

  g_assert_cmpstr (once, ==, twice);
  check_address (text, NULL);
  check_address (text, "US");
  check_jid (text);
  pen_address_free (pen_address_from_uri (text, NULL));
  return 0;
}
