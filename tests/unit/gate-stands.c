/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Stand-ins for what the gate calls: account, people, rooms, services. */

#include "gate-stands.h"

#include "purple/caps.h"
#include "purple/jabber.h"
#include "purple/person.h"
#include "purple/queue.h"
#include "purple/room.h"
#include "purple/services.h"

static const char *const gateways[] = { GATE_STANDS_GATEWAY, NULL };

PenStanzaContext
pen_account_stanza_context (PenAccount *account)
{
  return (PenStanzaContext) { account->bare, account->domain, gateways, gateways };
}

gboolean
pen_account_answers (G_GNUC_UNUSED PenAccount *account, G_GNUC_UNUSED const char *to, G_GNUC_UNUSED const char *from)
{
  return FALSE;
}

gboolean
pen_services_is_gateway (G_GNUC_UNUSED PenAccount *account, const char *host)
{
  return g_str_equal (host, GATE_STANDS_GATEWAY);
}

gboolean
pen_rooms_forbid_clear (G_GNUC_UNUSED PenAccount *account, G_GNUC_UNUSED const char *jid)
{
  return FALSE;
}

PenPerson *
pen_person_get (G_GNUC_UNUSED PenAccount *account, G_GNUC_UNUSED const PenAddress *address,
                G_GNUC_UNUSED GError **error)
{
  return NULL;
}

void
pen_queue_spent (G_GNUC_UNUSED PenAccount *account, G_GNUC_UNUSED gint64 bytes)
{
}

gboolean
pen_caps_out (G_GNUC_UNUSED PenAccount *account, G_GNUC_UNUSED xmlnode *element)
{
  return TRUE;
}

static void
pass_signal (G_GNUC_UNUSED PurpleConnection *gc, G_GNUC_UNUSED xmlnode **element, G_GNUC_UNUSED gpointer data)
{
}

gpointer
pen_jabber_send_signal (void)
{
  return PURPLE_CALLBACK (pass_signal);
}
