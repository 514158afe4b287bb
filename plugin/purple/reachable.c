/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how a number stands in the buddy list: nobody sends its presence,
 * and a buddy that always looks offline cannot be found. */

#include "purple/reachable.h"

#include "purple/services.h"

#include <blist.h>
#include <prpl.h>

void
pen_reachable_show (PenAccount *account)
{
  const char *status = pen_services_gateway (account) != NULL ? "available" : "offline";
  GSList *buddies = purple_find_buddies (account->purple, NULL);

  for (GSList *link = buddies; link != NULL; link = link->next)
    {
      const char *name = purple_buddy_get_name (link->data);

      if (pen_address_kind_of_name (name) != PEN_ADDRESS_XMPP)
        purple_prpl_got_user_status (account->purple, name, status, NULL);
    }
  g_slist_free (buddies);
}
