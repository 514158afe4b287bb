/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What only our plugin can tell: routes, policy, look-ups, statistics. */

#include "harness.h"

#include <stddef.h>

static void
run_route (HarnessCall *call)
{
  const PenPane *pane = harness_call_pane (call);
  g_autoptr (GError) error = NULL;
  PurpleAccount *account;
  PenPaneStatus *status;
  JsonObject *members;
  JsonArray *why;
  const char *to;

  if (pane == NULL || (account = harness_call_account (call)) == NULL || !harness_call_text (call, "to", TRUE, &to))
    return;
  status = pane->status (account, to, &error);
  if (status == NULL)
    {
      harness_fail_error (call, error);
      return;
    }
  members = json_object_new ();
  why = json_array_new ();
  harness_put (members, "address", status->address);
  harness_put (members, "route", pen_route_to_string (status->route));
  harness_put (members, "capability", pen_capability_to_string (status->capability));
  harness_put (members, "origin", pen_origin_to_string (status->origin));
  json_object_set_int_member (members, "age_s", status->age_s);
  json_object_set_int_member (members, "devices", status->devices);
  harness_put (members, "words", status->words);
  for (guint i = 0; status->why != NULL && status->why[i] != NULL; i++)
    json_array_add_string_element (why, status->why[i]);
  json_object_set_array_member (members, "why", why);
  pane->status_free (status);
  harness_reply (call, members);
}

static const struct
{
  const char *name;
  size_t offset;
  PenPolicyField field;
} policy_numbers[] = { { "slots", offsetof (PenPolicy, slots), PEN_POLICY_SLOTS },
                       { "period_s", offsetof (PenPolicy, period_s), PEN_POLICY_PERIOD },
                       { "fast_slots", offsetof (PenPolicy, fast_slots), PEN_POLICY_FAST_SLOTS },
                       { "fast_period_s", offsetof (PenPolicy, fast_period_s), PEN_POLICY_FAST_PERIOD },
                       { "fresh_s", offsetof (PenPolicy, fresh_s), PEN_POLICY_FRESH } };

static gboolean
set_policy_number (PenPolicy *policy, guint *fields, const char *name, JsonNode *node)
{
  for (guint i = 0; i < G_N_ELEMENTS (policy_numbers); i++)
    {
      if (!g_str_equal (policy_numbers[i].name, name))
        continue;
      if (json_node_get_value_type (node) != G_TYPE_INT64 || json_node_get_int (node) < 0
          || json_node_get_int (node) > G_MAXUINT)
        return FALSE;
      G_STRUCT_MEMBER (guint, policy, policy_numbers[i].offset) = (guint) json_node_get_int (node);
      *fields |= policy_numbers[i].field;
      return TRUE;
    }
  return FALSE;
}

static gboolean
set_policy_member (PenPolicy *policy, guint *fields, const char *name, JsonNode *node)
{
  GType type = json_node_get_value_type (node);

  if (g_str_equal (name, "when"))
    {
      *fields |= PEN_POLICY_WHEN;
      return type == G_TYPE_STRING && pen_when_from_string (json_node_get_string (node), &policy->when);
    }
  if (g_str_equal (name, "pad"))
    {
      *fields |= PEN_POLICY_PAD;
      policy->pad = json_node_get_boolean (node);
      return type == G_TYPE_BOOLEAN;
    }
  return set_policy_number (policy, fields, name, node);
}

static gboolean
take_policy (HarnessCall *call, PenPolicy *policy, guint *fields)
{
  g_autoptr (GList) names = NULL;
  JsonObject *set;

  if (!harness_call_object (call, "set", &set))
    return FALSE;
  names = set != NULL ? json_object_get_members (set) : NULL;
  for (GList *l = names; l != NULL; l = l->next)
    {
      JsonNode *node = json_object_get_member (set, l->data);

      if (JSON_NODE_HOLDS_VALUE (node) && set_policy_member (policy, fields, l->data, node))
        continue;
      harness_fail (call, "bad_request", "The policy has no member “%s” that takes this value.", (char *) l->data);
      return FALSE;
    }
  return TRUE;
}

static void
reply_policy (HarnessCall *call, const PenPolicy *policy)
{
  JsonObject *members = json_object_new ();
  JsonObject *object = json_object_new ();

  harness_put (object, "when", pen_when_to_string (policy->when));
  json_object_set_boolean_member (object, "pad", policy->pad);
  for (guint i = 0; i < G_N_ELEMENTS (policy_numbers); i++)
    json_object_set_int_member (object, policy_numbers[i].name,
                                G_STRUCT_MEMBER (guint, policy, policy_numbers[i].offset));
  harness_put_all (members, object);
  json_object_set_object_member (members, "policy", object);
  harness_reply (call, members);
}

static void
run_policy (HarnessCall *call)
{
  const PenPane *pane = harness_call_pane (call);
  PenPolicy policy = PEN_POLICY_DEFAULT;
  g_autoptr (GError) error = NULL;
  PurpleAccount *account;
  const char *contact;
  gboolean is_agreed;
  guint fields = 0;

  if (pane == NULL || (account = harness_call_account (call)) == NULL
      || !harness_call_text (call, "contact", FALSE, &contact)
      || !harness_call_boolean (call, "agreed", TRUE, &is_agreed) || !take_policy (call, &policy, &fields))
    return;
  if (fields != 0 && contact == NULL && is_agreed)
    fields |= PEN_POLICY_AGREED;
  if ((fields == 0 || pane->policy_set (account, contact, &policy, fields, &error))
      && pane->policy_get (account, contact, &policy, &error))
    reply_policy (call, &policy);
  else
    harness_fail_error (call, error);
}

static void
run_lookup (HarnessCall *call)
{
  const PenPane *pane = harness_call_pane (call);
  g_autoptr (GError) error = NULL;
  PurpleAccount *account;
  JsonObject *members;
  JsonObject *described;
  const char *to;
  gint64 row;

  if (pane == NULL || (account = harness_call_account (call)) == NULL || !harness_call_text (call, "to", TRUE, &to))
    return;
  row = pane->lookup (account, to, &error);
  if (row < 0)
    {
      harness_fail_error (call, error);
      return;
    }
  described = harness_row_describe (row);
  members = json_object_new ();
  if (described != NULL)
    json_object_set_object_member (members, "row", described);
  else
    json_object_set_null_member (members, "row");
  harness_reply (call, members);
}

static void
run_pane_stats (HarnessCall *call)
{
  const PenPane *pane = harness_call_pane (call);
  PenDatabaseStats stats;
  JsonObject *members;

  if (pane == NULL)
    return;
  stats = pane->stats ();
  members = json_object_new ();
  json_object_set_int_member (members, "commits", (gint64) stats.commits);
  json_object_set_int_member (members, "commit_us", stats.commit_us);
  json_object_set_int_member (members, "last_commit_us", stats.last_commit_us);
  harness_reply (call, members);
}

static JsonNode *
describe_device (const PenPaneDevice *device)
{
  JsonObject *members = json_object_new ();
  g_autofree char *seen = device->last_seen_us > 0 ? harness_time_to_text (device->last_seen_us) : NULL;
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_object_set_int_member (members, "device", device->device);
  json_object_set_string_member (members, "fingerprint", device->fingerprint);
  json_object_set_string_member (members, "trust", device->trust);
  json_object_set_boolean_member (members, "active", device->is_active);
  json_object_set_string_member (members, "last_seen", seen);
  json_node_take_object (node, members);
  return node;
}

static void
run_devices (HarnessCall *call)
{
  const PenPane *pane = harness_call_pane (call);
  g_autoptr (GPtrArray) devices = NULL;
  g_autoptr (GError) error = NULL;
  PurpleAccount *account;
  JsonObject *members;
  JsonArray *list;
  const char *to;

  if (pane == NULL || (account = harness_call_account (call)) == NULL || !harness_call_text (call, "to", TRUE, &to))
    return;
  devices = pane->devices (account, to, &error);
  if (devices == NULL)
    {
      harness_fail_error (call, error);
      return;
    }
  list = json_array_new ();
  for (guint i = 0; i < devices->len; i++)
    json_array_add_element (list, describe_device (g_ptr_array_index (devices, i)));
  members = json_object_new ();
  json_object_set_array_member (members, "devices", list);
  harness_reply (call, members);
}

static void
run_trust (HarnessCall *call)
{
  const PenPane *pane = harness_call_pane (call);
  g_autoptr (GError) error = NULL;
  PurpleAccount *account;
  JsonObject *members;
  const char *to;
  const char *trust;
  gint64 device = 0;

  if (pane == NULL || (account = harness_call_account (call)) == NULL || !harness_call_text (call, "to", TRUE, &to)
      || !harness_call_text (call, "trust", TRUE, &trust) || !harness_call_integer (call, "device", 0, &device))
    return;
  if (!pane->trust (account, to, (guint32) CLAMP (device, 0, G_MAXINT32), trust, &error))
    {
      harness_fail_error (call, error);
      return;
    }
  members = json_object_new ();
  json_object_set_int_member (members, "device", device);
  harness_reply (call, members);
}

const HarnessCommand harness_pane_commands[] = {
  { "route", run_route },
  { "policy", run_policy },
  { "lookup", run_lookup },
  { "pane-stats", run_pane_stats },
  { "devices", run_devices },
  { "trust", run_trust },
  { NULL, NULL }
};
