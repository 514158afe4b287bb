/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The fields of a dialog: shown in the request's event, set by its answer. */

#include "harness.h"

#include <string.h>

static const char *
type_name (PurpleRequestField *field)
{
  static const char *const names[] = { [PURPLE_REQUEST_FIELD_NONE] = "none",
                                       [PURPLE_REQUEST_FIELD_STRING] = "string",
                                       [PURPLE_REQUEST_FIELD_INTEGER] = "integer",
                                       [PURPLE_REQUEST_FIELD_BOOLEAN] = "boolean",
                                       [PURPLE_REQUEST_FIELD_CHOICE] = "choice",
                                       [PURPLE_REQUEST_FIELD_LIST] = "list",
                                       [PURPLE_REQUEST_FIELD_LABEL] = "label",
                                       [PURPLE_REQUEST_FIELD_IMAGE] = "image",
                                       [PURPLE_REQUEST_FIELD_ACCOUNT] = "account" };

  return names[purple_request_field_get_type (field)];
}

static JsonArray *
text_array (GList *texts)
{
  JsonArray *array = json_array_new ();

  for (GList *l = texts; l != NULL; l = l->next)
    json_array_add_string_element (array, l->data != NULL ? l->data : "");
  return array;
}

static void
put_account (JsonObject *object, PurpleRequestField *field)
{
  PurpleAccount *account = purple_request_field_account_get_value (field);
  g_autofree char *handle = account != NULL ? harness_account_handle (account) : NULL;

  harness_put (object, "value", handle);
}

static void
put_value (JsonObject *object, PurpleRequestField *field)
{
  switch (purple_request_field_get_type (field))
    {
    case PURPLE_REQUEST_FIELD_STRING:
      harness_put (object, "value", purple_request_field_string_get_value (field));
      json_object_set_boolean_member (object, "masked", purple_request_field_string_is_masked (field));
      break;
    case PURPLE_REQUEST_FIELD_INTEGER:
      json_object_set_int_member (object, "value", purple_request_field_int_get_value (field));
      break;
    case PURPLE_REQUEST_FIELD_BOOLEAN:
      json_object_set_boolean_member (object, "value", purple_request_field_bool_get_value (field));
      break;
    case PURPLE_REQUEST_FIELD_CHOICE:
      json_object_set_int_member (object, "value", purple_request_field_choice_get_value (field));
      json_object_set_array_member (object, "options", text_array (purple_request_field_choice_get_labels (field)));
      break;
    case PURPLE_REQUEST_FIELD_LIST:
      json_object_set_array_member (object, "value", text_array (purple_request_field_list_get_selected (field)));
      json_object_set_array_member (object, "options", text_array (purple_request_field_list_get_items (field)));
      break;
    case PURPLE_REQUEST_FIELD_ACCOUNT:
      put_account (object, field);
      break;
    default:
      json_object_set_null_member (object, "value");
      break;
    }
}

static JsonObject *
field_describe (PurpleRequestField *field)
{
  JsonObject *object = json_object_new ();

  harness_put (object, "id", purple_request_field_get_id (field));
  harness_put (object, "label", purple_request_field_get_label (field));
  harness_put (object, "type", type_name (field));
  json_object_set_boolean_member (object, "required", purple_request_field_is_required (field));
  put_value (object, field);
  return object;
}

JsonArray *
harness_fields_describe (PurpleRequestFields *fields)
{
  JsonArray *array = json_array_new ();

  for (GList *g = purple_request_fields_get_groups (fields); g != NULL; g = g->next)
    for (GList *l = purple_request_field_group_get_fields (g->data); l != NULL; l = l->next)
      json_array_add_object_element (array, field_describe (l->data));
  return array;
}

static int
option_index (GList *options, JsonNode *node)
{
  int index = 0;

  if (json_node_get_value_type (node) == G_TYPE_INT64)
  {
    gint64 number = json_node_get_int (node);

    return number >= 0 && number < (gint64) g_list_length (options) ? (int) number : -1;
  }
  for (GList *l = options; l != NULL; l = l->next, index++)
    if (g_strcmp0 (l->data, json_node_get_string (node)) == 0)
      return index;
  return -1;
}

static gboolean
set_list (PurpleRequestField *field, JsonNode *node)
{
  JsonArray *wanted = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  GList *items = purple_request_field_list_get_items (field);

  if (wanted == NULL)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (wanted); i++)
    if (option_index (items, json_array_get_element (wanted, i)) < 0)
      return FALSE;
  purple_request_field_list_clear_selected (field);
  for (guint i = 0; i < json_array_get_length (wanted); i++)
    {
      int index = option_index (items, json_array_get_element (wanted, i));

      purple_request_field_list_add_selected (field, g_list_nth_data (items, (guint) index));
    }
  return TRUE;
}

static gboolean
set_choice (PurpleRequestField *field, JsonNode *node)
{
  int index = option_index (purple_request_field_choice_get_labels (field), node);

  if (index >= 0)
    purple_request_field_choice_set_value (field, index);
  return index >= 0;
}

static gboolean
set_account (PurpleRequestField *field, JsonNode *node)
{
  PurpleAccount *account = harness_account_find (json_node_get_string (node));

  if (account != NULL)
    purple_request_field_account_set_value (field, account);
  return account != NULL;
}

static gboolean
set_scalar (PurpleRequestField *field, JsonNode *node)
{
  PurpleRequestFieldType type = purple_request_field_get_type (field);
  GType given = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (type == PURPLE_REQUEST_FIELD_STRING && given == G_TYPE_STRING)
    purple_request_field_string_set_value (field, json_node_get_string (node));
  else if (type == PURPLE_REQUEST_FIELD_INTEGER && given == G_TYPE_INT64)
    purple_request_field_int_set_value (field, (int) json_node_get_int (node));
  else if (type == PURPLE_REQUEST_FIELD_BOOLEAN && given == G_TYPE_BOOLEAN)
    purple_request_field_bool_set_value (field, json_node_get_boolean (node));
  else if (type == PURPLE_REQUEST_FIELD_CHOICE && (given == G_TYPE_INT64 || given == G_TYPE_STRING))
    return set_choice (field, node);
  else if (type == PURPLE_REQUEST_FIELD_ACCOUNT && given == G_TYPE_STRING)
    return set_account (field, node);
  else
    return FALSE;
  return TRUE;
}

gboolean
harness_fields_set (PurpleRequestFields *fields, JsonObject *values, GError **error)
{
  g_autoptr (GList) names = json_object_get_members (values);

  for (GList *l = names; l != NULL; l = l->next)
    {
      JsonNode *node = json_object_get_member (values, l->data);
      gboolean exists = purple_request_fields_exists (fields, l->data);
      PurpleRequestField *field = exists ? purple_request_fields_get_field (fields, l->data) : NULL;
      gboolean is_list = exists && purple_request_field_get_type (field) == PURPLE_REQUEST_FIELD_LIST;

      if (exists && (is_list ? set_list (field, node) : set_scalar (field, node)))
        continue;
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   exists ? "The field “%s” does not take this value." : "The dialog has no field “%s”.",
                   (const char *) l->data);
      return FALSE;
    }
  return TRUE;
}
