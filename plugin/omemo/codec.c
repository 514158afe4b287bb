/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which numbers and bytes of strangers are taken, which item of a node
 * and which devices of a list count, and how ours are published.
 * Facts: docs/omemo.md 4 and 7; XEP-0384 0.3.0, XEP-0060. */

#include "omemo/codec-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "wire/wire.h"

#define NS_PUBSUB "http://jabber.org/protocol/pubsub"
#define NS_OWNER NS_PUBSUB "#owner"
#define FORM_OPTIONS NS_PUBSUB "#publish-options"
#define FORM_CONFIG NS_PUBSUB "#node_config"
#define ITEM_CURRENT "current"

static const char base64_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

G_DEFINE_QUARK (pen-omemo-error-quark, pen_omemo_error)

const char *
pen_omemo_attribute (xmlnode *node, const char *name)
{
  return xmlnode_get_attrib_with_namespace (node, name, NULL);
}

/* Each number has one spelling, so that two that look different are different. */
gboolean
pen_omemo_number_read (const char *text, guint32 min, guint32 max, guint32 *number)
{
  guint64 value;

  if (text == NULL || (text[0] == '0' && text[1] != '\0'))
    return FALSE;
  if (!g_ascii_string_to_unsigned (text, 10, min, max, &value, NULL))
    return FALSE;
  *number = (guint32) value;
  return TRUE;
}

gboolean
pen_omemo_device_read (const char *text, guint32 *device)
{
  g_return_val_if_fail (device != NULL, FALSE);

  return pen_omemo_number_read (text, 1, PEN_OMEMO_DEVICE_MAX, device);
}

static void
drop_white_space (char *text)
{
  char *to = text;

  for (const char *from = text; *from != '\0'; from++)
    if (!g_ascii_isspace (*from))
      *to++ = *from;
  *to = '\0';
}

/* GLib's decoder skips what it does not know, and so would read a hostile text otherwise than others do. */
static gboolean
is_base64 (const char *text)
{
  gsize n = strspn (text, base64_alphabet);
  gsize padding = strspn (text + n, "=");

  return n > 0 && padding <= 2 && (n + padding) % 4 == 0 && text[n + padding] == '\0';
}

GBytes *
pen_omemo_bytes_read (const xmlnode *node, gsize max_bytes)
{
  g_autofree char *text = node == NULL ? NULL : xmlnode_get_data (node);
  gsize length;

  if (text == NULL)
    return NULL;
  drop_white_space (text);
  if (!is_base64 (text))
    return NULL;
  g_base64_decode_inplace (text, &length);
  return length > max_bytes ? NULL : g_bytes_new_take (g_steal_pointer (&text), length);
}

void
pen_omemo_number_add (xmlnode *node, const char *name, guint32 number)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT32_FORMAT, number);

  xmlnode_set_attrib (node, name, text);
}

xmlnode *
pen_omemo_bytes_add (xmlnode *parent, const char *name, const guint8 *bytes, gsize length)
{
  xmlnode *child = xmlnode_new_child (parent, name);
  g_autofree char *text = g_base64_encode (bytes, length);

  xmlnode_insert_data (child, text, -1);
  return child;
}

xmlnode *
pen_omemo_element_new (const char *name, const char *xmlns)
{
  xmlnode *node = xmlnode_new (name);

  xmlnode_set_namespace (node, xmlns);
  return node;
}

xmlnode *
pen_omemo_item_find (xmlnode *items, const char *name)
{
  xmlnode *last = NULL;

  for (xmlnode *item = pen_wire_child (items, "item", NULL); item != NULL; item = pen_wire_next (item))
    {
      last = item;
      if (g_strcmp0 (pen_omemo_attribute (item, "id"), ITEM_CURRENT) == 0)
        break;
    }
  return pen_wire_child (last, name, PEN_OMEMO_NS);
}

static gboolean
has_device (const GArray *devices, guint32 device)
{
  for (guint i = 0; i < devices->len; i++)
    if (g_array_index (devices, guint32, i) == device)
      return TRUE;
  return FALSE;
}

/* Entries of which none can be read are no empty list: that would say that somebody no longer encrypts. */
GArray *
pen_omemo_devices_read (xmlnode *items, GError **error)
{
  xmlnode *list = pen_omemo_item_find (items, "list");
  xmlnode *first = pen_wire_child (list, "device", NULL);
  g_autoptr (GArray) devices = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (xmlnode *node = first; node != NULL && devices->len < PEN_OMEMO_DEVICES_MAX; node = pen_wire_next (node))
    {
      guint32 device;

      if (pen_omemo_device_read (pen_omemo_attribute (node, "id"), &device) && !has_device (devices, device))
        g_array_append_val (devices, device);
    }
  if (list != NULL && (first == NULL || devices->len > 0))
    return g_steal_pointer (&devices);
  g_set_error_literal (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_MALFORMED,
                       N_("The list of devices could not be read, because it does not follow the protocol."));
  return NULL;
}

xmlnode *
pen_omemo_devices_build (const GArray *devices)
{
  xmlnode *list = pen_omemo_element_new ("list", PEN_OMEMO_NS);

  for (guint i = 0; devices != NULL && i < devices->len; i++)
    pen_omemo_number_add (xmlnode_new_child (list, "device"), "id", g_array_index (devices, guint32, i));
  return list;
}

char *
pen_omemo_bundle_node (guint32 device)
{
  return g_strdup_printf ("%s%u", PEN_OMEMO_NODE_BUNDLE, device);
}

xmlnode *
pen_omemo_items_build (const char *node)
{
  xmlnode *pubsub;

  g_return_val_if_fail (node != NULL, NULL);

  pubsub = pen_omemo_element_new ("pubsub", NS_PUBSUB);
  xmlnode_set_attrib (xmlnode_new_child (pubsub, "items"), "node", node);
  return pubsub;
}

xmlnode *
pen_omemo_items_read (xmlnode *iq)
{
  xmlnode *pubsub = iq != NULL ? xmlnode_get_child_with_namespace (iq, "pubsub", NS_PUBSUB) : NULL;

  return pubsub != NULL ? xmlnode_get_child (pubsub, "items") : NULL;
}

xmlnode *
pen_omemo_publish_build (const char *node, xmlnode *payload)
{
  xmlnode *pubsub, *publish, *item, *form;

  g_return_val_if_fail (node != NULL && payload != NULL, NULL);

  pubsub = pen_omemo_element_new ("pubsub", NS_PUBSUB);
  publish = xmlnode_new_child (pubsub, "publish");
  xmlnode_set_attrib (publish, "node", node);
  item = xmlnode_new_child (publish, "item");
  xmlnode_set_attrib (item, "id", ITEM_CURRENT);
  xmlnode_insert_child (item, payload);
  form = pen_wire_form_add (xmlnode_new_child (pubsub, "publish-options"), FORM_OPTIONS);
  pen_wire_field_add (form, "pubsub#persist_items", "true");
  pen_wire_field_add (form, "pubsub#access_model", "open");
  return pubsub;
}

xmlnode *
pen_omemo_configure_build (const char *node)
{
  xmlnode *pubsub, *configure;

  g_return_val_if_fail (node != NULL, NULL);

  pubsub = pen_omemo_element_new ("pubsub", NS_OWNER);
  configure = xmlnode_new_child (pubsub, "configure");
  xmlnode_set_attrib (configure, "node", node);
  pen_wire_field_add (pen_wire_form_add (configure, FORM_CONFIG), "pubsub#access_model", "open");
  return pubsub;
}
