/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What comes from an XMPP gateway: texts, media, groups, receipts, errors. */

#include <string.h>

#include "gateway.h"
#include "xml-fixture.h"

#define HOST "sms.example"
#define ONE "+15551230001"
#define TWO "+15551230002"
#define GROUP ONE "," TWO
#define NS_STANZAS "urn:ietf:params:xml:ns:xmpp-stanzas"
#define OOB(url) "<x xmlns='jabber:x:oob'><url>" url "</url></x>"
#define TAIL(number) "\nsend from " number " at 2026-01-31T12:00:00+01:00 via SMSC +491710760000"

static PenGatewayIncoming *
read_from (const char *from, const char *rest)
{
  g_autofree char *xml = g_strconcat ("<message xmlns='jabber:client' id='in1' from='", from, "'", rest, NULL);
  g_autoptr (XmlFixture) message = xmlnode_from_str (xml, -1);

  g_assert_nonnull (message);
  return pen_gateway_incoming_read (message, HOST, NULL);
}

typedef struct
{
  const char *from;
  const char *inner;
  const char *name;
  const char *speaker;
  const char *text;
  const char *media;
} TextRow;

static const TextRow texts[] = {
  { ONE "@" HOST "/tel", "<body>hello &lt;b&gt;</body>", ONE, NULL, "hello <b>", NULL },
  { "15551230001@" HOST, "<body>hello</body>", ONE, NULL, "hello", NULL },
  { HOST, "<body>Welcome</body>", NULL, NULL, "Welcome", NULL },
  { ONE "@" HOST, "<body xmlns='http://www.w3.org/1999/xhtml'>no</body>", ONE, NULL, NULL, NULL },
  { ONE "@" HOST, "", ONE, NULL, NULL, NULL },

  { ONE "@" HOST, "<body>https://m.example/a.jpg</body>" OOB ("https://m.example/a.jpg"), ONE, NULL, NULL,
    "https://m.example/a.jpg" },
  { ONE "@" HOST, "<body>look: https://m.example/a.jpg</body>" OOB ("https://m.example/a.jpg"), ONE, NULL,
    "look: https://m.example/a.jpg", "https://m.example/a.jpg" },
  { ONE "@" HOST, OOB ("HTTPS://m.example/a.jpg"), ONE, NULL, NULL, "HTTPS://m.example/a.jpg" },
  { ONE "@" HOST, "<body>x</body>" OOB ("javascript:alert(1)"), ONE, NULL, "x", NULL },
  { ONE "@" HOST, "<body>x</body>" OOB ("file:///etc/passwd"), ONE, NULL, "x", NULL },
  { ONE "@" HOST, "<body>x</body>" OOB ("https://a b"), ONE, NULL, "x", NULL },
  { ONE "@" HOST, "<body>x</body>" OOB (""), ONE, NULL, "x", NULL },

  { GROUP "@" HOST, "<body>&lt;xmpp:" TWO "@" HOST "&gt; hi all</body>", GROUP, TWO, "hi all", NULL },
  { GROUP "@" HOST, "<body>&lt;xmpp:15551230002@" HOST "&gt; hi all</body>", GROUP, TWO, "hi all", NULL },
  { GROUP "@" HOST, "<body>&lt;xmpp:" TWO "@" HOST "&gt; https://m.example/a</body>" OOB ("https://m.example/a"),
    GROUP, TWO, NULL, "https://m.example/a" },
  { GROUP "@" HOST, "<body>&lt;xmpp:+15559999999@" HOST "&gt; hi</body>", GROUP, NULL,
    "<xmpp:+15559999999@" HOST "> hi", NULL },
  { GROUP "@" HOST, "<body>&lt;xmpp:" TWO "@evil.example&gt; hi</body>", GROUP, NULL,
    "<xmpp:" TWO "@evil.example> hi", NULL },
  { GROUP "@" HOST, "<body>&lt;xmpp:" TWO "@" HOST "&gt;hi</body>", GROUP, NULL, "<xmpp:" TWO "@" HOST ">hi", NULL },
  { GROUP "@" HOST, "<body>&gt; &lt;xmpp:</body>", GROUP, NULL, "> <xmpp:", NULL },
  { ONE "@" HOST, "<body>&lt;xmpp:" TWO "@" HOST "&gt; hi</body>", ONE, NULL, "<xmpp:" TWO "@" HOST "> hi", NULL },

  { ONE "@" HOST, "<body>hi" TAIL (ONE) "</body>", ONE, NULL, "hi", NULL },
  { "15551230001@" HOST, "<body>hi\nthere" TAIL ("15551230001") "</body>", ONE, NULL, "hi\nthere", NULL },
  { "somebank@" HOST, "<body>hi" TAIL ("SomeBank") "</body>", "somebank", NULL, "hi", NULL },
  { ONE "@" HOST, "<body>" TAIL (ONE) "</body>", ONE, NULL, NULL, NULL },
  { ONE "@" HOST, "<body>hi" TAIL (TWO) "</body>", ONE, NULL, "hi" TAIL (TWO), NULL },
  { ONE "@" HOST, "<body>hi" TAIL (ONE) "x</body>", ONE, NULL, "hi" TAIL (ONE) "x", NULL },
  { ONE "@" HOST, "<body>hi" TAIL (ONE) " more</body>", ONE, NULL, "hi" TAIL (ONE) " more", NULL },
  { ONE "@" HOST, "<body>hi" TAIL (ONE) "\nmore</body>", ONE, NULL, "hi" TAIL (ONE) "\nmore", NULL },
  { ONE "@" HOST, "<body>hi\nsend from " ONE " at noon via SMSC 1</body>", ONE, NULL,
    "hi\nsend from " ONE " at noon via SMSC 1", NULL },
  { ONE "@" HOST, "<body>send from " ONE " at 2026-01-31T12:00:00Z via SMSC 1</body>", ONE, NULL,
    "send from " ONE " at 2026-01-31T12:00:00Z via SMSC 1", NULL },
};

static void
test_texts (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      const TextRow *row = &texts[i];
      g_autofree char *rest = g_strconcat (" type='chat'>", row->inner, "</message>", NULL);
      g_autoptr (PenGatewayIncoming) incoming = read_from (row->from, rest);

      g_test_message ("%s %s", row->from, row->inner);
      g_assert_nonnull (incoming);
      g_assert_cmpstr (incoming->address == NULL ? NULL : incoming->address->name, ==, row->name);
      g_assert_cmpstr (incoming->speaker, ==, row->speaker);
      g_assert_cmpstr (incoming->text, ==, row->text);
      g_assert_cmpstr (incoming->media, ==, row->media);
      g_assert_cmpstr (incoming->id, ==, "in1");
      g_assert_cmpint (incoming->event, ==, PEN_N_DELIVERY_EVENTS);
      g_assert_null (incoming->error);
    }
}

static void
test_foreign (void)
{
  static const char *const froms[] = { ONE "@evil.example", "evil.example/" HOST, ONE "@sub." HOST, "", "@@" };

  for (gsize i = 0; i < G_N_ELEMENTS (froms); i++)
    g_assert_null (read_from (froms[i], "><body>x</body></message>"));
}

static void
test_extras (void)
{
  g_autoptr (PenGatewayIncoming) incoming = read_from (
    "53;phone-context=alphanumeric.phone-context.soprani.ca@" HOST "/tel",
    "><body>x</body><nick xmlns='http://jabber.org/protocol/nick'>SomeBank</nick>"
    "<delay xmlns='urn:xmpp:delay' stamp='2026-01-31T12:00:00.5Z'/><request xmlns='urn:xmpp:receipts'/></message>");
  g_autoptr (PenGatewayIncoming) bad = read_from (
    ONE "@" HOST, "><body>x</body><delay xmlns='urn:xmpp:delay' stamp='yesterday'/>"
                  "<delay xmlns='urn:xmpp:delay'/></message>");
  g_autoptr (PenGatewayIncoming) tail = read_from (ONE "@" HOST, "><body>x" TAIL (ONE) "</body></message>");

  g_assert_cmpstr (incoming->nick, ==, "SomeBank");
  g_assert_cmpstr (incoming->address->name, ==, "SomeBank");
  g_assert_cmpstr (incoming->jid, ==, "53;phone-context=alphanumeric.phone-context.soprani.ca@" HOST);
  g_assert_cmpint (incoming->at_us, ==, G_GINT64_CONSTANT (1769860800500000));
  g_assert_true (incoming->asks_receipt);
  g_assert_cmpint (bad->at_us, ==, 0);
  g_assert_false (bad->asks_receipt);
  g_assert_cmpint (tail->at_us, ==, G_GINT64_CONSTANT (1769857200000000));
}

static void
test_receipts (void)
{
  static const struct
  {
    const char *from;
    const char *inner;
    gboolean requested;
    PenDeliveryEvent event;
    const char *about;
  } table[] = {
    { HOST, "<received xmlns='urn:xmpp:receipts' id='m1'/>", TRUE, PEN_DELIVERY_RECEIPT, "m1" },
    { HOST, "<received xmlns='urn:xmpp:receipts' id='m1'/>", FALSE, PEN_DELIVERY_RECEIPT, "m1" },
    { ONE "@" HOST, "<received xmlns='urn:xmpp:receipts' id='m1'/>", TRUE, PEN_DELIVERY_RECEIPT, "m1" },
    { ONE "@" HOST, "<received xmlns='urn:xmpp:receipts' id='m1'/>", FALSE, PEN_DELIVERY_REPORT, "m1" },
    { ONE "@" HOST, "<received xmlns='urn:xmpp:receipts'/>", FALSE, PEN_N_DELIVERY_EVENTS, NULL },
    { ONE "@" HOST, "<received xmlns='urn:xmpp:receipts' id=''/>", FALSE, PEN_N_DELIVERY_EVENTS, NULL },
    { ONE "@" HOST, "<received xmlns='other' id='m1'/>", FALSE, PEN_N_DELIVERY_EVENTS, NULL },
    { ONE "@" HOST, "<x xmlns='y'><received xmlns='urn:xmpp:receipts' id='m1'/></x>", FALSE, PEN_N_DELIVERY_EVENTS,
      NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *rest = g_strconcat (">", table[i].inner, "</message>", NULL);
      g_autoptr (PenGatewayIncoming) incoming = read_from (table[i].from, rest);

      g_test_message ("%s %s", table[i].from, table[i].inner);
      g_assert_cmpint (pen_gateway_receipt_event (incoming, table[i].requested), ==, table[i].event);
      g_assert_cmpstr (incoming->about, ==, table[i].about);
    }
}

/* As sms4you and Prosody send it: no body; and with our own body echoed. */
static void
test_errors (void)
{
  static const char *const rests[] = {
    " type='error'><error type='cancel'><forbidden xmlns='" NS_STANZAS "'/><text xmlns='" NS_STANZAS
    "'>Message too long.</text></error></message>",
    " type='error'><body>my own text</body><received xmlns='urn:xmpp:receipts' id='m2'/><error type='cancel'>"
    "<forbidden xmlns='" NS_STANZAS "'/><text xmlns='" NS_STANZAS "'>Message too long.</text></error></message>",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rests); i++)
    {
      g_autoptr (PenGatewayIncoming) incoming = read_from (ONE "@" HOST, rests[i]);

      g_assert_cmpint (incoming->event, ==, PEN_DELIVERY_ERROR);
      g_assert_cmpint (pen_gateway_receipt_event (incoming, FALSE), ==, PEN_DELIVERY_ERROR);
      g_assert_cmpstr (incoming->about, ==, "in1");
      g_assert_cmpstr (incoming->error->condition, ==, "forbidden");
      g_assert_cmpstr (incoming->error->text, ==, "Message too long.");
      g_assert_cmpstr (incoming->address->name, ==, ONE);
      g_assert_null (incoming->text);
    }
}

static void
test_huge (void)
{
  g_autoptr (GString) rest = g_string_new ("><body>");
  g_autoptr (PenGatewayIncoming) incoming = NULL;

  for (int i = 0; i < 9 * 1024 * 1024 / 3; i++)
    g_string_append (rest, "\xe2\x82\xac");
  g_string_append (rest, "</body></message>");
  incoming = read_from (ONE "@" HOST, rest->str);
  g_assert_cmpuint (strlen (incoming->text), <=, PEN_WIRE_TEXT_MAX_BYTES + 3);
  g_assert_cmpuint (strlen (incoming->text), >, PEN_WIRE_TEXT_MAX_BYTES - 3);
  g_assert_true (g_utf8_validate (incoming->text, -1, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  xml_fixture_init ();
  g_test_add_func ("/gateway/incoming/texts", test_texts);
  g_test_add_func ("/gateway/incoming/foreign", test_foreign);
  g_test_add_func ("/gateway/incoming/extras", test_extras);
  g_test_add_func ("/gateway/incoming/receipts", test_receipts);
  g_test_add_func ("/gateway/incoming/errors", test_errors);
  g_test_add_func ("/gateway/incoming/huge", test_huge);
  return g_test_run ();
}
