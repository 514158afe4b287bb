/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <purple.h>

#include "penregister/pane.h"

G_BEGIN_DECLS

/* libpurple without a screen. libpurple's ui ops carry no user data, so that
 * the state of the one running core is reached by harness_get(). */

#define HARNESS_UI_ID "penregister-harness"
#define HARNESS_EXIT_CLEAN 0
#define HARNESS_EXIT_NO_CORE 1
#define HARNESS_EXIT_USAGE 2

/** HarnessOptions: the command line. */
typedef struct
{
  char *config_dir;
  char **plugin_paths;
  char *virtual_clock;
  char *seed;
  char *exec_file;
  gint64 slow_sync_us;
  gboolean loopback_only;
  gboolean debug;
  gboolean loop_stats;
  gboolean in_order;
  gboolean version;
} HarnessOptions;

/** Harness: what runs. @pane is NULL when the plugin offers none. */
typedef struct
{
  HarnessOptions options;
  GMainLoop *loop;
  PurplePlugin *plugin;
  const PenPane *pane;
  gboolean is_virtual;
  gint64 virtual_now_us;
  gboolean quitting;
} Harness;

Harness *harness_get (void);

/* core.c, eventloop.c */
gboolean harness_core_start (GError **error);
void harness_core_quit (void);
gint64 harness_now_us (void);
void harness_eventloop_install (void);

/* loop.c: how long the main loop was busy between two polls */
void harness_loop_watch (void);

/* guard.c: --loopback-only */
gboolean harness_guard_account (PurpleAccount *account, char **reason);
void harness_guard_install (void);

/* json.c */
void harness_put (JsonObject *object, const char *name, const char *text);
void harness_put_time (JsonObject *object, const char *name, gint64 at_us);
void harness_put_words (JsonObject *object, const char *name, const char *words);
void harness_put_all (JsonObject *object, JsonObject *members);
char *harness_time_to_text (gint64 at_us);
gboolean harness_time_from_text (const char *text, gint64 *at_us);
JsonObject *harness_json_parse (const char *line, gsize length_bytes, GError **error);
gboolean harness_json_matches (JsonObject *object, JsonObject *wanted);
char *harness_plain_text (const char *html);

/* output.c */
gboolean harness_output_open (void);
void harness_output_write (JsonObject *object);

/* input.c */
gboolean harness_input_open (const char *exec_file, GError **error);
void harness_input_resume (void);

/* call.c: one request, which gets exactly one reply; replying frees it. A
 * harness_call_…() that returns FALSE or NULL has replied already. */
typedef struct
{
  JsonNode *id;
  JsonObject *args;
  gboolean is_background;
} HarnessCall;

typedef void (*HarnessFunc) (HarnessCall *call);

typedef struct
{
  const char *name;
  HarnessFunc run;
} HarnessCommand;

void harness_call_dispatch (const char *line, gsize length_bytes);
gboolean harness_call_is_busy (void);
guint harness_call_count (void);
void harness_call_abandon_all (void);
void harness_reply (HarnessCall *call, JsonObject *members);
void harness_fail (HarnessCall *call, const char *code, const char *format, ...) G_GNUC_PRINTF (3, 4);
void harness_fail_error (HarnessCall *call, const GError *error);
gboolean harness_call_text (HarnessCall *call, const char *name, gboolean needed, const char **text);
gboolean harness_call_integer (HarnessCall *call, const char *name, gint64 fallback, gint64 *value);
gboolean harness_call_boolean (HarnessCall *call, const char *name, gboolean fallback, gboolean *value);
gboolean harness_call_object (HarnessCall *call, const char *name, JsonObject **object);
PurpleAccount *harness_call_account (HarnessCall *call);
PurpleConnection *harness_call_connection (HarnessCall *call);
const PenPane *harness_call_pane (HarnessCall *call);

/* person.c: the person that a request names */
typedef struct
{
  PurpleAccount *account;
  PurpleConnection *gc;
  char *name;
} HarnessPerson;

gboolean harness_call_person (HarnessCall *call, HarnessPerson *person);
gboolean harness_call_online_person (HarnessCall *call, HarnessPerson *person);
PurpleConversation *harness_call_conversation (HarnessCall *call, HarnessPerson *person);
void harness_person_clear (HarnessPerson *person);
gboolean harness_is_ours (PurpleAccount *account);
char *harness_address_of (PurpleAccount *account, const char *name);
char *harness_account_handle (PurpleAccount *account);
PurpleAccount *harness_account_find (const char *handle);
char *harness_account_bare (PurpleAccount *account);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HarnessPerson, harness_person_clear)

/* events.c, signals.c */
JsonObject *harness_event_new (const char *name, PurpleAccount *account);
void harness_event_emit (JsonObject *event);
void harness_event_attend (HarnessCall *call, const char *name, JsonObject *match, guint timeout_ms);
void harness_event_forget (HarnessCall *call);
void harness_signals_connect (void);

/* message.c: what is known of the messages that we sent */
void harness_message_note (PurpleAccount *account, const char *message, const char *state);
PurpleAccount *harness_message_account (const char *message);
const char *harness_message_state (const char *message);

/* conversation.c: what a person saw */
typedef struct _HarnessTranscript HarnessTranscript;

void harness_conversation_install (void);
HarnessTranscript *harness_transcript_find (PurpleAccount *account, const char *name);
HarnessTranscript *harness_transcript_of (PurpleConversation *conversation);
guint64 harness_transcript_count (HarnessTranscript *transcript);
JsonArray *harness_transcript_lines (HarnessTranscript *transcript);
JsonArray *harness_transcript_texts_since (HarnessTranscript *transcript, guint64 since);
char *harness_transcript_text_since (HarnessTranscript *transcript, guint64 since);
/* A message that was held has its route only when it goes. */
void harness_line_route (const char *message, const char *route);
void harness_line_status (const char *message, const char *status);

/* request.c, fields.c, notify.c: dialogs */
void harness_request_install (void);
void harness_request_cancel_all (void);
gboolean harness_request_authorize (PurpleAccount *account, const char *name, gboolean allow);
JsonArray *harness_fields_describe (PurpleRequestFields *fields);
gboolean harness_fields_set (PurpleRequestFields *fields, JsonObject *values, GError **error);
void harness_notify_install (void);

/* connections.c */
void harness_connections_install (void);
void harness_connections_forget (HarnessCall *call);

/* room.c */
void harness_files_forget (HarnessCall *call);

/* ledger.c */
JsonObject *harness_row_describe (gint64 row);

/* The requests, by group; each ends with an entry whose name is NULL. */
extern const HarnessCommand harness_account_commands[];
extern const HarnessCommand harness_connection_commands[];
extern const HarnessCommand harness_talk_commands[];
extern const HarnessCommand harness_people_commands[];
extern const HarnessCommand harness_pane_commands[];
extern const HarnessCommand harness_exposure_commands[];
extern const HarnessCommand harness_ledger_commands[];
extern const HarnessCommand harness_request_commands[];
extern const HarnessCommand harness_menu_commands[];
extern const HarnessCommand harness_room_commands[];
extern const HarnessCommand harness_core_commands[];
extern const HarnessCommand harness_loop_commands[];

G_END_DECLS
