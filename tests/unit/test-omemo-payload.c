/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The body's cipher: known answers, and the lines of the trap list (docs/omemo.md 7)
 * that are about the text. */

#include <string.h>

#include "omemo-fixture.h"
#include "omemo/payload.h"

/* Made with AES-128-GCM of another library (OpenSSL): key 00…0f, IV 10…1b or 10…1f. */
static const char sample_text[] = "Gr\xc3\xbc\xc3\x9f" "e, 12 o'clock";
#define SAMPLE_12 "g1zAE8zQ08M37G/VqACIUlXfHw=="
#define SAMPLE_16 "guw0Cr4tQaT2KfGizghMu5qeSw=="
static const guint8 sample_wrapped_12[PEN_OMEMO_WRAPPED_BYTES] = {
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
  0x08, 0xfb, 0xe1, 0x67, 0x1a, 0x77, 0x7a, 0xdc, 0xc1, 0xfc, 0x82, 0xca, 0xe0, 0xb7, 0xa7, 0x03,
};
static const guint8 sample_wrapped_16[PEN_OMEMO_WRAPPED_BYTES] = {
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
  0x6b, 0x62, 0xa1, 0x42, 0x20, 0xae, 0x6d, 0x56, 0x8c, 0x9e, 0x32, 0x0b, 0x6a, 0x3c, 0x09, 0x63,
};

static PenOmemoMessage *
read_sample (const char *iv, const char *payload)
{
  g_autofree char *xml = g_strdup_printf ("<encrypted " NS "><header sid='1'><iv>%s</iv></header>%s</encrypted>", iv,
                                          payload);

  return read_message (xml);
}

static void
assert_unopened (const PenOmemoMessage *message, const guint8 *wrapped, gsize length)
{
  g_autoptr (GBytes) bytes = g_bytes_new (wrapped, length);
  g_autoptr (GError) error = NULL;

  g_assert_null (pen_omemo_payload_open (message, bytes, &error));
  g_assert_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_MALFORMED);
}

static void
fill_counting (guint8 *buffer, gsize length_bytes, gpointer data)
{
  guint8 *next = data;

  for (gsize i = 0; i < length_bytes; i++)
    buffer[i] = (*next)++;
}

/* Returns: what becomes of a peer's text, or NULL when it is refused. */
static char *
pass_text (const char *text, GError **error)
{
  guint8 next = 0;
  const PenRandom random = { fill_counting, &next };
  g_autoptr (PenOmemoMessage) message = pen_omemo_message_new (1);
  guint8 wrapped[PEN_OMEMO_WRAPPED_BYTES];
  g_autoptr (GBytes) key = NULL;

  pen_omemo_payload_seal (&random, text, message, wrapped);
  key = g_bytes_new (wrapped, sizeof wrapped);
  return pen_omemo_payload_open (message, key, error);
}

static void
test_bad_11 (void)
{
  static const gsize lengths[] = { 0, 1, 15, 16, 17, 31, 33, 48, 64 };
  g_autoptr (PenOmemoMessage) message = read_sample (IV12, "<payload>" SAMPLE_12 "</payload>");
  g_autoptr (PenOmemoMessage) small = read_sample (IV12, "<payload>AQ==</payload>");
  guint8 wrapped[64] = { 0 };

  memcpy (wrapped, sample_wrapped_12, sizeof sample_wrapped_12);
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      assert_unopened (message, wrapped, lengths[i]);
      assert_unopened (small, wrapped, lengths[i]);
    }
}

static void
test_bad_22_controls (void)
{
  static const char *const table[][2] = {
    { "a\tb\nc", "a\tb\nc" },   { "a\r\nb", "a\nb" }, { "\x01\x1b[31mred\x7f\x08", "[31mred" },
    { "x\xc2\x9by", "xy" },     { "\x02\x03", "" },   { "", "" },
    { "<b>&amp;", "<b>&amp;" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = pass_text (table[i][0], &error);

      g_assert_no_error (error);
      g_assert_cmpstr (text, ==, table[i][1]);
    }
}

static void
test_bad_22_utf8 (void)
{
  static const char *const bad[] = { "\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "ok\x80" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (pass_text (bad[i], &error));
      g_assert_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_MALFORMED);
    }
}

/* "a NUL b", sealed with the sample's key and IV by the other library. */
static void
test_bad_22_nul (void)
{
  static const guint8 tag[PEN_OMEMO_TAG_BYTES] = {
    0xe0, 0x7c, 0x08, 0xce, 0xb7, 0x9e, 0x1e, 0x28,
    0xe9, 0xa9, 0xd0, 0xbf, 0x59, 0x1d, 0xfe, 0x3b,
  };
  g_autoptr (PenOmemoMessage) message = read_sample (IV12, "<payload>pS5h</payload>");
  guint8 wrapped[PEN_OMEMO_WRAPPED_BYTES];
  g_autoptr (GBytes) key = NULL;
  g_autofree char *text = NULL;

  memcpy (wrapped, sample_wrapped_12, PEN_OMEMO_PAYLOAD_KEY_BYTES);
  memcpy (wrapped + PEN_OMEMO_PAYLOAD_KEY_BYTES, tag, sizeof tag);
  key = g_bytes_new (wrapped, sizeof wrapped);
  text = pen_omemo_payload_open (message, key, NULL);
  g_assert_cmpstr (text, ==, "ab");
}

static void
test_bad_22_length (void)
{
  g_autofree guint8 *bytes = g_malloc0 (PEN_OMEMO_PAYLOAD_MAX_BYTES + 1);
  g_autofree char *most = g_base64_encode (bytes, PEN_OMEMO_PAYLOAD_MAX_BYTES);
  g_autofree char *more = g_base64_encode (bytes, PEN_OMEMO_PAYLOAD_MAX_BYTES + 1);
  const char *const payloads[] = { most, more };

  for (gsize i = 0; i < G_N_ELEMENTS (payloads); i++)
    {
      g_autofree char *xml = g_strconcat ("<encrypted " NS "><header sid='1'>" IV12_ELEMENT "</header><payload>",
                                          payloads[i], "</payload></encrypted>", NULL);
      g_autoptr (XmlFixture) node = xmlnode_from_str (xml, -1);
      g_autoptr (PenOmemoMessage) message = pen_omemo_message_read (node, NULL);

      g_assert_cmpint (message != NULL, ==, i == 0);
    }
}

static void
test_bad_24 (void)
{
  static const char *const smuggled[] = { "<body xmlns='jabber:client'>clear</body>", "<body>clear</body>",
                                          "<payload xmlns='urn:x'>Y2xlYXI=</payload>", "clear", "" };

  for (gsize i = 0; i < G_N_ELEMENTS (smuggled); i++)
    {
      g_autoptr (PenOmemoMessage) message = read_sample (IV12, smuggled[i]);

      g_assert_null (message->payload);
      assert_unopened (message, sample_wrapped_12, sizeof sample_wrapped_12);
    }
}

static void
test_seal (void)
{
  guint8 next = 0;
  const PenRandom random = { fill_counting, &next };
  g_autoptr (PenOmemoMessage) message = pen_omemo_message_new (1);
  g_autoptr (PenOmemoMessage) want = read_sample (IV12, "<payload>" SAMPLE_12 "</payload>");
  guint8 wrapped[PEN_OMEMO_WRAPPED_BYTES];

  pen_omemo_payload_seal (&random, sample_text, message, wrapped);
  g_assert_cmpmem (wrapped, sizeof wrapped, sample_wrapped_12, sizeof sample_wrapped_12);
  g_assert_true (g_bytes_equal (message->iv, want->iv));
  g_assert_true (g_bytes_equal (message->payload, want->payload));
  pen_omemo_payload_seal (&random, sample_text, message, wrapped);
  g_assert_cmpint (memcmp (wrapped, sample_wrapped_12, PEN_OMEMO_PAYLOAD_KEY_BYTES), !=, 0);
  g_assert_false (g_bytes_equal (message->iv, want->iv));
  g_assert_false (g_bytes_equal (message->payload, want->payload));
}

static void
test_open (void)
{
  g_autoptr (PenOmemoMessage) new_iv = read_sample (IV12, "<payload>" SAMPLE_12 "</payload>");
  g_autoptr (PenOmemoMessage) old_iv = read_sample (IV16, "<payload>" SAMPLE_16 "</payload>");
  g_autoptr (GBytes) new_key = g_bytes_new_static (sample_wrapped_12, sizeof sample_wrapped_12);
  g_autoptr (GBytes) old_key = g_bytes_new_static (sample_wrapped_16, sizeof sample_wrapped_16);
  g_autofree char *new_text = pen_omemo_payload_open (new_iv, new_key, NULL);
  g_autofree char *old_text = pen_omemo_payload_open (old_iv, old_key, NULL);

  g_assert_cmpstr (new_text, ==, sample_text);
  g_assert_cmpstr (old_text, ==, sample_text);
}

/* Each bit of the tag and the key, and of the payload, counts. */
static void
test_open_changed (void)
{
  g_autoptr (PenOmemoMessage) message = read_sample (IV12, "<payload>" SAMPLE_12 "</payload>");
  g_autoptr (PenOmemoMessage) other_text = read_sample (IV12, "<payload>h1zAE8zQ08M37G/VqACIUlXfHw==</payload>");
  g_autoptr (PenOmemoMessage) shorter = read_sample (IV12, "<payload>g1zAE8zQ08M37G/VqACIUlXf</payload>");
  g_autoptr (PenOmemoMessage) other_iv = read_sample (IV16, "<payload>" SAMPLE_12 "</payload>");

  for (gsize bit = 0; bit < PEN_OMEMO_WRAPPED_BYTES * 8; bit++)
    {
      guint8 wrapped[PEN_OMEMO_WRAPPED_BYTES];

      memcpy (wrapped, sample_wrapped_12, sizeof wrapped);
      wrapped[bit / 8] ^= (guint8) (1u << (bit % 8));
      assert_unopened (message, wrapped, sizeof wrapped);
    }
  assert_unopened (other_text, sample_wrapped_12, sizeof sample_wrapped_12);
  assert_unopened (shorter, sample_wrapped_12, sizeof sample_wrapped_12);
  assert_unopened (other_iv, sample_wrapped_12, sizeof sample_wrapped_12);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  xml_fixture_init ();
  g_test_add_func ("/omemo/bad/11-unwrapped-key", test_bad_11);
  g_test_add_func ("/omemo/bad/22-text/controls", test_bad_22_controls);
  g_test_add_func ("/omemo/bad/22-text/utf8", test_bad_22_utf8);
  g_test_add_func ("/omemo/bad/22-text/nul", test_bad_22_nul);
  g_test_add_func ("/omemo/bad/22-text/length", test_bad_22_length);
  g_test_add_func ("/omemo/bad/24-plain-inside", test_bad_24);
  g_test_add_func ("/omemo/payload/seal", test_seal);
  g_test_add_func ("/omemo/payload/open", test_open);
  g_test_add_func ("/omemo/payload/changed", test_open_changed);
  return g_test_run ();
}
