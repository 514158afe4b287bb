/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what our accounts announce. libpurple's list of features is one for
 * all XMPP accounts, so it is left alone; what leaves is rewritten instead:
 *
 *   presence ver=L  ->  libpurple answers a made-up disco#info question, which
 *                       stays here; with our feature it hashes to O  ->  ver=O
 *   question node#O ->  node#L -> libpurple answers -> feature added, node#O
 */

#include "purple/caps.h"

#include "purple/jabber.h"

#include <debug.h>
#include <string.h>

#define NS_CAPS "http://jabber.org/protocol/caps"
#define NS_DATA_FORM "jabber:x:data"
#define NS_DISCO_INFO "http://jabber.org/protocol/disco#info"
#define FEATURE_DEVICE_LISTS "eu.siacs.conversations.axolotl.devicelist+notify"
#define QUESTION_ID "penregister-caps"

/* Until all is sorted, these stand for "<" and "/": no XML text can hold them,
 * and they sort before all that it can. */
#define FACTOR_END '\001'
#define SLASH "\002"

/**
 * PenCaps:
 * @node: the client's URI; @theirs: libpurple's ver; @ours: the one that we announce for it
 * @turned: id of the question that was turned into one libpurple knows
 * @heard: libpurple's answer to our made-up question
 * @is_listening: the made-up question is being answered
 */
typedef struct _PenCaps
{
  char *node;
  char *theirs;
  char *ours;
  char *turned;
  xmlnode *heard;
  gboolean is_listening;
} PenCaps;

static PenCaps *
caps_of (PenAccount *account)
{
  if (account->caps == NULL)
    account->caps = g_new0 (PenCaps, 1);
  return account->caps;
}

static void
forget_pair (PenCaps *caps)
{
  g_clear_pointer (&caps->node, g_free);
  g_clear_pointer (&caps->theirs, g_free);
  g_clear_pointer (&caps->ours, g_free);
}

void
pen_caps_forget (PenAccount *account)
{
  PenCaps *caps = g_steal_pointer (&account->caps);

  if (caps == NULL)
    return;
  forget_pair (caps);
  g_free (caps->turned);
  g_clear_pointer (&caps->heard, xmlnode_free);
  g_free (caps);
}

static gint
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
has_twins (const GPtrArray *sorted)
{
  for (guint i = 1; i < sorted->len; i++)
    if (g_str_equal (sorted->pdata[i - 1], sorted->pdata[i]))
      return TRUE;
  return FALSE;
}

static void
append_factors (GString *s, const GPtrArray *factors)
{
  for (guint i = 0; i < factors->len; i++)
    {
      g_string_append (s, factors->pdata[i]);
      g_string_append_c (s, FACTOR_END);
    }
}

/* From @node on among its siblings; libpurple's own children have no
 * namespace, parsed ones have. */
static xmlnode *
next_named (xmlnode *node, const char *name)
{
  while (node != NULL && (node->type != XMLNODE_TYPE_TAG || g_strcmp0 (node->name, name) != 0))
    node = node->next;
  return node;
}

static char *
identity_text (xmlnode *identity)
{
  const char *category = xmlnode_get_attrib (identity, "category");
  const char *type = xmlnode_get_attrib (identity, "type");
  const char *lang = xmlnode_get_attrib (identity, "xml:lang");
  const char *name = xmlnode_get_attrib (identity, "name");

  if (category == NULL || type == NULL)
    return NULL;
  if (lang == NULL)
    lang = xmlnode_get_attrib (identity, "lang");
  return g_strjoin (SLASH, category, type, lang != NULL ? lang : "", name != NULL ? name : "", NULL);
}

static char *
feature_text (xmlnode *feature)
{
  return g_strdup (xmlnode_get_attrib (feature, "var"));
}

/* Factors of all children of one name, sorted; NULL when one of them is
 * broken or stands there twice. */
static GPtrArray *
collect (xmlnode *query, const char *name, char *(*text_of) (xmlnode *))
{
  g_autoptr (GPtrArray) factors = g_ptr_array_new_with_free_func (g_free);

  for (xmlnode *child = next_named (query->child, name); child != NULL; child = next_named (child->next, name))
    {
      char *text = text_of (child);

      if (text == NULL)
        return NULL;
      g_ptr_array_add (factors, text);
    }
  g_ptr_array_sort (factors, compare_texts);
  return has_twins (factors) ? NULL : g_steal_pointer (&factors);
}

static GPtrArray *
field_values (xmlnode *field)
{
  GPtrArray *values = g_ptr_array_new_with_free_func (g_free);

  for (xmlnode *value = xmlnode_get_child (field, "value"); value != NULL; value = xmlnode_get_next_twin (value))
    {
      char *text = xmlnode_get_data (value);

      g_ptr_array_add (values, text != NULL ? text : g_strdup (""));
    }
  g_ptr_array_sort (values, compare_texts);
  return values;
}

static gboolean
is_form_type (xmlnode *field)
{
  return g_strcmp0 (xmlnode_get_attrib (field, "var"), "FORM_TYPE") == 0;
}

/* Returns FALSE when the form is broken; *@type stays NULL when it does not
 * count. */
static gboolean
read_form_type (xmlnode *form, char **type)
{
  gboolean is_seen = FALSE;

  for (xmlnode *field = xmlnode_get_child (form, "field"); field != NULL; field = xmlnode_get_next_twin (field))
    {
      g_autoptr (GPtrArray) values = NULL;

      if (!is_form_type (field))
        continue;
      values = field_values (field);
      if (is_seen || values->len != 1)
        return FALSE;
      is_seen = TRUE;
      if (g_strcmp0 (xmlnode_get_attrib (field, "type"), "hidden") == 0)
        *type = g_strdup (values->pdata[0]);
    }
  return TRUE;
}

static char *
form_text (xmlnode *form, const char *type)
{
  g_autoptr (GPtrArray) fields = g_ptr_array_new_with_free_func (g_free);
  GString *s = g_string_new (type);

  g_string_append_c (s, FACTOR_END);
  for (xmlnode *field = xmlnode_get_child (form, "field"); field != NULL; field = xmlnode_get_next_twin (field))
    {
      g_autoptr (GPtrArray) values = NULL;
      GString *part;

      if (is_form_type (field))
        continue;
      values = field_values (field);
      part = g_string_new (xmlnode_get_attrib (field, "var"));
      g_string_append_c (part, FACTOR_END);
      append_factors (part, values);
      g_ptr_array_add (fields, g_string_free (part, FALSE));
    }
  g_ptr_array_sort (fields, compare_texts);
  for (guint i = 0; i < fields->len; i++)
    g_string_append (s, fields->pdata[i]);
  return g_string_free (s, FALSE);
}

static gboolean
append_forms (GString *s, xmlnode *query)
{
  g_autoptr (GPtrArray) types = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) forms = g_ptr_array_new_with_free_func (g_free);

  for (xmlnode *form = xmlnode_get_child_with_namespace (query, "x", NS_DATA_FORM); form != NULL;
       form = xmlnode_get_next_twin (form))
    {
      g_autofree char *type = NULL;

      if (!read_form_type (form, &type))
        return FALSE;
      if (type == NULL)
        continue;
      g_ptr_array_add (forms, form_text (form, type));
      g_ptr_array_add (types, g_steal_pointer (&type));
    }
  g_ptr_array_sort (types, compare_texts);
  g_ptr_array_sort (forms, compare_texts);
  for (guint i = 0; i < forms->len; i++)
    g_string_append (s, forms->pdata[i]);
  return !has_twins (types);
}

static char *
digest (const char *text)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 sum[20];
  gsize sum_bytes = sizeof sum;

  for (const char *c = text; *c != '\0'; c++)
    {
      if (*c == '<')
        g_checksum_update (checksum, (const guchar *) "&lt;", -1);
      else if (*c == FACTOR_END)
        g_checksum_update (checksum, (const guchar *) "<", 1);
      else if (*c == SLASH[0])
        g_checksum_update (checksum, (const guchar *) "/", 1);
      else
        g_checksum_update (checksum, (const guchar *) c, 1);
    }
  g_checksum_get_digest (checksum, sum, &sum_bytes);
  return g_base64_encode (sum, sum_bytes);
}

char *
pen_caps_hash (xmlnode *query)
{
  g_autoptr (GPtrArray) identities = collect (query, "identity", identity_text);
  g_autoptr (GPtrArray) features = collect (query, "feature", feature_text);
  g_autoptr (GString) s = g_string_new (NULL);

  if (identities == NULL || features == NULL)
    return NULL;
  append_factors (s, identities);
  append_factors (s, features);
  return append_forms (s, query) ? digest (s->str) : NULL;
}

static void
add_feature (xmlnode *query)
{
  for (xmlnode *feature = next_named (query->child, "feature"); feature != NULL;
       feature = next_named (feature->next, "feature"))
    if (g_strcmp0 (xmlnode_get_attrib (feature, "var"), FEATURE_DEVICE_LISTS) == 0)
      return;
  xmlnode_set_attrib (xmlnode_new_child (query, "feature"), "var", FEATURE_DEVICE_LISTS);
}

static gboolean
is_iq (xmlnode *element, const char *type)
{
  return g_strcmp0 (element->name, "iq") == 0 && g_strcmp0 (xmlnode_get_attrib (element, "type"), type) == 0;
}

static gboolean
is_node (const PenCaps *caps, const char *node, const char *ver)
{
  gsize length;

  if (node == NULL || caps->node == NULL || ver == NULL)
    return FALSE;
  length = strlen (caps->node);
  return strncmp (node, caps->node, length) == 0 && node[length] == '#' && g_str_equal (node + length + 1, ver);
}

static void
set_node (const PenCaps *caps, xmlnode *query, const char *ver)
{
  g_autofree char *node = g_strconcat (caps->node, "#", ver, NULL);

  xmlnode_set_attrib (query, "node", node);
}

/* libpurple answers a get at once and without a callback, so this question
 * may be put from inside the gate. A ver that libpurple does not know gives an
 * error, and nothing is learned. */
static xmlnode *
ask_libpurple (PenAccount *account, PenCaps *caps, const char *node, const char *ver)
{
  g_autofree char *full_node = g_strconcat (node, "#", ver, NULL);
  xmlnode *iq = xmlnode_new ("iq");
  xmlnode *query = xmlnode_new_child (iq, "query");

  xmlnode_set_attrib (iq, "type", "get");
  xmlnode_set_attrib (iq, "id", QUESTION_ID);
  xmlnode_set_attrib (iq, "from", account->bare);
  xmlnode_set_namespace (query, NS_DISCO_INFO);
  xmlnode_set_attrib (query, "node", full_node);

  caps->is_listening = TRUE;
  pen_jabber_answer (account->gc, iq);
  caps->is_listening = FALSE;
  xmlnode_free (iq);
  return g_steal_pointer (&caps->heard);
}

static void
learn (PenAccount *account, PenCaps *caps, const char *node, const char *ver)
{
  xmlnode *answer = ask_libpurple (account, caps, node, ver);
  xmlnode *query;
  char *ours;

  if (answer == NULL)
    return;
  query = xmlnode_get_child_with_namespace (answer, "query", NS_DISCO_INFO);
  if (query != NULL)
    {
      add_feature (query);
      ours = pen_caps_hash (query);
      forget_pair (caps);
      if (ours == NULL)
        purple_debug_warning ("penregister", "libpurple's own features are ill-formed: device lists are not pushed\n");
      else
        {
          caps->node = g_strdup (node);
          caps->theirs = g_strdup (ver);
          caps->ours = ours;
        }
    }
  xmlnode_free (answer);
}

static void
rewrite_presence (PenAccount *account, PenCaps *caps, xmlnode *presence)
{
  xmlnode *c = xmlnode_get_child_with_namespace (presence, "c", NS_CAPS);
  const char *node = c != NULL ? xmlnode_get_attrib (c, "node") : NULL;
  const char *ver = c != NULL ? xmlnode_get_attrib (c, "ver") : NULL;

  if (node == NULL || ver == NULL || g_strcmp0 (ver, caps->ours) == 0)
    return;
  if (g_strcmp0 (ver, caps->theirs) != 0)
    learn (account, caps, node, ver);
  if (g_strcmp0 (ver, caps->theirs) == 0)
    xmlnode_set_attrib (c, "ver", caps->ours);
}

/* Who asked for libpurple's own ver, which a plain account of the same person
 * may announce, gets what that ver stands for. */
static void
rewrite_result (PenCaps *caps, xmlnode *iq)
{
  xmlnode *query = xmlnode_get_child_with_namespace (iq, "query", NS_DISCO_INFO);
  const char *node = query != NULL ? xmlnode_get_attrib (query, "node") : NULL;
  gboolean is_turned;

  if (query == NULL)
    return;
  is_turned = caps->turned != NULL && g_strcmp0 (caps->turned, xmlnode_get_attrib (iq, "id")) == 0;
  if (is_turned)
    g_clear_pointer (&caps->turned, g_free);
  if (node == NULL)
    add_feature (query);
  else if (is_turned && is_node (caps, node, caps->theirs))
    {
      add_feature (query);
      set_node (caps, query, caps->ours);
    }
}

gboolean
pen_caps_out (PenAccount *account, xmlnode *element)
{
  PenCaps *caps = caps_of (account);

  if (caps->is_listening && g_strcmp0 (element->name, "iq") == 0
      && g_strcmp0 (xmlnode_get_attrib (element, "id"), QUESTION_ID) == 0)
    {
      if (is_iq (element, "result") && caps->heard == NULL)
        caps->heard = xmlnode_copy (element);
      return FALSE;
    }
  if (g_strcmp0 (element->name, "presence") == 0)
    rewrite_presence (account, caps, element);
  else if (is_iq (element, "result"))
    rewrite_result (caps, element);
  return TRUE;
}

void
pen_caps_in (PenAccount *account, xmlnode *iq)
{
  PenCaps *caps = caps_of (account);
  xmlnode *query = is_iq (iq, "get") ? xmlnode_get_child_with_namespace (iq, "query", NS_DISCO_INFO) : NULL;

  if (query == NULL)
    return;
  g_clear_pointer (&caps->turned, g_free);
  if (!is_node (caps, xmlnode_get_attrib (query, "node"), caps->ours) || g_strcmp0 (caps->ours, caps->theirs) == 0)
    return;
  set_node (caps, query, caps->theirs);
  caps->turned = g_strdup (xmlnode_get_attrib (iq, "id"));
}
