/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* libFuzzer target: any XML as each OMEMO element, and any bytes as a payload.
 * What was read must say the same when it is built and read again. */

#include "fuzz.h"

#include "omemo/payload.h"

#include "../unit/xml-fixture.h"

static xmlnode *
parse_again (xmlnode *built)
{
  g_autoptr (XmlFixture) node = built;
  g_autofree char *xml = xmlnode_to_str (node, NULL);

  return xmlnode_from_str (xml, -1);
}

/* Returns: @payload as a server hands it out. */
static xmlnode *
wrap_payload (xmlnode *payload)
{
  xmlnode *items = xmlnode_new ("items");
  xmlnode *item = xmlnode_new_child (items, "item");

  xmlnode_set_namespace (items, "http://jabber.org/protocol/pubsub");
  xmlnode_insert_child (item, payload);
  return parse_again (items);
}

static void
try_devices (xmlnode *node)
{
  g_autoptr (GArray) devices = pen_omemo_devices_read (node, NULL);
  g_autoptr (GArray) again = NULL;
  g_autoptr (XmlFixture) items = NULL;

  if (devices == NULL)
    return;
  items = wrap_payload (pen_omemo_devices_build (devices));
  again = pen_omemo_devices_read (items, NULL);
  g_assert_nonnull (again);
  g_assert_cmpuint (again->len, ==, devices->len);
  for (guint i = 0; i < again->len; i++)
    g_assert_cmpuint (g_array_index (again, guint32, i), ==, g_array_index (devices, guint32, i));
}

static void
try_bundle (xmlnode *node)
{
  g_autoptr (PenOmemoBundle) bundle = pen_omemo_bundle_read (node, NULL);
  g_autoptr (PenOmemoBundle) again = NULL;
  g_autoptr (XmlFixture) items = NULL;

  if (bundle == NULL)
    return;
  items = wrap_payload (pen_omemo_bundle_build (bundle));
  again = pen_omemo_bundle_read (items, NULL);
  g_assert_nonnull (again);
  g_assert_cmpuint (again->signed_id, ==, bundle->signed_id);
  g_assert_cmpuint (again->prekeys->len, ==, bundle->prekeys->len);
}

static void
try_message (xmlnode *node)
{
  g_autoptr (PenOmemoMessage) message = pen_omemo_message_read (node, NULL);
  g_autoptr (PenOmemoMessage) again = NULL;
  g_autoptr (XmlFixture) encrypted = NULL;

  if (message == NULL)
    return;
  for (guint i = 0; i < message->keys->len; i++)
    g_free (pen_omemo_payload_open (message, ((PenOmemoKey *) g_ptr_array_index (message->keys, i))->data, NULL));
  encrypted = parse_again (pen_omemo_message_build (message));
  again = pen_omemo_message_read (encrypted, NULL);
  g_assert_nonnull (again);
  g_assert_true (g_bytes_equal (again->iv, message->iv));
  g_assert_cmpuint (again->keys->len, ==, message->keys->len);
  g_assert_cmpint (again->payload == NULL, ==, message->payload == NULL);
}

static void
fill_zero (guint8 *buffer, gsize length_bytes, G_GNUC_UNUSED gpointer data)
{
  for (gsize i = 0; i < length_bytes; i++)
    buffer[i] = 0;
}

/* Whatever a peer encrypts comes out as text that XML can hold, or not at all. */
static void
try_text (const char *text)
{
  static const PenRandom random = { fill_zero, NULL };
  g_autoptr (PenOmemoMessage) message = pen_omemo_message_new (1);
  guint8 wrapped[PEN_OMEMO_WRAPPED_BYTES];
  g_autoptr (GBytes) key = NULL;
  g_autofree char *opened = NULL;

  pen_omemo_payload_seal (&random, text, message, wrapped);
  key = g_bytes_new (wrapped, sizeof wrapped);
  opened = pen_omemo_payload_open (message, key, NULL);
  g_assert_cmpint (opened != NULL, ==, g_utf8_validate (text, -1, NULL));
  for (const char *p = opened; p != NULL && *p != '\0'; p++)
    g_assert_true (!g_ascii_iscntrl (*p) || *p == '\n' || *p == '\t');
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (XmlFixture) node = xmlnode_from_str (text, -1);
  guint32 device;

  try_text (text);
  g_assert_true (!pen_omemo_device_read (text, &device) || (device >= 1 && device <= PEN_OMEMO_DEVICE_MAX));
  if (node == NULL)
    return 0;
  try_devices (node);
  try_bundle (node);
  try_message (node);
  return 0;
}
