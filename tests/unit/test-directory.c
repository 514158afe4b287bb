/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The phone-book codec: what is asked, what of an answer is kept, and what refusals mean. */

#include <string.h>

#include "directory.h"
#include "xml-fixture.h"

#define BOOK_OPEN "<iq xmlns='jabber:client' type='result'><phone-book xmlns='im.quicksy.synchronization:0'>"
#define BOOK_CLOSE "</phone-book></iq>"
#define ONE "+15551230001"
#define TWO "+15551230002"

static const char *const asked[] = { ONE, TWO, NULL };

static PenDirectoryAnswer *
parse (const char *xml)
{
  g_autoptr (XmlFixture) iq = xmlnode_from_str (xml, -1);
  g_autoptr (PenDirectoryAnswer) answer = pen_directory_answer_new ();
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (iq);
  if (!pen_directory_phonebook.parse (iq, asked, answer, &error))
    {
      g_assert_error (error, PEN_DIRECTORY_ERROR, PEN_DIRECTORY_ERROR_UNREADABLE);
      return NULL;
    }
  g_assert_no_error (error);
  return g_steal_pointer (&answer);
}

static char *
join (const PenDirectoryAnswer *answer, const char *number)
{
  return g_strjoinv (" ", (char **) pen_directory_answer_jids (answer, number));
}

static void
test_build (void)
{
  g_autoptr (XmlFixture) book = pen_directory_phonebook.build (asked);
  g_autofree char *xml = xmlnode_to_str (book, NULL);

  g_assert_cmpstr (xml, ==,
                   "<phone-book xmlns='im.quicksy.synchronization:0'><entry number='" ONE "'/><entry number='" TWO
                   "'/></phone-book>");
}

static void
test_answers (void)
{
  static const struct
  {
    const char *inner;
    const char *one;
    const char *two;
    guint ignored;
  } table[] = {
    { "", "", "", 0 },
    { "<entry number='" ONE "'><jid>" ONE "@quicksy.im</jid></entry>", ONE "@quicksy.im", "", 0 },
    { "<entry number='" ONE "'><jid>a@b.example</jid><jid>c@d.example</jid></entry>", "a@b.example c@d.example", "",
      0 },
    { "<entry number='" ONE "'><jid>A@B.example/phone</jid><jid> a@b.example </jid></entry>", "a@b.example", "", 0 },
    { "<entry number='" ONE "'><jid>a@b.example</jid></entry><entry number='" ONE
      "'><jid>a@b.example</jid><jid>c@d.example</jid></entry>",
      "a@b.example c@d.example", "", 0 },
    { "<entry number='" TWO "'><jid>b@b.example</jid></entry><entry number='" ONE "'><jid>a@b.example</jid></entry>",
      "a@b.example", "b@b.example", 0 },
    { "<entry number='+15559999999'><jid>a@b.example</jid></entry>", "", "", 1 },
    { "<entry><jid>a@b.example</jid></entry>", "", "", 1 },
    { "<entry number=''><jid>a@b.example</jid></entry>", "", "", 1 },
    { "<entry number='15551230001'><jid>a@b.example</jid></entry>", "", "", 1 },
    { "<entry number='" ONE "'><jid>no jid at all</jid><jid/><jid>@</jid><jid>host.example</jid></entry>", "", "", 0 },
    { "<entry number='" ONE "'><jid xmlns='other'>a@b.example</jid></entry>", "", "", 0 },
    { "<entry xmlns='other' number='" ONE "'><jid>a@b.example</jid></entry>", "", "", 0 },
    { "<entry number='" TWO "'><entry number='" ONE "'><jid>a@b.example</jid></entry></entry>", "", "", 0 },
    { "<phone-book xmlns='im.quicksy.synchronization:0'><entry number='" ONE
      "'><jid>a@b.example</jid></entry></phone-book>",
      "", "", 0 },
    { "<entry number='" ONE "'><jid>a&#x1F600;&lt;b&gt;@b.example</jid></entry>", "", "", 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *xml = g_strconcat (BOOK_OPEN, table[i].inner, BOOK_CLOSE, NULL);
      g_autoptr (PenDirectoryAnswer) answer = parse (xml);
      g_autofree char *one = NULL;
      g_autofree char *two = NULL;

      g_test_message ("%s", table[i].inner);
      g_assert_nonnull (answer);
      g_assert_cmpint (answer->verdict, ==, PEN_DIRECTORY_OK);
      one = join (answer, ONE);
      two = join (answer, TWO);
      g_assert_cmpstr (one, ==, table[i].one);
      g_assert_cmpstr (two, ==, table[i].two);
      g_assert_cmpuint (answer->ignored, ==, table[i].ignored);
      g_assert_cmpint (answer->retry_s, ==, 0);
    }
}

static void
test_capped (void)
{
  g_autoptr (GString) xml = g_string_new (BOOK_OPEN "<entry number='" ONE "'>");
  g_autoptr (PenDirectoryAnswer) answer = NULL;

  for (int i = 0; i < 4 * PEN_DIRECTORY_JIDS_MAX; i++)
    g_string_append_printf (xml, "<jid>user%d@b.example</jid>", i);
  g_string_append (xml, "</entry>" BOOK_CLOSE);
  answer = parse (xml->str);
  g_assert_cmpuint (g_strv_length ((char **) pen_directory_answer_jids (answer, ONE)), ==, PEN_DIRECTORY_JIDS_MAX);
}

/* 10 MB of entries that nobody asked for, and one JID of 10 MB. */
static void
test_huge (void)
{
  g_autoptr (GString) xml = g_string_new (BOOK_OPEN "<entry number='" ONE "'><jid>a@b.example</jid><jid>");
  g_autoptr (PenDirectoryAnswer) answer = NULL;
  g_autofree char *one = NULL;

  for (int i = 0; i < 5 * 1024 * 1024; i++)
    g_string_append_c (xml, 'a');
  g_string_append (xml, "@b.example</jid></entry>");
  for (guint i = 0; i < 80000; i++)
    g_string_append_printf (xml, "<entry number='+1999%07u'><jid>x@y.example</jid></entry>", i);
  g_string_append (xml, BOOK_CLOSE);
  answer = parse (xml->str);
  one = join (answer, ONE);
  g_assert_cmpstr (one, ==, "a@b.example");
  g_assert_cmpuint (answer->ignored, ==, 80000);
}

static void
test_unreadable (void)
{
  static const char *const table[] = {
    "<iq xmlns='jabber:client' type='result'><phone-book xmlns='im.quicksy.synchronization:1'/></iq>",
    "<iq xmlns='jabber:client' type='result'><phone-book/></iq>",
    "<iq xmlns='jabber:client' type='result'><x xmlns='y'><phone-book xmlns='im.quicksy.synchronization:0'/></x></iq>",
    "<iq xmlns='jabber:client' type='get'><phone-book xmlns='im.quicksy.synchronization:0'/></iq>",
    "<iq xmlns='jabber:client'><phone-book xmlns='im.quicksy.synchronization:0'/></iq>",
    "<message xmlns='jabber:client' type='result'><phone-book xmlns='im.quicksy.synchronization:0'/></message>",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (PenDirectoryAnswer) answer = parse (table[i]);

      g_test_message ("%s", table[i]);
      g_assert_null (answer);
    }
}

/* Nothing at all was asked by `ver`, so nothing at all means: nobody found. */
static void
test_empty (void)
{
  g_autoptr (PenDirectoryAnswer) answer = parse ("<iq xmlns='jabber:client' type='result'/>");

  g_assert_nonnull (answer);
  g_assert_cmpint (answer->verdict, ==, PEN_DIRECTORY_OK);
  g_assert_null (pen_directory_answer_jids (answer, ONE)[0]);
}

static void
test_refusals (void)
{
  static const struct
  {
    const char *condition;
    const char *text;
    PenDirectoryVerdict verdict;
    gint64 retry_s;
  } table[] = {
    { "not-authorized", "", PEN_DIRECTORY_OWN_USERS_ONLY, 0 },
    { "policy-violation", "Retry in PT23H59M1.5S", PEN_DIRECTORY_RETRY_LATER, 86342 },
    { "policy-violation", "Retry in PT10M", PEN_DIRECTORY_RETRY_LATER, 600 },
    { "policy-violation", "Retry in PT0S", PEN_DIRECTORY_TOO_BIG, PEN_DIRECTORY_RETRY_DEFAULT_S },
    { "policy-violation", "Retry in PT-5S", PEN_DIRECTORY_RETRY_LATER, PEN_DIRECTORY_RETRY_DEFAULT_S },
    { "policy-violation", "", PEN_DIRECTORY_RETRY_LATER, PEN_DIRECTORY_RETRY_DEFAULT_S },
    { "policy-violation", "Retry in PT999999999H", PEN_DIRECTORY_RETRY_LATER, PEN_DIRECTORY_RETRY_MAX_S },
    { "bad-request", "", PEN_DIRECTORY_BAD_REQUEST, 0 },
    { "remote-server-not-found", "", PEN_DIRECTORY_UNREACHABLE, 0 },
    { "remote-server-timeout", "Component unavailable", PEN_DIRECTORY_UNREACHABLE, 0 },
    { "forbidden", "Access denied by service policy", PEN_DIRECTORY_UNREACHABLE, 0 },
    { "internal-server-error", "", PEN_DIRECTORY_FAILED, 0 },
    { "no-such-condition", "", PEN_DIRECTORY_FAILED, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *xml = g_strdup_printf (
        "<iq xmlns='jabber:client' type='error'><error type='wait'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>%s</text></error></iq>",
        table[i].condition, table[i].text);
      g_autoptr (PenDirectoryAnswer) answer = parse (xml);

      g_test_message ("%s %s", table[i].condition, table[i].text);
      g_assert_cmpint (answer->verdict, ==, table[i].verdict);
      g_assert_cmpint (answer->retry_s, ==, table[i].retry_s);
      g_assert_cmpstr (answer->condition, ==, table[i].condition);
      g_assert_cmpstr (answer->text, ==, table[i].text[0] == '\0' ? NULL : table[i].text);
    }
}

static void
test_durations (void)
{
  static const struct
  {
    const char *text;
    gint64 seconds; /* -1: none */
  } table[] = {
    { "Retry in PT1S", 1 },
    { "Retry in PT1.000S", 1 },
    { "Retry in PT0.001S", 1 },
    { "Retry in PT1H", 3600 },
    { "Retry in P1DT1H1M1S", 90061 },
    { "Retry in P1D", 86400 },
    { "Too many numbers. Retry in PT5M please", 300 },
    { "Retry in PT0S", 0 },
    { NULL, -1 },
    { "", -1 },
    { "PT5M", -1 },
    { "Retry in ", -1 },
    { "Retry in P", -1 },
    { "Retry in PT", -1 },
    { "Retry in P1DT", -1 },
    { "Retry in PT5", -1 },
    { "Retry in PTS", -1 },
    { "Retry in PT.5S", -1 },
    { "Retry in PT5.S", -1 },
    { "Retry in PT1M1H", -1 },
    { "Retry in PT1M1M", -1 },
    { "Retry in P1M", -1 },
    { "Retry in P1Y", -1 },
    { "Retry in PT+5S", -1 },
    { "Retry in pt5s", -1 },
    { "Retry in PT5Sx", -1 },
    { "Retry in PT9999999999S", -1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      gint64 seconds = -1;

      g_test_message ("%s", table[i].text);
      g_assert_cmpint (pen_directory_retry_read (table[i].text, &seconds), ==, table[i].seconds >= 0);
      g_assert_cmpint (seconds, ==, table[i].seconds);
    }
}

static void
test_found_by_feature (void)
{
  g_autoptr (XmlFixture) query = xmlnode_from_str (
    "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='store' type='generic'/>"
    "<feature var='im.quicksy.synchronization:0'/></query>", -1);
  g_autoptr (XmlFixture) other = xmlnode_from_str (
    "<query xmlns='http://jabber.org/protocol/disco#info'><feature/><feature var='x'/></query>", -1);

  g_assert_true (pen_directory_kind_of (query) == &pen_directory_phonebook);
  g_assert_null (pen_directory_kind_of (other));
  g_assert_null (pen_directory_kind_of (NULL));
}

static void
test_sentences (void)
{
  g_autoptr (PenDirectoryAnswer) answer = pen_directory_answer_new_timeout ();

  g_assert_cmpint (answer->verdict, ==, PEN_DIRECTORY_UNREACHABLE);
  for (int i = 0; i < PEN_N_DIRECTORY_VERDICTS; i++)
    g_assert_true (g_str_has_suffix (pen_directory_verdict_sentence ((PenDirectoryVerdict) i), "."));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  xml_fixture_init ();
  g_test_add_func ("/directory/phonebook/build", test_build);
  g_test_add_func ("/directory/phonebook/answers", test_answers);
  g_test_add_func ("/directory/phonebook/capped", test_capped);
  g_test_add_func ("/directory/phonebook/huge", test_huge);
  g_test_add_func ("/directory/phonebook/unreadable", test_unreadable);
  g_test_add_func ("/directory/phonebook/empty", test_empty);
  g_test_add_func ("/directory/phonebook/refusals", test_refusals);
  g_test_add_func ("/directory/retry", test_durations);
  g_test_add_func ("/directory/found-by-feature", test_found_by_feature);
  g_test_add_func ("/directory/sentences", test_sentences);
  return g_test_run ();
}
