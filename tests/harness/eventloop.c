/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* libpurple's event loop on GLib's. */

#include "harness.h"

typedef struct
{
  PurpleInputFunction function;
  gpointer data;
} Input;

static gboolean
input_ready (GIOChannel *channel, GIOCondition condition, gpointer data)
{
  const Input *input = data;
  int seen = 0;

  if (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR))
    seen |= PURPLE_INPUT_READ;
  if (condition & (G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL))
    seen |= PURPLE_INPUT_WRITE;
  input->function (input->data, g_io_channel_unix_get_fd (channel), (PurpleInputCondition) seen);
  return G_SOURCE_CONTINUE;
}

static guint
add_input (int descriptor, PurpleInputCondition condition, PurpleInputFunction function, gpointer data)
{
  g_autoptr (GIOChannel) channel = g_io_channel_unix_new (descriptor);
  Input *input = g_new0 (Input, 1);
  int wanted = 0;

  input->function = function;
  input->data = data;
  if (condition & PURPLE_INPUT_READ)
    wanted |= G_IO_IN | G_IO_HUP | G_IO_ERR;
  if (condition & PURPLE_INPUT_WRITE)
    wanted |= G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL;
  return g_io_add_watch_full (channel, G_PRIORITY_DEFAULT, (GIOCondition) wanted, input_ready, input, g_free);
}

static PurpleEventLoopUiOps event_loop_ops = {
  .timeout_add = g_timeout_add,
  .timeout_remove = g_source_remove,
  .input_add = add_input,
  .input_remove = g_source_remove,
  .timeout_add_seconds = g_timeout_add_seconds
};

void
harness_eventloop_install (void)
{
  purple_eventloop_set_ui_ops (&event_loop_ops);
}
