/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The phone-book protocol of Quicksy: decides how numbers are asked for and
 * which entries of the answer count. Facts: docs/gateways.md 1.1. The attribute
 * `ver` is left out: with it, an empty answer has two meanings. */

#include "directory.h"

#include <glib/gi18n-lib.h>

#include "penregister/address.h"
#include "penregister/number.h"
#include "wire/wire.h"

#define NS_PHONEBOOK "im.quicksy.synchronization:0"
/* One request with more always fails. */
#define NUMBERS_MAX 2048

static xmlnode *
build (const char *const *numbers)
{
  xmlnode *book;

  g_return_val_if_fail (numbers != NULL && numbers[0] != NULL, NULL);

  book = xmlnode_new ("phone-book");
  xmlnode_set_namespace (book, NS_PHONEBOOK);
  for (; *numbers != NULL; numbers++)
    {
      g_warn_if_fail (pen_number_is_e164 (*numbers));
      xmlnode_set_attrib (xmlnode_new_child (book, "entry"), "number", *numbers);
    }
  return book;
}

static gboolean
has_element (xmlnode *node)
{
  for (xmlnode *child = node->child; child != NULL; child = child->next)
    if (child->type == XMLNODE_TYPE_TAG)
      return TRUE;
  return FALSE;
}

static void
read_entry (xmlnode *entry, const char *number, PenDirectoryAnswer *answer)
{
  for (xmlnode *node = pen_wire_child (entry, "jid", NULL); node != NULL; node = pen_wire_next (node))
    {
      g_autofree char *jid = pen_wire_text (node, 3 * (PEN_JID_PART_MAX_BYTES + 1));

      if (jid != NULL)
        pen_directory_answer_add (answer, number, g_strstrip (jid));
    }
}

static void
read_book (xmlnode *book, const char *const *asked, PenDirectoryAnswer *answer)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);

  for (; *asked != NULL; asked++)
    g_hash_table_add (wanted, (gpointer) *asked);
  for (xmlnode *entry = pen_wire_child (book, "entry", NULL); entry != NULL; entry = pen_wire_next (entry))
    {
      const char *number = xmlnode_get_attrib (entry, "number");

      if (number != NULL && g_hash_table_contains (wanted, number))
        read_entry (entry, number, answer);
      else
        answer->ignored++;
    }
}

static gboolean
parse (xmlnode *iq, const char *const *asked, PenDirectoryAnswer *answer, GError **error)
{
  xmlnode *book;

  g_return_val_if_fail (iq != NULL && asked != NULL && answer != NULL, FALSE);

  if (pen_directory_answer_refuse (answer, iq))
    return TRUE;
  book = pen_wire_child (iq, "phone-book", NS_PHONEBOOK);
  if (g_strcmp0 (iq->name, "iq") != 0 || g_strcmp0 (xmlnode_get_attrib (iq, "type"), "result") != 0
      || (book == NULL && has_element (iq)))
    {
      g_set_error_literal (error, PEN_DIRECTORY_ERROR, PEN_DIRECTORY_ERROR_UNREADABLE,
                           N_ ("The directory's answer could not be read, because it does not follow the protocol. "
                               "Nothing was changed; ask the directory's operator."));
      return FALSE;
    }
  if (book != NULL)
    read_book (book, asked, answer);
  return TRUE;
}

const PenDirectoryKind pen_directory_phonebook = {
  .name = "phonebook",
  .feature = NS_PHONEBOOK,
  .disclosed = PEN_DISCLOSED_CLEAR,
  .max_numbers = NUMBERS_MAX,
  .build = build,
  .parse = parse,
};
