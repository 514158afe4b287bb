/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* What comes in: lines from the standard input or a file, without blocking
 * the main loop. In order, the next request begins when the one before it has
 * its reply. */

#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#define MAX_LINE_BYTES (16 * 1024 * 1024)
#define READ_BYTES (64 * 1024)
#define DRAIN_TICK_MS 20
#define DRAIN_LIMIT_US (30 * G_USEC_PER_SEC)

static struct
{
  int descriptor;
  guint watch;
  GByteArray *buffer;
  gsize scanned;
  gboolean is_skipping;
  gboolean is_ended;
  gint64 ended_us;
} input;

static gboolean read_some (int descriptor, GIOCondition condition, gpointer data);

static void
take_line (gsize length_bytes)
{
  g_autofree char *line = g_strndup ((const char *) input.buffer->data, length_bytes);

  g_byte_array_remove_range (input.buffer, 0, (guint) MIN (length_bytes + 1, input.buffer->len));
  input.scanned = 0;
  g_strchomp (line);
  if (input.is_skipping)
    input.is_skipping = FALSE;
  else if (line[0] != '\0')
    harness_call_dispatch (line, strlen (line));
}

static void
skip_long_line (void)
{
  static const char too_long[] = "";

  if (!input.is_skipping)
    harness_call_dispatch (too_long, 0);
  input.is_skipping = TRUE;
  g_byte_array_set_size (input.buffer, 0);
  input.scanned = 0;
}

static gboolean
take_next_line (void)
{
  const guint8 *end;

  if (input.buffer->len == 0)
    return FALSE;
  end = memchr (input.buffer->data + input.scanned, '\n', input.buffer->len - input.scanned);
  if (end != NULL)
    take_line ((gsize) (end - input.buffer->data));
  else if (input.is_ended)
    take_line (input.buffer->len);
  else
    {
      input.scanned = input.buffer->len;
      if (input.buffer->len > MAX_LINE_BYTES)
        skip_long_line ();
      return FALSE;
    }
  return TRUE;
}

static void
take_lines (void)
{
  while (!harness_get ()->quitting && !harness_call_is_busy () && take_next_line ())
    ;
  if (input.watch == 0 && !input.is_ended && !harness_call_is_busy ())
    input.watch = g_unix_fd_add (input.descriptor, G_IO_IN | G_IO_HUP | G_IO_ERR, read_some, NULL);
}

/* Requests that were begun before the end of input get their replies first. */
static gboolean
drain (gpointer data)
{
  if (harness_get ()->quitting)
    return G_SOURCE_REMOVE;
  take_lines ();
  if ((harness_call_count () > 0 || input.buffer->len > 0) && g_get_monotonic_time () - input.ended_us < DRAIN_LIMIT_US)
    return G_SOURCE_CONTINUE;
  if (harness_get ()->options.in_order && harness_call_count () > 0)
    return G_SOURCE_CONTINUE;
  harness_core_quit ();
  return G_SOURCE_REMOVE;
}

static gboolean
read_some (int descriptor, GIOCondition condition, gpointer data)
{
  guint8 chunk[READ_BYTES];
  ssize_t n = read (descriptor, chunk, sizeof chunk);

  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  if (n > 0)
    g_byte_array_append (input.buffer, chunk, (guint) n);
  else
    {
      input.is_ended = TRUE;
      input.ended_us = g_get_monotonic_time ();
      g_timeout_add (DRAIN_TICK_MS, drain, NULL);
    }
  take_lines ();
  if (!input.is_ended && !harness_call_is_busy ())
    return G_SOURCE_CONTINUE;
  input.watch = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
resume (gpointer data)
{
  take_lines ();
  return G_SOURCE_REMOVE;
}

/* From an idle source: a reply may come from deep inside libpurple. */
void
harness_input_resume (void)
{
  g_idle_add (resume, NULL);
}

gboolean
harness_input_open (const char *exec_file, GError **error)
{
  input.descriptor = STDIN_FILENO;
  if (exec_file != NULL)
    input.descriptor = open (exec_file, O_RDONLY | O_CLOEXEC);
  if (input.descriptor < 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", exec_file, g_strerror (errno));
      return FALSE;
    }
  input.buffer = g_byte_array_new ();
  input.watch = g_unix_fd_add (input.descriptor, G_IO_IN | G_IO_HUP | G_IO_ERR, read_some, NULL);
  return TRUE;
}
