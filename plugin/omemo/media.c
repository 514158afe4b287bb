/* Copyright (C) 2026 The Pen Register authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

/* Decides which texts are links to encrypted files, and what such a file may
 * be called here. The link comes from a stranger's hands (XEP-0454 3). */

#include "omemo/media.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define SCHEME "aesgcm://"
#define MAX_HOST_BYTES 253
#define MAX_PORT 65535
#define MAX_NAME_BYTES 120
#define MAX_EXTENSION_BYTES 16

G_DEFINE_QUARK (pen-media-error-quark, pen_media_error)

void
pen_media_link_free (PenMediaLink *link)
{
  explicit_bzero (link->key, sizeof link->key);
  explicit_bzero (link->iv, sizeof link->iv);
  g_free (link->url);
  g_free (link->host);
  g_free (link->name);
  g_free (link);
}

gboolean
pen_media_holds_link (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (g_ascii_strncasecmp (p, SCHEME, strlen (SCHEME)) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_dotted_loopback (const char *host)
{
  guint dots = 0;

  for (const char *p = host; *p != '\0'; p++)
    if (*p == '.')
      dots++;
    else if (!g_ascii_isdigit (*p))
      return FALSE;
  return dots == 3 && g_str_has_prefix (host, "127.");
}

gboolean
pen_media_is_loopback (const char *host)
{
  return g_ascii_strcasecmp (host, "localhost") == 0 || g_str_equal (host, "::1") || is_dotted_loopback (host);
}

static gboolean
read_hex (const char *digits, guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      int high = g_ascii_xdigit_value (digits[2 * i]);
      int low = high >= 0 ? g_ascii_xdigit_value (digits[2 * i + 1]) : -1;

      if (low < 0)
        return FALSE;
      bytes[i] = (guint8) (high << 4 | low);
    }
  return TRUE;
}

static gboolean
read_fragment (PenMediaLink *link, const char *digits)
{
  gsize length = strlen (digits);

  if (length % 2 != 0 || length < 2 * PEN_MEDIA_KEY_BYTES)
    return FALSE;
  link->iv_bytes = length / 2 - PEN_MEDIA_KEY_BYTES;
  if (link->iv_bytes != PEN_MEDIA_IV_BYTES && link->iv_bytes != PEN_MEDIA_OLD_IV_BYTES)
    return FALSE;
  return read_hex (digits, link->iv, link->iv_bytes)
         && read_hex (digits + 2 * link->iv_bytes, link->key, PEN_MEDIA_KEY_BYTES);
}

static gboolean
is_name_of_host (const char *host)
{
  if (host[0] == '\0' || host[0] == '-' || host[0] == '.' || strlen (host) > MAX_HOST_BYTES
      || strstr (host, "..") != NULL)
    return FALSE;
  for (const char *p = host; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '-' && *p != '.' && *p != '_')
      return FALSE;
  return TRUE;
}

static gboolean
is_port (const char *text)
{
  guint64 port;

  return g_ascii_string_to_unsigned (text, 10, 1, MAX_PORT, &port, NULL);
}

/* Brackets hold an IPv6 address (RFC 3986 3.2.2). */
static gboolean
read_authority (PenMediaLink *link, const char *authority)
{
  const char *end;

  if (authority[0] == '[')
    {
      end = strchr (authority, ']');
      if (end == NULL || strspn (authority + 1, "0123456789abcdefABCDEF:.") != (gsize) (end - authority - 1))
        return FALSE;
      link->host = g_ascii_strdown (authority + 1, end - authority - 1);
      end++;
      if (strchr (link->host, ':') == NULL)
        return FALSE;
    }
  else
    {
      end = authority + strcspn (authority, ":");
      link->host = g_ascii_strdown (authority, end - authority);
      if (!is_name_of_host (link->host))
        return FALSE;
    }
  return end[0] == '\0' || (end[0] == ':' && is_port (end + 1));
}

static int
percent_value (const char *p)
{
  int high = p[0] == '%' ? g_ascii_xdigit_value (p[1]) : -1;
  int low = high >= 0 ? g_ascii_xdigit_value (p[2]) : -1;

  return low >= 0 ? high << 4 | low : -1;
}

static gboolean
is_dots (const char *segment)
{
  return g_str_equal (segment, ".") || g_str_equal (segment, "..");
}

static gboolean
has_dot_segment (const char *path)
{
  g_autofree char *way = g_strndup (path, strcspn (path, "?"));
  g_auto (GStrv) segments = g_strsplit (way, "/", -1);

  for (guint i = 0; segments[i] != NULL; i++)
    {
      g_autofree char *plain = g_uri_unescape_string (segments[i], NULL);

      if (is_dots (segments[i]) || (plain != NULL && is_dots (plain)))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_path (const char *path)
{
  if (path[0] != '/')
    return FALSE;
  for (const char *p = path; *p != '\0'; p++)
    {
      int value = *p == '%' ? percent_value (p) : (guint8) *p;

      if (value < 0x20 || value == 0x7f || (*p != '%' && (value > 0x7e || strchr (" \"<>\\^`{|}#", value) != NULL)))
        return FALSE;
    }
  return !has_dot_segment (path);
}

static gboolean
is_unsafe (gunichar c)
{
  return g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT || g_unichar_isspace (c) || c == 0xfffd
         || (c < 0x80 && strchr ("/\\:*?\"<>|%$&;'`~", (int) c) != NULL);
}

/* The name is the sender's: it must stay one component, be seen in folders,
 * and read the way it is. */
static char *
clean_name (const char *raw)
{
  g_autofree char *valid = g_utf8_make_valid (raw, -1);
  GString *name = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      g_string_append_unichar (name, is_unsafe (c) ? '_' : c);
    }
  while (name->len > 0 && (name->str[0] == '.' || name->str[0] == '-'))
    g_string_erase (name, 0, 1);
  while (name->len > 0 && name->str[name->len - 1] == '.')
    g_string_truncate (name, name->len - 1);
  return g_string_free (name, FALSE);
}

/* Cut at a character's boundary, before the ending where that is short. */
static char *
shorten_name (const char *name)
{
  const char *dot = strrchr (name, '.');
  gsize ending = dot != NULL && strlen (dot) <= MAX_EXTENSION_BYTES ? strlen (dot) : 0;
  gsize kept = MAX_NAME_BYTES - ending;

  if (strlen (name) <= MAX_NAME_BYTES)
    return g_strdup (name);
  while (kept > 0 && ((guint8) name[kept] & 0xc0) == 0x80)
    kept--;
  return g_strdup_printf ("%.*s%s", (int) kept, name, ending > 0 ? dot : "");
}

static char *
name_of_path (const char *path)
{
  g_autofree char *way = g_strndup (path, strcspn (path, "?"));
  g_autofree char *plain = g_uri_unescape_string (strrchr (way, '/') + 1, NULL);
  g_autofree char *name = clean_name (plain != NULL ? plain : "");

  return name[0] != '\0' ? shorten_name (name) : g_strdup ("file");
}

static gboolean
read_link (PenMediaLink *link, const char *text)
{
  const char *authority = text + strlen (SCHEME);
  const char *fragment = strchr (text, '#');
  g_autofree char *place = NULL;
  g_autofree char *host = NULL;
  gsize length;

  if (g_ascii_strncasecmp (text, SCHEME, strlen (SCHEME)) != 0 || strlen (text) > PEN_MEDIA_LINK_MAX_BYTES
      || fragment == NULL || !read_fragment (link, fragment + 1))
    return FALSE;
  place = g_strndup (authority, (gsize) (fragment - authority));
  length = strcspn (place, "/?");
  host = g_strndup (place, length);
  if (!read_authority (link, host) || !is_path (place + length))
    return FALSE;
  link->url = g_strconcat ("https://", place, NULL);
  link->name = name_of_path (place + length);
  return TRUE;
}

PenMediaLink *
pen_media_link_parse (const char *text, GError **error)
{
  g_autoptr (PenMediaLink) link = g_new0 (PenMediaLink, 1);
  g_autofree char *stripped = NULL;

  g_return_val_if_fail (text != NULL, NULL);
  if (strlen (text) <= 2 * PEN_MEDIA_LINK_MAX_BYTES)
    stripped = g_strstrip (g_strdup (text));
  if (stripped != NULL && read_link (link, stripped))
    return g_steal_pointer (&link);
  g_set_error_literal (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_LINK,
                       _("This is no link to an encrypted file: it is damaged, or made wrongly."));
  return NULL;
}

static void
append_hex (GString *text, const guint8 *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
}

char *
pen_media_link_build (const char *url, const guint8 *iv, const guint8 *key, GError **error)
{
  gboolean is_plain = g_str_has_prefix (url, "http://");
  g_autoptr (GString) text = g_string_new (SCHEME);
  g_autoptr (PenMediaLink) link = NULL;

  if (!is_plain && !g_str_has_prefix (url, "https://"))
    url = "";
  g_string_append (text, url[0] != '\0' ? strstr (url, "://") + 3 : "");
  g_string_append_c (text, '#');
  append_hex (text, iv, PEN_MEDIA_IV_BYTES);
  append_hex (text, key, PEN_MEDIA_KEY_BYTES);
  link = pen_media_link_parse (text->str, error);
  if (link == NULL)
    return NULL;
  if (!is_plain || pen_media_is_loopback (link->host))
    return g_string_free (g_steal_pointer (&text), FALSE);
  g_set_error_literal (error, PEN_MEDIA_ERROR, PEN_MEDIA_ERROR_LINK,
                       _("The place of the file has no encrypted connection (https), so no link to it is made."));
  return NULL;
}
