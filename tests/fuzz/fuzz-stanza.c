/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* libFuzzer target: any XML as an outgoing element. Each receiver that is not
 * ours is named in the facts, and an emptied element names nobody but it. */

#include "fuzz.h"

#include "purple/stanza.h"

#include "../unit/xml-fixture.h"

#include <string.h>

static const char *const services[] = { "sms.pen.test", "directory.pen.test", NULL };
static const char *const gateways[] = { "sms.pen.test", NULL };
static const PenStanzaContext context = { "alice@pen.test", "pen.test", services, gateways };

static void
check_empty (xmlnode *node)
{
  g_auto (PenStanzaFacts) facts = { 0 };

  pen_stanza_empty (node);
  pen_stanza_read (node, &context, &facts);
  g_assert_null (facts.child_name);
  g_assert_null (facts.type);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (XmlFixture) node = xmlnode_from_str (text, -1);
  g_auto (PenStanzaFacts) facts = { 0 };

  if (node == NULL)
    return 0;
  pen_stanza_is (node);
  pen_stanza_read (node, &context, &facts);
  for (guint i = 0; i < facts.persons->len; i++)
    g_assert_cmpuint (strlen (g_ptr_array_index (facts.persons, i)), >, 0);
  check_empty (node);
  return 0;
}
