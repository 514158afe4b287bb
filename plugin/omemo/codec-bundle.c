/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which bundles of keys are used: one bad one-time key is left out, any
 * other bad key refuses the bundle. Facts: docs/omemo.md 4.1 and 7; XEP-0384 0.3.0. */

#include "omemo/codec-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "wire/wire.h"

#define KEY_TYPE_CURVE25519 0x05

static gboolean
read_exactly (const xmlnode *node, guint8 *bytes, gsize length)
{
  g_autoptr (GBytes) read = pen_omemo_bytes_read (node, length);

  if (read == NULL || g_bytes_get_size (read) != length)
    return FALSE;
  memcpy (bytes, g_bytes_get_data (read, NULL), length);
  return TRUE;
}

/* The libraries differ in what they refuse here: one takes 32 bytes for another curve, both take zero for a point. */
static gboolean
read_public_key (const xmlnode *node, guint8 key[PEN_OMEMO_PUBLIC_KEY_BYTES])
{
  guint8 any = 0;

  if (!read_exactly (node, key, PEN_OMEMO_PUBLIC_KEY_BYTES) || key[0] != KEY_TYPE_CURVE25519)
    return FALSE;
  for (gsize i = 1; i < PEN_OMEMO_PUBLIC_KEY_BYTES; i++)
    any |= key[i];
  return any != 0;
}

void
pen_omemo_bundle_free (PenOmemoBundle *bundle)
{
  if (bundle == NULL)
    return;
  g_clear_pointer (&bundle->prekeys, g_array_unref);
  g_free (bundle);
}

static gsize
text_bytes (const xmlnode *node)
{
  gsize sum = 0;

  for (const xmlnode *child = node->child; child != NULL; child = child->next)
    if (child->type == XMLNODE_TYPE_DATA)
      sum += child->data_sz;
  return sum;
}

/* No key lies deeper than the children's children. */
static gsize
bundle_bytes (const xmlnode *bundle)
{
  gsize sum = 0;

  for (const xmlnode *part = bundle->child; part != NULL; part = part->next)
    {
      sum += text_bytes (part);
      for (const xmlnode *key = part->child; key != NULL; key = key->next)
        sum += text_bytes (key);
    }
  return sum;
}

static GArray *
read_prekeys (xmlnode *list)
{
  GArray *prekeys = g_array_new (FALSE, FALSE, sizeof (PenOmemoPreKey));
  xmlnode *node = pen_wire_child (list, "preKeyPublic", NULL);

  for (; node != NULL && prekeys->len < PEN_OMEMO_PREKEYS_MAX; node = pen_wire_next (node))
    {
      PenOmemoPreKey prekey;

      if (pen_omemo_number_read (pen_omemo_attribute (node, "preKeyId"), 0, G_MAXUINT32, &prekey.id)
          && read_public_key (node, prekey.key))
        g_array_append_val (prekeys, prekey);
    }
  return prekeys;
}

static gboolean
read_identity (xmlnode *node, PenOmemoBundle *bundle, GError **error)
{
  xmlnode *signed_key = pen_wire_child (node, "signedPreKeyPublic", NULL);

  if (read_public_key (pen_wire_child (node, "identityKey", NULL), bundle->identity)
      && read_public_key (signed_key, bundle->signed_key)
      && read_exactly (pen_wire_child (node, "signedPreKeySignature", NULL), bundle->signature,
                       PEN_OMEMO_SIGNATURE_BYTES)
      && pen_omemo_number_read (pen_omemo_attribute (signed_key, "signedPreKeyId"), 0, G_MAXUINT32, &bundle->signed_id))
    return TRUE;
  g_set_error_literal (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_KEY,
                       N_ ("The keys of a device were not used, because one of them is missing or is no key."));
  return FALSE;
}

PenOmemoBundle *
pen_omemo_bundle_read (xmlnode *items, GError **error)
{
  xmlnode *node = pen_omemo_item_find (items, "bundle");
  g_autoptr (PenOmemoBundle) bundle = g_new0 (PenOmemoBundle, 1);

  if (node == NULL || bundle_bytes (node) > PEN_OMEMO_BUNDLE_MAX_BYTES)
    {
      g_set_error_literal (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_MALFORMED,
                           N_ ("The keys of a device could not be read, because they do not follow the protocol."));
      return NULL;
    }
  if (!read_identity (node, bundle, error))
    return NULL;
  bundle->prekeys = read_prekeys (pen_wire_child (node, "prekeys", NULL));
  if (bundle->prekeys->len == 0)
    {
      g_set_error_literal (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_MALFORMED,
                           N_ ("The keys of a device were not used, because there is no one-time key among them."));
      return NULL;
    }
  return g_steal_pointer (&bundle);
}

static gboolean
has_prekey (const PenOmemoBundle *bundle, const PenOmemoPreKey *wanted)
{
  for (guint i = 0; i < bundle->prekeys->len; i++)
    {
      const PenOmemoPreKey *prekey = &g_array_index (bundle->prekeys, PenOmemoPreKey, i);

      if (prekey->id == wanted->id)
        return memcmp (prekey->key, wanted->key, PEN_OMEMO_PUBLIC_KEY_BYTES) == 0;
    }
  return FALSE;
}

gboolean
pen_omemo_bundle_equal (const PenOmemoBundle *one, const PenOmemoBundle *other)
{
  if (one->signed_id != other->signed_id || one->prekeys->len != other->prekeys->len
      || memcmp (one->identity, other->identity, PEN_OMEMO_PUBLIC_KEY_BYTES) != 0
      || memcmp (one->signed_key, other->signed_key, PEN_OMEMO_PUBLIC_KEY_BYTES) != 0
      || memcmp (one->signature, other->signature, PEN_OMEMO_SIGNATURE_BYTES) != 0)
    return FALSE;
  for (guint i = 0; i < one->prekeys->len; i++)
    if (!has_prekey (other, &g_array_index (one->prekeys, PenOmemoPreKey, i)))
      return FALSE;
  return TRUE;
}

xmlnode *
pen_omemo_bundle_build (const PenOmemoBundle *bundle)
{
  xmlnode *node, *signed_key, *prekeys;

  g_return_val_if_fail (bundle != NULL && bundle->prekeys != NULL, NULL);

  node = pen_omemo_element_new ("bundle", PEN_OMEMO_NS);
  signed_key = pen_omemo_bytes_add (node, "signedPreKeyPublic", bundle->signed_key, PEN_OMEMO_PUBLIC_KEY_BYTES);
  pen_omemo_number_add (signed_key, "signedPreKeyId", bundle->signed_id);
  pen_omemo_bytes_add (node, "signedPreKeySignature", bundle->signature, PEN_OMEMO_SIGNATURE_BYTES);
  pen_omemo_bytes_add (node, "identityKey", bundle->identity, PEN_OMEMO_PUBLIC_KEY_BYTES);
  prekeys = xmlnode_new_child (node, "prekeys");
  for (guint i = 0; i < bundle->prekeys->len; i++)
    {
      const PenOmemoPreKey *prekey = &g_array_index (bundle->prekeys, PenOmemoPreKey, i);
      xmlnode *key = pen_omemo_bytes_add (prekeys, "preKeyPublic", prekey->key, PEN_OMEMO_PUBLIC_KEY_BYTES);

      pen_omemo_number_add (key, "preKeyId", prekey->id);
    }
  return node;
}
