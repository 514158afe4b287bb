/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* libFuzzer target: any XML as each thing that a gateway may send. */

#include "fuzz.h"

#include "gateway.h"

#include "../unit/xml-fixture.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  xmlnode *node = xmlnode_from_str (text, -1);
  g_autoptr (PenAddress) asked = pen_address_new (PEN_ADDRESS_TEL, "+15551230001");
  g_autofree char *desc = NULL;
  g_autofree char *prompt = NULL;

  pen_address_free (pen_gateway_address_of (text, "sms.example", text, "US"));
  if (node == NULL)
    return 0;
  pen_gateway_incoming_free (pen_gateway_incoming_read (node, "sms.example", "US"));
  g_free (pen_gateway_prompt_jid (node, "sms.example", asked, NULL));
  pen_gateway_prompt_read (node, &desc, &prompt, NULL);
  pen_gateway_is_identity (node);
  g_free (pen_gateway_identity_name (node));
  xmlnode_free (node);
  return 0;
}
