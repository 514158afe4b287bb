/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which link says something about somebody's keys. One claim that is
 * not sound makes the whole link worthless. */

#include "omemo/uri.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "omemo/codec.h"
#include "penregister/address.h"

#define PARAMETER "omemo-sid-"
#define TEXT_MAX_BYTES (16 * 1024)
/* What may stand in the path of an xmpp: link as it is (RFC 5122 2.2). */
#define PATH_CHARS "@"

PenOmemoUri *
pen_omemo_uri_new (const char *jid)
{
  PenOmemoUri *uri = g_new0 (PenOmemoUri, 1);

  uri->jid = g_strdup (jid);
  uri->claims = g_array_new (FALSE, TRUE, sizeof (PenOmemoClaim));
  return uri;
}

void
pen_omemo_uri_free (PenOmemoUri *uri)
{
  if (uri == NULL)
    return;
  g_free (uri->jid);
  g_array_unref (uri->claims);
  g_free (uri);
}

static gboolean
is_fingerprint (const char *text)
{
  gsize length = 0;

  while (length <= PEN_OMEMO_FINGERPRINT_CHARS && g_ascii_isxdigit (text[length]))
    length++;
  return length == PEN_OMEMO_FINGERPRINT_CHARS && text[length] == '\0';
}

gboolean
pen_omemo_uri_add (PenOmemoUri *uri, guint32 device, const char *fingerprint)
{
  PenOmemoClaim claim = { .device = device };

  if (!is_fingerprint (fingerprint) || uri->claims->len >= PEN_OMEMO_DEVICES_MAX)
    return FALSE;
  for (gsize i = 0; i < PEN_OMEMO_FINGERPRINT_CHARS; i++)
    claim.fingerprint[i] = g_ascii_tolower (fingerprint[i]);
  for (guint i = 0; i < uri->claims->len; i++)
    {
      const PenOmemoClaim *known = &g_array_index (uri->claims, PenOmemoClaim, i);

      if (known->device == device)
        return g_str_equal (known->fingerprint, claim.fingerprint);
    }
  g_array_append_val (uri->claims, claim);
  return TRUE;
}

static gboolean
read_claims (PenOmemoUri *uri, const char *query)
{
  g_auto (GStrv) parameters = g_strsplit_set (query, ";&", -1);

  for (guint i = 0; parameters[i] != NULL; i++)
    {
      char *value = strchr (parameters[i], '=');
      guint32 device;

      if (!g_str_has_prefix (parameters[i], PARAMETER))
        continue;
      if (value == NULL)
        return FALSE;
      *value++ = '\0';
      if (!pen_omemo_device_read (parameters[i] + strlen (PARAMETER), &device)
          || !pen_omemo_uri_add (uri, device, value))
        return FALSE;
    }
  return uri->claims->len > 0;
}

/* Returns: (transfer full) (nullable): the bare JID before @query. */
static char *
read_jid (const char *text, const char *query)
{
  g_autofree char *path = g_strndup (text, (gsize) (query - text));
  g_autoptr (PenAddress) address = pen_address_parse (path, NULL, NULL);

  if (address == NULL || address->kind != PEN_ADDRESS_XMPP || strchr (address->name, '@') == NULL)
    return NULL;
  return g_strdup (address->name);
}

PenOmemoUri *
pen_omemo_uri_read (const char *text, GError **error)
{
  gboolean is_link = strnlen (text, TEXT_MAX_BYTES + 1) <= TEXT_MAX_BYTES && g_utf8_validate (text, -1, NULL)
                     && g_ascii_strncasecmp (text, "xmpp:", 5) == 0;
  const char *query = is_link ? strchr (text, '?') : NULL;
  g_autofree char *jid = query != NULL ? read_jid (text, query) : NULL;
  g_autoptr (PenOmemoUri) uri = jid != NULL ? pen_omemo_uri_new (jid) : NULL;

  if (uri != NULL && read_claims (uri, query + 1))
    return g_steal_pointer (&uri);
  g_set_error_literal (error, PEN_OMEMO_ERROR, PEN_OMEMO_ERROR_MALFORMED,
                       _("This is no link for verifying devices. Such a link begins with xmpp: and holds omemo-sid-."));
  return NULL;
}

char *
pen_omemo_uri_build (const PenOmemoUri *uri)
{
  g_autofree char *path = g_uri_escape_string (uri->jid, PATH_CHARS, FALSE);
  GString *text = g_string_new ("xmpp:");

  g_string_append (text, path);
  for (guint i = 0; i < uri->claims->len; i++)
    {
      const PenOmemoClaim *claim = &g_array_index (uri->claims, PenOmemoClaim, i);

      g_string_append_printf (text, "%c" PARAMETER "%u=%s", i == 0 ? '?' : ';', claim->device, claim->fingerprint);
    }
  return g_string_free (text, FALSE);
}
