/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The verification string of XEP-0115, and what our accounts announce. */

#include <string.h>

#include "purple/caps.h"
#include "purple/jabber.h"
#include "xml-fixture.h"

#define NS_CAPS "http://jabber.org/protocol/caps"
#define NODE "http://pidgin.im/"
#define NOTIFY "eu.siacs.conversations.axolotl.devicelist+notify"
#define HUGE_FEATURES 20000

#define QUERY(content) "<query xmlns='http://jabber.org/protocol/disco#info'>" content "</query>"
#define FEATURE(var) "<feature var='" var "'/>"
#define EXODUS "<identity category='client' name='Exodus 0.9.1' type='pc'/>"
#define PSI_EN "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>"
#define PSI_EL "<identity xml:lang='el' category='client' name='\316\250 0.11' type='pc'/>"
#define CAPS FEATURE ("http://jabber.org/protocol/caps")
#define INFO FEATURE ("http://jabber.org/protocol/disco#info")
#define ITEMS FEATURE ("http://jabber.org/protocol/disco#items")
#define MUC FEATURE ("http://jabber.org/protocol/muc")
#define FORM(content) "<x xmlns='jabber:x:data' type='result'>" content "</x>"
#define TYPE "<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>"
#define IP "<field var='ip_version'><value>ipv4</value><value>ipv6</value></field>"
#define IP_TURNED "<field var='ip_version'><value>ipv6</value><value>ipv4</value></field>"
#define OS "<field var='os'><value>Mac</value></field>"
#define OS_VERSION "<field var='os_version'><value>10.5.1</value></field>"
#define SOFTWARE "<field var='software'><value>Psi</value></field>"
#define SOFTWARE_VERSION "<field var='software_version'><value>0.11</value></field>"

#define SIMPLE "QgayPKawpkPSDYmwT/WM94uAlu0="
#define COMPLEX "q07IKJEyjvHSyhy//CH0CxmKi8w="

typedef struct
{
  const char *path;
  const char *xml;
  const char *want;
} HashRow;

static const HashRow hash_rows[] = {
  { "xep/simple", QUERY (EXODUS CAPS INFO ITEMS MUC), SIMPLE },
  { "xep/complex",
    QUERY (PSI_EN PSI_EL CAPS INFO ITEMS MUC FORM (TYPE IP OS OS_VERSION SOFTWARE SOFTWARE_VERSION)), COMPLEX },
  { "order/features", QUERY (MUC ITEMS EXODUS INFO CAPS), SIMPLE },
  { "order/all",
    QUERY (FORM (SOFTWARE_VERSION SOFTWARE OS_VERSION OS IP_TURNED TYPE) MUC ITEMS INFO CAPS PSI_EL PSI_EN), COMPLEX },
  { "form/no-type", QUERY (EXODUS CAPS INFO ITEMS MUC FORM (OS)), SIMPLE },
  { "form/type-not-hidden",
    QUERY (EXODUS CAPS INFO ITEMS MUC FORM ("<field var='FORM_TYPE'><value>a</value></field>" OS)), SIMPLE },
  { "form/other-namespace", QUERY (EXODUS CAPS INFO ITEMS MUC "<x xmlns='a'>" TYPE OS "</x>"), SIMPLE },
  { "text-between", QUERY ("  a " EXODUS "\n" CAPS INFO "<b/>" ITEMS MUC), SIMPLE },
  { "nothing", QUERY (""), "2jmj7l5rSw0yVb/vlWAYkK/YBwk=" },
  { "twins/feature", QUERY (EXODUS CAPS CAPS), NULL },
  { "twins/identity", QUERY (EXODUS EXODUS CAPS), NULL },
  { "twins/form", QUERY (EXODUS FORM (TYPE OS) FORM (TYPE IP)), NULL },
  { "twins/form-type", QUERY (EXODUS FORM (TYPE TYPE OS)), NULL },
  { "form/two-types", QUERY (EXODUS FORM ("<field var='FORM_TYPE' type='hidden'><value>a</value><value>b</value></field>")), NULL },
  { "broken/feature-without-var", QUERY (EXODUS "<feature/>"), NULL },
  { "broken/identity-without-type", QUERY ("<identity category='client'/>"), NULL },
  { "broken/identity-without-category", QUERY ("<identity type='pc'/>"), NULL },
};

static void
test_hash (gconstpointer data)
{
  const HashRow *row = data;
  xmlnode *query = xmlnode_from_str (row->xml, -1);
  g_autofree char *hash = NULL;

  g_assert_nonnull (query);
  hash = pen_caps_hash (query);
  g_assert_cmpstr (hash, ==, row->want);
  xmlnode_free (query);
}

/* What is data never passes for a separator. */
static void
test_hash_injection (void)
{
  xmlnode *two = xmlnode_from_str (QUERY (EXODUS FEATURE ("a") FEATURE ("b")), -1);
  xmlnode *one = xmlnode_from_str (QUERY (EXODUS FEATURE ("a&lt;b")), -1);
  g_autofree char *hash_two = pen_caps_hash (two);
  g_autofree char *hash_one = pen_caps_hash (one);

  g_assert_nonnull (hash_one);
  g_assert_cmpstr (hash_one, !=, hash_two);
  xmlnode_free (one);
  xmlnode_free (two);
}

/* "client-x" sorts after "client", though "-" sorts before "/". */
static void
test_hash_identity_order (void)
{
  xmlnode *query = xmlnode_from_str (QUERY ("<identity category='client-x' type='pc'/><identity category='client' type='pc'/>"), -1);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 sum[20];
  gsize length = sizeof sum;
  g_autofree char *want = NULL;
  g_autofree char *hash = pen_caps_hash (query);

  g_checksum_update (checksum, (const guchar *) "client/pc//<client-x/pc//<", -1);
  g_checksum_get_digest (checksum, sum, &length);
  want = g_base64_encode (sum, length);
  g_assert_cmpstr (hash, ==, want);
  xmlnode_free (query);
}

static void
test_hash_huge (void)
{
  xmlnode *query = xmlnode_new ("query");
  g_autofree char *hash = NULL;

  for (guint i = 0; i < HUGE_FEATURES; i++)
    {
      g_autofree char *var = g_strdup_printf ("feature-%u", i);

      xmlnode_set_attrib (xmlnode_new_child (query, "feature"), "var", var);
    }
  hash = pen_caps_hash (query);
  g_assert_nonnull (hash);
  xmlnode_free (query);
}

/* libpurple, as far as it matters here: it answers for its own ver, which the
 * fixture sets, and for no node at all. */
typedef struct
{
  PenAccount account;
  const char *content;
  char *ver;
  guint asked;
  gboolean has_leaked;
} Fixture;

static Fixture *libpurple;

static xmlnode *
answer_of_libpurple (xmlnode *iq)
{
  xmlnode *asked = xmlnode_get_child (iq, "query");
  const char *node = xmlnode_get_attrib (asked, "node");
  g_autofree char *own = g_strconcat (NODE "#", libpurple->ver, NULL);
  xmlnode *answer = xmlnode_new ("iq");
  xmlnode *query;

  if (node == NULL || g_str_equal (node, own))
    query = xmlnode_from_str (libpurple->content, -1);
  else
    {
      query = xmlnode_from_str (QUERY (""), -1);
      xmlnode_new_child (query, "error");
    }
  xmlnode_set_attrib (answer, "type", xmlnode_get_child (query, "error") != NULL ? "error" : "result");
  xmlnode_set_attrib (answer, "id", xmlnode_get_attrib (iq, "id"));
  xmlnode_set_attrib (answer, "to", xmlnode_get_attrib (iq, "from"));
  if (node != NULL)
    xmlnode_set_attrib (query, "node", node);
  xmlnode_insert_child (answer, query);
  return answer;
}

void
pen_jabber_answer (PurpleConnection *gc, xmlnode *iq)
{
  xmlnode *answer = answer_of_libpurple (iq);

  libpurple->asked++;
  libpurple->has_leaked |= pen_caps_out (&libpurple->account, answer);
  xmlnode_free (answer);
}

static void
speak (Fixture *fixture, const char *content)
{
  xmlnode *query = xmlnode_from_str (content, -1);

  g_free (fixture->ver);
  fixture->content = content;
  fixture->ver = pen_caps_hash (query);
  xmlnode_free (query);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  char bare[] = "romeo@example.org";

  fixture->account.bare = g_strdup (bare);
  libpurple = fixture;
  speak (fixture, QUERY (EXODUS CAPS INFO));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_false (fixture->has_leaked);
  pen_caps_forget (&fixture->account);
  pen_caps_forget (&fixture->account);
  g_assert_null (fixture->account.caps);
  g_free (fixture->account.bare);
  g_free (fixture->ver);
}

static char *
announce (Fixture *fixture, const char *ver)
{
  xmlnode *presence = xmlnode_new ("presence");
  xmlnode *c = xmlnode_new_child (presence, "c");
  char *left;

  xmlnode_set_namespace (c, NS_CAPS);
  xmlnode_set_attrib (c, "node", NODE);
  xmlnode_set_attrib (c, "ver", ver);
  g_assert_true (pen_caps_out (&fixture->account, presence));
  left = g_strdup (xmlnode_get_attrib (c, "ver"));
  xmlnode_free (presence);
  return left;
}

/* Somebody asks; returns what leaves. */
static xmlnode *
ask (Fixture *fixture, const char *node, const char *ver)
{
  xmlnode *iq = xmlnode_from_str ("<iq type='get' id='q1' from='juliet@example.org/b'>" QUERY ("") "</iq>", -1);
  g_autofree char *full = node != NULL ? g_strconcat (node, "#", ver, NULL) : NULL;
  xmlnode *answer;

  if (full != NULL)
    xmlnode_set_attrib (xmlnode_get_child (iq, "query"), "node", full);
  pen_caps_in (&fixture->account, iq);
  answer = answer_of_libpurple (iq);
  g_assert_true (pen_caps_out (&fixture->account, answer));
  xmlnode_free (iq);
  return answer;
}

static guint
count_notify (xmlnode *iq)
{
  xmlnode *query = xmlnode_get_child (iq, "query");
  guint count = 0;

  for (xmlnode *feature = query->child; feature != NULL; feature = feature->next)
    count += feature->type == XMLNODE_TYPE_TAG && g_strcmp0 (xmlnode_get_attrib (feature, "var"), NOTIFY) == 0;
  return count;
}

/* What a server does: the ver of the presence, the answer for it, and its hash. */
static void
assert_verifies (Fixture *fixture, const char *ver)
{
  xmlnode *answer = ask (fixture, NODE, ver);
  xmlnode *query = xmlnode_get_child (answer, "query");
  g_autofree char *hash = pen_caps_hash (query);
  g_autofree char *node = g_strconcat (NODE "#", ver, NULL);

  g_assert_cmpstr (xmlnode_get_attrib (answer, "type"), ==, "result");
  g_assert_cmpstr (xmlnode_get_attrib (query, "node"), ==, node);
  g_assert_cmpstr (hash, ==, ver);
  g_assert_cmpuint (count_notify (answer), ==, 1);
  xmlnode_free (answer);
}

static void
test_announce (Fixture *fixture, gconstpointer data)
{
  g_autofree char *ours = announce (fixture, fixture->ver);
  g_autofree char *again = announce (fixture, fixture->ver);
  g_autofree char *resent = announce (fixture, ours);

  g_assert_cmpstr (ours, !=, fixture->ver);
  g_assert_cmpstr (again, ==, ours);
  g_assert_cmpstr (resent, ==, ours);
  g_assert_cmpuint (fixture->asked, ==, 1);
  assert_verifies (fixture, ours);
  assert_verifies (fixture, ours);
}

static void
test_change (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = announce (fixture, fixture->ver);
  g_autofree char *after = NULL;
  xmlnode *answer;

  speak (fixture, QUERY (EXODUS CAPS INFO MUC));
  after = announce (fixture, fixture->ver);
  g_assert_cmpstr (after, !=, before);
  assert_verifies (fixture, after);

  answer = ask (fixture, NODE, before);
  g_assert_cmpstr (xmlnode_get_attrib (answer, "type"), ==, "error");
  xmlnode_free (answer);
}

static void
test_unknown_ver (Fixture *fixture, gconstpointer data)
{
  g_autofree char *left = announce (fixture, "of-a-former-stream");
  g_autofree char *ours = announce (fixture, fixture->ver);
  g_autofree char *still = announce (fixture, "of-a-former-stream");

  g_assert_cmpstr (left, ==, "of-a-former-stream");
  g_assert_cmpstr (still, ==, "of-a-former-stream");
  assert_verifies (fixture, ours);
}

static void
test_plain_questions (Fixture *fixture, gconstpointer data)
{
  xmlnode *early = ask (fixture, NULL, NULL);
  xmlnode *late;
  xmlnode *theirs;
  g_autofree char *ours = announce (fixture, fixture->ver);

  g_assert_cmpstr (ours, !=, fixture->ver);
  late = ask (fixture, NULL, NULL);
  theirs = ask (fixture, NODE, fixture->ver);
  g_assert_cmpuint (count_notify (early), ==, 1);
  g_assert_cmpuint (count_notify (late), ==, 1);
  g_assert_null (xmlnode_get_attrib (xmlnode_get_child (late, "query"), "node"));
  g_assert_cmpuint (count_notify (theirs), ==, 0);
  xmlnode_free (early);
  xmlnode_free (late);
  xmlnode_free (theirs);
}

static void
test_already_there (Fixture *fixture, gconstpointer data)
{
  g_autofree char *left = NULL;

  speak (fixture, QUERY (EXODUS CAPS INFO FEATURE (NOTIFY)));
  left = announce (fixture, fixture->ver);
  g_assert_cmpstr (left, ==, fixture->ver);
  assert_verifies (fixture, left);
}

static void
test_ill_formed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *left = NULL;

  fixture->content = QUERY (EXODUS CAPS CAPS);
  left = announce (fixture, fixture->ver);
  g_assert_cmpstr (left, ==, fixture->ver);
}

typedef struct
{
  const char *path;
  const char *xml;
} StrangeRow;

static const StrangeRow strange_rows[] = {
  { "presence/bare", "<presence/>" },
  { "presence/no-ver", "<presence><c xmlns='" NS_CAPS "' node='a'/></presence>" },
  { "presence/no-node", "<presence><c xmlns='" NS_CAPS "' ver='a'/></presence>" },
  { "presence/other-namespace", "<presence><c xmlns='a' node='" NODE "' ver='a'/></presence>" },
  { "iq/made-up-id", "<iq type='result' id='penregister-caps'>" QUERY ("") "</iq>" },
  { "iq/get-made-up-id", "<iq type='get' id='penregister-caps'>" QUERY ("") "</iq>" },
  { "iq/no-type", "<iq id='a'>" QUERY ("") "</iq>" },
  { "iq/no-query", "<iq type='result' id='a'/>" },
  { "iq/get-no-id", "<iq type='get'>" QUERY ("") "</iq>" },
  { "iq/other-query", "<iq type='get' id='a'><query xmlns='jabber:iq:roster' node='" NODE "#a'/></iq>" },
  { "message", "<message><query/></message>" },
};

static void
test_strange (gconstpointer data)
{
  const StrangeRow *row = data;
  Fixture fixture = { 0 };
  xmlnode *element = xmlnode_from_str (row->xml, -1);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *ours = NULL;

  set_up (&fixture, NULL);
  ours = announce (&fixture, fixture.ver);
  before = xmlnode_to_str (element, NULL);
  pen_caps_in (&fixture.account, element);
  after = xmlnode_to_str (element, NULL);
  g_assert_cmpstr (after, ==, before);
  g_assert_true (pen_caps_out (&fixture.account, element));
  xmlnode_free (element);
  assert_verifies (&fixture, ours);
  tear_down (&fixture, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  xml_fixture_init ();
  for (gsize i = 0; i < G_N_ELEMENTS (hash_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/caps/hash/", hash_rows[i].path, NULL);

      g_test_add_data_func (path, &hash_rows[i], test_hash);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (strange_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/caps/strange/", strange_rows[i].path, NULL);

      g_test_add_data_func (path, &strange_rows[i], test_strange);
    }
  g_test_add_func ("/caps/hash/injection", test_hash_injection);
  g_test_add_func ("/caps/hash/identity-order", test_hash_identity_order);
  g_test_add_func ("/caps/hash/huge", test_hash_huge);
  g_test_add ("/caps/announce", Fixture, NULL, set_up, test_announce, tear_down);
  g_test_add ("/caps/change", Fixture, NULL, set_up, test_change, tear_down);
  g_test_add ("/caps/unknown-ver", Fixture, NULL, set_up, test_unknown_ver, tear_down);
  g_test_add ("/caps/plain-questions", Fixture, NULL, set_up, test_plain_questions, tear_down);
  g_test_add ("/caps/already-there", Fixture, NULL, set_up, test_already_there, tear_down);
  g_test_add ("/caps/ill-formed", Fixture, NULL, set_up, test_ill_formed, tear_down);
  return g_test_run ();
}
