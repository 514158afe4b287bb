/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* OMEMO on the wire: what is read of it, and what is built. What is refused is
 * in test-omemo-bad.c. */

#include "omemo-fixture.h"

static void
test_keys (void)
{
  g_autoptr (PenOmemoMessage) message
    = read_header ("sid='1'", "<key rid='2' prekey='true'>AQ==</key><key rid='2' prekey='1'>Ag==</key>"
                   "<key rid='2' prekey='false'>Aw==</key><key rid='2' prekey='TRUE'>BA==</key><key rid='2'>BQ==</key>"
                   IV12_ELEMENT);

  g_assert_cmpuint (message->keys->len, ==, 5);
  for (guint i = 0; i < 5; i++)
    {
      const guint8 *data = g_bytes_get_data (key_at (message, i)->data, NULL);

      g_assert_cmpuint (data[0], ==, i + 1);
      g_assert_cmpint (key_at (message, i)->is_prekey, ==, i < 2);
    }
}

static void
test_keys_cap (void)
{
  g_autoptr (GString) keys = g_string_new (IV12_ELEMENT);
  g_autofree char *huge = g_strnfill (8192, 'A');
  g_autofree char *xml = NULL;
  g_autoptr (XmlFixture) node = NULL;
  g_autoptr (PenOmemoMessage) message = NULL;

  g_string_append_printf (keys, "<key rid='7'>%s</key>", huge);
  for (guint i = 0; i < PEN_OMEMO_KEYS_MAX + 5; i++)
    g_string_append (keys, "<key rid='2'>AA==</key>");
  xml = g_strdup_printf ("<encrypted " NS "><header sid='1'>%s</header></encrypted>", keys->str);
  node = xmlnode_from_str (xml, -1);
  message = pen_omemo_message_read (node, NULL);
  g_assert_cmpuint (message->keys->len, ==, PEN_OMEMO_KEYS_MAX);
  g_assert_cmpuint (key_at (message, 0)->device, ==, 2);
}

static void
test_items (void)
{
#define LIST(id) "<list " NS "><device id='" id "'/></list>"
  assert_devices (ITEMS ("<item id='a'>" LIST ("1") "</item><item id='current'>" LIST ("2") "</item><item id='b'>"
                         LIST ("3") "</item>"), "2");
  assert_devices (ITEMS ("<item id='a'>" LIST ("1") "</item><item>" LIST ("3") "</item>"), "3");
  assert_devices ("<items xmlns='" NS_PUBSUB "#event'><item id='a'>" LIST ("1") "</item></items>", "1");
  assert_devices (ITEMS (""), NULL);
  assert_devices (ITEMS ("<retract id='current'/>"), NULL);
  assert_devices (ITEMS ("<item id='current'/><item id='b'>" LIST ("3") "</item>"), NULL);
  assert_devices (ITEMS ("<item id='current'><list/></item>"), NULL);
  assert_devices (ITEMS ("<item id='current'><list xmlns='urn:xmpp:omemo:2'/></item>"), NULL);
#undef LIST
  g_assert_null (pen_omemo_devices_read (NULL, NULL));
  g_assert_null (pen_omemo_bundle_read (NULL, NULL));
  g_assert_null (pen_omemo_message_read (NULL, NULL));
}

static void
test_bundle (void)
{
  BundleText text = good_bundle;
  g_autoptr (PenOmemoBundle) bundle = NULL;

  text.signed_id = "signedPreKeyId='0'";
  text.identity = "\n  " KEY_B "\n";
  bundle = read_bundle (&text, NULL);
  g_assert_nonnull (bundle);
  g_assert_cmpuint (bundle->signed_id, ==, 0);
  g_assert_cmpuint (bundle->identity[1], ==, 2);
  g_assert_cmpuint (bundle->signed_key[32], ==, 1);
  g_assert_cmpuint (bundle->signature[63], ==, 9);
  g_assert_cmpuint (bundle->prekeys->len, ==, 1);
  g_assert_cmpuint (g_array_index (bundle->prekeys, PenOmemoPreKey, 0).key[0], ==, 5);
  g_assert_cmpuint (g_array_index (bundle->prekeys, PenOmemoPreKey, 0).key[32], ==, 3);
}

static void
test_build_message (void)
{
  static const char want[]
    = "<encrypted xmlns='" PEN_OMEMO_NS "'><header sid='123'><key rid='456' prekey='true'>AQI=</key>"
      "<key rid='789'>Aw==</key><iv>" IV12 "</iv></header><payload>AQID</payload></encrypted>";
  g_autoptr (PenOmemoMessage) message = pen_omemo_message_new (123);
  g_autoptr (PenOmemoMessage) again = NULL;
  g_autoptr (XmlFixture) node = NULL;
  g_autofree char *xml = NULL;

  pen_omemo_message_add_key (message, 456, TRUE, g_bytes_new ("\x01\x02", 2));
  pen_omemo_message_add_key (message, 789, FALSE, g_bytes_new ("\x03", 1));
  message->iv = g_bytes_new ("\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b", PEN_OMEMO_IV_BYTES);
  message->payload = g_bytes_new ("\x01\x02\x03", 3);
  node = pen_omemo_message_build (message);
  xml = xmlnode_to_str (node, NULL);
  again = read_message (xml);
  g_assert_cmpstr (xml, ==, want);
  g_assert_cmpuint (again->sender, ==, 123);
  g_assert_true (key_at (again, 0)->is_prekey);
  g_assert_false (key_at (again, 1)->is_prekey);
  g_assert_true (g_bytes_equal (again->payload, message->payload));
}

static void
test_build_bundle (void)
{
  g_autoptr (PenOmemoBundle) bundle = read_bundle (&good_bundle, NULL);
  g_autoptr (XmlFixture) node = pen_omemo_bundle_build (bundle);
  g_autofree char *xml = xmlnode_to_str (node, NULL);

  g_assert_cmpstr (xml, ==, "<bundle xmlns='" PEN_OMEMO_NS "'><signedPreKeyPublic signedPreKeyId='7'>" KEY_A
                   "</signedPreKeyPublic><signedPreKeySignature>" SIGNATURE "</signedPreKeySignature><identityKey>"
                   KEY_B "</identityKey><prekeys><preKeyPublic preKeyId='0'>" KEY_C
                   "</preKeyPublic></prekeys></bundle>");
}

static void
test_build_publish (void)
{
  static const guint32 ids[] = { 456, 2147483647 };
  g_autoptr (GArray) devices = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (XmlFixture) publish = NULL;
  g_autofree char *xml = NULL;

  g_array_append_vals (devices, ids, G_N_ELEMENTS (ids));
  publish = pen_omemo_publish_build (PEN_OMEMO_NODE_DEVICES, pen_omemo_devices_build (devices));
  xml = xmlnode_to_str (publish, NULL);
  g_assert_cmpstr (xml, ==, "<pubsub xmlns='" NS_PUBSUB "'><publish node='eu.siacs.conversations.axolotl.devicelist'>"
                   "<item id='current'><list xmlns='" PEN_OMEMO_NS "'><device id='456'/><device id='2147483647'/>"
                   "</list></item></publish><publish-options><x xmlns='jabber:x:data' type='submit'>"
                   "<field var='FORM_TYPE' type='hidden'><value>" NS_PUBSUB "#publish-options</value></field>"
                   "<field var='pubsub#persist_items'><value>true</value></field>"
                   "<field var='pubsub#access_model'><value>open</value></field></x></publish-options></pubsub>");
}

static void
test_build_configure (void)
{
  g_autoptr (XmlFixture) configure = pen_omemo_configure_build (PEN_OMEMO_NODE_BUNDLE "7");
  g_autofree char *xml = xmlnode_to_str (configure, NULL);

  g_assert_cmpstr (xml, ==, "<pubsub xmlns='" NS_PUBSUB "#owner'>"
                   "<configure node='eu.siacs.conversations.axolotl.bundles:7'><x xmlns='jabber:x:data' type='submit'>"
                   "<field var='FORM_TYPE' type='hidden'><value>" NS_PUBSUB "#node_config</value></field>"
                   "<field var='pubsub#access_model'><value>open</value></field></x></configure></pubsub>");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  xml_fixture_init ();
  g_test_add_func ("/omemo/read/keys", test_keys);
  g_test_add_func ("/omemo/read/keys-cap", test_keys_cap);
  g_test_add_func ("/omemo/read/items", test_items);
  g_test_add_func ("/omemo/read/bundle", test_bundle);
  g_test_add_func ("/omemo/build/message", test_build_message);
  g_test_add_func ("/omemo/build/bundle", test_build_bundle);
  g_test_add_func ("/omemo/build/publish", test_build_publish);
  g_test_add_func ("/omemo/build/configure", test_build_configure);
  return g_test_run ();
}
