/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <account.h>
#include <connection.h>
#include <conversation.h>

#include "penregister/address.h"
#include "penregister/contact.h"
#include "penregister/pane.h"
#include "penregister/route.h"
#include "purple/app.h"
#include "purple/gate.h"
#include "purple/stanza.h"

G_BEGIN_DECLS

/* One of our accounts, from login to close, and what its options say. The
 * functions that take a PurpleAccount work offline too. */

typedef struct _PenServices PenServices;
typedef struct _PenBacklog PenBacklog;
typedef struct _PenQueue PenQueue;
typedef struct _PenArchive PenArchive;
typedef struct _PenBundles PenBundles;
typedef struct _PenRooms PenRooms;
struct _PenSecrets;
typedef struct _PenUpload PenUpload;

/**
 * PenAccount: one connected account.
 * @purple: libpurple's account; @gc: its connection
 * @bare: our bare JID, also the account's name in the store; @domain: our server
 * @gate: the way out
 * @requests: id -> request, of request.c
 * @people: name -> PenPerson, of person.c
 * @services: gateways and directories, of services.c
 * @queue: who is asked about when, of queue.c
 * @backlog: what came in and waits to be opened, of backlog.c
 * @archive: what of the server's archive was read, of archive.c
 * @bundles: bundles that came and wait to be made sessions of, of omemo-bundles.c
 * @rooms: (nullable): rooms that are joined, of room-members.c
 * @caps: (nullable): what we announce, of caps.c
 * @secrets: (nullable): OMEMO keys, of omemo-account.c
 * @upload: (nullable): the service that takes files, of upload.c
 * @transfers: (element-type PenHttp): connections to web servers, of http.c
 * @source: (nullable): the network address we speak from
 * @login_at_us: when the login began
 * @watch: timer that looks after messages on their way, or 0
 * @is_online: signed on
 * @is_closing: close has begun
 * @is_broken: the stream failed: what is written now reaches nobody
 */
typedef struct _PenAccount
{
  PurpleAccount *purple;
  PurpleConnection *gc;
  char *bare;
  char *domain;
  PenGate *gate;
  GHashTable *requests;
  GHashTable *people;
  PenServices *services;
  PenQueue *queue;
  PenBacklog *backlog;
  PenArchive *archive;
  PenBundles *bundles;
  PenRooms *rooms;
  struct _PenSecrets *secrets;
  struct _PenCaps *caps;
  PenUpload *upload;
  GSList *transfers;
  char *source;
  gint64 login_at_us;
  guint watch;
  gboolean is_online;
  gboolean is_closing;
  gboolean is_broken;
} PenAccount;

#define PEN_OPTION_REGION "region"
#define PEN_OPTION_GATEWAY "gateway"
#define PEN_OPTION_DIRECTORY "directory"
#define PEN_OPTION_WHEN "when"
#define PEN_OPTION_FRESH_MINUTES "fresh_minutes"
/* These are in no form: a preset (PEN_OPTION_WHEN) sets them all, the pane one by one. */
#define PEN_OPTION_FRESH_SECONDS "fresh_seconds"
#define PEN_OPTION_PAD "pad"
#define PEN_OPTION_PAD_AGREED "pad_agreed"
#define PEN_OPTION_SLOTS "slots"
#define PEN_OPTION_PERIOD_S "period_s"
#define PEN_OPTION_FAST_SLOTS "fast_slots"
#define PEN_OPTION_FAST_PERIOD_S "fast_period_s"
#define PEN_OPTION_FALLBACK_PLAIN "fallback_plain"
#define PEN_OPTION_RECEIPTS "receipts"
#define PEN_OPTION_RETENTION_DAYS "retention_days"
#define PEN_OPTION_LOG_ENCRYPTED "log_encrypted"
#define PEN_OPTION_MANUAL_TRUST "manual_trust"

/** pen_account_of: Returns: (transfer none) (nullable): the connected account behind @gc, ours only. */
PenAccount *pen_account_of (PurpleConnection *gc);

/** pen_account_find: Returns: (transfer none) (nullable): the same, by libpurple's account. */
PenAccount *pen_account_find (PurpleAccount *purple);

/** pen_account_is_any_open: Returns: whether one of our accounts is between login and close. */
gboolean pen_account_is_any_open (void);

/** pen_account_is_ours: Returns: whether @purple belongs to our protocol. */
gboolean pen_account_is_ours (PurpleAccount *purple);

PenAccount *pen_account_open (PurpleAccount *purple);
void pen_account_close (PenAccount *account);

/** pen_account_bare: Returns: (transfer full): the account's bare JID, also offline. */
char *pen_account_bare (PurpleAccount *purple);

/** pen_account_require_encryption: unless the user chose otherwise; prpl-jabber alone would take an unset option for none. */
void pen_account_require_encryption (PurpleAccount *purple);

/** pen_account_options: Returns: (transfer full) (element-type PurpleAccountOption): a new list for our protocol_options. */
GList *pen_account_options (void);
GList *pen_account_user_splits (void);

/**
 * pen_account_policy:
 *
 * Returns: the policy that the account's options say; as long as padding was
 *   chosen and not agreed to, one that lets nobody be asked
 */
PenPolicy pen_account_policy (PurpleAccount *purple);

/** pen_account_policy_chosen: Returns: what the options say, agreed to or not. */
PenPolicy pen_account_policy_chosen (PurpleAccount *purple);

/** pen_account_policy_keep: writes @policy, which has no fault, into the options. Call it with padding only after the consent. */
void pen_account_policy_keep (PurpleAccount *purple, const PenPolicy *policy);

/** pen_account_awaits_consent: Returns: whether padding was chosen in the account's form and not agreed to yet. */
gboolean pen_account_awaits_consent (PurpleAccount *purple);

/** pen_account_forget_consent: who has left padding, in whichever form, is asked again before it begins again. */
void pen_account_forget_consent (PurpleAccount *purple);

/** pen_account_retention_days: Returns: days after which rows are deleted, 0 for never: the longest that an account of ours says. */
guint pen_account_retention_days (void);

/** pen_account_text: Returns: (transfer none) (nullable): a text option, %NULL when empty or of a wrong type. */
const char *pen_account_text (PurpleAccount *purple, const char *option);

/**
 * pen_account_resolve:
 * @typed: what a person typed, or a name that libpurple holds
 *
 * The one place where text becomes an address: region option, JIDs at a
 * gateway, national forms.
 *
 * Returns: (transfer full) (nullable): the address, or %NULL with @error set
 */
PenAddress *pen_account_resolve (PurpleAccount *purple, const char *typed, GError **error);

/** pen_account_stanza_context: what does not count as a person for this account; valid until options change. */
PenStanzaContext pen_account_stanza_context (PenAccount *account);

/**
 * pen_account_answers:
 * @to: (nullable): whom the request went to; @from: (nullable): who answers
 *
 * Returns: whether an answer from @from belongs to a request to @to (RFC 6120 8.1.2.1)
 */
gboolean pen_account_answers (PenAccount *account, const char *to, const char *from);

G_END_DECLS
