/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Devices, fingerprints and trust, for people: by command, pane and harness. */

#include "purple/omemo-trust.h"

#include "purple/omemo-account.h"
#include "purple/omemo-talk.h"

#include <glib/gi18n-lib.h>

#define GROUP 8

static const struct
{
  PenOmemoTrust trust;
  const char *word;
} trust_words[] = {
  { PEN_OMEMO_UNDECIDED, "undecided" },
  { PEN_OMEMO_BLIND, "blind" },
  { PEN_OMEMO_TRUSTED, "trusted" },
  { PEN_OMEMO_DISTRUSTED, "distrusted" },
};

static const char *
word_of (PenOmemoTrust trust)
{
  for (gsize i = 0; i < G_N_ELEMENTS (trust_words); i++)
    if (trust_words[i].trust == trust)
      return trust_words[i].word;
  return "undecided";
}

char **
pen_secrets_jids_of (PurpleAccount *purple, const char *typed, GError **error)
{
  g_autoptr (PenAddress) address = pen_account_resolve (purple, typed, error);
  PenAccount *account = pen_account_find (purple);
  PenPerson *person = address != NULL && account != NULL ? pen_person_get (account, address, error) : NULL;

  return person != NULL ? pen_secrets_jids (person) : NULL;
}

static PenPaneDevice *
pane_device (const PenOmemoDevice *device)
{
  PenPaneDevice *shown = g_new0 (PenPaneDevice, 1);

  shown->device = device->device;
  shown->fingerprint = g_strdup (device->fingerprint);
  shown->trust = word_of (device->trust);
  shown->is_active = device->is_active;
  shown->last_seen_us = device->last_seen_us;
  return shown;
}

static void
pane_device_free (gpointer data)
{
  PenPaneDevice *device = data;

  g_free (device->fingerprint);
  g_free (device);
}

GPtrArray *
pen_secrets_devices (PurpleAccount *purple, const char *typed, GError **error)
{
  PenOmemo *omemo = pen_secrets_need_engine (purple, error);
  g_auto (GStrv) jids = omemo != NULL ? pen_secrets_jids_of (purple, typed, error) : NULL;
  g_autoptr (GPtrArray) shown = g_ptr_array_new_with_free_func (pane_device_free);

  if (jids == NULL)
    return NULL;
  for (guint i = 0; jids[i] != NULL; i++)
    {
      g_autoptr (GPtrArray) devices = pen_omemo_devices (omemo, jids[i], error);

      for (guint k = 0; devices != NULL && k < devices->len; k++)
        g_ptr_array_add (shown, pane_device (g_ptr_array_index (devices, k)));
    }
  return g_steal_pointer (&shown);
}

gboolean
pen_secrets_trust (PurpleAccount *purple, const char *typed, guint32 device, const char *trust, GError **error)
{
  PenOmemo *omemo = pen_secrets_need_engine (purple, error);
  g_auto (GStrv) jids = omemo != NULL ? pen_secrets_jids_of (purple, typed, error) : NULL;
  g_autoptr (GError) last = NULL;

  if (jids == NULL)
    return FALSE;
  for (gsize t = 0; t < G_N_ELEMENTS (trust_words); t++)
    for (guint i = 0; g_strcmp0 (trust_words[t].word, trust) == 0 && jids[i] != NULL; i++)
      {
        g_clear_error (&last);
        if (pen_database_begin (pen_app ()->database, &last)
            && pen_omemo_trust (omemo, jids[i], device, trust_words[t].trust, &last))
          return pen_database_commit (pen_app ()->database, error);
      }
  if (last != NULL)
    g_propagate_error (error, g_steal_pointer (&last));
  else
    g_set_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_FAILED,
                 _("“%s” is no trust: say trusted, distrusted or undecided."), trust);
  return FALSE;
}

gboolean
pen_secrets_forget_device (PurpleAccount *purple, const char *typed, guint32 device, GError **error)
{
  PenOmemo *omemo = pen_secrets_need_engine (purple, error);
  g_auto (GStrv) jids = omemo != NULL ? pen_secrets_jids_of (purple, typed, error) : NULL;
  g_autoptr (GError) last = NULL;

  for (guint i = 0; jids != NULL && jids[i] != NULL; i++)
    {
      g_clear_error (&last);
      if (pen_database_begin (pen_app ()->database, &last)
          && pen_omemo_forget_device (omemo, jids[i], device, &last))
        return pen_database_commit (pen_app ()->database, error);
    }
  if (last != NULL)
    g_propagate_error (error, g_steal_pointer (&last));
  return FALSE;
}

static char *
in_groups (const char *fingerprint)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; fingerprint != NULL && fingerprint[i] != '\0'; i += GROUP)
    g_string_append_printf (text, "%s%.8s", i > 0 ? " " : "", fingerprint + i);
  return g_string_free (text, FALSE);
}

char *
pen_secrets_fingerprints (PurpleAccount *purple, const char *typed, GError **error)
{
  PenOmemo *omemo = pen_secrets_need_engine (purple, error);
  g_autoptr (GPtrArray) devices = omemo != NULL ? pen_secrets_devices (purple, typed, error) : NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *own = NULL;
  g_autofree char *own_groups = NULL;

  if (devices == NULL)
    return NULL;
  own = pen_omemo_fingerprint (omemo);
  own_groups = in_groups (own);
  g_string_append_printf (text, _("This device of yours, %u: %s"), pen_omemo_device (omemo), own_groups);
  for (guint i = 0; i < devices->len; i++)
    {
      const PenPaneDevice *device = g_ptr_array_index (devices, i);
      g_autofree char *groups = in_groups (device->fingerprint);

      g_string_append_printf (text, "\n%u: %s (%s%s)", device->device,
                              device->fingerprint != NULL ? groups : _("key not known yet"), device->trust,
                              device->is_active ? "" : _(", not in use any more"));
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
