/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what a message stanza from an XMPP gateway says: text, media, a
 * receipt, an error, and who in a group spoke. Facts: docs/gateways.md 2 and 5.12;
 * XEP-0066, XEP-0172, XEP-0184, XEP-0203. */

#include "gateway.h"

#include <string.h>

#define NS_RECEIPTS "urn:xmpp:receipts"
#define NS_OOB "jabber:x:oob"
#define NS_NICK "http://jabber.org/protocol/nick"
#define NS_DELAY "urn:xmpp:delay"

#define MEDIA_MAX_BYTES 4096

#define SPEAKER_PREFIX "<xmpp:"
#define SPEAKER_SUFFIX "> "

/* "send from NUMBER at ISO-TIME via SMSC NUMBER", the last line of sms4you-xmpp. */
#define TAIL_WORDS 8
enum
{
  TAIL_NUMBER = 2,
  TAIL_TIME = 4,
  TAIL_SMSC = 7
};

static gint64
read_time (const char *stamp)
{
  g_autoptr (GDateTime) time = stamp == NULL ? NULL : g_date_time_new_from_iso8601 (stamp, NULL);

  if (time == NULL || g_date_time_to_unix (time) <= 0)
    return 0;
  return g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
}

/* Only links that a browser opens without doing anything else. */
static char *
read_media (xmlnode *message)
{
  g_autofree char *url = pen_wire_text (pen_wire_child (pen_wire_child (message, "x", NS_OOB), "url", NULL),
                                        MEDIA_MAX_BYTES);
  g_autofree char *scheme = NULL;

  if (url == NULL || strlen (url) > MEDIA_MAX_BYTES || strpbrk (g_strstrip (url), " \n\t\"<>") != NULL)
    return NULL;
  scheme = g_uri_parse_scheme (url);
  if (scheme == NULL || (g_ascii_strcasecmp (scheme, "https") != 0 && g_ascii_strcasecmp (scheme, "http") != 0))
    return NULL;
  return g_steal_pointer (&url);
}

static gboolean
is_member (const char *group, const char *number)
{
  g_auto (GStrv) members = g_strsplit (group, ",", -1);

  return g_strv_contains ((const char *const *) members, number);
}

/* Takes `<xmpp:+1...@host> ` off a group text, if it names a member of that group. */
static void
take_speaker (PenGatewayIncoming *incoming, const char *host, const char *region)
{
  const char *text = incoming->text;
  const char *end = text == NULL ? NULL : strstr (text, SPEAKER_SUFFIX);
  g_autofree char *uri = NULL;
  g_autofree char *jid = NULL;
  g_autofree char *rest = NULL;
  g_autoptr (PenAddress) speaker = NULL;

  if (end == NULL || !g_str_has_prefix (text, SPEAKER_PREFIX))
    return;
  uri = g_strndup (text + strlen (SPEAKER_PREFIX), (gsize) (end - text) - strlen (SPEAKER_PREFIX));
  jid = g_uri_unescape_string (uri, NULL);
  speaker = pen_gateway_address_of (jid, host, NULL, region);
  if (speaker == NULL || speaker->kind != PEN_ADDRESS_TEL || !is_member (incoming->address->name, speaker->name))
    return;
  rest = g_strdup (end + strlen (SPEAKER_SUFFIX));
  incoming->speaker = g_strdup (speaker->name);
  g_free (incoming->text);
  incoming->text = *rest == '\0' ? NULL : g_steal_pointer (&rest);
}

static gboolean
is_sender (const char *word, const PenGatewayIncoming *incoming, const char *host, const char *region)
{
  g_autofree char *local = pen_jid_escape_localpart (word);
  g_autofree char *jid = local == NULL ? NULL : g_strconcat (local, "@", host, NULL);
  g_autoptr (PenAddress) address = pen_gateway_address_of (jid, host, NULL, region);

  if (address == NULL || address->kind != incoming->address->kind)
    return FALSE;
  return g_ascii_strcasecmp (address->name, incoming->address->name) == 0;
}

/* Folds the line away only when all of it fits: somebody may have typed it. */
static void
take_tail (PenGatewayIncoming *incoming, const char *host, const char *region)
{
  static const char *const fixed[TAIL_WORDS] = { "send", "from", NULL, "at", NULL, "via", "SMSC", NULL };
  char *line = incoming->text == NULL ? NULL : strrchr (incoming->text, '\n');
  g_auto (GStrv) words = line == NULL ? NULL : g_strsplit (line + 1, " ", TAIL_WORDS + 1);
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = NULL;

  if (words == NULL || g_strv_length (words) != TAIL_WORDS)
    return;
  for (int i = 0; i < TAIL_WORDS; i++)
    if (fixed[i] != NULL && !g_str_equal (words[i], fixed[i]))
      return;
  if (words[TAIL_SMSC][strspn (words[TAIL_SMSC], "+0123456789")] != '\0')
    return;
  time = g_date_time_new_from_iso8601 (words[TAIL_TIME], utc);
  if (time == NULL || !is_sender (words[TAIL_NUMBER], incoming, host, region))
    return;
  if (incoming->at_us == 0)
    incoming->at_us = read_time (words[TAIL_TIME]);
  *line = '\0';
  if (*incoming->text == '\0')
    g_clear_pointer (&incoming->text, g_free);
}

static void
read_text (PenGatewayIncoming *incoming, xmlnode *message, const char *host, const char *region)
{
  g_autofree char *stripped = NULL;

  incoming->text = pen_wire_text (pen_wire_child (message, "body", NULL), PEN_WIRE_TEXT_MAX_BYTES);
  incoming->media = read_media (message);
  if (incoming->address != NULL && incoming->address->kind == PEN_ADDRESS_GROUP)
    take_speaker (incoming, host, region);
  else if (incoming->address != NULL)
    take_tail (incoming, host, region);
  stripped = g_strdup (incoming->text);
  if (stripped != NULL && g_strcmp0 (g_strstrip (stripped), incoming->media) == 0)
    g_clear_pointer (&incoming->text, g_free);
}

static void
read_report (PenGatewayIncoming *incoming, xmlnode *message)
{
  xmlnode *received = pen_wire_child (message, "received", NS_RECEIPTS);
  const char *id = received == NULL ? NULL : xmlnode_get_attrib (received, "id");

  if (id == NULL || *id == '\0')
    return;
  incoming->about = g_strdup (id);
  incoming->event = PEN_DELIVERY_RECEIPT;
}

PenGatewayIncoming *
pen_gateway_incoming_read (xmlnode *message, const char *host, const char *region)
{
  const char *from = xmlnode_get_attrib (message, "from");
  g_autofree char *domain = pen_jid_domain (from);
  g_autofree char *own = pen_jid_domain (host);
  PenGatewayIncoming *incoming;
  xmlnode *delay;

  if (g_strcmp0 (message->name, "message") != 0 || domain == NULL || g_strcmp0 (domain, own) != 0)
    return NULL;
  incoming = g_new0 (PenGatewayIncoming, 1);
  incoming->event = PEN_N_DELIVERY_EVENTS;
  incoming->jid = pen_jid_bare (from);
  incoming->id = g_strdup (xmlnode_get_attrib (message, "id"));
  incoming->nick = pen_wire_line (pen_wire_child (message, "nick", NS_NICK));
  incoming->address = pen_gateway_address_of (from, host, incoming->nick, region);
  incoming->error = pen_wire_error_read (message);
  if (incoming->error != NULL)
    {
      incoming->event = PEN_DELIVERY_ERROR;
      incoming->about = g_strdup (incoming->id);
      return incoming;
    }
  delay = pen_wire_child (message, "delay", NS_DELAY);
  incoming->at_us = read_time (delay == NULL ? NULL : xmlnode_get_attrib (delay, "stamp"));
  incoming->asks_receipt = pen_wire_child (message, "request", NS_RECEIPTS) != NULL;
  read_report (incoming, message);
  read_text (incoming, message, host, region);
  return incoming;
}

PenDeliveryEvent
pen_gateway_receipt_event (const PenGatewayIncoming *incoming, gboolean requested)
{
  g_return_val_if_fail (incoming != NULL, PEN_N_DELIVERY_EVENTS);

  if (incoming->event != PEN_DELIVERY_RECEIPT || requested || incoming->address == NULL)
    return incoming->event;
  return PEN_DELIVERY_REPORT;
}
