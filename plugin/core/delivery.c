/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how far a message has come after an event, and what an error of
 * the other side means to a person. Both are tables. */

#include "penregister/delivery.h"

#include <glib/gi18n-lib.h>

#define HELD PEN_MESSAGE_HELD
#define SENT PEN_MESSAGE_SENT
#define ACCEPTED PEN_MESSAGE_ACCEPTED
#define DELIVERED PEN_MESSAGE_DELIVERED
#define FAILED PEN_MESSAGE_FAILED
#define UNKNOWN PEN_MESSAGE_UNKNOWN

/* What never left cannot have been received: a receipt for a held message is
 * forged. Only an unknown one may be sent again, with the same id. */
static const PenMessageState steps[PEN_N_MESSAGE_STATES][PEN_N_DELIVERY_EVENTS] = {
  /*                         handed     receipt    report     error   silence    lost */
  [PEN_MESSAGE_HELD]      = { SENT,      HELD,      HELD,      FAILED, HELD,      HELD },
  [PEN_MESSAGE_SENT]      = { SENT,      ACCEPTED,  DELIVERED, FAILED, UNKNOWN,   UNKNOWN },
  [PEN_MESSAGE_ACCEPTED]  = { ACCEPTED,  ACCEPTED,  DELIVERED, FAILED, ACCEPTED,  ACCEPTED },
  [PEN_MESSAGE_DELIVERED] = { DELIVERED, DELIVERED, DELIVERED, FAILED, DELIVERED, DELIVERED },
  [PEN_MESSAGE_FAILED]    = { FAILED,    FAILED,    FAILED,    FAILED, FAILED,    FAILED },
  [PEN_MESSAGE_UNKNOWN]   = { SENT,      ACCEPTED,  DELIVERED, FAILED, UNKNOWN,   UNKNOWN },
};

typedef struct
{
  const char *condition;
  const char *gateway;
  const char *person;
} ErrorSentence;

#define GATEWAY_NUMBER                                                                                      \
  N_ ("The SMS was not sent: the gateway does not accept this number. Check the number, with its country "  \
      "code, and send again.")
#define GATEWAY_REGISTER                                                                                    \
  N_ ("The SMS was not sent: the gateway does not know you as its user. Register with the gateway, then "   \
      "send again.")
#define GATEWAY_LATER                                                                                       \
  N_ ("The SMS may not have arrived: the phone or the gateway could not be reached in time. Nothing is "    \
      "sent again by itself, because it would cost twice. Try again later.")
#define GATEWAY_GONE                                                                                        \
  N_ ("The SMS was not sent: the gateway could not be found or is switched off. Check the gateway in the "  \
      "account's settings, or try again later.")
#define GATEWAY_PROVIDER                                                                                    \
  N_ ("The SMS failed inside the gateway or at its provider, and it does not say whether anything was "     \
      "sent. Ask the person whether it arrived before you send it again.")
#define GATEWAY_UNFIT                                                                                       \
  N_ ("The SMS was not sent: the gateway could not use this message. Shorten it, leave out what is not "    \
      "plain text, and send again; if it stays so, ask the gateway's operator.")
#define GATEWAY_LIMIT                                                                                       \
  N_ ("The SMS was not sent: the gateway has reached a limit, often of credit or of messages in a given "   \
      "time. Check your account there, or try again later.")

#define PERSON_NOBODY                                                                                       \
  N_ ("The message was not delivered: there is no such XMPP address, or its server hides it. Check the "    \
      "address and send again.")
#define PERSON_CLOSED                                                                                       \
  N_ ("The message was not delivered: the person or their server does not accept messages from you. Ask "   \
      "them to add you as a contact, then send again.")
#define PERSON_UNREACHABLE                                                                                  \
  N_ ("The message was not delivered: the person's server could not be reached. Check the part of the "     \
      "address after the @, or try again later.")
#define PERSON_SERVER                                                                                       \
  N_ ("The message failed inside a server, and it does not say whether the message arrived. Try again "     \
      "later.")
#define PERSON_UNFIT                                                                                        \
  N_ ("The message was not delivered: the other side could not use a message of this kind. Shorten it "     \
      "and send again.")

/* The last row stands for everything that is not in the table. */
static const ErrorSentence sentences[] = {
  { "bad-request", GATEWAY_UNFIT, PERSON_UNFIT },
  { "conflict", GATEWAY_PROVIDER, PERSON_SERVER },
  { "feature-not-implemented", GATEWAY_UNFIT, PERSON_UNFIT },
  { "forbidden",
    N_ ("The SMS was not sent: the gateway refused it. Gateways say so when the text is too long (often more "
        "than 160 characters), when the number is not valid, or when you are not allowed to use them. Check "
        "these three, then send again."),
    PERSON_CLOSED },
  { "gone",
    N_ ("The SMS was not sent: the gateway has another address for this number. Write the number with its "
        "country code, look it up again, and send again."),
    N_ ("The message was not delivered: the person no longer uses this XMPP address. Ask them for the new one.") },
  { "internal-server-error", GATEWAY_PROVIDER, PERSON_SERVER },
  { "item-not-found", GATEWAY_NUMBER, PERSON_NOBODY },
  { "jid-malformed", GATEWAY_NUMBER, PERSON_NOBODY },
  { "not-acceptable", GATEWAY_NUMBER, PERSON_UNFIT },
  { "not-allowed",
    N_ ("The SMS was not sent: your server or the gateway does not allow it. Check that the gateway serves "
        "your account, or ask its operator."),
    PERSON_CLOSED },
  { "not-authorized", GATEWAY_REGISTER, PERSON_CLOSED },
  { "policy-violation",
    N_ ("The SMS was not sent: it breaks a rule of the gateway, such as too many messages in a short time, or "
        "only encrypted ones. Wait a while before you send again, or ask the gateway's operator."),
    N_ ("The message was not delivered: it breaks a rule of a server, such as too many messages in a short "
        "time, or only encrypted ones. Wait a while, then send again.") },
  { "recipient-unavailable", GATEWAY_LATER,
    N_ ("The message was not delivered: the person is not online, and their server keeps no messages for "
        "later. Try again when they are online.") },
  { "redirect", GATEWAY_NUMBER,
    N_ ("The message was not delivered: the person can be reached at another address for now. Ask them for it.") },
  { "registration-required", GATEWAY_REGISTER, PERSON_CLOSED },
  { "remote-server-not-found", GATEWAY_GONE, PERSON_UNREACHABLE },
  { "remote-server-timeout", GATEWAY_LATER, PERSON_UNREACHABLE },
  { "resource-constraint", GATEWAY_LIMIT,
    N_ ("The message was not delivered: the other side has no room for it, or is too busy. Try again later.") },
  { "service-unavailable", GATEWAY_GONE,
    N_ ("The message was not delivered: there is no such address, or the person is not online and nothing is "
        "kept for them. Check the address, or try again later.") },
  { "subscription-required", GATEWAY_REGISTER, PERSON_CLOSED },
  { "unexpected-request", GATEWAY_PROVIDER, PERSON_SERVER },
  { "undefined-condition", GATEWAY_PROVIDER, PERSON_SERVER },
};

PenMessageState
pen_delivery_step (PenMessageState state, PenDeliveryEvent event)
{
  g_return_val_if_fail (state < PEN_N_MESSAGE_STATES && event < PEN_N_DELIVERY_EVENTS, PEN_MESSAGE_FAILED);

  return steps[state][event];
}

const char *
pen_delivery_error_sentence (const char *condition, gboolean gateway)
{
  gsize i = 0;

  while (i < G_N_ELEMENTS (sentences) - 1 && g_strcmp0 (condition, sentences[i].condition) != 0)
    i++;
  return gateway ? sentences[i].gateway : sentences[i].person;
}

char *
pen_delivery_error_join (const char *sentence, const char *text)
{
  g_return_val_if_fail (sentence != NULL, NULL);

  if (text == NULL || *text == '\0')
    return g_strdup (sentence);
  return g_strdup_printf ("%s (%s)", sentence, text);
}
