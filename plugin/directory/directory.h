/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <xmlnode.h>

#include "penregister/vocabulary.h"

G_BEGIN_DECLS

/* Finding the XMPP addresses of phone numbers. A kind of directory is one
 * file and one line in pen_directory_kinds[]; it only turns numbers into the
 * child of an IQ, and an answer into a plain struct. */

/** PEN_DIRECTORY_JIDS_MAX: most JIDs that are kept of one number. */
#define PEN_DIRECTORY_JIDS_MAX 16
/** PEN_DIRECTORY_RETRY_DEFAULT_S: how long a directory is left alone that does not say for how long. */
#define PEN_DIRECTORY_RETRY_DEFAULT_S (24 * 60 * 60)
/** PEN_DIRECTORY_RETRY_MAX_S: no directory is left alone for longer, whatever it says. */
#define PEN_DIRECTORY_RETRY_MAX_S (7 * 24 * 60 * 60)

#define PEN_DIRECTORY_ERROR (pen_directory_error_quark ())
GQuark pen_directory_error_quark (void);

/** PenDirectoryError: PEN_DIRECTORY_ERROR_UNREADABLE: not an answer to the question. */
typedef enum
{
  PEN_DIRECTORY_ERROR_UNREADABLE
} PenDirectoryError;

/**
 * PenDirectoryVerdict: what a directory said to the request as a whole.
 * @PEN_DIRECTORY_OK: an answer; a number without JIDs was not found
 * @PEN_DIRECTORY_OWN_USERS_ONLY: it answers only its own users: do not ask it again with this account
 * @PEN_DIRECTORY_RETRY_LATER: over its limit: leave it alone for retry_s
 * @PEN_DIRECTORY_TOO_BIG: more numbers than it ever answers: ask for fewer, after retry_s
 * @PEN_DIRECTORY_BAD_REQUEST: it did not understand the request
 * @PEN_DIRECTORY_UNREACHABLE: nobody could be asked; says nothing about the numbers
 * @PEN_DIRECTORY_FAILED: it refused or failed otherwise
 */
typedef enum
{
  PEN_DIRECTORY_OK,
  PEN_DIRECTORY_OWN_USERS_ONLY,
  PEN_DIRECTORY_RETRY_LATER,
  PEN_DIRECTORY_TOO_BIG,
  PEN_DIRECTORY_BAD_REQUEST,
  PEN_DIRECTORY_UNREACHABLE,
  PEN_DIRECTORY_FAILED,
  PEN_N_DIRECTORY_VERDICTS
} PenDirectoryVerdict;

/**
 * PenDirectoryAnswer:
 * @verdict: what became of the request
 * @hits: (element-type utf8 GPtrArray): number to its JIDs; read it with pen_directory_answer_jids()
 * @ignored: entries that were left out: numbers nobody asked for, or none at all
 * @retry_s: for RETRY_LATER and TOO_BIG: seconds to leave the directory alone; else 0
 * @condition: (nullable): the error's condition, for the ledger
 * @text: (nullable): what the directory itself said, one line, not trusted
 */
typedef struct
{
  PenDirectoryVerdict verdict;
  GHashTable *hits;
  guint ignored;
  gint64 retry_s;
  char *condition;
  char *text;
} PenDirectoryAnswer;

/**
 * PenDirectoryKind:
 * @name: short name
 * @feature: the feature by which such a directory is found (XEP-0030)
 * @disclosed: in which form numbers leave, for the ledger
 * @max_numbers: most numbers of one request
 * @build: the child of an IQ get that asks for @numbers (E.164, %NULL-terminated, not
 *   empty); (transfer full)
 * @parse: fills @answer from a result or error; %FALSE with PEN_DIRECTORY_ERROR when @iq is no
 *   answer. The caller has matched id and sender. Numbers not in @asked are left out, JIDs
 *   are bare, valid, of a person, each once, at most PEN_DIRECTORY_JIDS_MAX a number
 */
typedef struct
{
  const char *name;
  const char *feature;
  PenDisclosed disclosed;
  guint max_numbers;
  xmlnode *(*build) (const char *const *numbers);
  gboolean (*parse) (xmlnode *iq, const char *const *asked, PenDirectoryAnswer *answer, GError **error);
} PenDirectoryKind;

/** pen_directory_kinds: all kinds, %NULL-terminated, the preferred ones first. */
extern const PenDirectoryKind *const pen_directory_kinds[];

/** pen_directory_phonebook: im.quicksy.synchronization:0 (docs/gateways.md 1.1). */
extern const PenDirectoryKind pen_directory_phonebook;

/**
 * pen_directory_kind_of:
 * @query: (nullable): the `query` of a disco#info answer
 *
 * Returns: (nullable): the first kind whose feature is there, static
 */
const PenDirectoryKind *pen_directory_kind_of (xmlnode *query);

/** pen_directory_answer_new: Returns: (transfer full): an empty answer, PEN_DIRECTORY_OK. */
PenDirectoryAnswer *pen_directory_answer_new (void);

/** pen_directory_answer_new_timeout: Returns: (transfer full): what it means when no answer came. */
PenDirectoryAnswer *pen_directory_answer_new_timeout (void);

/** pen_directory_answer_free: @answer: (nullable) (transfer full) */
void pen_directory_answer_free (PenDirectoryAnswer *answer);

/**
 * pen_directory_answer_jids:
 * @number: a number that was asked for
 *
 * Returns: (transfer none): its JIDs, %NULL-terminated; empty when it was not found
 */
const char *const *pen_directory_answer_jids (const PenDirectoryAnswer *answer, const char *number);

/** pen_directory_answer_add: for kinds: adds a JID to a number that was asked for, if it may stay. */
void pen_directory_answer_add (PenDirectoryAnswer *answer, const char *number, const char *jid);

/** pen_directory_answer_refuse: for kinds: fills @answer from an error stanza; %FALSE when @iq is none. */
gboolean pen_directory_answer_refuse (PenDirectoryAnswer *answer, xmlnode *iq);

/**
 * pen_directory_verdict_sentence:
 *
 * Returns: what happened, why and what to do, English sentences for a person, to be
 *   translated by the caller; static text
 */
const char *pen_directory_verdict_sentence (PenDirectoryVerdict verdict);

/**
 * pen_directory_retry_read:
 * @text: (nullable): the text of an error
 * @seconds: (out): seconds, rounded up; may be 0
 *
 * Reads "Retry in PT1H2M3.4S". Nothing else is a duration: no years, months or signs, each part
 * once and in order. Source: ISO 8601 5.5.2.2, docs/gateways.md 1.1.
 *
 * Returns: %FALSE when there is none
 */
gboolean pen_directory_retry_read (const char *text, gint64 *seconds);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenDirectoryAnswer, pen_directory_answer_free)

G_END_DECLS
