/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The table of gateway kinds, and what all of them share. */

#include "gateway.h"

const PenGatewayKind *const pen_gateway_kinds[] = {
  &pen_gateway_xmpp,
  NULL,
};

G_DEFINE_QUARK (pen-gateway-error-quark, pen_gateway_error)

const PenGatewayKind *
pen_gateway_kind_by_name (const char *name)
{
  for (const PenGatewayKind *const *kind = pen_gateway_kinds; *kind != NULL; kind++)
    if (g_strcmp0 ((*kind)->name, name) == 0)
      return *kind;
  return NULL;
}

void
pen_gateway_incoming_free (PenGatewayIncoming *incoming)
{
  if (incoming == NULL)
    return;
  pen_address_free (incoming->address);
  g_free (incoming->jid);
  g_free (incoming->speaker);
  g_free (incoming->nick);
  g_free (incoming->text);
  g_free (incoming->media);
  g_free (incoming->id);
  g_free (incoming->about);
  pen_wire_error_free (incoming->error);
  g_free (incoming);
}
