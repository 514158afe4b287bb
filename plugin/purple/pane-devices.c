/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Devices for the windows: one's own, and verification by a link as text. */

#include "purple/pane-devices.h"

#include "purple/omemo-account.h"
#include "purple/omemo-trust.h"
#include "purple/omemo-verify.h"

gboolean
pen_pane_own_device (PurpleAccount *purple, guint32 *device, char **fingerprint, GError **error)
{
  PenOmemo *omemo = pen_secrets_need_engine (purple, error);

  if (omemo == NULL)
    return FALSE;
  *device = pen_omemo_device (omemo);
  *fingerprint = pen_omemo_fingerprint (omemo);
  return TRUE;
}

char *
pen_pane_own_uri (PurpleAccount *purple, GError **error)
{
  return pen_secrets_own_uri (purple, error);
}

char *
pen_pane_verify_uri (PurpleAccount *purple, const char *typed, const char *uri, GError **error)
{
  g_autoptr (PenOmemoUri) link = pen_omemo_uri_read (uri, error);

  return link != NULL ? pen_secrets_verify (purple, typed, link, error) : NULL;
}

gboolean
pen_pane_forget_device (PurpleAccount *purple, const char *typed, guint32 device, GError **error)
{
  return pen_secrets_forget_device (purple, typed, device, error);
}
