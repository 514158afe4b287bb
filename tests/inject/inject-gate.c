/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* The ways into the gate and out of it: the signal that never reaches it, and
 * the socket behind it that takes nothing more. */

#include "inject.h"

#include <errno.h>
#include <purple.h>
#include <stdarg.h>
#include <unistd.h>

#define SENDING "jabber-sending-xmlnode"
#define JABBER "libjabber"

static gboolean
is_lost (const char *signal)
{
  return g_strcmp0 (signal, SENDING) == 0 && inject_judge (INJECT_GATE, signal, NULL) != INJECT_PASS;
}

void
purple_signal_emit_vargs (void *instance, const char *signal, va_list values)
{
  static void (*real) (void *, const char *, va_list);

  if (real == NULL)
    *(gpointer *) &real = inject_real ("purple_signal_emit_vargs");
  if (!is_lost (signal))
    real (instance, signal, values);
}

void
purple_signal_emit (void *instance, const char *signal, ...)
{
  va_list values;

  va_start (values, signal);
  purple_signal_emit_vargs (instance, signal, values);
  va_end (values);
}

ssize_t
write (int file, const void *data, size_t length)
{
  static ssize_t (*real) (int, const void *, size_t);

  if (real == NULL)
    *(gpointer *) &real = inject_real ("write");
  if (inject_is_from (INJECT_CALLER, JABBER) && inject_judge (INJECT_GATE, "write", NULL) != INJECT_PASS)
    {
      errno = EPIPE;
      return -1;
    }
  return real (file, data, length);
}
