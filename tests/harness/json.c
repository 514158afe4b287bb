/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* JSON in and out: safe text, times, depth of what comes in, and when one
 * object is a part of another. */

#include "harness.h"

#include <string.h>

#define MAX_DEPTH 64

void
harness_put (JsonObject *object, const char *name, const char *text)
{
  g_autofree char *valid = NULL;

  if (text == NULL)
    {
      json_object_set_null_member (object, name);
      return;
    }
  valid = g_utf8_make_valid (text, -1);
  json_object_set_string_member (object, name, valid);
}

void
harness_put_time (JsonObject *object, const char *name, gint64 at_us)
{
  g_autofree char *text = harness_time_to_text (at_us);

  harness_put (object, name, text);
}

void
harness_put_words (JsonObject *object, const char *name, const char *words)
{
  JsonArray *array = json_array_new ();
  g_auto (GStrv) parts = g_strsplit_set (words != NULL ? words : "", " ", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (parts[i][0] != '\0')
      json_array_add_string_element (array, parts[i]);
  json_object_set_array_member (object, name, array);
}

void
harness_put_all (JsonObject *object, JsonObject *members)
{
  g_autoptr (GList) names = json_object_get_members (members);

  for (GList *l = names; l != NULL; l = l->next)
    if (!json_object_has_member (object, l->data))
      json_object_set_member (object, l->data, json_object_dup_member (members, l->data));
}

char *
harness_time_to_text (gint64 at_us)
{
  gint64 seconds = at_us / G_USEC_PER_SEC;
  int rest_us = (int) (at_us % G_USEC_PER_SEC);
  g_autoptr (GDateTime) time = NULL;
  g_autofree char *text = NULL;

  if (rest_us < 0)
    {
      seconds--;
      rest_us += G_USEC_PER_SEC;
    }
  time = g_date_time_new_from_unix_utc (seconds);
  if (time == NULL)
    return NULL;
  text = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S");
  return g_strdup_printf ("%s.%06dZ", text, rest_us);
}

gboolean
harness_time_from_text (const char *text, gint64 *at_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, NULL);

  if (time == NULL)
    return FALSE;
  *at_us = g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
  return TRUE;
}

/* The parser recurses: a line of brackets alone must not use up the stack. */
static gboolean
is_shallow (const char *line, gsize length_bytes)
{
  int depth = 0;
  gboolean in_text = FALSE;

  for (gsize i = 0; i < length_bytes && depth <= MAX_DEPTH; i++)
    if (in_text && line[i] == '\\')
      i++;
    else if (line[i] == '"')
      in_text = !in_text;
    else if (!in_text && (line[i] == '{' || line[i] == '['))
      depth++;
    else if (!in_text && (line[i] == '}' || line[i] == ']'))
      depth--;
  return depth <= MAX_DEPTH;
}

JsonObject *
harness_json_parse (const char *line, gsize length_bytes, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root;

  if (!g_utf8_validate (line, (gssize) length_bytes, NULL) || !is_shallow (line, length_bytes))
    {
      g_set_error_literal (error, JSON_PARSER_ERROR, JSON_PARSER_ERROR_INVALID_DATA,
                           "The line is not UTF-8 text, or is nested too deeply.");
      return NULL;
    }
  if (!json_parser_load_from_data (parser, line, (gssize) length_bytes, error))
    return NULL;
  root = json_parser_get_root (parser);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    return json_object_ref (json_node_get_object (root));
  g_set_error_literal (error, JSON_PARSER_ERROR, JSON_PARSER_ERROR_UNKNOWN, "The line is not a JSON object.");
  return NULL;
}

static gboolean
node_matches (JsonNode *node, JsonNode *wanted)
{
  if (JSON_NODE_HOLDS_OBJECT (wanted))
    return JSON_NODE_HOLDS_OBJECT (node)
           && harness_json_matches (json_node_get_object (node), json_node_get_object (wanted));
  return json_node_equal (node, wanted);
}

gboolean
harness_json_matches (JsonObject *object, JsonObject *wanted)
{
  g_autoptr (GList) names = json_object_get_members (wanted);

  for (GList *l = names; l != NULL; l = l->next)
    {
      JsonNode *node = json_object_get_member (object, l->data);

      if (node == NULL || !node_matches (node, json_object_get_member (wanted, l->data)))
        return FALSE;
    }
  return TRUE;
}

char *
harness_plain_text (const char *html)
{
  return html != NULL ? purple_markup_strip_html (html) : g_strdup ("");
}
