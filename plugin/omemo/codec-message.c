/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which encrypted elements are read: a key for a bad id is some other
 * device's trouble and is left out; what makes the text doubtful refuses all.
 * Facts: docs/omemo.md 4.2 and 7; XEP-0384 0.3.0. */

#include "omemo/codec-private.h"

#include <glib/gi18n-lib.h>

#include "wire/wire.h"

/* One wrapped key is about 200 bytes. */
#define WRAPPED_MAX_BYTES 4096

static gboolean
is_element (xmlnode *node, const char *name)
{
  return node != NULL && g_strcmp0 (node->name, name) == 0
         && g_strcmp0 (xmlnode_get_namespace (node), PEN_OMEMO_NS) == 0;
}

static gboolean
is_twice (xmlnode *node)
{
  return node != NULL && pen_wire_next (node) != NULL;
}

static void
key_free (gpointer data)
{
  PenOmemoKey *key = data;

  g_bytes_unref (key->data);
  g_free (key);
}

PenOmemoMessage *
pen_omemo_message_new (guint32 sender)
{
  PenOmemoMessage *message = g_new0 (PenOmemoMessage, 1);

  message->sender = sender;
  message->keys = g_ptr_array_new_with_free_func (key_free);
  return message;
}

void
pen_omemo_message_free (PenOmemoMessage *message)
{
  if (message == NULL)
    return;
  g_clear_pointer (&message->iv, g_bytes_unref);
  g_clear_pointer (&message->payload, g_bytes_unref);
  g_ptr_array_unref (message->keys);
  g_free (message);
}

void
pen_omemo_message_add_key (PenOmemoMessage *message, guint32 device, gboolean is_prekey, GBytes *data)
{
  PenOmemoKey *key;

  g_return_if_fail (message != NULL && data != NULL);

  key = g_new0 (PenOmemoKey, 1);
  key->device = device;
  key->is_prekey = is_prekey;
  key->data = data;
  g_ptr_array_add (message->keys, key);
}

static gboolean
is_true (const char *text)
{
  return g_strcmp0 (text, "true") == 0 || g_strcmp0 (text, "1") == 0;
}

static void
read_keys (xmlnode *header, PenOmemoMessage *message)
{
  xmlnode *node = pen_wire_child (header, "key", NULL);

  for (; node != NULL && message->keys->len < PEN_OMEMO_KEYS_MAX; node = pen_wire_next (node))
    {
      GBytes *data;
      guint32 device;

      if (!pen_omemo_device_read (pen_omemo_attribute (node, "rid"), &device))
        continue;
      data = pen_omemo_bytes_read (node, WRAPPED_MAX_BYTES);
      if (data != NULL)
        pen_omemo_message_add_key (message, device, is_true (pen_omemo_attribute (node, "prekey")), data);
    }
}

/* A second header, IV or payload is refused: which one counts would be the reader's choice. */
static gboolean
read_message (xmlnode *encrypted, PenOmemoMessage *message)
{
  xmlnode *header = pen_wire_child (encrypted, "header", NULL);
  xmlnode *iv = pen_wire_child (header, "iv", NULL);
  xmlnode *payload = pen_wire_child (encrypted, "payload", NULL);
  gsize iv_bytes;

  if (header == NULL || is_twice (header) || is_twice (iv) || is_twice (payload)
      || !pen_omemo_device_read (pen_omemo_attribute (header, "sid"), &message->sender))
    return FALSE;
  message->iv = pen_omemo_bytes_read (iv, PEN_OMEMO_IV_OLD_BYTES);
  iv_bytes = message->iv == NULL ? 0 : g_bytes_get_size (message->iv);
  if (iv_bytes != PEN_OMEMO_IV_BYTES && iv_bytes != PEN_OMEMO_IV_OLD_BYTES)
    return FALSE;
  if (payload != NULL)
    {
      message->payload = pen_omemo_bytes_read (payload, PEN_OMEMO_PAYLOAD_MAX_BYTES);
      if (message->payload == NULL)
        return FALSE;
    }
  read_keys (header, message);
  return TRUE;
}

PenOmemoMessage *
pen_omemo_message_read (xmlnode *encrypted, GError **error)
{
  g_autoptr (PenOmemoMessage) message = pen_omemo_message_new (0);

  if (is_element (encrypted, "encrypted") && read_message (encrypted, message))
    return g_steal_pointer (&message);
  g_set_error_literal (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_MALFORMED,
                       N_ ("An encrypted message could not be read, because it does not follow the protocol."));
  return NULL;
}

static xmlnode *
add_gbytes (xmlnode *parent, const char *name, GBytes *bytes)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  return pen_omemo_bytes_add (parent, name, data, length);
}

xmlnode *
pen_omemo_message_build (const PenOmemoMessage *message)
{
  xmlnode *encrypted, *header;

  g_return_val_if_fail (message != NULL && message->iv != NULL, NULL);

  encrypted = pen_omemo_element_new ("encrypted", PEN_OMEMO_NS);
  header = xmlnode_new_child (encrypted, "header");
  pen_omemo_number_add (header, "sid", message->sender);
  for (guint i = 0; i < message->keys->len; i++)
    {
      const PenOmemoKey *key = g_ptr_array_index (message->keys, i);
      xmlnode *node = add_gbytes (header, "key", key->data);

      pen_omemo_number_add (node, "rid", key->device);
      if (key->is_prekey)
        xmlnode_set_attrib (node, "prekey", "true");
    }
  add_gbytes (header, "iv", message->iv);
  if (message->payload != NULL)
    add_gbytes (encrypted, "payload", message->payload);
  return encrypted;
}
