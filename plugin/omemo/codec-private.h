/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include "omemo/codec.h"

G_BEGIN_DECLS

/* What the parts of the codec share. */

/** pen_omemo_attribute: Returns: (transfer none) (nullable): the attribute that has no namespace. */
const char *pen_omemo_attribute (xmlnode *node, const char *name);

/** pen_omemo_number_read: @text: (nullable). Returns: whether it is @min to @max in plain decimal digits. */
gboolean pen_omemo_number_read (const char *text, guint32 min, guint32 max, guint32 *number);

/**
 * pen_omemo_bytes_read:
 * @node: (nullable): an element that holds base64; white space in it does not matter
 *
 * Returns: (transfer full) (nullable): at least one byte; %NULL of anything
 *   but base64, and of more than @max_bytes
 */
GBytes *pen_omemo_bytes_read (const xmlnode *node, gsize max_bytes);

/** pen_omemo_item_find: Returns: (transfer none) (nullable): the element @name in the one item that counts. */
xmlnode *pen_omemo_item_find (xmlnode *items, const char *name);

/** pen_omemo_element_new: Returns: (transfer full): an element without a parent. */
xmlnode *pen_omemo_element_new (const char *name, const char *xmlns);

/** pen_omemo_number_add: sets the attribute @name. */
void pen_omemo_number_add (xmlnode *node, const char *name, guint32 number);

/** pen_omemo_bytes_add: Returns: (transfer none): the new child, which holds @bytes in base64. */
xmlnode *pen_omemo_bytes_add (xmlnode *parent, const char *name, const guint8 *bytes, gsize length_bytes);

G_END_DECLS
