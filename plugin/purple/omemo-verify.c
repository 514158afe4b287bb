/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides what a link that names keys is good for: all devices that it names
 * show these keys, or nothing is changed. A link that was clicked is believed
 * only when the user says so: it may come from the very one who put a device
 * of their own among the others. */

#include "purple/omemo-verify.h"

#include "purple/omemo-account.h"
#include "purple/omemo-talk.h"
#include "purple/omemo-trust.h"
#include "purple/talk.h"

#include <glib/gi18n-lib.h>
#include <notify.h>
#include <request.h>

char *
pen_secrets_own_uri (PurpleAccount *purple, GError **error)
{
  PenOmemo *omemo = pen_secrets_need_engine (purple, error);
  PenAccount *account = pen_account_find (purple);
  g_autoptr (GPtrArray) devices = omemo != NULL ? pen_omemo_devices (omemo, account->bare, error) : NULL;
  g_autofree char *own = devices != NULL ? pen_omemo_fingerprint (omemo) : NULL;
  g_autoptr (PenOmemoUri) uri = own != NULL ? pen_omemo_uri_new (account->bare) : NULL;

  if (uri == NULL)
    return NULL;
  pen_omemo_uri_add (uri, pen_omemo_device (omemo), own);
  for (guint i = 0; i < devices->len; i++)
    {
      const PenOmemoDevice *device = g_ptr_array_index (devices, i);

      if (device->is_active && device->trust == PEN_OMEMO_TRUSTED && device->fingerprint != NULL)
        pen_omemo_uri_add (uri, device->device, device->fingerprint);
    }
  return pen_omemo_uri_build (uri);
}

/* Returns: the device's key as it is known; NULL while there is none. */
static const char *
key_of (const GPtrArray *devices, guint32 wanted)
{
  for (guint i = 0; i < devices->len; i++)
    {
      const PenOmemoDevice *device = g_ptr_array_index (devices, i);

      if (device->device == wanted)
        return device->fingerprint;
    }
  return NULL;
}

/* Sets @known to how many of them can be trusted now. */
static gboolean
check_claims (const GPtrArray *devices, const PenOmemoUri *uri, guint *known, GError **error)
{
  *known = 0;
  for (guint i = 0; i < uri->claims->len; i++)
    {
      const PenOmemoClaim *claim = &g_array_index (uri->claims, PenOmemoClaim, i);
      const char *key = key_of (devices, claim->device);

      if (key != NULL && !g_str_equal (key, claim->fingerprint))
        {
          g_set_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_TRUST,
                       _("Device %u of %s shows another key than this link says. Nothing was changed. Somebody may be "
                         "between you: ask %s by another way, and distrust that device until then."),
                       claim->device, uri->jid, uri->jid);
          return FALSE;
        }
      *known += key != NULL ? 1 : 0;
    }
  if (*known > 0)
    return TRUE;
  g_set_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_NO_DEVICE,
               _("No key of these devices of %s is known yet. Write to %s first, then follow the link again."), uri->jid,
               uri->jid);
  return FALSE;
}

static gboolean
trust_claims (PenOmemo *omemo, const GPtrArray *devices, const PenOmemoUri *uri, GError **error)
{
  for (guint i = 0; i < uri->claims->len; i++)
    {
      const PenOmemoClaim *claim = &g_array_index (uri->claims, PenOmemoClaim, i);

      if (key_of (devices, claim->device) != NULL
          && !pen_omemo_trust (omemo, uri->jid, claim->device, PEN_OMEMO_TRUSTED, error))
        {
          pen_database_rollback (pen_app ()->database);
          return FALSE;
        }
    }
  return pen_database_commit (pen_app ()->database, error);
}

static gboolean
is_about (PurpleAccount *purple, const char *typed, const PenOmemoUri *uri, GError **error)
{
  g_auto (GStrv) jids = typed != NULL ? pen_secrets_jids_of (purple, typed, error) : NULL;

  if (typed == NULL)
    return TRUE;
  if (jids == NULL)
    return FALSE;
  if (g_strv_contains ((const char *const *) jids, uri->jid))
    return TRUE;
  g_set_error (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_FAILED,
               _("This link is about %s, who is somebody else. Use it in the conversation with them."), uri->jid);
  return FALSE;
}

char *
pen_secrets_verify (PurpleAccount *purple, const char *typed, const PenOmemoUri *uri, GError **error)
{
  PenOmemo *omemo = pen_secrets_need_engine (purple, error);
  g_autoptr (GPtrArray) devices = NULL;
  guint known;

  if (omemo == NULL || !is_about (purple, typed, uri, error))
    return NULL;
  devices = pen_omemo_devices (omemo, uri->jid, error);
  if (devices == NULL || !check_claims (devices, uri, &known, error)
      || !pen_database_begin (pen_app ()->database, error) || !trust_claims (omemo, devices, uri, error))
    return NULL;
  if (known < uri->claims->len)
    return g_strdup_printf (_("%u of the %u devices of %s in this link are verified now; the keys of the others are not "
                              "known yet."), known, uri->claims->len, uri->jid);
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u device of %s is verified now.",
                                       "%u devices of %s are verified now.", known), known, uri->jid);
}

typedef struct
{
  PurpleAccount *purple;
  PenOmemoUri *uri;
} Offer;

static void
offer_free (Offer *offer)
{
  pen_omemo_uri_free (offer->uri);
  g_free (offer);
}

static void
accept_offer (Offer *offer, G_GNUC_UNUSED int action)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *done = pen_secrets_verify (offer->purple, NULL, offer->uri, &error);

  if (done != NULL)
    pen_talk_system (offer->purple, offer->uri->jid, done, TRUE);
  else
    purple_notify_error (offer->purple, _("Pen Register"), _("Nothing was verified"), error->message);
  offer_free (offer);
}

static void
refuse_offer (Offer *offer, G_GNUC_UNUSED int action)
{
  offer_free (offer);
}

void
pen_secrets_offer_verify (PurpleAccount *purple, const PenOmemoUri *uri)
{
  g_autofree char *question = g_strdup_printf (_("Verify the devices of %s?"), uri->jid);
  Offer *offer = g_new0 (Offer, 1);

  offer->purple = purple;
  offer->uri = pen_omemo_uri_new (uri->jid);
  g_array_append_vals (offer->uri->claims, uri->claims->data, uri->claims->len);
  purple_request_action (purple_account_get_connection (purple), _("Pen Register"), question,
                         _("Only if this link came from them by a way that nobody else can change: from their screen, or "
                           "by hand."), 1, purple, uri->jid, NULL, offer, 2, _("_Verify"), G_CALLBACK (accept_offer),
                         _("_Cancel"), G_CALLBACK (refuse_offer));
}
