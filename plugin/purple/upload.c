/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which service takes our files, and what it learns of them: their
 * size, and a name that says nothing (XEP-0363). */

#include "purple/upload.h"

#include "purple/http.h"
#include "purple/request.h"
#include "wire/wire.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define NS_DISCO_INFO "http://jabber.org/protocol/disco#info"
#define NS_UPLOAD "urn:xmpp:http:upload:0"
#define NS_DATA "jabber:x:data"
#define MAX_ANSWER_BYTES (64 * 1024)
#define MAX_HEADER_BYTES 8192
#define NAME_BYTES 16

/** PenUpload: the service. */
struct _PenUpload
{
  char *host;
  gint64 max_bytes;
};

/* One file on its way. */
typedef struct
{
  PenAccount *account;
  PenMediaSource *source;
  PenUploadFunc function;
  gpointer data;
  char *get_url;
} Sending;

static gboolean
has_feature (xmlnode *query)
{
  for (xmlnode *child = xmlnode_get_child (query, "feature"); child != NULL; child = xmlnode_get_next_twin (child))
    if (g_strcmp0 (xmlnode_get_attrib (child, "var"), NS_UPLOAD) == 0)
      return TRUE;
  return FALSE;
}

static char *
field_value (xmlnode *form, const char *name)
{
  for (xmlnode *field = xmlnode_get_child (form, "field"); field != NULL; field = xmlnode_get_next_twin (field))
    {
      xmlnode *value = xmlnode_get_child (field, "value");

      if (value != NULL && g_strcmp0 (xmlnode_get_attrib (field, "var"), name) == 0)
        return xmlnode_get_data (value);
    }
  return NULL;
}

/* Several forms may stand there; each says what it is about (XEP-0128). */
static gint64
read_limit (xmlnode *query)
{
  for (xmlnode *form = xmlnode_get_child (query, "x"); form != NULL; form = xmlnode_get_next_twin (form))
    {
      g_autofree char *about = field_value (form, "FORM_TYPE");
      g_autofree char *limit = field_value (form, "max-file-size");
      guint64 bytes;

      if (g_strcmp0 (about, NS_UPLOAD) == 0 && limit != NULL
          && g_ascii_string_to_unsigned (limit, 10, 1, G_MAXINT64, &bytes, NULL))
        return (gint64) bytes;
    }
  return PEN_MEDIA_FILE_MAX_BYTES;
}

void
pen_upload_saw_disco (PenAccount *account, xmlnode *iq)
{
  xmlnode *query = xmlnode_get_child_with_namespace (iq, "query", NS_DISCO_INFO);
  const char *host = xmlnode_get_attrib (iq, "from");
  g_autofree char *suffix = g_strconcat (".", account->domain, NULL);

  if (query == NULL || host == NULL || strpbrk (host, "@/") != NULL
      || g_strcmp0 (xmlnode_get_attrib (iq, "type"), "result") != 0 || !has_feature (query)
      || (!g_str_has_suffix (host, suffix) && !g_str_equal (host, account->domain)))
    return;
  pen_upload_forget (account);
  account->upload = g_new0 (PenUpload, 1);
  account->upload->host = g_strdup (host);
  account->upload->max_bytes = MIN (read_limit (query), PEN_MEDIA_FILE_MAX_BYTES);
}

const char *
pen_upload_host (PenAccount *account)
{
  return account->upload != NULL ? account->upload->host : NULL;
}

gint64
pen_upload_max_bytes (PenAccount *account)
{
  return account->upload != NULL ? account->upload->max_bytes : 0;
}

void
pen_upload_forget (PenAccount *account)
{
  if (account->upload == NULL)
    return;
  g_free (account->upload->host);
  g_clear_pointer (&account->upload, g_free);
}

static void
end (Sending *sending, const GError *error)
{
  sending->function (sending->account, error == NULL ? sending->get_url : NULL, error, sending->data);
  g_free (sending->get_url);
  g_free (sending);
}

static gssize
read_source (guint8 *buffer, gsize length, GError **error, gpointer data)
{
  Sending *sending = data;

  return pen_media_source_read (sending->source, buffer, length, error);
}

static void
on_put (const GError *error, gpointer data)
{
  end (data, error);
}

/* The only headers that a service may ask for, and on one line (XEP-0363 5). */
static gboolean
is_header (const char *name, const char *value)
{
  static const char *const allowed[] = { "Authorization", "Cookie", "Expires" };

  for (guint i = 0; i < G_N_ELEMENTS (allowed); i++)
    if (g_ascii_strcasecmp (name, allowed[i]) == 0)
      return strpbrk (value, "\r\n") == NULL && strlen (value) <= MAX_HEADER_BYTES;
  return FALSE;
}

static char **
read_headers (xmlnode *put)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new ();

  for (xmlnode *header = xmlnode_get_child (put, "header"); header != NULL; header = xmlnode_get_next_twin (header))
    {
      const char *name = xmlnode_get_attrib (header, "name");
      g_autofree char *value = xmlnode_get_data (header);

      if (name != NULL && value != NULL && lines->len < 3 && is_header (name, value))
        g_ptr_array_add (lines, g_strdup_printf ("%s: %s", name, value));
    }
  g_ptr_array_add (lines, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&lines), FALSE);
}

static const char *
url_of (xmlnode *slot, const char *name)
{
  xmlnode *child = slot != NULL ? xmlnode_get_child (slot, name) : NULL;
  const char *url = child != NULL ? xmlnode_get_attrib (child, "url") : NULL;

  return url != NULL && strlen (url) <= PEN_MEDIA_LINK_MAX_BYTES ? url : NULL;
}

/* The web host learns that we upload, and when, and no person's name: so the
 * row names the host. */
static gboolean
put (Sending *sending, xmlnode *slot, GError **error)
{
  const char *url = url_of (slot, "put");
  const char *get = url_of (slot, "get");
  g_auto (GStrv) headers = NULL;
  g_autofree char *address = NULL;
  PenHttpWish wish = { .url = url, .max_bytes = MAX_ANSWER_BYTES, .read = read_source, .done = on_put,
                       .data = sending };

  if (url == NULL || get == NULL)
    {
      g_set_error_literal (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_NETWORK,
                           _("The server gave no usable place for the file. It was not sent."));
      return FALSE;
    }
  headers = read_headers (xmlnode_get_child (slot, "put"));
  address = g_strndup (url, strcspn (url, "?#"));
  wish.address = address;
  wish.headers = (const char *const *) headers;
  wish.body_bytes = pen_media_source_size_bytes (sending->source);
  sending->get_url = g_strdup (get);
  return pen_http_start (sending->account, &wish, error) != NULL;
}

static void
on_slot (PenAccount *account, xmlnode *iq, gpointer data)
{
  Sending *sending = data;
  g_autoptr (PenWireError) refusal = iq != NULL ? pen_wire_error_read (iq) : NULL;
  g_autoptr (GError) error = NULL;
  xmlnode *slot = iq != NULL ? xmlnode_get_child_with_namespace (iq, "slot", NS_UPLOAD) : NULL;

  if (iq == NULL)
    g_set_error_literal (&error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_NETWORK,
                         _("The server did not answer, so the file was not sent. Send it again."));
  else if (refusal != NULL)
    g_set_error (&error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_NETWORK,
                 _("The server refused the file (%s). It was not sent."),
                 refusal->text != NULL ? refusal->text : refusal->condition);
  else
    put (sending, slot, &error);
  if (error != NULL)
    end (sending, error);
}

static char *
random_name (void)
{
  guint8 bytes[NAME_BYTES];
  GString *name = g_string_new (NULL);

  pen_app_random (pen_app (), bytes, sizeof bytes);
  for (gsize i = 0; i < sizeof bytes; i++)
    g_string_append_printf (name, "%02x", bytes[i]);
  return g_string_free (name, FALSE);
}

static xmlnode *
slot_request (PenMediaSource *source)
{
  xmlnode *request = xmlnode_new ("request");
  g_autofree char *name = random_name ();
  g_autofree char *size = g_strdup_printf ("%" G_GINT64_FORMAT, pen_media_source_size_bytes (source));

  xmlnode_set_namespace (request, NS_UPLOAD);
  xmlnode_set_attrib (request, "filename", name);
  xmlnode_set_attrib (request, "size", size);
  xmlnode_set_attrib (request, "content-type", "application/octet-stream");
  return request;
}

gboolean
pen_upload_start (PenAccount *account, PenMediaSource *source, PenUploadFunc function, gpointer data, GError **error)
{
  Sending *sending = g_new0 (Sending, 1);
  PenRequest wish = { "get", pen_upload_host (account), on_slot, sending };
  PenGateTag tag = { .trigger = PEN_TRIGGER_MANUAL, .kind = PEN_KIND_HTTP };

  sending->account = account;
  sending->source = source;
  sending->function = function;
  sending->data = data;
  if (wish.to != NULL && pen_request_send (account, &wish, slot_request (source), &tag) >= 0)
    return TRUE;
  g_free (sending);
  g_set_error_literal (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_REFUSED,
                       _("The upload could not be recorded in the ledger, so nothing was sent."));
  return FALSE;
}
