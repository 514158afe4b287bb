/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what of a stranger's element is read: which children count, which
 * characters of a text stay, and which condition an error has. */

#include "wire.h"

#include <string.h>

#define NS_FORMS "jabber:x:data"
#define NS_FORWARD "urn:xmpp:forward:0"
#define NS_STANZAS "urn:ietf:params:xml:ns:xmpp-stanzas"
#define ELLIPSIS "\xe2\x80\xa6"

static const char *const error_types[] = { "auth", "cancel", "continue", "modify", "wait", NULL };

static gboolean
is_named (xmlnode *node, const char *name, const char *xmlns)
{
  return node->type == XMLNODE_TYPE_TAG && g_strcmp0 (node->name, name) == 0
         && g_strcmp0 (xmlnode_get_namespace (node), xmlns) == 0;
}

xmlnode *
pen_wire_child (xmlnode *parent, const char *name, const char *xmlns)
{
  if (parent == NULL)
    return NULL;
  if (xmlns == NULL)
    xmlns = xmlnode_get_namespace (parent);
  for (xmlnode *child = parent->child; child != NULL; child = child->next)
    if (is_named (child, name, xmlns))
      return child;
  return NULL;
}

xmlnode *
pen_wire_next (xmlnode *node)
{
  for (xmlnode *next = node->next; next != NULL; next = next->next)
    if (is_named (next, node->name, xmlnode_get_namespace (node)))
      return next;
  return NULL;
}

xmlnode *
pen_wire_forwarded (xmlnode *copy)
{
  return pen_wire_child (pen_wire_child (copy, "forwarded", NS_FORWARD), "message", "jabber:client");
}

xmlnode *
pen_wire_field_add (xmlnode *form, const char *var, const char *value)
{
  xmlnode *field = xmlnode_new_child (form, "field");

  xmlnode_set_attrib (field, "var", var);
  xmlnode_insert_data (xmlnode_new_child (field, "value"), value, -1);
  return field;
}

xmlnode *
pen_wire_form_add (xmlnode *parent, const char *type)
{
  xmlnode *form = xmlnode_new_child (parent, "x");

  xmlnode_set_namespace (form, NS_FORMS);
  xmlnode_set_attrib (form, "type", "submit");
  xmlnode_set_attrib (pen_wire_field_add (form, "FORM_TYPE", type), "type", "hidden");
  return form;
}

static gboolean
is_kept (gunichar c)
{
  if (c < 0x20)
    return c == '\n' || c == '\t';
  if (c >= 0x7f && c <= 0x9f)
    return FALSE;
  return (c & 0xfffe) != 0xfffe && (c < 0xfdd0 || c > 0xfdef);
}

/* Cutting first keeps the work on a hostile 10 MB text small; one byte more
 * than allowed stays, so that the cut is seen. */
static char *
cut_to_utf8 (const char *text, gsize max_bytes)
{
  const char *end = memchr (text, '\0', max_bytes + 1);
  gsize length = end == NULL ? max_bytes + 1 : (gsize) (end - text);

  if (end == NULL)
    while (length > 0 && ((guchar) text[length] & 0xc0) == 0x80)
      length--;
  return g_utf8_make_valid (text, (gssize) length);
}

char *
pen_wire_clean_text (const char *text, gsize max_bytes)
{
  g_autofree char *valid = text == NULL ? NULL : cut_to_utf8 (text, max_bytes);
  g_autoptr (GString) clean = g_string_new (NULL);
  gboolean is_cut = text != NULL && memchr (text, '\0', max_bytes + 1) == NULL;

  for (const char *p = valid; p != NULL && *p != '\0'; p = g_utf8_next_char (p))
    {
      gsize length = (gsize) (g_utf8_next_char (p) - p);

      if (clean->len + length > max_bytes)
        {
          is_cut = TRUE;
          break;
        }
      if (*p == '\r' && p[1] != '\n')
        g_string_append_c (clean, '\n');
      else if (is_kept (g_utf8_get_char (p)))
        g_string_append_len (clean, p, (gssize) length);
    }
  if (clean->len == 0)
    return NULL;
  if (is_cut)
    g_string_append (clean, ELLIPSIS);
  return g_string_free (g_steal_pointer (&clean), FALSE);
}

char *
pen_wire_text (const xmlnode *node, gsize max_bytes)
{
  g_autofree char *data = node == NULL ? NULL : xmlnode_get_data (node);

  return pen_wire_clean_text (data, max_bytes);
}

char *
pen_wire_line (const xmlnode *node)
{
  g_autofree char *text = pen_wire_text (node, PEN_WIRE_LINE_MAX_BYTES);

  if (text == NULL)
    return NULL;
  g_strdelimit (text, "\n\t", ' ');
  g_strstrip (text);
  return *text == '\0' ? NULL : g_steal_pointer (&text);
}

static xmlnode *
find_condition (xmlnode *error)
{
  for (xmlnode *child = error->child; child != NULL; child = child->next)
    if (child->type == XMLNODE_TYPE_TAG && g_strcmp0 (xmlnode_get_namespace (child), NS_STANZAS) == 0
        && g_strcmp0 (child->name, "text") != 0)
      return child;
  return NULL;
}

/* A name is only kept when it looks like one: it gets into rows and exports. */
static char *
copy_condition (const char *name)
{
  gsize n = strspn (name, "abcdefghijklmnopqrstuvwxyz-");

  return g_strdup (n > 0 && n <= 64 && name[n] == '\0' ? name : "undefined-condition");
}

PenWireError *
pen_wire_error_read (xmlnode *stanza)
{
  PenWireError *read;
  xmlnode *error, *condition;

  if (g_strcmp0 (xmlnode_get_attrib (stanza, "type"), "error") != 0)
    return NULL;
  read = g_new0 (PenWireError, 1);
  error = pen_wire_child (stanza, "error", NULL);
  condition = error == NULL ? NULL : find_condition (error);
  read->condition = copy_condition (condition == NULL ? "" : condition->name);
  if (error == NULL)
    return read;
  if (xmlnode_get_attrib (error, "type") != NULL && g_strv_contains (error_types, xmlnode_get_attrib (error, "type")))
    read->type = g_strdup (xmlnode_get_attrib (error, "type"));
  read->text = pen_wire_line (pen_wire_child (error, "text", NS_STANZAS));
  if (g_str_equal (read->condition, "gone") || g_str_equal (read->condition, "redirect"))
    read->elsewhere = pen_wire_line (condition);
  return read;
}

void
pen_wire_error_free (PenWireError *error)
{
  if (error == NULL)
    return;
  g_free (error->condition);
  g_free (error->type);
  g_free (error->text);
  g_free (error->elsewhere);
  g_free (error);
}
