/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "omemo/codec.h"
#include "xml-fixture.h"

/* Elements of OMEMO as text, and what is read of them. */

#define NS "xmlns='" PEN_OMEMO_NS "'"
#define NS_PUBSUB "http://jabber.org/protocol/pubsub"
#define ITEMS(inner) "<items xmlns='" NS_PUBSUB "'>" inner "</items>"
#define IV12 "EBESExQVFhcYGRob"
#define IV12_ELEMENT "<iv>" IV12 "</iv>"
#define IV16 "EBESExQVFhcYGRobHB0eHw=="
#define KEY_A "BQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
#define KEY_B "BQICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC"
#define KEY_C "BQMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMD"
#define KEY_OTHER_TYPE "BgMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMD"
#define KEY_ZERO "BQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEY_32 "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM="
#define SIGNATURE "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQ=="
#define SIGNATURE_63 "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJ"
#define PREKEYS "<prekeys><preKeyPublic preKeyId='0'>" KEY_C "</preKeyPublic></prekeys>"

static inline PenOmemoMessage *
read_message (const char *xml)
{
  g_autoptr (XmlFixture) node = xmlnode_from_str (xml, -1);
  g_autoptr (GError) error = NULL;
  PenOmemoMessage *message;

  g_test_message ("%s", xml);
  g_assert_nonnull (node);
  message = pen_omemo_message_read (node, &error);
  if (message == NULL)
    g_assert_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_MALFORMED);
  else
    g_assert_no_error (error);
  return message;
}

static inline void
assert_refused (const char *xml)
{
  g_assert_null (read_message (xml));
}

static inline PenOmemoMessage *
read_header (const char *sid, const char *inner)
{
  g_autofree char *xml = g_strdup_printf ("<encrypted " NS "><header %s>%s</header></encrypted>", sid, inner);

  return read_message (xml);
}

static inline const PenOmemoKey *
key_at (const PenOmemoMessage *message, guint i)
{
  g_assert_cmpuint (i, <, message->keys->len);
  return g_ptr_array_index (message->keys, i);
}

/* Returns: the list's ids, joined by blanks, or NULL when there is no list. */
static inline char *
read_devices (const char *xml)
{
  g_autoptr (XmlFixture) items = xmlnode_from_str (xml, -1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) devices = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_nonnull (items);
  devices = pen_omemo_devices_read (items, &error);
  if (devices == NULL)
    {
      g_assert_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_MALFORMED);
      return NULL;
    }
  g_assert_no_error (error);
  for (guint i = 0; i < devices->len; i++)
    g_string_append_printf (text, "%s%u", i == 0 ? "" : " ", g_array_index (devices, guint32, i));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static inline void
assert_devices (const char *xml, const char *want)
{
  g_autofree char *devices = read_devices (xml);

  g_test_message ("%s", xml);
  g_assert_cmpstr (devices, ==, want);
}

typedef struct
{
  const char *signed_id;
  const char *signed_key;
  const char *signature;
  const char *identity;
  const char *prekeys;
} BundleText;

static const BundleText good_bundle = { "signedPreKeyId='7'", KEY_A, SIGNATURE, KEY_B, PREKEYS };

static inline char *
format_bundle (const BundleText *text)
{
  return g_strdup_printf ("<items xmlns='" NS_PUBSUB "' node='" PEN_OMEMO_NODE_BUNDLE "31415'><item id='current'>"
                          "<bundle " NS "><signedPreKeyPublic %s>%s</signedPreKeyPublic>"
                          "<signedPreKeySignature>%s</signedPreKeySignature><identityKey>%s</identityKey>%s"
                          "</bundle></item></items>",
                          text->signed_id, text->signed_key, text->signature, text->identity, text->prekeys);
}

static inline PenOmemoBundle *
read_bundle (const BundleText *text, GError **error)
{
  g_autofree char *xml = format_bundle (text);
  g_autoptr (XmlFixture) items = xmlnode_from_str (xml, -1);

  g_assert_nonnull (items);
  return pen_omemo_bundle_read (items, error);
}
