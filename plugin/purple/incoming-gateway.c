/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What comes from a gateway: the number's conversation, and what became of an SMS. */

#include "purple/incoming-gateway.h"

#include "gateway/gateway.h"
#include "purple/message.h"
#include "purple/talk.h"
#include "purple/words.h"

static void
gateway_failed (PenAccount *account, const PenGatewayIncoming *incoming)
{
  g_autofree char *sentence = pen_words_error (incoming->error, TRUE);
  g_autofree char *host = pen_jid_domain (incoming->jid);
  PenPerson *person = incoming->address != NULL ? pen_person_get (account, incoming->address, NULL) : NULL;
  g_autofree char *moved = NULL;

  pen_gate_saw_delivery (account->gate, incoming->about, incoming->jid, PEN_ROW_ERROR, incoming->error->condition);
  if (pen_message_is_sms (account, incoming->about))
    pen_message_event (account, incoming->about, PEN_DELIVERY_ERROR, sentence);
  if (person == NULL)
    return;
  moved = pen_gateway_moved_to (incoming->error, host, person->address);
  if (moved == NULL)
    return;
  g_free (person->contact->wire);
  person->contact->wire = g_steal_pointer (&moved);
  pen_person_save (person);
}

static void
gateway_event (PenAccount *account, const PenGatewayIncoming *incoming)
{
  PenDeliveryEvent event;

  if (incoming->about == NULL || incoming->event == PEN_N_DELIVERY_EVENTS)
    return;
  if (incoming->event == PEN_DELIVERY_ERROR)
    {
      gateway_failed (account, incoming);
      return;
    }
  event = pen_gateway_receipt_event (incoming,
                                     purple_account_get_bool (account->purple, PEN_OPTION_RECEIPTS, TRUE));
  pen_gate_saw_delivery (account->gate, incoming->about, incoming->jid, PEN_ROW_ANSWERED,
                         event == PEN_DELIVERY_REPORT ? "delivered" : "accepted");
  if (pen_message_is_sms (account, incoming->about))
    pen_message_event (account, incoming->about, (int) event, NULL);
}

static char *
text_of (const PenGatewayIncoming *incoming)
{
  if (incoming->text != NULL && incoming->media != NULL)
    return g_strdup_printf ("%s\n%s", incoming->text, incoming->media);
  return g_strdup (incoming->text != NULL ? incoming->text : incoming->media);
}

gboolean
pen_incoming_gateway (PenAccount *account, xmlnode *message, const char *host)
{
  g_autoptr (PenGatewayIncoming) incoming
    = pen_gateway_incoming_read (message, host, pen_account_text (account->purple, PEN_OPTION_REGION));
  g_autofree char *text = NULL;
  PenPaneMessage line;
  gint64 at_us;

  if (incoming == NULL)
    return FALSE;
  gateway_event (account, incoming);
  text = text_of (incoming);
  if (incoming->address == NULL)
    return text == NULL;
  if (text != NULL)
    {
      line = (PenPaneMessage) { .name = incoming->address->name,
                                .from = incoming->speaker != NULL ? incoming->speaker : incoming->address->name,
                                .text = text, .route = PEN_ROUTE_SMS, .state = PEN_MESSAGE_DELIVERED };
      at_us = incoming->at_us > 0 ? incoming->at_us : pen_clock_now_us (&pen_app ()->clock);
      pen_talk_received (account->gc, &line, at_us / G_USEC_PER_SEC);
    }
  return TRUE;
}
