/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Whom an outgoing element names, and as what it is recorded. */

#include "purple/stanza.h"

#include "xml-fixture.h"

static const char *const services[] = { "sms.pen.test", "directory.pen.test", NULL };
static const char *const gateways[] = { "sms.pen.test", NULL };
static const PenStanzaContext context = { "alice@pen.test", "pen.test", services, gateways };

typedef struct
{
  const char *path;
  const char *xml;
  const char *persons;
  PenKind kind;
  gboolean is_request;
} Row;

#define IQ_GET(to, payload) "<iq type='get' id='1' to='" to "'>" payload "</iq>"

static const Row rows[] = {
  { "message", "<message to='bob@x.test/home' type='chat'><body>hi carol@x.test</body></message>", "xmpp:bob@x.test",
    PEN_KIND_DELIVERY, FALSE },
  { "typing", "<message to='bob@x.test'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
    "xmpp:bob@x.test", PEN_KIND_DELIVERY, FALSE },
  { "sms", "<message to='+15551234567@sms.pen.test'><body>x</body></message>", "tel:+15551234567", PEN_KIND_DELIVERY,
    FALSE },
  { "presence/broadcast", "<presence><show>away</show></presence>", "", PEN_KIND_PRESENCE, FALSE },
  { "presence/directed", "<presence to='bob@x.test' type='subscribe'/>", "xmpp:bob@x.test", PEN_KIND_PRESENCE, FALSE },
  { "presence/room", "<presence to='r@conf.test/me'><x xmlns='http://jabber.org/protocol/muc'/></presence>",
    "xmpp:r@conf.test", PEN_KIND_ROOM, FALSE },
  { "own", IQ_GET ("alice@pen.test/phone", "<query xmlns='jabber:iq:version'/>"), "", PEN_KIND_LIBRARY, TRUE },
  { "server", IQ_GET ("pen.test", "<query xmlns='http://jabber.org/protocol/disco#info'/>"), "", PEN_KIND_DISCO, TRUE },
  { "service", IQ_GET ("sms.pen.test", "<query xmlns='http://jabber.org/protocol/disco#info'/>"), "", PEN_KIND_DISCO,
    TRUE },
  { "other-host", IQ_GET ("conf.pen.test", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
    "xmpp:conf.pen.test", PEN_KIND_DISCO, TRUE },
  { "roster/get", "<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>", "", PEN_KIND_ROSTER, TRUE },
  { "roster/set", "<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='bob@x.test' name='Bob'/>"
    "<item jid='x.test'/></query></iq>", "xmpp:bob@x.test xmpp:x.test", PEN_KIND_ROSTER, FALSE },
  { "vcard", IQ_GET ("bob@x.test", "<vCard xmlns='vcard-temp'/>"), "xmpp:bob@x.test", PEN_KIND_VCARD, TRUE },
  { "device-list", IQ_GET ("bob@x.test", "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
    "<items node='eu.siacs.conversations.axolotl.devicelist'/></pubsub>"), "xmpp:bob@x.test", PEN_KIND_DEVICE_LIST, TRUE },
  { "bundle", IQ_GET ("bob@x.test", "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
    "<items node='eu.siacs.conversations.axolotl.bundles:7'/></pubsub>"), "xmpp:bob@x.test", PEN_KIND_BUNDLE, TRUE },
  { "avatar", IQ_GET ("bob@x.test", "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
    "<items node='urn:xmpp:avatar:data'/></pubsub>"), "xmpp:bob@x.test", PEN_KIND_AVATAR, TRUE },
  { "directory", IQ_GET ("directory.pen.test", "<phone-book xmlns='im.quicksy.synchronization:0'>"
    "<entry number='+15551230001'/><entry number='+15551230002'/></phone-book>"), "tel:+15551230001 tel:+15551230002",
    PEN_KIND_DIRECTORY, TRUE },
  { "prompt", "<iq type='set' id='1' to='sms.pen.test'><query xmlns='jabber:iq:gateway'><prompt>+15551234567</prompt>"
    "</query></iq>", "tel:+15551234567", PEN_KIND_GATEWAY, TRUE },
  { "answer", "<iq type='result' id='1' to='bob@x.test/home'/>", "xmpp:bob@x.test", PEN_KIND_LIBRARY, FALSE },
  { "error", "<iq type='error' id='1' to='bob@x.test'><query xmlns='jabber:iq:never'/><error/></iq>", "xmpp:bob@x.test",
    PEN_KIND_OTHER, FALSE },
  { "invite", "<message to='r@conf.test'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='bob@x.test'/></x>"
    "</message>", "xmpp:r@conf.test xmpp:bob@x.test", PEN_KIND_ROOM, FALSE },
  { "addresses", "<message to='pen.test'><addresses xmlns='http://jabber.org/protocol/address'>"
    "<address type='to' uri='sms:+15551230001'/><address type='cc' jid='bob@x.test'/></addresses></message>",
    "tel:+15551230001 xmpp:bob@x.test", PEN_KIND_DELIVERY, FALSE },
  { "unknown", "<iq type='get' id='1'><thing xmlns='urn:never-heard-of'><deep who='bob@x.test'/></thing></iq>",
    "xmpp:bob@x.test", PEN_KIND_OTHER, TRUE },
  { "block", "<iq type='set' id='1'><block xmlns='urn:xmpp:blocking'><item jid='bob@x.test'/></block></iq>",
    "xmpp:bob@x.test", PEN_KIND_LIBRARY, FALSE },
  { "form", "<iq type='set' id='1' to='pen.test'><command xmlns='http://jabber.org/protocol/commands'>"
    "<x xmlns='jabber:x:data'><field var='jid'><value>bob@x.test</value></field></x></command></iq>", "xmpp:bob@x.test",
    PEN_KIND_OTHER, FALSE },
  { "not-an-address", "<message to='@@'><body>x</body></message>", "@@", PEN_KIND_DELIVERY, FALSE },
  { "twice", "<message to='bob@x.test/a'><x xmlns='urn:x' jid='BOB@x.test/b'/></message>", "xmpp:bob@x.test",
    PEN_KIND_DELIVERY, FALSE },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (XmlFixture) element = xmlnode_from_str (row->xml, -1);
  g_auto (PenStanzaFacts) facts = { 0 };
  g_autofree char *persons = NULL;

  g_assert_nonnull (element);
  pen_stanza_read (element, &context, &facts);
  g_ptr_array_add (facts.persons, NULL);
  persons = g_strjoinv (" ", (char **) facts.persons->pdata);
  g_assert_cmpstr (persons, ==, row->persons);
  g_assert_cmpstr (pen_kind_to_string (facts.kind), ==, pen_kind_to_string (row->kind));
  g_assert_cmpint (facts.is_request, ==, row->is_request);
}

static void
test_deep (void)
{
  g_autoptr (XmlFixture) element = xmlnode_new ("message");
  g_auto (PenStanzaFacts) facts = { 0 };
  xmlnode *inner = element;

  for (int i = 0; i < 10000; i++)
    inner = xmlnode_new_child (inner, "x");
  pen_stanza_read (element, &context, &facts);
  g_assert_cmpuint (facts.persons->len, ==, 0);
}

static void
test_empty (void)
{
  g_autoptr (XmlFixture) message = xmlnode_from_str ("<message from='a@b' type='chat'>text<body>x</body></message>", -1);

  pen_stanza_empty (message);
  g_assert_null (xmlnode_get_child (message, "body"));
  g_assert_null (xmlnode_get_attrib (message, "from"));
  g_assert_cmpstr (message->name, ==, "message");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  xml_fixture_init ();
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/stanza/", rows[i].path, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }
  g_test_add_func ("/stanza/deep", test_deep);
  g_test_add_func ("/stanza/empty", test_empty);
  return g_test_run ();
}
