/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What strangers may send as OMEMO: a test, or a few, for each line of the
 * trap list (docs/omemo.md 7), whose number is in its path. Those about the text
 * itself are in test-omemo-payload.c. */

#include "omemo-fixture.h"

static void
assert_bundle_refused (const BundleText *text, PenOmemoError code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PenOmemoBundle) bundle = read_bundle (text, &error);

  g_assert_null (bundle);
  g_assert_error (error, PEN_OMEMO_ERROR, (int) code);
}

/* Returns: the ids of the one-time keys that were taken, joined by blanks. */
static char *
read_prekeys (const char *prekeys)
{
  BundleText text = good_bundle;
  g_autoptr (PenOmemoBundle) bundle = NULL;
  g_autoptr (GString) ids = g_string_new (NULL);

  text.prekeys = prekeys;
  bundle = read_bundle (&text, NULL);
  g_assert_nonnull (bundle);
  for (guint i = 0; i < bundle->prekeys->len; i++)
    g_string_append_printf (ids, "%s%u", i == 0 ? "" : " ", g_array_index (bundle->prekeys, PenOmemoPreKey, i).id);
  return g_string_free (g_steal_pointer (&ids), FALSE);
}

static void
test_bad_01 (void)
{
  static const char *const bad[] = { "", "0", "00", "-1", "+1", " 1", "1 ", "01", "1a", "0x1", "1.0", "2147483648",
                                     "4294967297", "18446744073709551617", "\xd9\xa1", "a" };
  guint32 device = 5;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *sid = g_strdup_printf ("sid='%s'", bad[i]);
      g_autofree char *keys = g_strdup_printf ("<key>AA==</key><key rid='%s'>AA==</key><key rid='9'>AA==</key>"
                                               IV12_ELEMENT, bad[i]);
      g_autoptr (PenOmemoMessage) message = read_header ("sid='2147483647'", keys);

      g_assert_false (pen_omemo_device_read (bad[i], &device));
      g_assert_null (read_header (sid, IV12_ELEMENT));
      g_assert_cmpuint (message->sender, ==, 2147483647);
      g_assert_cmpuint (message->keys->len, ==, 1);
      g_assert_cmpuint (key_at (message, 0)->device, ==, 9);
    }
  g_assert_false (pen_omemo_device_read (NULL, &device));
  g_assert_cmpuint (device, ==, 5);
  g_assert_null (read_header ("", IV12_ELEMENT));
  g_assert_true (pen_omemo_device_read ("1", &device));
  g_assert_cmpuint (device, ==, 1);
}

static void
test_bad_02 (void)
{
  static const char *const nodes[] = { "", "node=''", "node='" PEN_OMEMO_NODE_BUNDLE "'",
                                       "node='" PEN_OMEMO_NODE_BUNDLE "99999999999'", "node=':::::'" };
  g_autofree char *xml = format_bundle (&good_bundle);

  for (gsize i = 0; i < G_N_ELEMENTS (nodes); i++)
    {
      g_auto (GStrv) parts = g_strsplit (xml, "node='" PEN_OMEMO_NODE_BUNDLE "31415'", 2);
      g_autofree char *other = g_strjoinv (nodes[i], parts);
      g_autoptr (XmlFixture) items = xmlnode_from_str (other, -1);
      g_autoptr (PenOmemoBundle) bundle = pen_omemo_bundle_read (items, NULL);

      g_assert_nonnull (bundle);
      g_assert_cmpuint (bundle->signed_id, ==, 7);
    }
}

static void
test_bad_04 (void)
{
  g_autoptr (GString) many = g_string_new ("<items xmlns='" NS_PUBSUB "'><item><list " NS ">");
  g_autofree char *ids = NULL;
  g_auto (GStrv) parts = NULL;

  assert_devices (ITEMS ("<item id='current'><list " NS "><device id='9'/><device id='0'/><device id='3'/><device/>"
                         "<device id='9'/><device id='2147483648'/><device xmlns='urn:x' id='4'/><device id='1'/>"
                         "</list></item>"), "9 3 1");
  assert_devices (ITEMS ("<item id='current'><list " NS "/></item>"), "");
  assert_devices (ITEMS ("<item id='current'><list " NS "><device xmlns='urn:x' id='4'/></list></item>"), "");
  assert_devices (ITEMS ("<item id='current'><list " NS "><device id='0'/><device/><device id='x'/></list></item>"), NULL);
  for (guint i = 0; i < 10000; i++)
    g_string_append_printf (many, "<device id='%u'/>", 20000 - i);
  g_string_append (many, "</list></item></items>");
  ids = read_devices (many->str);
  parts = g_strsplit (ids, " ", -1);
  g_assert_cmpuint (g_strv_length (parts), ==, PEN_OMEMO_DEVICES_MAX);
  g_assert_cmpstr (parts[0], ==, "20000");
  g_assert_cmpstr (parts[PEN_OMEMO_DEVICES_MAX - 1], ==, "19901");
}

static void
test_bad_06 (void)
{
  static const char *const none[] = { "", "<prekeys/>", "<prekeys xmlns='urn:x'><preKeyPublic preKeyId='1'>" KEY_C
                                      "</preKeyPublic></prekeys>", "<prekeys><preKeyPublic preKeyId='1'/></prekeys>" };

  for (gsize i = 0; i < G_N_ELEMENTS (none); i++)
    {
      BundleText text = good_bundle;

      text.prekeys = none[i];
      assert_bundle_refused (&text, PEN_OMEMO_ERROR_MALFORMED);
    }
}

static void
test_bad_07_single (void)
{
  g_autofree char *ids
    = read_prekeys ("<prekeys><preKeyPublic preKeyId='1'>" KEY_32 "</preKeyPublic><preKeyPublic>" KEY_C
                    "</preKeyPublic><preKeyPublic preKeyId='-2'>" KEY_C "</preKeyPublic><preKeyPublic preKeyId='3'>!"
                    KEY_C "</preKeyPublic><preKeyPublic preKeyId='4294967296'>" KEY_C
                    "</preKeyPublic><preKeyPublic preKeyId='4294967295'>" KEY_C
                    "</preKeyPublic><preKeyPublic preKeyId='0'>" KEY_C "</preKeyPublic></prekeys>");

  g_assert_cmpstr (ids, ==, "4294967295 0");
}

static void
test_bad_07_whole (void)
{
  static const BundleText bad[] = {
    { "", KEY_A, SIGNATURE, KEY_B, PREKEYS },
    { "signedPreKeyId='x'", KEY_A, SIGNATURE, KEY_B, PREKEYS },
    { "signedPreKeyId='4294967296'", KEY_A, SIGNATURE, KEY_B, PREKEYS },
    { "signedPreKeyId='7'", "", SIGNATURE, KEY_B, PREKEYS },
    { "signedPreKeyId='7'", KEY_A, SIGNATURE_63, KEY_B, PREKEYS },
    { "signedPreKeyId='7'", KEY_A, SIGNATURE_63 "CQkJ", KEY_B, PREKEYS },
    { "signedPreKeyId='7'", KEY_A, "", KEY_B, PREKEYS },
    { "signedPreKeyId='7'", KEY_A, SIGNATURE, "", PREKEYS },
    { "signedPreKeyId='7'", KEY_A, SIGNATURE, KEY_B KEY_B, PREKEYS },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%" G_GSIZE_FORMAT, i);
      assert_bundle_refused (&bad[i], PEN_OMEMO_ERROR_KEY);
    }
}

static void
test_bad_07_caps (void)
{
  BundleText text = good_bundle;
  g_autoptr (GString) many = g_string_new ("<prekeys>");
  g_autofree char *blanks = g_strnfill (PEN_OMEMO_BUNDLE_MAX_BYTES, ' ');
  g_autofree char *wide = g_strconcat ("<prekeys><preKeyPublic preKeyId='1'>", blanks, KEY_C,
                                       "</preKeyPublic></prekeys>", NULL);
  g_autoptr (PenOmemoBundle) bundle = NULL;

  for (guint i = 0; i < PEN_OMEMO_PREKEYS_MAX + 5; i++)
    g_string_append_printf (many, "<preKeyPublic preKeyId='%u'>" KEY_C "</preKeyPublic>", i);
  g_string_append (many, "</prekeys>");
  text.prekeys = many->str;
  bundle = read_bundle (&text, NULL);
  g_assert_nonnull (bundle);
  g_assert_cmpuint (bundle->prekeys->len, ==, PEN_OMEMO_PREKEYS_MAX);
  text.prekeys = wide;
  assert_bundle_refused (&text, PEN_OMEMO_ERROR_MALFORMED);
}

static void
test_bad_09 (void)
{
  g_autoptr (PenOmemoMessage) before = read_header ("sid='1'", IV12_ELEMENT "<key rid='2'>AA==</key>");
  g_autoptr (PenOmemoMessage) after = read_header ("sid='1'", "<key rid='2'>AA==</key>" IV12_ELEMENT);
  g_autoptr (PenOmemoMessage) turned
    = read_message ("<encrypted " NS "><payload>AQI=</payload><header sid='1'>" IV12_ELEMENT "</header></encrypted>");

  g_assert_cmpuint (before->keys->len, ==, 1);
  g_assert_cmpuint (after->keys->len, ==, 1);
  g_assert_cmpuint (g_bytes_get_size (turned->payload), ==, 2);
  g_assert_null (read_header ("sid='1'", IV12_ELEMENT IV12_ELEMENT));
  g_assert_null (read_header ("sid='1'", IV12_ELEMENT "<key rid='2'>AA==</key><iv/>"));
  assert_refused ("<encrypted " NS "><header sid='1'>" IV12_ELEMENT "</header><payload>AQ==</payload>"
                  "<payload>AQ==</payload></encrypted>");
  assert_refused ("<encrypted " NS "><header sid='1'>" IV12_ELEMENT "</header><header sid='2'/></encrypted>");
}

static void
test_bad_10_iv (void)
{
  static const char *const bad[] = { "", "<iv/>", "<iv> </iv>", "<iv>EBESExQVFhcYGRo=</iv>",
                                     "<iv>EBESExQVFhcYGRobHA==</iv>",
                                     "<iv>EBESExQVFhcYGRobHB0e</iv>", "<iv>EBESExQVFhcYGRobHB0eHyA=</iv>",
                                     "<iv xmlns='urn:x'>" IV12 "</iv>" };
  g_autoptr (PenOmemoMessage) new_iv = read_header ("sid='1'", IV12_ELEMENT);
  g_autoptr (PenOmemoMessage) old_iv = read_header ("sid='1'", "<iv>" IV16 "</iv>");

  g_assert_cmpuint (g_bytes_get_size (new_iv->iv), ==, PEN_OMEMO_IV_BYTES);
  g_assert_cmpuint (g_bytes_get_size (old_iv->iv), ==, PEN_OMEMO_IV_OLD_BYTES);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (read_header ("sid='1'", bad[i]));
}

static void
test_bad_10_base64 (void)
{
  static const char *const bad[] = { "", " ", "=", "A", "AA", "AAA", "AA=", "A===", "AA==AA==", "AA==A", "AAAA=",
                                     "AAAA====",
                                     "AA-_", "AA.=", "A\xc3\xa4k=", "AAAA,AAAA", "%41AAA", "AAAA\xc2\xa0" };
  g_autoptr (PenOmemoMessage) spaced = read_header ("sid='1'", "<key rid='2'>\n M w\to\r\nh\n</key>" IV12_ELEMENT);
  g_autoptr (GBytes) want = g_bytes_new_static ("3\n!", 3);

  g_assert_true (g_bytes_equal (key_at (spaced, 0)->data, want));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *key = g_strdup_printf ("<key rid='2'>%s</key>" IV12_ELEMENT, bad[i]);
      g_autofree char *payload = g_strdup_printf ("<encrypted " NS "><header sid='1'>" IV12_ELEMENT
                                                  "</header><payload>%s</payload></encrypted>", bad[i]);
      g_autoptr (PenOmemoMessage) message = read_header ("sid='1'", key);

      g_assert_cmpuint (message->keys->len, ==, 0);
      assert_refused (payload);
    }
}

static void
test_bad_16 (void)
{
  static const char *const bad[] = { KEY_32, KEY_OTHER_TYPE, KEY_ZERO, KEY_A "AA==" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      BundleText text = good_bundle;
      g_autofree char *prekeys = g_strdup_printf ("<prekeys><preKeyPublic preKeyId='1'>%s</preKeyPublic>"
                                                  "<preKeyPublic preKeyId='2'>" KEY_C "</preKeyPublic></prekeys>",
                                                  bad[i]);
      g_autofree char *ids = read_prekeys (prekeys);

      g_assert_cmpstr (ids, ==, "2");
      text.identity = bad[i];
      assert_bundle_refused (&text, PEN_OMEMO_ERROR_KEY);
      text = good_bundle;
      text.signed_key = bad[i];
      assert_bundle_refused (&text, PEN_OMEMO_ERROR_KEY);
    }
}

static void
test_bad_25 (void)
{
  g_autoptr (PenOmemoMessage) message
    = read_header ("sid='1' other='2'", "<new/><key xmlns='urn:x' rid='3'>AA==</key>"
                   "<keys><key rid='4'>AA==</key></keys>"
                   "<iv xmlns='urn:x'/>" IV12_ELEMENT "<key rid='2' x='y'>AA==</key>text");

  g_assert_cmpuint (message->keys->len, ==, 1);
  g_assert_cmpuint (key_at (message, 0)->device, ==, 2);
  assert_refused ("<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'>" IV12_ELEMENT "</header></encrypted>");
  assert_refused ("<encrypted xmlns='urn:xmpp:omemo:2'><header " NS " sid='1'>" IV12_ELEMENT "</header></encrypted>");
  assert_refused ("<encrypted " NS "><header xmlns='urn:x' sid='1'>" IV12_ELEMENT "</header></encrypted>");
  assert_refused ("<decrypted " NS "><header sid='1'>" IV12_ELEMENT "</header></decrypted>");
  assert_refused ("<encrypted><header sid='1'>" IV12_ELEMENT "</header></encrypted>");
  assert_refused ("<encrypted " NS "/>");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  xml_fixture_init ();
  g_test_add_func ("/omemo/bad/01-numbers", test_bad_01);
  g_test_add_func ("/omemo/bad/02-node-name", test_bad_02);
  g_test_add_func ("/omemo/bad/04-device-list", test_bad_04);
  g_test_add_func ("/omemo/bad/06-no-prekeys", test_bad_06);
  g_test_add_func ("/omemo/bad/07-bundle/single", test_bad_07_single);
  g_test_add_func ("/omemo/bad/07-bundle/whole", test_bad_07_whole);
  g_test_add_func ("/omemo/bad/07-bundle/caps", test_bad_07_caps);
  g_test_add_func ("/omemo/bad/09-twice", test_bad_09);
  g_test_add_func ("/omemo/bad/10-iv", test_bad_10_iv);
  g_test_add_func ("/omemo/bad/10-base64", test_bad_10_base64);
  g_test_add_func ("/omemo/bad/16-public-keys", test_bad_16);
  g_test_add_func ("/omemo/bad/25-unknown-elements", test_bad_25);
  return g_test_run ();
}
