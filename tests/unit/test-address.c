/*
 * Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What people type, and the one address or the named refusal that it becomes.
 */
#include <string.h>

#include "penregister/address.h"
#include "penregister/number.h"
#include "row-fixture.h"

#define HUGE_BYTES (10u * 1024u * 1024u)
#define NORMALIZE_RUNS 200000
#define NORMALIZE_MAX_NS 2000.0
#define NAME_TEL "+15551234567"

typedef struct
{
  const char *path;
  const char *typed;
  const char *region;
  PenAddressKind kind;
  const char *name;
} AcceptRow;

static const AcceptRow accept_rows[] = {
  { "tel/international", "+1 (555) 123-4567", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "tel/plain", "+15551234567", "", PEN_ADDRESS_TEL, NAME_TEL },
  { "tel/dots", "+1.555.123.4567", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "tel/plus-in-brackets", "(+1) 555/123 4567", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "tel/white-space", " \t+1 555 123 4567\r\n", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "tel/00", "00 1 555 123 4567", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "tel/00-with-region", "00 1 555 123 4567", "US", PEN_ADDRESS_TEL, NAME_TEL },
  { "tel/011", "011 44 20 7946 0100", "US", PEN_ADDRESS_TEL, "+442079460100" },
  { "tel/us", "555-123-4567", "US", PEN_ADDRESS_TEL, NAME_TEL },
  { "tel/us-lower-case-region", "555-123-4567", "us", PEN_ADDRESS_TEL, NAME_TEL },
  { "tel/us-leading-1", "1 (555) 123-4567", "US", PEN_ADDRESS_TEL, NAME_TEL },
  { "tel/gb", "020 7946 0100", "GB", PEN_ADDRESS_TEL, "+442079460100" },
  { "tel/de", "0151 467 88794", "DE", PEN_ADDRESS_TEL, "+4915146788794" },
  { "tel/de-slash", "030/1234567", "DE", PEN_ADDRESS_TEL, "+49301234567" },
  { "tel/de-trunk-zero", "+49 (0)30 1234567", NULL, PEN_ADDRESS_TEL, "+49301234567" },
  { "tel/it-keeps-zero", "06 6982 1234", "IT", PEN_ADDRESS_TEL, "+390669821234" },
  { "tel/mx-old-mobile", "+52 1 222 123 4567", NULL, PEN_ADDRESS_TEL, "+522221234567" },
  { "tel/satellite", "+870 773 111 632", NULL, PEN_ADDRESS_TEL, "+870773111632" },
  { "tel/arabic-indic", "+١٥٥٥١٢٣٤٥٦٧", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "tel/full-width", "＋１（５５５）１２３－４５６７", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "tel/unicode-hyphens", "+1\u2011555\u2013123\u22124567", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "tel/no-break-spaces", "+1\u00a0555\u202f123\u20094567", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "tel/bidi-marks", "\u202a+1 555\u200e 123 4567\u202c", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "tel/isolates", "\u2068+15551234567\u2069\u200b", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "tel/soft-hyphen", "+1555\u00ad1234567", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "uri/tel", "tel:+1-555-123-4567", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "uri/tel-case", "TEL:+15551234567", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "uri/tel-slashes", "tel://+15551234567", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "uri/tel-context", "tel:555-123-4567;phone-context=+1", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "uri/tel-context-ignored", "tel:+15551234567;phone-context=+44", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "uri/tel-context-no-region", "tel:5551234567;Phone-Context=+1", "DE", PEN_ADDRESS_TEL, NAME_TEL },
  { "uri/tel-other-parameter", "tel:+15551234567;npdi", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "uri/tel-national", "tel:5551234567", "US", PEN_ADDRESS_TEL, NAME_TEL },
  { "uri/tel-short", "tel:12345;phone-context=+1", NULL, PEN_ADDRESS_SHORT, "12345" },
  { "uri/tel-short-domain", "tel:12345;phone-context=ca-us.example.org", NULL, PEN_ADDRESS_SHORT, "12345" },
  { "uri/sms", "sms:+15551234567", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "uri/sms-body", "sms:+15551234567?body=a%20b,c@d.e/f", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "uri/sms-body-ampersand", "sms:+15551234567&body=hi", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "uri/sms-percent", "sms:%2B1%20555%20123%204567", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "uri/sms-group", "sms:+15551230002,+15551230001?body=x", NULL, PEN_ADDRESS_GROUP, "+15551230001,+15551230002" },
  { "uri/sms-alpha", "sms:Some%20Bank", NULL, PEN_ADDRESS_ALPHA, "Some Bank" },
  { "uri/smsto", "smsto:+15551234567", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "uri/mmsto", "mmsto:+15551234567", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "short/three", "123", NULL, PEN_ADDRESS_SHORT, "123" },
  { "short/six", "123456", NULL, PEN_ADDRESS_SHORT, "123456" },
  { "short/spaced", "123 456", NULL, PEN_ADDRESS_SHORT, "123456" },
  { "short/region-changes-nothing", "12345", "DE", PEN_ADDRESS_SHORT, "12345" },
  { "short/arabic-indic", "١٢٣٤٥", NULL, PEN_ADDRESS_SHORT, "12345" },
  { "alpha/plain", "SomeBank", NULL, PEN_ADDRESS_ALPHA, "SomeBank" },
  { "alpha/space", " Some Bank ", NULL, PEN_ADDRESS_ALPHA, "Some Bank" },
  { "alpha/decomposed", "Mu\u0308ller", NULL, PEN_ADDRESS_ALPHA, "Müller" },
  { "alpha/eleven", "ABCDEFGHIJ1", NULL, PEN_ADDRESS_ALPHA, "ABCDEFGHIJ1" },
  { "jid/plain", "juliet@example.org", NULL, PEN_ADDRESS_XMPP, "juliet@example.org" },
  { "jid/case", "Juliet@EXAMPLE.org", NULL, PEN_ADDRESS_XMPP, "juliet@example.org" },
  { "jid/resource", "juliet@example.org/Balcony/a@b", NULL, PEN_ADDRESS_XMPP, "juliet@example.org" },
  { "jid/white-space", "\u200e juliet@example.org \n", NULL, PEN_ADDRESS_XMPP, "juliet@example.org" },
  { "jid/unicode-case", "ÉLODIE@ÉCOLE.example", NULL, PEN_ADDRESS_XMPP, "élodie@école.example" },
  { "jid/decomposed", "E\u0301lodie@example.org", NULL, PEN_ADDRESS_XMPP, "élodie@example.org" },
  { "jid/full-width", "ｊuliet@ｅxample．org", NULL, PEN_ADDRESS_XMPP, "juliet@example.org" },
  { "jid/ideographic-dot", "juliet@例え。example", NULL, PEN_ADDRESS_XMPP, "juliet@例え.example" },
  { "jid/final-dot", "juliet@example.org.", NULL, PEN_ADDRESS_XMPP, "juliet@example.org" },
  { "jid/host-without-dot", "juliet@localhost", NULL, PEN_ADDRESS_XMPP, "juliet@localhost" },
  { "jid/ipv4", "juliet@127.0.0.1", NULL, PEN_ADDRESS_XMPP, "juliet@127.0.0.1" },
  { "jid/ipv6", "juliet@[::1]", NULL, PEN_ADDRESS_XMPP, "juliet@[::1]" },
  { "jid/escaped", "user\\40host@cheogram.com", NULL, PEN_ADDRESS_XMPP, "user\\40host@cheogram.com" },
  { "jid/gateway-group", "+15551230001,+15551230002@cheogram.com", NULL, PEN_ADDRESS_XMPP,
    "+15551230001,+15551230002@cheogram.com" },
  { "jid/gateway-short", "12345;phone-context=x.example@cheogram.com", NULL, PEN_ADDRESS_XMPP,
    "12345;phone-context=x.example@cheogram.com" },
  { "host/plain", "cheogram.com", NULL, PEN_ADDRESS_XMPP, "cheogram.com" },
  { "host/case", "Example.ORG", NULL, PEN_ADDRESS_XMPP, "example.org" },
  { "host/resource", "example.org/a@b", NULL, PEN_ADDRESS_XMPP, "example.org" },
  { "host/digit", "3cx.example", NULL, PEN_ADDRESS_XMPP, "3cx.example" },
  { "uri/xmpp", "xmpp:Juliet@example.org", NULL, PEN_ADDRESS_XMPP, "juliet@example.org" },
  { "uri/xmpp-query", "xmpp:juliet@example.org?message;body=a/b@c", NULL, PEN_ADDRESS_XMPP, "juliet@example.org" },
  { "uri/xmpp-fragment", "xmpp:juliet@example.org#x", NULL, PEN_ADDRESS_XMPP, "juliet@example.org" },
  { "uri/xmpp-resource", "xmpp:juliet@example.org/a%2Fb", NULL, PEN_ADDRESS_XMPP, "juliet@example.org" },
  { "uri/xmpp-authority", "xmpp://me@host.example/you@example.org?message", NULL, PEN_ADDRESS_XMPP, "you@example.org" },
  { "uri/xmpp-percent", "xmpp:%C3%A9lodie@example.org", NULL, PEN_ADDRESS_XMPP, "élodie@example.org" },
  { "uri/xmpp-host", "xmpp:example.org", NULL, PEN_ADDRESS_XMPP, "example.org" },
  { "uri/mailto", "mailto:Juliet@example.org?subject=hi", NULL, PEN_ADDRESS_XMPP, "juliet@example.org" },
  { "group/two", "+15551230002, +1 555 123 0001", NULL, PEN_ADDRESS_GROUP, "+15551230001,+15551230002" },
  { "group/national", "555-123-0002,555-123-0001", "US", PEN_ADDRESS_GROUP, "+15551230001,+15551230002" },
  { "group/duplicates", "+15551230002,+15551230001,001 5551230002", NULL, PEN_ADDRESS_GROUP, "+15551230001,+15551230002" },
  { "group/one-person-twice", "+15551234567,+1 555 1234567", NULL, PEN_ADDRESS_TEL, NAME_TEL },
  { "group/final-comma", "+15551230001,+15551230002,", NULL, PEN_ADDRESS_GROUP, "+15551230001,+15551230002" },
  { "group/ten", "+15551230000,+15551230001,+15551230002,+15551230003,+15551230004,+15551230005,+15551230006,"
    "+15551230007,+15551230008,+15551230009", NULL, PEN_ADDRESS_GROUP,
    "+15551230000,+15551230001,+15551230002,+15551230003,+15551230004,+15551230005,+15551230006,"
    "+15551230007,+15551230008,+15551230009" },
};

/* Every accepted address: its name is its own normal form, and its URI leads back to it. */
static void
test_accept (gconstpointer data)
{
  const AcceptRow *row = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (PenAddress) address = pen_address_parse (row->typed, row->region, &error);
  g_autoptr (PenAddress) back = NULL;
  g_autofree char *normal = NULL;
  g_autofree char *uri = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (address->name, ==, row->name);
  g_assert_cmpint (address->kind, ==, row->kind);
  g_assert_cmpint (pen_address_kind_of_name (address->name), ==, row->kind);
  normal = pen_address_normalize (address->name);
  g_assert_cmpstr (normal, ==, address->name);
  uri = pen_address_to_uri (address);
  back = pen_address_from_uri (uri, &error);
  g_assert_no_error (error);
  g_assert_true (pen_address_equal (address, back));
  g_assert_cmpuint (pen_address_hash (address), ==, pen_address_hash (back));
}

typedef struct
{
  const char *path;
  const char *typed;
  const char *region;
  PenAddressError code;
} RefuseRow;

static const RefuseRow refuse_rows[] = {
  { "null", NULL, NULL, PEN_ADDRESS_ERROR_EMPTY },
  { "empty", "", NULL, PEN_ADDRESS_ERROR_EMPTY },
  { "white-space", " \t\u00a0\u200e\n", NULL, PEN_ADDRESS_ERROR_EMPTY },
  { "uri-empty", "sms:?body=hello", NULL, PEN_ADDRESS_ERROR_EMPTY },
  { "invalid-utf8", "juliet\xff@example.org", NULL, PEN_ADDRESS_ERROR_INVALID_UTF8 },
  { "overlong-utf8", "+1555\xc0\xb1", NULL, PEN_ADDRESS_ERROR_INVALID_UTF8 },
  { "surrogate-utf8", "a\xed\xa0\x80@b.c", NULL, PEN_ADDRESS_ERROR_INVALID_UTF8 },
  { "uri-nul", "tel:+1555%001234567", NULL, PEN_ADDRESS_ERROR_INVALID_URI },
  { "uri-invalid-utf8", "xmpp:%FF@example.org", NULL, PEN_ADDRESS_ERROR_INVALID_URI },
  { "uri-broken-escape", "sms:%2", NULL, PEN_ADDRESS_ERROR_INVALID_URI },
  { "no-region", "(555) 123-4567", NULL, PEN_ADDRESS_ERROR_NEEDS_REGION },
  { "empty-region", "(555) 123-4567", "", PEN_ADDRESS_ERROR_NEEDS_REGION },
  { "no-region-uri", "tel:5551234567", NULL, PEN_ADDRESS_ERROR_NEEDS_REGION },
  { "no-region-11-digits", "15551234567", NULL, PEN_ADDRESS_ERROR_NEEDS_REGION },
  { "no-region-group", "+15551234567,5551234568", NULL, PEN_ADDRESS_ERROR_NEEDS_REGION },
  { "unknown-region", "(555) 123-4567", "XX", PEN_ADDRESS_ERROR_UNKNOWN_REGION },
  { "hostile-region", "(555) 123-4567", "United States of America", PEN_ADDRESS_ERROR_UNKNOWN_REGION },
  { "letters-in-number", "+1555abc4567", NULL, PEN_ADDRESS_ERROR_NOT_A_NUMBER },
  { "uri-letters", "tel:1-800-FLOWERS", "US", PEN_ADDRESS_ERROR_NOT_A_NUMBER },
  { "two-pluses", "+1555+1234567", NULL, PEN_ADDRESS_ERROR_NOT_A_NUMBER },
  { "private-plan", "tel:7042555;phone-context=pbx.example.org", NULL, PEN_ADDRESS_ERROR_NOT_A_NUMBER },
  { "only-commas", ",,,", NULL, PEN_ADDRESS_ERROR_NOT_A_NUMBER },
  { "country-code", "+999 123 456 789", NULL, PEN_ADDRESS_ERROR_INVALID_COUNTRY_CODE },
  { "country-code-zero", "+0 555 123 4567", NULL, PEN_ADDRESS_ERROR_INVALID_COUNTRY_CODE },
  { "three-zeros", "0001 555 123 4567", NULL, PEN_ADDRESS_ERROR_INVALID_COUNTRY_CODE },
  { "too-short", "+1 555", NULL, PEN_ADDRESS_ERROR_NUMBER_TOO_SHORT },
  { "no-area-code", "+1 555 1234", NULL, PEN_ADDRESS_ERROR_NUMBER_TOO_SHORT },
  { "no-area-code-national", "555-1234", "US", PEN_ADDRESS_ERROR_NUMBER_TOO_SHORT },
  { "two-digits", "12", NULL, PEN_ADDRESS_ERROR_NUMBER_TOO_SHORT },
  { "too-long", "+1 555 123 4567 89", NULL, PEN_ADDRESS_ERROR_NUMBER_TOO_LONG },
  { "over-e164", "+49 123456789012345678", NULL, PEN_ADDRESS_ERROR_NUMBER_TOO_LONG },
  { "e164-16-digits", "+49 30123456789012", NULL, PEN_ADDRESS_ERROR_NUMBER_TOO_LONG },
  { "between-lengths", "+376 1234567", NULL, PEN_ADDRESS_ERROR_INVALID_NUMBER },
  { "extension-uri", "tel:+15551234567;ext=89", NULL, PEN_ADDRESS_ERROR_EXTENSION },
  { "subaddress-uri", "tel:+15551234567;isub=1", NULL, PEN_ADDRESS_ERROR_EXTENSION },
  { "extension-x", "+1 555 123 4567 x89", NULL, PEN_ADDRESS_ERROR_EXTENSION },
  { "extension-ext", "555 123 4567 ext. 89", NULL, PEN_ADDRESS_ERROR_EXTENSION },
  { "extension-hash", "+1 555 123 4567 #89", NULL, PEN_ADDRESS_ERROR_EXTENSION },
  { "pause", "+15551234567,,89", NULL, PEN_ADDRESS_ERROR_NUMBER_TOO_SHORT },
  { "group-short-code", "+15551234567,12345", NULL, PEN_ADDRESS_ERROR_GROUP_MEMBER },
  { "group-words", "Smith, John", NULL, PEN_ADDRESS_ERROR_GROUP_MEMBER },
  { "group-eleven", "+15551230000,+15551230001,+15551230002,+15551230003,+15551230004,+15551230005,+15551230006,"
    "+15551230007,+15551230008,+15551230009,+15551230010", NULL, PEN_ADDRESS_ERROR_GROUP_SIZE },
  { "word-too-long", "SomeLongBankName", NULL, PEN_ADDRESS_ERROR_NOT_AN_ADDRESS },
  { "word-not-gsm", "Привет", NULL, PEN_ADDRESS_ERROR_NOT_AN_ADDRESS },
  { "vanity", "1-800-FLOWERS", "US", PEN_ADDRESS_ERROR_NOT_AN_ADDRESS },
  { "web", "https://example.org/", NULL, PEN_ADDRESS_ERROR_NOT_AN_ADDRESS },
  { "jid-no-local", "@example.org", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "jid-no-domain", "juliet@", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "jid-no-domain-resource", "juliet@/balcony", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "jid-two-ats", "a@b@example.org", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "jid-space", "juliet capulet@example.org", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "jid-apostrophe", "o'brien@example.org", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "jid-markup", "<b>@example.org", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "jid-hidden-at", "juliet＠b@example.org", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "jid-hidden-slash", "a℀b@example.org", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "jid-bidi-inside", "jul\u202eiet@example.org", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "jid-control", "jul\x01iet@example.org", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "jid-port", "juliet@example.org:5222", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "jid-two-dots", "juliet@example..org", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "jid-leading-dot", "juliet@.example.org", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "jid-only-dot", "juliet@.", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "jid-bad-ipv6", "juliet@[::g]", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "jid-list", "a@example.org, b@example.org", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "mailto-slash", "mailto:a/b@example.org", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "xmpp-hidden-slash", "xmpp:a%2Fb@example.org", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "xmpp-nobody", "xmpp:?message", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "xmpp-account-only", "xmpp://me@host.example", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "xmpp-bare-word", "xmpp:localhost", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "xmpp-number", "xmpp:12345", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
  { "host-space", "Dr. Smith and sons", NULL, PEN_ADDRESS_ERROR_INVALID_JID },
};

static void
test_refuse (gconstpointer data)
{
  const RefuseRow *row = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (PenAddress) address = pen_address_parse (row->typed, row->region, &error);

  g_assert_error (error, PEN_ADDRESS_ERROR, (int) row->code);
  g_assert_null (address);
  g_assert_cmpuint (strlen (error->message), >, 30);
  g_assert_true (g_str_has_suffix (error->message, "."));
}

typedef struct
{
  const char *path;
  const char *before;
  const char *repeated;
  guint times;
  const char *after;
  PenAddressError code;
} BigRow;

static const BigRow big_rows[] = {
  { "huge-text", "", "a", HUGE_BYTES, "", PEN_ADDRESS_ERROR_TOO_LONG },
  { "huge-jid", "", "a", HUGE_BYTES, "@example.org", PEN_ADDRESS_ERROR_TOO_LONG },
  { "huge-number", "+1", "5", HUGE_BYTES, "", PEN_ADDRESS_ERROR_TOO_LONG },
  { "thousand-digits", "+1", "5", 1000, "", PEN_ADDRESS_ERROR_NUMBER_TOO_LONG },
  { "thousand-commas", "", ",", 1000, "", PEN_ADDRESS_ERROR_GROUP_SIZE },
  { "thousand-members", "+15551234567", ",+15551234567", 1000, "", PEN_ADDRESS_ERROR_GROUP_SIZE },
  { "thousand-members-uri", "sms:+15551234567", ",+15551234567", 1000, "", PEN_ADDRESS_ERROR_GROUP_SIZE },
  { "thousand-parameters", "tel:+15551234567", ";a=b", 50, ";ext=1", PEN_ADDRESS_ERROR_EXTENSION },
  { "local-1024", "", "a", 1024, "@example.org", PEN_ADDRESS_ERROR_JID_TOO_LONG },
  { "domain-1024", "juliet@", "a", 1024, "", PEN_ADDRESS_ERROR_JID_TOO_LONG },
  { "local-expands", "", "\ufdfa", 341, "@example.org", PEN_ADDRESS_ERROR_JID_TOO_LONG },
};

static void
test_big (gconstpointer data)
{
  const BigRow *row = data;
  g_autoptr (GString) text = g_string_new (row->before);
  g_autoptr (GError) error = NULL;
  g_autoptr (PenAddress) address = NULL;
  g_autofree char *normal = NULL;

  for (guint i = 0; i < row->times; i++)
    g_string_append (text, row->repeated);
  g_string_append (text, row->after);
  address = pen_address_parse (text->str, NULL, &error);
  g_assert_error (error, PEN_ADDRESS_ERROR, (int) row->code);
  g_assert_null (address);
  normal = pen_address_normalize (text->str);
  g_assert_cmpstr (normal, ==, text->str);
}

static void
test_longest_jid (void)
{
  g_autofree char *part = g_strnfill (PEN_JID_PART_MAX_BYTES, 'a');
  g_autofree char *jid = g_strconcat (part, "@", part, NULL);
  g_autoptr (PenAddress) address = pen_address_parse (jid, NULL, NULL);

  g_assert_nonnull (address);
  g_assert_cmpstr (address->name, ==, jid);
}


static const PairRow normalize_rows[] = {
  { "tel", "+15551234567", NAME_TEL },
  { "tel-spaced", "+1 (555) 123-4567", NAME_TEL },
  { "tel-00", "0015551234567", NAME_TEL },
  { "tel-uri", "tel:+1-555-123-4567", NAME_TEL },
  { "tel-trunk-zero", "+49 (0)30 1234567", "+49301234567" },
  { "national-unchanged", "(555) 123-4567", "(555) 123-4567" },
  { "short", "12345", "12345" },
  { "alpha", "SomeBank", "SomeBank" },
  { "jid", "Juliet@Example.org/Balcony", "juliet@example.org" },
  { "group", "+15551230002,+15551230001", "+15551230001,+15551230002" },
  { "empty", "", "" },
  { "unknown", "what is this?", "what is this?" },
  { "invalid-utf8", "a\xff@b", "a\xff@b" },
  { "bad-number", "+15", "+15" },
};

static void
test_normalize (gconstpointer data)
{
  const PairRow *row = data;
  g_autofree char *once = pen_address_normalize (row->name);
  g_autofree char *twice = pen_address_normalize (once);

  g_assert_cmpstr (once, ==, row->want);
  g_assert_cmpstr (twice, ==, once);
}

/* Each character of the Basic Multilingual Plane, in localpart and host. */
static void
test_normalize_idempotent (void)
{
  for (gunichar c = 1; c < 0x10000; c++)
    {
      char utf8[8] = { 0 };
      g_autofree char *name = NULL;
      g_autofree char *once = NULL;
      g_autofree char *twice = NULL;

      if (!g_unichar_validate (c))
        continue;
      g_unichar_to_utf8 (c, utf8);
      name = g_strdup_printf ("a%sb@c%sd.example", utf8, utf8);
      once = pen_address_normalize (name);
      twice = pen_address_normalize (once);
      g_assert_cmpstr (once, ==, twice);
    }
}

static void
test_normalize_random (void)
{
  static const char alphabet[] = "+0015559aZ@./,:;%- ?()[]\xc3\xa9\\";

  for (guint i = 0; i < 50000; i++)
    {
      char name[24] = { 0 };
      gint n = g_test_rand_int_range (0, (gint) sizeof name);
      g_autofree char *once = NULL;
      g_autofree char *twice = NULL;

      for (gint j = 0; j < n; j++)
        name[j] = alphabet[g_test_rand_int_range (0, (gint) sizeof alphabet - 1)];
      once = pen_address_normalize (name);
      twice = pen_address_normalize (once);
      g_assert_cmpstr (once, ==, twice);
    }
}

static void
test_normalize_speed (void)
{
  gint64 start_us = g_get_monotonic_time ();
  double ns;

  for (guint i = 0; i < NORMALIZE_RUNS; i++)
    g_free (pen_address_normalize (NAME_TEL));
  ns = (double) (g_get_monotonic_time () - start_us) * 1000.0 / NORMALIZE_RUNS;
  g_test_message ("%.0f ns a name", ns);
  g_assert_cmpfloat (ns, <, NORMALIZE_MAX_NS);
}

static const PairRow uri_rows[] = {
  { "tel", "tel:+15551234567", NAME_TEL },
  { "xmpp", "xmpp:juliet@example.org", "juliet@example.org" },
  { "xmpp-unicode", "xmpp:%C3%A9lodie@example.org", "élodie@example.org" },
  { "short", "sms:12345", "12345" },
  { "alpha", "sms:Some%20Bank", "Some Bank" },
  { "group", "sms:+15551230001,+15551230002", "+15551230001,+15551230002" },
  { "refuse/null", NULL, NULL },
  { "refuse/empty", "", NULL },
  { "refuse/no-scheme", "+15551234567", NULL },
  { "refuse/wrong-scheme", "sms:+15551234567", NULL },
  { "refuse/tel-short", "tel:12345", NULL },
  { "refuse/tel-hyphen", "tel:+1-555-123-4567", NULL },
  { "refuse/case", "xmpp:Juliet@example.org", NULL },
  { "refuse/resource", "xmpp:juliet@example.org/x", NULL },
  { "refuse/over-escaped", "xmpp:%6Auliet@example.org", NULL },
  { "refuse/unsorted", "sms:+15551230002,+15551230001", NULL },
  { "refuse/space", "sms:Some Bank", NULL },
  { "refuse/nul", "sms:a%00b", NULL },
};

static void
test_uri (gconstpointer data)
{
  const PairRow *row = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (PenAddress) address = pen_address_from_uri (row->name, &error);
  g_autofree char *uri = NULL;

  if (row->want == NULL)
    {
      g_assert_error (error, PEN_ADDRESS_ERROR, PEN_ADDRESS_ERROR_INVALID_URI);
      return;
    }
  g_assert_no_error (error);
  g_assert_cmpstr (address->name, ==, row->want);
  uri = pen_address_to_uri (address);
  g_assert_cmpstr (uri, ==, row->name);
}

static void
test_values (void)
{
  g_autoptr (PenAddress) jid = pen_address_new (PEN_ADDRESS_XMPP, "a@example.org");
  g_autoptr (PenAddress) tel = pen_address_new (PEN_ADDRESS_TEL, NAME_TEL);
  g_autoptr (PenAddress) copy = pen_address_copy (tel);

  g_assert_true (pen_address_equal (tel, copy));
  g_assert_true (tel->name != copy->name);
  g_assert_false (pen_address_equal (tel, jid));
  g_assert_null (pen_address_copy (NULL));
  pen_address_free (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/address/", accept_rows, test_accept);
  ADD_ROWS ("/address/refuse/", refuse_rows, test_refuse);
  ADD_ROWS ("/address/big/", big_rows, test_big);
  ADD_ROWS ("/address/normalize/", normalize_rows, test_normalize);
  ADD_ROWS ("/address/to-uri/", uri_rows, test_uri);
  g_test_add_func ("/address/values", test_values);
  g_test_add_func ("/address/jid/longest", test_longest_jid);
  g_test_add_func ("/address/normalize/idempotent", test_normalize_idempotent);
  g_test_add_func ("/address/normalize/random", test_normalize_random);
  g_test_add_func ("/address/normalize/speed", test_normalize_speed);
  return g_test_run ();
}
