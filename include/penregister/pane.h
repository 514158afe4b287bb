/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>
#include "penregister/address.h"
#include "penregister/exposure.h"
#include "penregister/ledger.h"
#include "penregister/ledger-reader.h"
#include "penregister/policy.h"
#include "penregister/vocabulary.h"

G_BEGIN_DECLS

/* What the protocol plugin offers to other programs in its process: the
 * ledger pane and the harness. They get a pointer to PenPane by the IPC
 * command "pane" on the plugin "prpl-penregister" (no arguments). Members are
 * only ever added at the end: check @size before using a newer one.
 *
 * Signals on the plugin's handle (strings are owned by the emitter):
 *   penregister-row        (gint64 *row)                      written or completed
 *   penregister-route      (PurpleAccount *, const char *name) route or capability changed
 *   penregister-im-in      (PurpleAccount *, PenPaneMessage *)
 *   penregister-im-out     (PurpleAccount *, PenPaneMessage *) it goes; its status says when it has gone
 *   penregister-im-status  (PurpleAccount *, PenPaneMessage *) state, error
 *   penregister-question   (PurpleAccount *, PenPaneMessage *) a held message asks
 *
 *   penregister-devices    (PurpleAccount *, const char *name, const char *change) a device list changed:
 *                          words like "+123" and "-456"
 *
 * While a line is written into a conversation, its data "penregister/line"
 * (purple_conversation_get_data) is the PenPaneMessage that it belongs to,
 * else NULL. After purple_conv_im_send() the data "penregister/message" is the
 * id of the message just accepted, "penregister/state" its state. While a
 * system line that warns is written, the data "penregister/warning" is not
 * NULL. */

#define PEN_PLUGIN_ID "prpl-penregister"
#define PEN_PANE_VERSION 1

struct _PurpleAccount;

/**
 * PenPaneMessage:
 * @message: (nullable): id, for messages that we sent
 * @name: the conversation's name
 * @from: (nullable): who spoke, for messages that came in
 * @text: plain text
 * @route: how it went
 * @state: how far it has come
 * @error: (nullable): a sentence, when it failed
 * @choices: for a question: what can be answered, words separated by spaces
 */
typedef struct
{
  const char *message;
  const char *name;
  const char *from;
  const char *text;
  PenRoute route;
  PenMessageState state;
  const char *error;
  const char *choices;
} PenPaneMessage;

/**
 * PenPaneStatus: what is known of a person, and how a message would go now.
 * @address: canonical URI
 * @name: the name that libpurple holds
 * @route, @capability, @origin: as in docs/design.md, "Words"
 * @age_s: seconds since the answer, -1 for never
 * @devices: devices in the newest list
 * @why: NULL-terminated, one sentence a rule that fired
 * @words: the route in words
 */
typedef struct
{
  char *address;
  char *name;
  PenRoute route;
  PenCapabilityState capability;
  PenOrigin origin;
  gint64 age_s;
  guint devices;
  char **why;
  char *words;
} PenPaneStatus;

/**
 * PenPaneDevice: one device of a person.
 * @fingerprint: (nullable): hex, %NULL while its key is not known
 * @trust: undecided, blind, trusted or distrusted; static text
 * @is_active: in the newest list
 * @last_seen_us: of its newest message, 0 for never
 */
typedef struct
{
  guint32 device;
  char *fingerprint;
  const char *trust;
  gboolean is_active;
  gint64 last_seen_us;
} PenPaneDevice;

/**
 * PenPaneFile: who is told what became of a file that was asked for.
 * @done: called once. @path: (nullable): where it stands, or %NULL with @error set
 */
typedef struct
{
  void (*done) (const char *path, const GError *error, gpointer data);
  gpointer data;
} PenPaneFile;

/**
 * PenPanePurge: who is told that a purge has ended.
 * @done: called once. @rows: how many were deleted, or -1 with @error set
 */
typedef struct
{
  void (*done) (gint64 rows, const GError *error, gpointer data);
  gpointer data;
} PenPanePurge;

/**
 * PenPaneTalk: what a conversation's window shows beside PenPaneStatus.
 * @kind: what kind of address it is
 * @asks: (nullable): hosts, in words, that learn of the person as soon as a message is sent; %NULL: none
 * @told: (nullable): hosts, in words, that a look-up by hand would tell; %NULL: nobody can be asked
 * @held: (nullable): id of the oldest held message
 * @n_held: how many are held
 * @choices: bits PEN_CHOICE_BIT() with which @held can be answered
 * @slot_at_us: time of the batch that held messages wait for, 0 when they do not wait for one
 * @choice: what the user decided for this person: ask, sms or plain
 * @when: a #PenWhen that the user set for this person, -1 for the account's policy
 */
typedef struct
{
  PenAddressKind kind;
  char *asks;
  char *told;
  char *held;
  guint n_held;
  guint choices;
  gint64 slot_at_us;
  PenChoice choice;
  int when;
} PenPaneTalk;

/**
 * PenPolicyField: members of PenPolicy that a change sets.
 * @PEN_POLICY_AGREED: no member: the user has read what padding does and agreed to it
 */
typedef enum
{
  PEN_POLICY_WHEN = 1 << 0,
  PEN_POLICY_PAD = 1 << 1,
  PEN_POLICY_SLOTS = 1 << 2,
  PEN_POLICY_PERIOD = 1 << 3,
  PEN_POLICY_FAST_SLOTS = 1 << 4,
  PEN_POLICY_FAST_PERIOD = 1 << 5,
  PEN_POLICY_FRESH = 1 << 6,
  PEN_POLICY_AGREED = 1 << 7
} PenPolicyField;

/**
 * PenPane: the interface; each function takes what a person types as @typed.
 * @version: PEN_PANE_VERSION; @size: sizeof (PenPane) of the plugin
 * @status: frees with @status_free
 * @lookup: an explicit look-up; its row is marked as leaking. Returns the row
 *   number of the first request, or -1 with @error set
 * @policy_get: policy in force; @typed (nullable) for the account's own
 * @policy_set: sets the members in @fields; @typed (nullable) as above. FALSE with @error set where batches would be
 *   padded from then on, or in other numbers, without PEN_POLICY_AGREED
 * @answer: answers the question of a held message
 * @rows: (element-type PenLedgerRow) newest first; @count: how many match
 * @get: one row
 * @export_rows: as pen_ledger_export()
 * @purge: as pen_ledger_purge()
 * @virtual_clock: from now on time stands at @now_us until it is set again;
 *   timers that are due have run when this returns. Before any account connects.
 * @seed: all randomness of the plugin's core follows from @seed. Likewise.
 * @commit: makes everything durable now; FALSE with @error set
 * @devices: (element-type PenPaneDevice): the person's devices
 * @trust: sets the trust of one: trusted, distrusted or undecided
 * @stats: commits and their time since the plugin was loaded
 * @file_open: fetches and decrypts the file behind an aesgcm:// link; @url (nullable) for the last one of the
 *   conversation. FALSE with @error set when it was not begun: then @file is not told anything
 * @exposure: what each observer can hold, as pen_exposure_report(); of @account, or of all with %NULL. Where @query
 *   says no fresh_s and period_s, the account's policy does
 * @exposure_free: frees it
 * @exposure_export: likewise as pen_exposure_export()
 * @reader_open: a reader of the ledger beside the main loop, as pen_ledger_reader_open(). Close it with
 *   @reader_close before the protocol plugin is unloaded
 * @reader_numbers, @reader_rows, @reader_totals, @reader_export: as pen_ledger_reader_numbers() and so on. These
 *   alone may be called on another thread, on one at a time for a reader
 * @talk: frees with @talk_free; works offline, where nobody can be asked
 * @sms_parts: short messages that @text would take, 0 for an empty text
 * @own_device: the account's own: its number and fingerprint (transfer full); FALSE with @error before they are made
 * @own_uri: (transfer full): the link by which others verify the account's own devices
 * @verify_uri: trusts all devices that the link @uri names, or none; @typed (nullable): only if it is about them.
 *   Returns (transfer full) what was done, in a sentence
 * @forget_device: forgets one of a person's devices: a new key under its number is judged anew
 * @exposure_begin, @exposure_step, @exposure_end, @exposure_drop: as @exposure in steps, on the main loop, as
 *   pen_exposure_report_begin() and so on; @exposure_drop frees a report (nullable) that nobody wants any more
 * @preset_at: as pen_policy_preset_at()
 * @purge_begin: as @purge, in short slices on the main loop; @purge->done is told later
 * @purge_forget: @data of a PenPanePurge must not be told any more; the purge itself goes on
 * @ledger_window: whether the caller's menus offer what was asked about a person: then the protocol's do not, too
 * @preset_words: (transfer full): what the preset @i changes for whom, to be read before; of padding, what it does and
 *   does not hide
 * @preset_set: keeps it. FALSE with @error set where it pads and @is_agreed does not say that the words were agreed to
 * @copy_account: lets the user choose a plain XMPP account and copies it; needs no account that is online
 */
typedef struct
{
  guint version;
  gsize size;
  PenPaneStatus *(*status) (struct _PurpleAccount *account, const char *typed, GError **error);
  void (*status_free) (PenPaneStatus *status);
  gint64 (*lookup) (struct _PurpleAccount *account, const char *typed, GError **error);
  gboolean (*policy_get) (struct _PurpleAccount *account, const char *typed, PenPolicy *policy, GError **error);
  gboolean (*policy_set) (struct _PurpleAccount *account, const char *typed, const PenPolicy *policy, guint fields,
                          GError **error);
  gboolean (*answer) (struct _PurpleAccount *account, const char *message, PenChoice choice, GError **error);
  GPtrArray *(*rows) (const PenLedgerFilter *filter, guint limit, guint offset, GError **error);
  gint64 (*count) (const PenLedgerFilter *filter, GError **error);
  PenLedgerRow *(*get) (gint64 row, GError **error);
  gint64 (*export_rows) (const PenLedgerFilter *filter, const char *path, const char *format, GError **error);
  gint64 (*purge) (gint64 before_us, GError **error);
  void (*virtual_clock) (gint64 now_us);
  void (*seed) (guint64 seed);
  gboolean (*commit) (GError **error);
  PenDatabaseStats (*stats) (void);
  GPtrArray *(*devices) (struct _PurpleAccount *account, const char *typed, GError **error);
  gboolean (*trust) (struct _PurpleAccount *account, const char *typed, guint32 device, const char *trust,
                     GError **error);
  gboolean (*file_open) (struct _PurpleAccount *account, const char *typed, const char *url, const PenPaneFile *file,
                         GError **error);
  PenExposure *(*exposure) (struct _PurpleAccount *account, const PenExposureQuery *query, GError **error);
  void (*exposure_free) (PenExposure *exposure);
  gint64 (*exposure_export) (struct _PurpleAccount *account, const PenExposureQuery *query, const char *path,
                             const char *format, GError **error);
  PenLedgerReader *(*reader_open) (GError **error);
  void (*reader_close) (PenLedgerReader *reader);
  GArray *(*reader_numbers) (PenLedgerReader *reader, const PenLedgerFilter *filter, const PenLedgerSpan *span,
                             GError **error);
  GPtrArray *(*reader_rows) (PenLedgerReader *reader, const gint64 *numbers, guint n_numbers, GError **error);
  gboolean (*reader_totals) (PenLedgerReader *reader, const PenLedgerFilter *filter, const gint *stop,
                             PenLedgerTotals *totals, GError **error);
  gint64 (*reader_export) (PenLedgerReader *reader, const PenLedgerFilter *filter, const char *path,
                           const char *format, GError **error);
  PenPaneTalk *(*talk) (struct _PurpleAccount *account, const char *typed, GError **error);
  void (*talk_free) (PenPaneTalk *talk);
  guint (*sms_parts) (const char *text);
  gboolean (*own_device) (struct _PurpleAccount *account, guint32 *device, char **fingerprint, GError **error);
  char *(*own_uri) (struct _PurpleAccount *account, GError **error);
  char *(*verify_uri) (struct _PurpleAccount *account, const char *typed, const char *uri, GError **error);
  gboolean (*forget_device) (struct _PurpleAccount *account, const char *typed, guint32 device, GError **error);
  PenExposureReport *(*exposure_begin) (struct _PurpleAccount *account, const PenExposureQuery *query, GError **error);
  gboolean (*exposure_step) (PenExposureReport *report, guint rows, gboolean *done, GError **error);
  PenExposure *(*exposure_end) (PenExposureReport *report);
  void (*exposure_drop) (PenExposureReport *report);
  const PenPolicyPreset *(*preset_at) (guint i);
  void (*purge_begin) (gint64 before_us, const PenPanePurge *purge);
  void (*purge_forget) (gpointer data);
  void (*ledger_window) (gboolean is_offered);
  char *(*preset_words) (struct _PurpleAccount *account, guint i);
  gboolean (*preset_set) (struct _PurpleAccount *account, guint i, gboolean is_agreed, GError **error);
  void (*copy_account) (void);
} PenPane;

G_END_DECLS
