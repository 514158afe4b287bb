/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <xmlnode.h>

G_BEGIN_DECLS

/* Reading what strangers sent: children by name and namespace, text that may
 * be shown, stanza errors; and forms for what we ask. Pure functions of an xmlnode; nothing here fails. */

/** PEN_WIRE_LINE_MAX_BYTES: most bytes of a name, an error's text, or another single line. */
#define PEN_WIRE_LINE_MAX_BYTES 512
/** PEN_WIRE_TEXT_MAX_BYTES: most bytes of a message's text; 255 parts of an SMS are fewer. */
#define PEN_WIRE_TEXT_MAX_BYTES (256 * 1024)

/**
 * pen_wire_child:
 * @parent: (nullable): an element
 * @name: the child's name
 * @xmlns: (nullable): its namespace; %NULL for the parent's own
 *
 * As xmlnode_get_child_with_namespace(), but never finds a child of another
 * namespace: a `body` of XHTML is no body (RFC 6120 8.4).
 *
 * Returns: (transfer none) (nullable): the first such child
 */
xmlnode *pen_wire_child (xmlnode *parent, const char *name, const char *xmlns);

/** pen_wire_next: Returns: (transfer none) (nullable): the next sibling with the name and namespace of @node. */
xmlnode *pen_wire_next (xmlnode *node);

/** pen_wire_form_add: Returns: (transfer none): a new form in @parent, filled in (XEP-0004), of the FORM_TYPE @type (XEP-0068). */
xmlnode *pen_wire_form_add (xmlnode *parent, const char *type);

/** pen_wire_field_add: Returns: (transfer none): a new field of @form. */
xmlnode *pen_wire_field_add (xmlnode *form, const char *var, const char *value);

/** pen_wire_forwarded: Returns: (transfer none) (nullable): the message of which @copy, (nullable), is a copy (XEP-0297). */
xmlnode *pen_wire_forwarded (xmlnode *copy);

/**
 * pen_wire_clean_text:
 * @text: (nullable): any bytes
 * @max_bytes: most bytes of the result, the mark of a cut not counted
 *
 * Makes text fit to be shown, stored and put into XML: valid UTF-8, without
 * control characters other than line feed and tab (a CR LF is one line feed)
 * and without noncharacters. A cut is marked with an ellipsis.
 * Source: XML 1.0 2.2.
 *
 * Returns: (transfer full) (nullable): the text; %NULL when nothing is left
 */
char *pen_wire_clean_text (const char *text, gsize max_bytes);

/** pen_wire_text: Returns: (transfer full) (nullable): the element's own text, cleaned; %NULL of %NULL. */
char *pen_wire_text (const xmlnode *node, gsize max_bytes);

/** pen_wire_line: as pen_wire_text(), on one line, stripped, at most PEN_WIRE_LINE_MAX_BYTES. */
char *pen_wire_line (const xmlnode *node);

/**
 * PenWireError: a stanza error (RFC 6120 8.3).
 * @condition: the defined condition; "undefined-condition" when there is none
 * @type: (nullable): auth, cancel, continue, modify or wait
 * @text: (nullable): what the other side says, one line, not trusted
 * @elsewhere: (nullable): character data of `gone` or `redirect`, not checked
 */
typedef struct
{
  char *condition;
  char *type;
  char *text;
  char *elsewhere;
} PenWireError;

/** pen_wire_error_read: Returns: (transfer full) (nullable): the error; %NULL unless @stanza has type error. */
PenWireError *pen_wire_error_read (xmlnode *stanza);

/** pen_wire_error_free: @error: (nullable) (transfer full) */
void pen_wire_error_free (PenWireError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenWireError, pen_wire_error_free)

G_END_DECLS
