/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides how one message goes. The whole decision is the table of rules:
 * read from the top, the first rule that fits wins. A rule that would let
 * something leave in clear stands below every rule that protects the contact. */

#include "penregister/route.h"

#include <glib/gi18n-lib.h>

#define TEL (1u << PEN_ADDRESS_TEL)
#define XMPP (1u << PEN_ADDRESS_XMPP)
#define SERVICE ((1u << PEN_ADDRESS_SHORT) | (1u << PEN_ADDRESS_GROUP))
#define ALPHA ((1u << PEN_ADDRESS_ALPHA) | (1u << PEN_ADDRESS_NONE))
#define PERSON (TEL | XMPP)

#define KNOWN_ENCRYPTED (1u << PEN_CAPABILITY_ENCRYPTED)
#define ABSENT (1u << PEN_CAPABILITY_ABSENT)
#define UNKNOWN (1u << PEN_CAPABILITY_UNKNOWN)

#define DONE (1u << PEN_LOOKUP_DONE)
#define PENDING (1u << PEN_LOOKUP_PENDING)
#define FAILED (1u << PEN_LOOKUP_FAILED)
#define WITHHELD (1u << PEN_LOOKUP_WITHHELD)
#define NOT_YET (1u << PEN_LOOKUP_NOT_YET)
#define WAITING (1u << PEN_LOOKUP_WAITING)

#define SMS PEN_CHOICE_BIT (PEN_CHOICE_SMS)
#define PLAIN PEN_CHOICE_BIT (PEN_CHOICE_PLAIN)
#define ENCRYPT PEN_CHOICE_BIT (PEN_CHOICE_ENCRYPTED)
#define WAIT PEN_CHOICE_BIT (PEN_CHOICE_WAIT)
#define CANCEL PEN_CHOICE_BIT (PEN_CHOICE_CANCEL)
#define ANY 0u

/** What one rule asks of a flag. */
typedef enum
{
  EITHER,
  YES,
  NO
} Flag;

/* Masks of 0 fit everything. */
typedef struct
{
  guint kinds;
  guint capabilities;
  guint lookups;
  guint chosen;
  Flag pinned;
  Flag omemo;
  Flag gateway;
  Flag has_jid;
  Flag is_otr;
  Flag plain_asks;
  PenRoute route;
  PenRouteReason reason;
  guint choices;
} Rule;

#define HOLD(why, offered) .route = PEN_ROUTE_HOLD, .reason = PEN_REASON_##why, .choices = (offered) | CANCEL
#define GO(how, why) .route = PEN_ROUTE_##how, .reason = PEN_REASON_##why

static const Rule rules[] = {
  { .kinds = ALPHA, HOLD (NO_REPLY, ANY) },

  /* Short codes and groups exist at a gateway only. */
  { .kinds = SERVICE, .gateway = NO, HOLD (NO_GATEWAY, WAIT) },
  { .kinds = SERVICE, .is_otr = YES, HOLD (OTR, ANY) },
  { .kinds = SERVICE, .chosen = SMS, GO (SMS, CHOSEN_SMS) },
  { .kinds = SERVICE, HOLD (CONSENT_SMS, WAIT | SMS) },

  /* Reachable encrypted: in clear only when we could encrypt and the user said otherwise. */
  { .kinds = PERSON, .capabilities = KNOWN_ENCRYPTED, .omemo = NO, HOLD (OMEMO_MISSING, WAIT) },
  { .kinds = TEL, .capabilities = KNOWN_ENCRYPTED, .chosen = SMS, .gateway = YES, .is_otr = YES, HOLD (OTR, WAIT) },
  { .kinds = TEL, .capabilities = KNOWN_ENCRYPTED, .chosen = SMS, .gateway = YES, GO (SMS, CHOSEN_SMS) },
  { .kinds = TEL, .capabilities = KNOWN_ENCRYPTED, .chosen = PLAIN, .has_jid = YES, GO (PLAIN, CHOSEN_PLAIN) },
  { .kinds = XMPP, .capabilities = KNOWN_ENCRYPTED, .chosen = PLAIN, GO (PLAIN, CHOSEN_PLAIN) },
  /* The list that is known is an old one: an answer is awaited, and without one the user decides. */
  { .kinds = PERSON, .capabilities = KNOWN_ENCRYPTED, .chosen = ENCRYPT, GO (ENCRYPTED, ENCRYPTED) },
  { .kinds = PERSON, .capabilities = KNOWN_ENCRYPTED, .lookups = PENDING, HOLD (LOOKING_UP, WAIT) },
  { .kinds = PERSON, .capabilities = KNOWN_ENCRYPTED, .lookups = FAILED, HOLD (COULD_NOT_ASK, WAIT | ENCRYPT) },
  { .kinds = PERSON, .capabilities = KNOWN_ENCRYPTED, GO (ENCRYPTED, ENCRYPTED) },

  /* The user has decided for this contact. */
  { .kinds = TEL, .chosen = SMS, .gateway = NO, HOLD (NO_GATEWAY, WAIT) },
  { .kinds = TEL, .chosen = SMS, .is_otr = YES, HOLD (OTR, WAIT) },
  { .kinds = TEL, .chosen = SMS, GO (SMS, CHOSEN_SMS) },
  { .kinds = TEL, .chosen = PLAIN, .has_jid = YES, GO (PLAIN, CHOSEN_PLAIN) },
  { .kinds = XMPP, .chosen = PLAIN, GO (PLAIN, CHOSEN_PLAIN) },

  { .kinds = PERSON, .lookups = PENDING, HOLD (LOOKING_UP, WAIT) },
  { .kinds = PERSON, .lookups = NOT_YET, HOLD (NOT_ASKED, WAIT) },

  /* The batch may be hours away: whoever was never encrypted may be written to in clear, knowingly. */
  { .kinds = PERSON, .lookups = WAITING, .pinned = YES, HOLD (WAITS_FOR_SLOT, WAIT) },
  { .kinds = TEL, .lookups = WAITING, .gateway = YES, HOLD (WAITS_FOR_SLOT, WAIT | SMS) },
  { .kinds = TEL, .lookups = WAITING, HOLD (WAITS_FOR_SLOT, WAIT) },
  { .kinds = XMPP, .lookups = WAITING, HOLD (WAITS_FOR_SLOT, WAIT | PLAIN) },

  /* Was encrypted, and is not now: never a downgrade without an answer. */
  { .kinds = TEL, .pinned = YES, .gateway = YES, .has_jid = YES, HOLD (DOWNGRADE, WAIT | SMS | PLAIN) },
  { .kinds = TEL, .pinned = YES, .gateway = YES, HOLD (DOWNGRADE, WAIT | SMS) },
  { .kinds = XMPP, .pinned = YES, HOLD (DOWNGRADE, WAIT | PLAIN) },
  { .kinds = TEL, .pinned = YES, .has_jid = YES, HOLD (DOWNGRADE, WAIT | PLAIN) },
  { .kinds = TEL, .pinned = YES, HOLD (DOWNGRADE, WAIT) },

  /* No device list is visible. */
  { .kinds = XMPP, .capabilities = ABSENT, .plain_asks = YES, HOLD (CONSENT_PLAIN, WAIT | PLAIN) },
  { .kinds = XMPP, .capabilities = ABSENT, GO (PLAIN, PLAIN) },
  { .kinds = TEL, .capabilities = ABSENT, .gateway = YES, .has_jid = YES, HOLD (CONSENT_SMS, WAIT | SMS | PLAIN) },
  { .kinds = TEL, .capabilities = ABSENT, .gateway = YES, HOLD (CONSENT_SMS, WAIT | SMS) },
  { .kinds = TEL, .capabilities = ABSENT, .has_jid = YES, .plain_asks = YES, HOLD (CONSENT_PLAIN, WAIT | PLAIN) },
  { .kinds = TEL, .capabilities = ABSENT, .has_jid = YES, GO (PLAIN, PLAIN) },
  { .kinds = TEL, .capabilities = ABSENT, HOLD (NO_GATEWAY, WAIT) },

  /* A number, and nobody to ask about it. */
  { .kinds = TEL, .lookups = DONE, .gateway = YES, HOLD (CONSENT_SMS, WAIT | SMS) },
  { .kinds = TEL, .lookups = DONE, HOLD (NO_GATEWAY, WAIT) },

  /* Nothing is known. That is never a reason for another route. */
  { .kinds = TEL, .lookups = WITHHELD, .gateway = YES, HOLD (WITHHELD, WAIT | SMS) },
  { .kinds = TEL, .lookups = WITHHELD, HOLD (WITHHELD, WAIT) },
  { .kinds = XMPP, .lookups = WITHHELD, HOLD (WITHHELD, WAIT | PLAIN) },
  { .kinds = TEL, .gateway = YES, HOLD (COULD_NOT_ASK, WAIT | SMS) },
  { .kinds = TEL, HOLD (COULD_NOT_ASK, WAIT) },
  { .kinds = XMPP, HOLD (COULD_NOT_ASK, WAIT | PLAIN) },
};

static gboolean
fits_mask (guint mask, guint value)
{
  return mask == ANY || (mask & (1u << value)) != 0;
}

static gboolean
fits_flag (Flag flag, gboolean value)
{
  return flag == EITHER || (flag == YES) == (value != FALSE);
}

static gboolean
rule_fits (const Rule *rule, const PenRouteInput *input)
{
  return fits_mask (rule->kinds, input->kind)
         && fits_mask (rule->capabilities, input->capability)
         && fits_mask (rule->lookups, input->lookup)
         && fits_mask (rule->chosen, input->choice)
         && fits_flag (rule->pinned, input->pinned)
         && fits_flag (rule->omemo, input->omemo)
         && fits_flag (rule->gateway, input->gateway)
         && fits_flag (rule->has_jid, input->has_jid)
         && fits_flag (rule->is_otr, input->is_otr)
         && fits_flag (rule->plain_asks, input->plain_asks);
}

PenRouteDecision
pen_route_decide (const PenRouteInput *input)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    if (rule_fits (&rules[i], input))
      return (PenRouteDecision) { rules[i].route, rules[i].reason, rules[i].choices };
  return (PenRouteDecision) { HOLD (COULD_NOT_ASK, ANY) };
}

static const struct
{
  const char *name;
  const char *sentence;
} reasons[PEN_N_REASONS] = {
  [PEN_REASON_ENCRYPTED] = { "encrypted", N_("This contact can be reached end-to-end encrypted.") },
  [PEN_REASON_OMEMO_MISSING] = { "omemo-missing", N_("This contact can be reached end-to-end encrypted, but your own keys are not published yet. The message is kept, and goes encrypted when they are.") },
  [PEN_REASON_NO_KEYS] = { "no-keys", N_("None of this contact's devices gives a key that may be used. The message is kept and is not sent in clear. Look at the devices with /pen fp.") },
  [PEN_REASON_DOWNGRADE] = { "downgrade", N_("This contact was reachable end-to-end encrypted before and is not now. The message is kept until you decide.") },
  [PEN_REASON_LOOKING_UP] = { "looking-up", N_("It is being asked whether this contact can be reached encrypted. The message waits for the answer.") },
  [PEN_REASON_NOT_ASKED] = { "not-asked", N_("Nobody has been asked about this contact yet. Sending a message asks first.") },
  [PEN_REASON_WAITS_FOR_SLOT] = { "waits-for-slot", N_("Your policy asks about this contact together with others, at fixed times. The message waits for the next time.") },
  [PEN_REASON_COULD_NOT_ASK] = { "could-not-ask", N_("Nobody could tell whether this contact can be reached encrypted. The message is kept until you decide.") },
  [PEN_REASON_WITHHELD] = { "withheld", N_("Your policy lets nobody be asked about this contact. The message is kept until you decide.") },
  [PEN_REASON_CHOSEN_SMS] = { "chosen-sms", N_("You chose SMS for this contact. The gateway and the carriers can read it.") },
  [PEN_REASON_CHOSEN_PLAIN] = { "chosen-plain", N_("You chose not to encrypt to this contact. The servers can read it.") },
  [PEN_REASON_PLAIN] = { "plain", N_("No device list of this contact is visible, so messages go over XMPP without end-to-end encryption. The servers can read them.") },
  [PEN_REASON_CONSENT_SMS] = { "consent-sms", N_("This number is not known to be reachable encrypted. An SMS can be read by the gateway and the carriers, and may cost money: it is sent only when you agree.") },
  [PEN_REASON_NO_GATEWAY] = { "no-gateway", N_("No SMS gateway is known. Name one in the account's options, or ask your server's operator for one.") },
  [PEN_REASON_OTR] = { "otr", N_("This text belongs to OTR encryption, which does not work over SMS. It is not sent: end the OTR session for this contact first.") },
  [PEN_REASON_CONSENT_PLAIN] = { "consent-plain", N_("No device list of this contact is visible. Your account asks before sending without end-to-end encryption.") },
  [PEN_REASON_NO_REPLY] = { "no-reply", N_("This sender shows a name instead of a number and cannot be answered.") },
};

const char *
pen_route_reason_sentence (PenRouteReason reason)
{
  g_return_val_if_fail (reason < PEN_N_REASONS, "");
  return reasons[reason].sentence;
}

const char *
pen_route_reason_name (PenRouteReason reason)
{
  g_return_val_if_fail (reason < PEN_N_REASONS, "");
  return reasons[reason].name;
}
