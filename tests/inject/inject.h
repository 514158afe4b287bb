/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Loaded before a program (LD_PRELOAD), this makes the n-th call of a family
 * of functions fail. What fails, and how, stands in a file that the test maps
 * too; its name is in the environment (INJECT_FILE_VARIABLE). */

#define INJECT_FILE_VARIABLE "PEN_INJECT_FILE"
#define INJECT_WHERE_BYTES 64

typedef enum
{
  INJECT_NOTHING,
  INJECT_SIGNAL,
  INJECT_NETTLE,
  INJECT_SQLITE,
  INJECT_GATE,
} InjectFamily;

/* @mode: which code comes back, and these */
#define INJECT_CODE_MASK 0xffu
#define INJECT_AFTER 0x100u    /* the call is made, and then said to have failed */
#define INJECT_STAYS 0x200u    /* each later call fails too */
#define INJECT_GIVES_UP 0x400u /* SQLite has taken back the transaction by itself */

/**
 * InjectControl:
 * @family: an #InjectFamily, written last by the test and set back to 0 when it is done
 * @mode: see above
 * @nth: which call fails, from 1
 * @seen: calls since @family was set
 * @fired: how many of them failed
 * @where: the function that failed first
 */
typedef struct
{
  guint32 family;
  guint32 mode;
  gint64 nth;
  gint64 seen;
  gint64 fired;
  char where[INJECT_WHERE_BYTES];
} InjectControl;

/** Inject: what becomes of one call. */
typedef enum
{
  INJECT_PASS,
  INJECT_FAIL,
  INJECT_FAIL_AFTER,
} InjectVerdict;

/**
 * inject_judge: counts a call and decides about it.
 * @caller: (nullable): where the call comes from: only the plugin's own count; %NULL when it is known to be
 */
InjectVerdict inject_judge (InjectFamily family, const char *name, const void *caller);

/** inject_mode: Returns: the mode in force. */
guint inject_mode (void);

/** inject_is_from: Returns: whether @caller stands in a library whose file name holds @library. */
gboolean inject_is_from (const void *caller, const char *library);

/** inject_real: Returns: the function that would have been called. */
gpointer inject_real (const char *name);

#define INJECT_CALLER __builtin_return_address (0)

/* A function that says by a value that it failed: @judge is the verdict, @failure the value. */
#define INJECT_WRAP(judge, type, name, parameters, arguments, failure)            \
  type name parameters                                                            \
  {                                                                               \
    static type (*real) parameters;                                               \
    InjectVerdict verdict = (judge);                                              \
    type result;                                                                  \
                                                                                  \
    if (real == NULL)                                                             \
      *(gpointer *) &real = inject_real (#name);                                  \
    if (verdict == INJECT_FAIL)                                                   \
      return (failure);                                                           \
    result = real arguments;                                                      \
    return verdict == INJECT_FAIL_AFTER ? (failure) : result;                     \
  }

G_END_DECLS
