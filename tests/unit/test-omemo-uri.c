/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Links that say which device has which key. */

#include <string.h>

#include "omemo/codec.h"
#include "omemo/uri.h"

#define HEX_A "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEX_B "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define UPPER "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"

/* @built: what is built of it again; NULL when it is refused */
static const struct
{
  const char *text;
  const char *built;
} cases[] = {
  { "xmpp:juliet@example.org?omemo-sid-123=" HEX_A, "xmpp:juliet@example.org?omemo-sid-123=" HEX_A },
  { "XMPP:juliet@example.org?omemo-sid-1=" UPPER ";omemo-sid-2=" HEX_B,
    "xmpp:juliet@example.org?omemo-sid-1=" HEX_A ";omemo-sid-2=" HEX_B },
  { "xmpp:juliet@example.org?message;omemo-sid-1=" HEX_A "&body=hi;",
    "xmpp:juliet@example.org?omemo-sid-1=" HEX_A },
  { "xmpp:juliet@example.org?omemo-sid-1=" HEX_A ";omemo-sid-1=" UPPER,
    "xmpp:juliet@example.org?omemo-sid-1=" HEX_A },
  { "xmpp:juliet@example.org?omemo-sid-1=" HEX_A ";omemo-sid-1=" HEX_B, NULL },
  { "xmpp:juliet@example.org?omemo-sid-1=" HEX_A "0", NULL },
  { "xmpp:juliet@example.org?omemo-sid-1=0123", NULL },
  { "xmpp:juliet@example.org?omemo-sid-1=", NULL },
  { "xmpp:juliet@example.org?omemo-sid-1", NULL },
  { "xmpp:juliet@example.org?omemo-sid-0=" HEX_A, NULL },
  { "xmpp:juliet@example.org?omemo-sid--1=" HEX_A, NULL },
  { "xmpp:juliet@example.org?omemo-sid-2147483648=" HEX_A, NULL },
  { "xmpp:juliet@example.org?omemo-sid-=" HEX_A, NULL },
  { "xmpp:juliet@example.org?omemo-sid-1=" HEX_A ";omemo-sid-2=no", NULL },
  { "xmpp:juliet@example.org?message", NULL },
  { "xmpp:juliet@example.org", NULL },
  { "xmpp:example.org?omemo-sid-1=" HEX_A, NULL },
  { "xmpp:?omemo-sid-1=" HEX_A, NULL },
  { "tel:+15551234567?omemo-sid-1=" HEX_A, NULL },
  { "juliet@example.org?omemo-sid-1=" HEX_A, NULL },
  { "xmpp:juliet@example.org?omemo-sid-1=\xff", NULL },
  { "", NULL },
};

static void
test_read (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (PenOmemoUri) uri = pen_omemo_uri_read (cases[i].text, &error);
      g_autofree char *built = uri != NULL ? pen_omemo_uri_build (uri) : NULL;

      g_test_message ("%s", cases[i].text);
      g_assert_cmpstr (built, ==, cases[i].built);
      if (uri == NULL)
        g_assert_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_MALFORMED);
    }
}

static void
test_many (void)
{
  g_autoptr (PenOmemoUri) uri = pen_omemo_uri_new ("juliet@example.org");

  for (guint32 i = 1; i <= PEN_OMEMO_DEVICES_MAX; i++)
    g_assert_true (pen_omemo_uri_add (uri, i, HEX_A));
  g_assert_false (pen_omemo_uri_add (uri, PEN_OMEMO_DEVICES_MAX + 1, HEX_A));
}

/* What would end the path of a link does not stand in it as it is. */
static void
test_escaped (void)
{
  g_autoptr (PenOmemoUri) uri = pen_omemo_uri_new ("ju?li#et@example.org");
  g_autofree char *built = NULL;

  g_assert_true (pen_omemo_uri_add (uri, 7, HEX_B));
  built = pen_omemo_uri_build (uri);
  g_assert_cmpstr (built, ==, "xmpp:ju%3Fli%23et@example.org?omemo-sid-7=" HEX_B);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/omemo/uri/read", test_read);
  g_test_add_func ("/omemo/uri/many", test_many);
  g_test_add_func ("/omemo/uri/escaped", test_escaped);
  return g_test_run ();
}
