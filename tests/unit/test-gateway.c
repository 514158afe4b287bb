/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The XMPP gateway codec: recognising, addresses both ways, what leaves. What comes in is in
 * test-gateway-incoming.c. */

#include <string.h>

#include "gateway.h"
#include "xml-fixture.h"

#define HOST "sms.example"
#define DISCO "<query xmlns='http://jabber.org/protocol/disco#info'>"
#define ERROR_OPEN "<iq xmlns='jabber:client' type='error'><error type='cancel'>"
#define NS_STANZAS "urn:ietf:params:xml:ns:xmpp-stanzas"

static void
test_identity (void)
{
  static const struct
  {
    const char *inner;
    gboolean is_gateway;
    guint flags;
  } table[] = {
    { "<identity category='gateway' type='sms' name='x'/>", TRUE, 0 },
    { "<identity category='gateway' type='pstn'/>", TRUE, 0 },
    { "<identity category='gateway' type='sms-ctplt'/><feature var='jabber:iq:register'/>", TRUE,
      PEN_GATEWAY_REGISTER },
    { "<identity category='client' type='pc'/><identity category='gateway' type='sms'/>", TRUE, 0 },
    { "<identity category='gateway' type='irc'/><identity category='gateway' type='sms'/>", TRUE, 0 },
    { "<feature var='jabber:iq:gateway'/><feature var='jid\\20escaping'/>", TRUE,
      PEN_GATEWAY_PROMPT | PEN_GATEWAY_ESCAPING },
    { "<identity category='component' type='generic'/><feature var='jabber:iq:gateway'/>", TRUE, PEN_GATEWAY_PROMPT },
    { "<identity category='gateway' type='irc'/><feature var='jabber:iq:gateway'/>", FALSE, PEN_GATEWAY_PROMPT },
    { "<identity category='gateway' type='smsx'/>", FALSE, 0 },
    { "<identity category='gateway'/>", FALSE, 0 },
    { "<identity category='client' type='sms'/>", FALSE, 0 },
    { "<identity xmlns='other' category='gateway' type='sms'/>", FALSE, 0 },
    { "<identity/><feature/>", FALSE, 0 },
    { "<feature var='urn:xmpp:receipts'/><feature var='http://jabber.org/protocol/address'/>", FALSE,
      PEN_GATEWAY_RECEIPTS | PEN_GATEWAY_GROUPS },
    { "", FALSE, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *xml = g_strconcat (DISCO, table[i].inner, "</query>", NULL);
      g_autoptr (XmlFixture) query = xmlnode_from_str (xml, -1);

      g_test_message ("%s", table[i].inner);
      g_assert_cmpint (pen_gateway_is_identity (query), ==, table[i].is_gateway);
      g_assert_cmpuint (pen_gateway_flags (query), ==, table[i].flags);
    }
  g_assert_false (pen_gateway_is_identity (NULL));
}

static void
test_identity_name (void)
{
  g_autoptr (XmlFixture) query
    = xmlnode_from_str (DISCO "<identity category='gateway' type='irc' name='no'/>"
                              "<identity category='gateway' type='sms' name=' My&#10;Gateway '/></query>", -1);
  g_autofree char *name = pen_gateway_identity_name (query);

  g_assert_cmpstr (name, ==, "My Gateway");
}

static void
test_kinds (void)
{
  g_assert_true (pen_gateway_kind_by_name ("xmpp") == &pen_gateway_xmpp);
  g_assert_null (pen_gateway_kind_by_name ("pigeon"));
}

static void
test_wire_jid (void)
{
  static const struct
  {
    PenAddressKind kind;
    const char *name;
    const char *host;
    PenGatewayFlags flags;
    const char *jid;
  } table[] = {
    { PEN_ADDRESS_TEL, "+15551230001", HOST, 0, "+15551230001@" HOST },
    { PEN_ADDRESS_TEL, "+15551230001", "SMS.Example", PEN_GATEWAY_PHONE_CONTEXT, "+15551230001@" HOST },
    { PEN_ADDRESS_SHORT, "12345", HOST, 0, "12345@" HOST },
    { PEN_ADDRESS_SHORT, "12345", HOST, PEN_GATEWAY_PHONE_CONTEXT,
      "12345;phone-context=ca-us.phone-context.soprani.ca@" HOST },
    { PEN_ADDRESS_GROUP, "+15551230001,+15551230002", HOST, 0, "+15551230001,+15551230002@" HOST },
    { PEN_ADDRESS_GROUP, "+15551230002,+15551230001", HOST, 0, NULL },
    { PEN_ADDRESS_ALPHA, "SomeBank", HOST, 0, NULL },
    { PEN_ADDRESS_XMPP, "juliet@example.org", HOST, 0, NULL },
    { PEN_ADDRESS_TEL, "juliet", HOST, 0, NULL },
    { PEN_ADDRESS_TEL, "+15551230001", "a@b", 0, NULL },
    { PEN_ADDRESS_TEL, "+15551230001", "", 0, NULL },
    { PEN_ADDRESS_TEL, "+15551230001", "a b", 0, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (PenAddress) address = pen_address_new (table[i].kind, table[i].name);
      g_autofree char *jid = pen_gateway_wire_jid (address, table[i].host, table[i].flags);

      g_assert_cmpstr (jid, ==, table[i].jid);
    }
}

static const struct
{
  const char *jid;
  const char *nick;
  const char *region;
  PenAddressKind kind;
  const char *name;
} address_rows[] = {
  { "+15551230001@" HOST, NULL, NULL, PEN_ADDRESS_TEL, "+15551230001" },
  { "+15551230001@SMS.example/tel", "Mallory", NULL, PEN_ADDRESS_TEL, "+15551230001" },
  { "15551230001@" HOST, NULL, NULL, PEN_ADDRESS_TEL, "+15551230001" },
  { "15551230001@" HOST, NULL, "US", PEN_ADDRESS_TEL, "+15551230001" },
  { "5551230001@" HOST, NULL, "US", PEN_ADDRESS_TEL, "+15551230001" },
  { "5551230001@" HOST, NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { "4915146788794@" HOST, NULL, "DE", PEN_ADDRESS_TEL, "+4915146788794" },
  { "015146788794@" HOST, NULL, "DE", PEN_ADDRESS_TEL, "+4915146788794" },
  { "015146788794@" HOST, NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { "004915146788794@" HOST, NULL, NULL, PEN_ADDRESS_TEL, "+4915146788794" },
  { "13912345678@" HOST, NULL, "CN", PEN_ADDRESS_TEL, "+8613912345678" },
  { "8613912345678@" HOST, NULL, "CN", PEN_ADDRESS_TEL, "+8613912345678" },
  { "12345@" HOST, NULL, NULL, PEN_ADDRESS_SHORT, "12345" },
  { "12345;phone-context=ca-us.phone-context.soprani.ca@" HOST "/tel", NULL, NULL, PEN_ADDRESS_SHORT, "12345" },
  { "5381795566807780;phone-context=alphanumeric.phone-context.soprani.ca@" HOST, "SomeBank", NULL,
    PEN_ADDRESS_ALPHA, "SomeBank" },
  { "53;phone-context=alphanumeric.phone-context.soprani.ca@" HOST, "Some Bank", NULL, PEN_ADDRESS_ALPHA,
    "Some Bank" },
  { "5381797136678077;phone-context=alphanumeric.phone-context.soprani.ca@" HOST, NULL, NULL, PEN_ADDRESS_ALPHA,
    "SomeBank" },
  { "5381797136678077;phone-context=alphanumeric.phone-context.soprani.ca@" HOST, "+15551230001", NULL,
    PEN_ADDRESS_ALPHA, "SomeBank" },
  { "538;phone-context=alphanumeric.phone-context.soprani.ca@" HOST, NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { "13;phone-context=anonymous.phone-context.soprani.ca@" HOST, NULL, NULL, PEN_ADDRESS_ALPHA, "Anonymous" },
  { "18;phone-context=anonymous.phone-context.soprani.ca@" HOST, "x", NULL, PEN_ADDRESS_ALPHA, "Anonymous" },
  { "+15551230001;phone-context=anonymous.x@" HOST, NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { "12345678;phone-context=ca-us.phone-context.soprani.ca@" HOST, NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { "12345;ext=1@" HOST, NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { "SomeBank@" HOST, NULL, NULL, PEN_ADDRESS_ALPHA, "somebank" },
  { "somebank@" HOST, "SomeBank", NULL, PEN_ADDRESS_ALPHA, "SomeBank" },
  { "somebank@" HOST, "Other", NULL, PEN_ADDRESS_ALPHA, "somebank" },
  { "some\\20bank@" HOST, NULL, NULL, PEN_ADDRESS_ALPHA, "some bank" },
  { "+15551230002,+15551230001@" HOST, NULL, NULL, PEN_ADDRESS_GROUP, "+15551230001,+15551230002" },
  { "15551230002,+15551230001@" HOST, NULL, NULL, PEN_ADDRESS_GROUP, "+15551230001,+15551230002" },
  { "+15551230001,15551230001@" HOST, NULL, NULL, PEN_ADDRESS_TEL, "+15551230001" },
  { "+15551230001,@" HOST, NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { "+15551230001,12345@" HOST, NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { ",@" HOST, NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { "+15551230001@sms.example.org", NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { "+15551230001@evil.sms.example", NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { "+15551230001%" HOST "@evil.example", NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { HOST, NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { HOST "/+15551230001@" HOST, NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { "+1555123000112345@" HOST, NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { "1555123000112345678@" HOST, NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { "a-very-long-localpart@" HOST, NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { "@" HOST, NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { "", NULL, NULL, PEN_ADDRESS_NONE, NULL },
  { NULL, NULL, NULL, PEN_ADDRESS_NONE, NULL },
};

static void
test_address_of (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (address_rows); i++)
    {
      g_autoptr (PenAddress) address
        = pen_gateway_address_of (address_rows[i].jid, HOST, address_rows[i].nick, address_rows[i].region);

      g_test_message ("%s %s", address_rows[i].jid, address_rows[i].region);
      g_assert_cmpstr (address == NULL ? NULL : address->name, ==, address_rows[i].name);
      g_assert_cmpint (address == NULL ? PEN_ADDRESS_NONE : address->kind, ==, address_rows[i].kind);
      if (address != NULL)
        g_assert_cmpint (pen_address_kind_of_name (address->name), ==, address->kind);
    }
}

/* What is written to a gateway comes back into the same conversation. */
static void
test_round_trip (void)
{
  static const char *const names[] = { "+15551230001", "12345", "+15551230001,+15551230002" };
  static const PenGatewayFlags flags[] = { PEN_GATEWAY_NONE, PEN_GATEWAY_PHONE_CONTEXT };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    for (gsize k = 0; k < G_N_ELEMENTS (flags); k++)
      {
        g_autoptr (PenAddress) address = pen_address_new (pen_address_kind_of_name (names[i]), names[i]);
        g_autofree char *jid = pen_gateway_wire_jid (address, HOST, flags[k]);
        g_autoptr (PenAddress) back = pen_gateway_address_of (jid, HOST, NULL, NULL);

        g_assert_nonnull (back);
        g_assert_true (pen_address_equal (address, back));
      }
}

static void
test_prompt_elements (void)
{
  g_autoptr (PenAddress) address = pen_address_new (PEN_ADDRESS_TEL, "+15551230001");
  g_autoptr (XmlFixture) get = pen_gateway_prompt_get ();
  g_autoptr (XmlFixture) set = pen_gateway_prompt_set (address);
  g_autoptr (XmlFixture) answer = xmlnode_from_str (
    "<iq xmlns='jabber:client' type='result'><query xmlns='jabber:iq:gateway'><desc>Enter&#10;a number</desc>"
    "<prompt>Number</prompt></query></iq>", -1);
  g_autofree char *get_xml = xmlnode_to_str (get, NULL);
  g_autofree char *set_xml = xmlnode_to_str (set, NULL);
  g_autofree char *desc = NULL;
  g_autofree char *prompt = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (get_xml, ==, "<query xmlns='jabber:iq:gateway'/>");
  g_assert_cmpstr (set_xml, ==, "<query xmlns='jabber:iq:gateway'><prompt>+15551230001</prompt></query>");
  g_assert_true (pen_gateway_prompt_read (answer, &desc, &prompt, &error));
  g_assert_cmpstr (desc, ==, "Enter a number");
  g_assert_cmpstr (prompt, ==, "Number");
}

static void
test_prompt_jid (void)
{
  static const struct
  {
    const char *inner;
    const char *jid;
    int code;
  } table[] = {
    { "<query xmlns='jabber:iq:gateway'><jid>+15551230001@" HOST "</jid></query>", "+15551230001@" HOST, -1 },
    { "<query xmlns='jabber:iq:gateway'><jid> 15551230001@SMS.example/tel </jid></query>", "15551230001@" HOST, -1 },
    { "<query xmlns='jabber:iq:gateway'><jid>u8f3e2a@" HOST "</jid></query>", "u8f3e2a@" HOST, -1 },
    { "<query xmlns='jabber:iq:gateway'><jid>+15551230002@" HOST "</jid></query>", NULL,
      PEN_GATEWAY_ERROR_OTHER_PERSON },
    { "<query xmlns='jabber:iq:gateway'><jid>12345@" HOST "</jid></query>", NULL, PEN_GATEWAY_ERROR_OTHER_PERSON },
    { "<query xmlns='jabber:iq:gateway'><jid>+15551230001@evil.example</jid></query>", NULL,
      PEN_GATEWAY_ERROR_FOREIGN },
    { "<query xmlns='jabber:iq:gateway'><jid>" HOST "</jid></query>", NULL, PEN_GATEWAY_ERROR_FOREIGN },
    { "<query xmlns='jabber:iq:gateway'><jid>&lt;&gt;</jid></query>", NULL, PEN_GATEWAY_ERROR_FOREIGN },
    { "<query xmlns='jabber:iq:gateway'/>", NULL, PEN_GATEWAY_ERROR_FOREIGN },
    { "<query xmlns='other'><jid>+15551230001@" HOST "</jid></query>", NULL, PEN_GATEWAY_ERROR_UNREADABLE },
    { "", NULL, PEN_GATEWAY_ERROR_UNREADABLE },
  };
  g_autoptr (PenAddress) asked = pen_address_new (PEN_ADDRESS_TEL, "+15551230001");

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *xml = g_strconcat ("<iq xmlns='jabber:client' type='result'>", table[i].inner, "</iq>", NULL);
      g_autoptr (XmlFixture) iq = xmlnode_from_str (xml, -1);
      g_autoptr (GError) error = NULL;
      g_autofree char *jid = pen_gateway_prompt_jid (iq, HOST, asked, &error);

      g_test_message ("%s", table[i].inner);
      g_assert_cmpstr (jid, ==, table[i].jid);
      if (table[i].code < 0)
        g_assert_no_error (error);
      else
        g_assert_error (error, PEN_GATEWAY_ERROR, table[i].code);
    }
}

static void
test_moved (void)
{
  static const struct
  {
    const char *condition;
    const char *jid;
  } table[] = {
    { "<gone xmlns='" NS_STANZAS "'>+15551230001@" HOST "</gone>", "+15551230001@" HOST },
    { "<gone xmlns='" NS_STANZAS "'>xmpp:+15551230001@" HOST "</gone>", "+15551230001@" HOST },
    { "<gone xmlns='" NS_STANZAS "'>+15551230001@evil.example</gone>", NULL },
    { "<gone xmlns='" NS_STANZAS "'>+15551230002@" HOST "</gone>", NULL },
    { "<gone xmlns='" NS_STANZAS "'/>", NULL },
    { "<redirect xmlns='" NS_STANZAS "'>+15551230001@" HOST "</redirect>", NULL },
    { "<gone xmlns='other'>+15551230001@" HOST "</gone>", NULL },
    { "", NULL },
  };
  g_autoptr (PenAddress) asked = pen_address_new (PEN_ADDRESS_TEL, "+15551230001");

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *xml = g_strconcat (ERROR_OPEN, table[i].condition, "</error></iq>", NULL);
      g_autoptr (XmlFixture) iq = xmlnode_from_str (xml, -1);
      g_autoptr (PenWireError) error = pen_wire_error_read (iq);
      g_autofree char *jid = pen_gateway_moved_to (error, HOST, asked);

      g_assert_cmpstr (jid, ==, table[i].jid);
    }
}

/* docs/design.md, invariant 4: byte for byte, nothing else. */
static void
test_message (void)
{
  static const struct
  {
    const char *text;
    gboolean receipt;
    const char *xml;
  } table[] = {
    { "hi", FALSE, "<message type='chat' to='a@b' id='1'><body>hi</body></message>" },
    { "hi", TRUE,
      "<message type='chat' to='a@b' id='1'><body>hi</body><request xmlns='urn:xmpp:receipts'/></message>" },
    { "1 < 2 & <encrypted/>", FALSE,
      "<message type='chat' to='a@b' id='1'><body>1 &lt; 2 &amp; &lt;encrypted/&gt;</body></message>" },
    { "a\x01\x1b[31m\tb\r\nc\rd\x7f\xc2\x85", FALSE,
      "<message type='chat' to='a@b' id='1'><body>a[31m\tb\nc\nd</body></message>" },
    { "x\xffy", FALSE, "<message type='chat' to='a@b' id='1'><body>x\xef\xbf\xbdy</body></message>" },
    { "x\xef\xbf\xbfy", FALSE, "<message type='chat' to='a@b' id='1'><body>xy</body></message>" },
    { "", TRUE, NULL },
    { "\x01\x02", TRUE, NULL },
    { "?OTRv23?", TRUE, NULL },
    { "?OTR:AAMC...", TRUE, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      xmlnode *message = pen_gateway_message ("a@b", "1", table[i].text, table[i].receipt);
      g_autofree char *xml = message == NULL ? NULL : xmlnode_to_str (message, NULL);

      g_assert_cmpstr (xml, ==, table[i].xml);
      g_clear_pointer (&message, xmlnode_free);
    }
}

static void
test_error (void)
{
  g_autoptr (XmlFixture) iq = xmlnode_from_str (
    ERROR_OPEN "<text xmlns='" NS_STANZAS "'>Message&#10;too long.</text>"
               "<forbidden xmlns='" NS_STANZAS "'/></error></iq>", -1);
  g_autoptr (XmlFixture) bare = xmlnode_from_str ("<iq xmlns='jabber:client' type='error'/>", -1);
  g_autoptr (XmlFixture) odd = xmlnode_from_str (
    ERROR_OPEN "<FOR_BIDDEN xmlns='" NS_STANZAS "'/></error></iq>", -1);
  g_autoptr (XmlFixture) result = xmlnode_from_str ("<iq xmlns='jabber:client' type='result'/>", -1);
  g_autoptr (PenWireError) error = pen_wire_error_read (iq);
  g_autoptr (PenWireError) no_child = pen_wire_error_read (bare);
  g_autoptr (PenWireError) no_name = pen_wire_error_read (odd);

  g_assert_cmpstr (error->condition, ==, "forbidden");
  g_assert_cmpstr (error->type, ==, "cancel");
  g_assert_cmpstr (error->text, ==, "Message too long.");
  g_assert_null (error->elsewhere);
  g_assert_cmpstr (no_child->condition, ==, "undefined-condition");
  g_assert_cmpstr (no_name->condition, ==, "undefined-condition");
  g_assert_null (pen_wire_error_read (result));
}

static void
test_clean (void)
{
  static const struct
  {
    const char *text;
    gsize max_bytes;
    const char *clean;
  } table[] = {
    { "abc", 3, "abc" },
    { "abcd", 3, "abc\xe2\x80\xa6" },
    { "ab\xc3\xa9", 3, "ab\xe2\x80\xa6" },
    { "ab\xc3\xa9", 4, "ab\xc3\xa9" },
    { "\xff\xff\xff\xff", 3, "\xef\xbf\xbd\xe2\x80\xa6" },
    { "\x01", 3, NULL },
    { "", 3, NULL },
    { NULL, 3, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *clean = pen_wire_clean_text (table[i].text, table[i].max_bytes);

      g_assert_cmpstr (clean, ==, table[i].clean);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  xml_fixture_init ();
  g_test_add_func ("/gateway/identity", test_identity);
  g_test_add_func ("/gateway/identity-name", test_identity_name);
  g_test_add_func ("/gateway/kinds", test_kinds);
  g_test_add_func ("/gateway/wire-jid", test_wire_jid);
  g_test_add_func ("/gateway/address-of", test_address_of);
  g_test_add_func ("/gateway/round-trip", test_round_trip);
  g_test_add_func ("/gateway/prompt/elements", test_prompt_elements);
  g_test_add_func ("/gateway/prompt/jid", test_prompt_jid);
  g_test_add_func ("/gateway/moved", test_moved);
  g_test_add_func ("/gateway/message", test_message);
  g_test_add_func ("/wire/error", test_error);
  g_test_add_func ("/wire/clean", test_clean);
  return g_test_run ();
}
