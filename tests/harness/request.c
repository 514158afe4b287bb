/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* libpurple's dialogs: shown as events, answered by `respond`, closed on the
 * safe side when nobody did. */

#include "harness.h"

#include <string.h>

typedef enum
{
  DIALOG_INPUT,
  DIALOG_CHOICE,
  DIALOG_ACTION,
  DIALOG_FIELDS,
  DIALOG_FILE,
  DIALOG_AUTHORIZE
} DialogKind;

#define NO_CHOICE -1

typedef struct
{
  gint64 id;
  DialogKind kind;
  PurpleRequestType type;
  PurpleAccount *account;
  char *name;
  char *title;
  char *text;
  GPtrArray *choices;
  GPtrArray *callbacks;
  GPtrArray *options;
  GArray *option_values;
  PurpleRequestFields *fields;
  char *value;
  int selected;
  gpointer data;
} Dialog;

static GList *dialogs;
static gint64 last_id;

static Dialog *
dialog_new (DialogKind kind, const char *title, const char *primary, const char *secondary)
{
  Dialog *dialog = g_new0 (Dialog, 1);
  g_autofree char *first = harness_plain_text (primary);
  g_autofree char *second = harness_plain_text (secondary);

  dialog->id = ++last_id;
  dialog->kind = kind;
  dialog->title = harness_plain_text (title != NULL ? title : primary);
  dialog->text = g_strconcat (first, first[0] != '\0' && second[0] != '\0' ? "\n" : "", second, NULL);
  dialog->choices = g_ptr_array_new_with_free_func (g_free);
  dialog->callbacks = g_ptr_array_new ();
  dialogs = g_list_append (dialogs, dialog);
  return dialog;
}

static void
dialog_free (Dialog *dialog)
{
  dialogs = g_list_remove (dialogs, dialog);
  g_ptr_array_unref (dialog->choices);
  g_ptr_array_unref (dialog->callbacks);
  g_clear_pointer (&dialog->options, g_ptr_array_unref);
  g_clear_pointer (&dialog->option_values, g_array_unref);
  g_clear_pointer (&dialog->fields, purple_request_fields_destroy);
  g_free (dialog->name);
  g_free (dialog->title);
  g_free (dialog->text);
  g_free (dialog->value);
  g_free (dialog);
}

/* Labels mark their keyboard letter with an underscore. */
static char *
plain_label (const char *label)
{
  g_auto (GStrv) parts = g_strsplit (label != NULL ? label : "", "_", -1);

  return g_strjoinv ("", parts);
}

static void
add_choice (Dialog *dialog, const char *label, GCallback callback)
{
  g_ptr_array_add (dialog->choices, plain_label (label));
  g_ptr_array_add (dialog->callbacks, (gpointer) callback);
}

static void
put_simple_field (Dialog *dialog, JsonArray *fields)
{
  JsonObject *field = json_object_new ();
  gboolean is_choice = dialog->kind == DIALOG_CHOICE;

  harness_put (field, "id", is_choice ? "choice" : "value");
  harness_put (field, "label", dialog->title);
  harness_put (field, "type", is_choice ? "choice" : "string");
  json_array_add_object_element (fields, field);
  if (!is_choice)
    {
      harness_put (field, "value", dialog->value);
      return;
    }
  json_object_set_int_member (field, "value", dialog->selected);
  json_object_set_array_member (field, "options", json_array_new ());
  for (guint i = 0; i < dialog->options->len; i++)
    json_array_add_string_element (json_object_get_array_member (field, "options"), dialog->options->pdata[i]);
}

static void *
dialog_show (Dialog *dialog)
{
  JsonObject *event = harness_event_new ("request", dialog->account);
  JsonArray *choices = json_array_new ();
  JsonArray *fields = dialog->fields != NULL ? harness_fields_describe (dialog->fields) : json_array_new ();

  if (dialog->kind == DIALOG_INPUT || dialog->kind == DIALOG_FILE || dialog->kind == DIALOG_CHOICE)
    put_simple_field (dialog, fields);
  for (guint i = 0; i < dialog->choices->len; i++)
    json_array_add_string_element (choices, dialog->choices->pdata[i]);
  json_object_set_int_member (event, "request", dialog->id);
  harness_put (event, "title", dialog->title);
  harness_put (event, "text", dialog->text);
  json_object_set_array_member (event, "choices", choices);
  json_object_set_array_member (event, "fields", fields);
  if (dialog->kind == DIALOG_AUTHORIZE)
    {
      g_autofree char *address = harness_address_of (dialog->account, dialog->name);

      harness_put (event, "authorize", address);
    }
  harness_event_emit (event);
  return dialog;
}

static void
set_pair (Dialog *dialog, const char *const labels[2], GCallback accept, GCallback cancel)
{
  add_choice (dialog, labels[0], accept);
  add_choice (dialog, labels[1], cancel);
}

/* The signature is libpurple's request_input. */
static void *
request_input (const char *title, const char *primary, const char *secondary, const char *value, gboolean multiline,
               gboolean masked, gchar *hint, const char *ok_text, GCallback ok, const char *cancel_text,
               GCallback cancel, PurpleAccount *account, const char *who, PurpleConversation *conversation, void *data)
{
  Dialog *dialog = dialog_new (DIALOG_INPUT, title, primary, secondary);

  dialog->type = PURPLE_REQUEST_INPUT;
  dialog->account = account;
  dialog->value = g_strdup (value);
  dialog->data = data;
  set_pair (dialog, (const char *const[2]){ ok_text, cancel_text }, ok, cancel);
  return dialog_show (dialog);
}

/* The signature is libpurple's request_choice. */
static void *
request_choice (const char *title, const char *primary, const char *secondary, int value, const char *ok_text,
                GCallback ok, const char *cancel_text, GCallback cancel, PurpleAccount *account, const char *who,
                PurpleConversation *conversation, void *data, va_list choices)
{
  Dialog *dialog = dialog_new (DIALOG_CHOICE, title, primary, secondary);
  const char *label;

  dialog->type = PURPLE_REQUEST_CHOICE;
  dialog->account = account;
  dialog->data = data;
  dialog->options = g_ptr_array_new_with_free_func (g_free);
  dialog->option_values = g_array_new (FALSE, FALSE, sizeof (int));
  while ((label = va_arg (choices, const char *)) != NULL)
    {
      int number = va_arg (choices, int);

      if (number == value)
        dialog->selected = (int) dialog->options->len;
      g_ptr_array_add (dialog->options, plain_label (label));
      g_array_append_val (dialog->option_values, number);
    }
  set_pair (dialog, (const char *const[2]){ ok_text, cancel_text }, ok, cancel);
  return dialog_show (dialog);
}

/* The signature is libpurple's request_action. */
static void *
request_action (const char *title, const char *primary, const char *secondary, int value, PurpleAccount *account,
                const char *who, PurpleConversation *conversation, void *data, size_t count, va_list actions)
{
  Dialog *dialog = dialog_new (DIALOG_ACTION, title, primary, secondary);

  dialog->type = PURPLE_REQUEST_ACTION;
  dialog->account = account;
  dialog->data = data;
  for (size_t i = 0; i < count; i++)
    {
      const char *label = va_arg (actions, const char *);

      add_choice (dialog, label, va_arg (actions, GCallback));
    }
  return dialog_show (dialog);
}

/* The signature is libpurple's request_action_with_icon. */
static void *
request_icon_action (const char *title, const char *primary, const char *secondary, int value, PurpleAccount *account,
                     const char *who, PurpleConversation *conversation, gconstpointer icon, gsize icon_bytes,
                     void *data, size_t count, va_list actions)
{
  return request_action (title, primary, secondary, value, account, who, conversation, data, count, actions);
}

/* The signature is libpurple's request_fields. */
static void *
request_fields (const char *title, const char *primary, const char *secondary, PurpleRequestFields *fields,
                const char *ok_text, GCallback ok, const char *cancel_text, GCallback cancel, PurpleAccount *account,
                const char *who, PurpleConversation *conversation, void *data)
{
  Dialog *dialog = dialog_new (DIALOG_FIELDS, title, primary, secondary);

  dialog->type = PURPLE_REQUEST_FIELDS;
  dialog->account = account;
  dialog->fields = fields;
  dialog->data = data;
  set_pair (dialog, (const char *const[2]){ ok_text, cancel_text }, ok, cancel);
  return dialog_show (dialog);
}

/* The signature is libpurple's request_file. */
static void *
request_file (const char *title, const char *filename, gboolean is_save, GCallback ok, GCallback cancel,
              PurpleAccount *account, const char *who, PurpleConversation *conversation, void *data)
{
  Dialog *dialog = dialog_new (DIALOG_FILE, title != NULL ? title : "File", NULL, NULL);

  dialog->type = PURPLE_REQUEST_FILE;
  dialog->account = account;
  dialog->value = g_strdup (filename);
  dialog->data = data;
  set_pair (dialog, (const char *const[2]){ is_save ? "Save" : "Open", "Cancel" }, ok, cancel);
  return dialog_show (dialog);
}

/* The signature is libpurple's request_folder. */
static void *
request_folder (const char *title, const char *folder, GCallback ok, GCallback cancel, PurpleAccount *account,
                const char *who, PurpleConversation *conversation, void *data)
{
  Dialog *dialog = dialog_new (DIALOG_FILE, title != NULL ? title : "Folder", NULL, NULL);

  dialog->type = PURPLE_REQUEST_FOLDER;
  dialog->account = account;
  dialog->value = g_strdup (folder);
  dialog->data = data;
  set_pair (dialog, (const char *const[2]){ "Open", "Cancel" }, ok, cancel);
  return dialog_show (dialog);
}

static void
close_request (PurpleRequestType type, void *handle)
{
  dialog_free (handle);
}

static PurpleRequestUiOps request_ops = { .request_input = request_input,
                                          .request_choice = request_choice,
                                          .request_action = request_action,
                                          .request_fields = request_fields,
                                          .request_file = request_file,
                                          .close_request = close_request,
                                          .request_folder = request_folder,
                                          .request_action_with_icon = request_icon_action };

/* The signature is libpurple's request_authorize. */
static void *
request_authorize (PurpleAccount *account, const char *user, const char *id, const char *alias, const char *message,
                   gboolean on_list, PurpleAccountRequestAuthorizationCb allow,
                   PurpleAccountRequestAuthorizationCb deny, void *data)
{
  Dialog *dialog = dialog_new (DIALOG_AUTHORIZE, "Authorization", user, message);

  dialog->account = account;
  dialog->name = g_strdup (user);
  dialog->data = data;
  add_choice (dialog, "Authorize", G_CALLBACK (allow));
  add_choice (dialog, "Deny", G_CALLBACK (deny));
  return dialog_show (dialog);
}

static void
close_authorize (void *handle)
{
  dialog_free (handle);
}

static PurpleAccountUiOps account_ops = { .request_authorize = request_authorize,
                                          .close_account_request = close_authorize };

void
harness_request_install (void)
{
  purple_request_set_ui_ops (&request_ops);
  purple_accounts_set_ui_ops (&account_ops);
}

static void
call_back (Dialog *dialog, int index)
{
  GCallback callback = (GCallback) dialog->callbacks->pdata[index];

  if (callback == NULL)
    return;
  if (dialog->kind == DIALOG_INPUT)
    ((PurpleRequestInputCb) callback) (dialog->data, dialog->value);
  else if (dialog->kind == DIALOG_CHOICE)
    ((PurpleRequestChoiceCb) callback) (dialog->data, g_array_index (dialog->option_values, int, dialog->selected));
  else if (dialog->kind == DIALOG_ACTION)
    ((PurpleRequestActionCb) callback) (dialog->data, index);
  else if (dialog->kind == DIALOG_FIELDS)
    ((PurpleRequestFieldsCb) callback) (dialog->data, dialog->fields);
  else if (dialog->kind == DIALOG_FILE)
    ((PurpleRequestFileCb) callback) (dialog->data, index == 0 ? dialog->value : NULL);
  else
    ((PurpleAccountRequestAuthorizationCb) callback) (dialog->data);
}

/* The callback may close the dialog itself, with all of its account's. After an
 * answered authorization libpurple has forgotten the dialog already. */
static void
dialog_finish (Dialog *dialog, int index)
{
  if (index != NO_CHOICE)
    call_back (dialog, index);
  if (g_list_find (dialogs, dialog) == NULL)
    return;
  if (dialog->kind != DIALOG_AUTHORIZE)
    purple_request_close (dialog->type, dialog);
  else if (index == NO_CHOICE)
    purple_account_request_close (dialog);
  else
    dialog_free (dialog);
}

/* A dialog of actions that offers no "Cancel" is closed without an answer, as by its window's button. */
static int
safe_choice (Dialog *dialog)
{
  if (dialog->kind == DIALOG_AUTHORIZE)
    return NO_CHOICE;
  if (dialog->kind != DIALOG_ACTION)
    return 1;
  for (guint i = 0; i < dialog->choices->len; i++)
    if (g_ascii_strcasecmp (dialog->choices->pdata[i], "Cancel") == 0)
      return (int) i;
  return NO_CHOICE;
}

void
harness_request_cancel_all (void)
{
  while (dialogs != NULL)
    dialog_finish (dialogs->data, safe_choice (dialogs->data));
}

gboolean
harness_request_authorize (PurpleAccount *account, const char *name, gboolean allow)
{
  g_autofree char *wanted = g_strdup (purple_normalize (account, name));

  for (GList *l = dialogs; l != NULL; l = l->next)
    {
      Dialog *dialog = l->data;

      if (dialog->kind != DIALOG_AUTHORIZE || dialog->account != account
          || !g_str_equal (purple_normalize (account, dialog->name), wanted))
        continue;
      dialog_finish (dialog, allow ? 0 : 1);
      return TRUE;
    }
  return FALSE;
}

static int
find_choice (Dialog *dialog, JsonNode *node)
{
  if (node == NULL)
    return 0;
  if (json_node_get_value_type (node) == G_TYPE_INT64)
    {
      gint64 index = json_node_get_int (node);

      return index >= 0 && index < (gint64) dialog->choices->len ? (int) index : NO_CHOICE;
    }
  for (guint i = 0; i < dialog->choices->len; i++)
    if (g_strcmp0 (dialog->choices->pdata[i], json_node_get_string (node)) == 0)
      return (int) i;
  return NO_CHOICE;
}

static gboolean
set_choice_field (Dialog *dialog, JsonNode *node)
{
  gint64 index = json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : -1;

  for (guint i = 0; i < dialog->options->len; i++)
    if (g_strcmp0 (dialog->options->pdata[i], json_node_get_string (node)) == 0)
      index = i;
  if (index < 0 || index >= (gint64) dialog->options->len)
    return FALSE;
  dialog->selected = (int) index;
  return TRUE;
}

static gboolean
set_simple_field (Dialog *dialog, const char *name, JsonNode *node)
{
  if (!JSON_NODE_HOLDS_VALUE (node))
    return FALSE;
  if (dialog->kind == DIALOG_CHOICE)
    return g_str_equal (name, "choice") && set_choice_field (dialog, node);
  if ((dialog->kind != DIALOG_INPUT && dialog->kind != DIALOG_FILE) || !g_str_equal (name, "value")
      || json_node_get_value_type (node) != G_TYPE_STRING)
    return FALSE;
  g_free (dialog->value);
  dialog->value = json_node_dup_string (node);
  return TRUE;
}

static gboolean
set_fields (HarnessCall *call, Dialog *dialog, JsonObject *values)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GList) names = json_object_get_members (values);

  if (dialog->kind == DIALOG_FIELDS)
    {
      if (!harness_fields_set (dialog->fields, values, &error))
        harness_fail (call, "bad_field", "%s", error->message);
      return error == NULL;
    }
  for (GList *l = names; l != NULL; l = l->next)
    if (!set_simple_field (dialog, l->data, json_object_get_member (values, l->data)))
      {
        harness_fail (call, "bad_field", "The dialog has no field “%s” that takes this value.", (char *) l->data);
        return FALSE;
      }
  return TRUE;
}

static Dialog *
find_dialog (HarnessCall *call)
{
  gint64 id;

  if (!harness_call_integer (call, "request", 0, &id))
    return NULL;
  for (GList *l = dialogs; l != NULL; l = l->next)
    if (((Dialog *) l->data)->id == id)
      return l->data;
  harness_fail (call, "unknown_dialog", "There is no open dialog %" G_GINT64_FORMAT ".", id);
  return NULL;
}

static void
run_respond (HarnessCall *call)
{
  Dialog *dialog = find_dialog (call);
  JsonNode *node;
  JsonObject *values;
  int choice;

  if (dialog == NULL || !harness_call_object (call, "fields", &values)
      || (values != NULL && !set_fields (call, dialog, values)))
    return;
  node = json_object_get_member (call->args, "choice");
  choice = node == NULL || JSON_NODE_HOLDS_VALUE (node) ? find_choice (dialog, node) : NO_CHOICE;
  if (choice == NO_CHOICE)
    harness_fail (call, "unknown_choice", "The dialog does not offer this choice.");
  else if (dialog->kind == DIALOG_FIELDS && choice == 0
           && !purple_request_fields_all_required_filled (dialog->fields))
    harness_fail (call, "missing_field", "A field that must be filled in is empty.");
  else
    {
      dialog_finish (dialog, choice);
      harness_reply (call, NULL);
    }
}

const HarnessCommand harness_request_commands[] = { { "respond", run_respond }, { NULL, NULL } };
