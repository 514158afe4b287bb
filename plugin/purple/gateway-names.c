/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides whom a JID means: one person, one address, whichever gateway stands
 * behind the number. */

#include "purple/gateway-names.h"

#include "gateway/gateway.h"

PenAddress *
pen_gateway_names_address (const char *text, const char *const *gateways)
{
  g_autofree char *domain = pen_jid_domain (text);

  if (domain != NULL && gateways != NULL && g_strv_contains (gateways, domain))
    {
      PenAddress *address = pen_gateway_address_of (text, domain, NULL, NULL);

      if (address != NULL)
        return address;
    }
  return pen_address_parse (text, NULL, NULL);
}

char *
pen_gateway_names_uri (const char *text, const char *const *gateways)
{
  g_autoptr (PenAddress) address = pen_gateway_names_address (text, gateways);

  return address != NULL ? pen_address_to_uri (address) : g_strdup (text);
}
